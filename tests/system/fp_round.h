/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/system/fp_round - all FP registers of a task through a system call. No calls, no data: twins may use it (services/probe/twin.h). */
#pragma once
#include "lib/abi/syscall.h"

#define WORDS 64u

/* Load all 32 registers, call with x0 = *first, x1 = 0, x2 = third, store them again. *first becomes the status. */
static inline __attribute__((always_inline)) uint64_t
through_a_call(const uint64_t *in, uint64_t *out, uint64_t call, uint64_t *first, uint64_t third)
{
#define PAIR(a, b, at) "ldp q" #a ", q" #b ", [%3, #" #at "]\n\t"
#define BACK(a, b, at) "stp q" #a ", q" #b ", [%4, #" #at "]\n\t"
#define ALL(X)                                                                                     \
    X(0, 1, 0)                                                                                     \
    X(2, 3, 32) X(4, 5, 64) X(6, 7, 96) X(8, 9, 128) X(10, 11, 160) X(12, 13, 192) X(14, 15, 224)  \
        X(16, 17, 256) X(18, 19, 288) X(20, 21, 320) X(22, 23, 352) X(24, 25, 384) X(26, 27, 416)  \
            X(28, 29, 448) X(30, 31, 480)
    register uint64_t word __asm__("x8") = call, x0 __asm__("x0") = *first, x1 __asm__("x1") = 0,
                           x2 __asm__("x2") = third;

    __asm__ volatile(ALL(PAIR) "svc #0\n\t" ALL(BACK)
                     : "+r"(x0), "+r"(x1), "+r"(x2)
                     : "r"(in), "r"(out), "r"(word)
                     : "memory", "x3", "x4", "x5", "x6", "x7", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8",
                       "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",
                       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
                       "v31");
#undef PAIR
#undef BACK
#undef ALL
    *first = x0;
    return x1;
}

/*
 * One round with patterns that differ by task, round and register; words that came back wrong. *first becomes the status of the
 * call, *result its first result.
 */
static inline __attribute__((always_inline)) uint64_t
round_through(uint64_t who, uint64_t round, uint64_t call, uint64_t *first, uint64_t third, uint64_t *result)
{
    volatile uint64_t in[WORDS] __attribute__((aligned(16))),
        out[WORDS] __attribute__((aligned(16)));
    uint64_t wrong = 0;

    for (uint64_t i = 0; i < WORDS; i++) {
        in[i] = (who << 56 | round << 8 | i) * 0x9e3779b97f4a7c15ull;
        out[i] = 0;
    }
    *result = through_a_call((const uint64_t *)(uintptr_t)in, (uint64_t *)(uintptr_t)out, call, first, third);
    for (uint64_t i = 0; i < WORDS; i++)
        wrong += out[i] != in[i];
    return wrong;
}

/* Through a yield. */
static inline __attribute__((always_inline)) uint64_t round_of(uint64_t who, uint64_t round)
{
    uint64_t zero = 0, result;

    return round_through(who, round, SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD), &zero, 0, &result);
}
