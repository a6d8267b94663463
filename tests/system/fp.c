/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/fp - three tasks in three spaces keep all their FP registers over many switches.
 *
 * Each fills q0..q31 with a pattern of its own, gives the core away, and compares. The main
 * task also adds up numbers as doubles and as integers: both sums are exact, so they agree.
 */
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"

#define ROUNDS 3000u
#define WORDS  64u
#define TWINS  2u

/* Load all 32 registers, yield, store them again. Yield is system call 5, operation 1. */
static inline __attribute__((always_inline)) void through_a_yield(const uint64_t *in, uint64_t *out)
{
#define PAIR(a, b, at) "ldp q" #a ", q" #b ", [%0, #" #at "]\n\t"
#define BACK(a, b, at) "stp q" #a ", q" #b ", [%1, #" #at "]\n\t"
#define ALL(X)                                                                                     \
    X(0, 1, 0)                                                                                     \
    X(2, 3, 32) X(4, 5, 64) X(6, 7, 96) X(8, 9, 128) X(10, 11, 160) X(12, 13, 192) X(14, 15, 224)  \
        X(16, 17, 256) X(18, 19, 288) X(20, 21, 320) X(22, 23, 352) X(24, 25, 384) X(26, 27, 416)  \
            X(28, 29, 448) X(30, 31, 480)
    register uint64_t word __asm__("x8") = SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD);

    __asm__ volatile(ALL(PAIR) "mov x0, #0\n\tsvc #0\n\t" ALL(BACK)
                     :
                     : "r"(in), "r"(out), "r"(word)
                     : "memory", "x0", "x1", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8",
                       "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",
                       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
                       "v31");
#undef PAIR
#undef BACK
#undef ALL
}

/* One round with patterns that differ by task, round and register; words that came back wrong. */
static inline __attribute__((always_inline)) uint64_t round_of(uint64_t who, uint64_t round)
{
    volatile uint64_t in[WORDS] __attribute__((aligned(16))),
        out[WORDS] __attribute__((aligned(16)));
    uint64_t wrong = 0;

    for (uint64_t i = 0; i < WORDS; i++) {
        in[i] = (who << 56 | round << 8 | i) * 0x9e3779b97f4a7c15ull;
        out[i] = 0;
    }
    through_a_yield((const uint64_t *)(uintptr_t)in, (uint64_t *)(uintptr_t)out);
    for (uint64_t i = 0; i < WORDS; i++)
        wrong += out[i] != in[i];
    return wrong;
}

/* Page: [2 * who] rounds done, [2 * who + 1] words that were wrong. */
static _Noreturn __attribute__((noinline)) void twin_keeps(uint64_t page, uint64_t who)
{
    volatile uint64_t *own = (volatile uint64_t *)page + 2 * who;

    for (uint64_t round = 0;; round++) {
        own[1] += round_of(who, round);
        own[0]++;
    }
}

static void start(struct twin *t, handle_t supervisor, handle_t page, volatile uint64_t *at,
                  uint64_t who)
{
    test_need(twin_make(t, twin_keeps, supervisor, who, page, at) == ST_OK &&
                  twin_start(t, (uintptr_t)at, who) == ST_OK,
              "a second task in its own space starts");
}

int main(void)
{
    volatile uint64_t *at;
    handle_t supervisor, page;
    struct twin t[TWINS];
    uint64_t wrong = 0, sum = 0;
    volatile double dsum = 0;

    test_name("fp");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK &&
                  twin_page(&page, &at) == ST_OK,
              "an endpoint and a page");
    for (uint64_t i = 0; i < TWINS; i++)
        start(&t[i], supervisor, page, at, i + 1);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        wrong += round_of(0, i);
        sum += i * i;
        dsum = dsum + (double)(i * i);
    }
    test_is(wrong == 0, "all FP registers of this task are as it left them, round after round");
    test_is((uint64_t)dsum == sum, "a sum of doubles is the sum of the integers");
    for (uint64_t i = 1; i <= TWINS; i++) {
        test_is(at[2 * i] > ROUNDS / 4, "the other task had its turns");
        test_is(at[2 * i + 1] == 0, "all FP registers of the other task are as it left them");
    }
    return test_end();
}
