/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/spaces - more address spaces than the hardware has ids for (skerry.asids=8): all get on, and none
 * sees memory of another.
 *
 * Each task writes its own number to its stack, which lies at the same address in every space, gives the core away, and
 * reads it back: an id that went to another space with something of it left in the TLB would show.
 */
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"

#define SPACES     48u
#define ROUNDS     100u
#define PATIENCE_NS (30 * NS_PER_S)

/* Page: [2 * who] rounds, [2 * who + 1] times that it read something else. */
static _Noreturn __attribute__((noinline)) void twin_writes(uint64_t page, uint64_t who)
{
    volatile uint64_t *own = (volatile uint64_t *)page + 2 * who, *mine = (volatile uint64_t *)(TWIN_STACK_TOP - 512);

    for (uint64_t round = 0;; round++) {
        register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD);
        register uint64_t x0 __asm__("x0") = 0;

        *mine = who << 32 | round;
        __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
        own[1] += *mine != (who << 32 | round);
        own[0]++;
    }
}

static uint64_t reclaims(void)
{
    uint64_t w[7] = { 0 };

    return svc_seven(SYSCALL_WORD(SYS_task_spawn, CORE_QUERY), 0, w) == ST_OK ? w[6] : 0;
}

static uint64_t least_rounds(const volatile uint64_t *at)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < SPACES; i++)
        least = at[2 * i] < least ? at[2 * i] : least;
    return least;
}

int main(void)
{
    static struct twin t[SPACES];
    uint64_t until, wrong = 0, before, taken;
    volatile uint64_t *at = NULL;
    handle_t supervisor = 0, page = 0;

    test_name("spaces");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK && twin_page(&page, &at) == ST_OK,
              "an endpoint and a page");
    for (uint64_t i = 0; i < SPACES; i++)
        test_need(twin_make(&t[i], twin_writes, supervisor, i, page, at) == ST_OK, "a space of its own for each task");
    before = reclaims();
    for (uint64_t i = 0; i < SPACES; i++)
        test_need(twin_start(&t[i], (uintptr_t)at, i) == ST_OK, "it starts");
    for (until = rt_now_ns() + PATIENCE_NS; least_rounds(at) < ROUNDS && rt_now_ns() < until;)
        sys_yield();
    taken = reclaims() - before;
    for (unsigned i = 0; i < SPACES; i++)
        wrong += at[2 * i + 1];
    test_is(least_rounds(at) >= ROUNDS, "every task gets on");
    test_is(wrong == 0, "none sees memory of another");
    test_is(taken >= (uint64_t)SPACES * (ROUNDS - 1), "ids were taken from one space for another all the time");
    rec_begin("spaces");
    rec_u64("spaces", SPACES);
    rec_u64("rounds", least_rounds(at));
    rec_u64("ids_taken", taken);
    rec_end();
    for (unsigned i = 0; i < SPACES; i++)
        twin_end(&t[i]);
    return test_end();
}
