/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/fp - three tasks in three spaces keep all their FP registers over many switches.
 *
 * Each fills q0..q31 with a pattern of its own, gives the core away, and compares. The main
 * task also adds up numbers as doubles and as integers: both sums are exact, so they agree. And
 * it compares over a call that leaves a record, for which the CPU driver itself uses some of them.
 * The others are small tasks: their FP registers lie in their spaces.
 */
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "services/probe/twin.h"
#include "tests/system/fp_round.h"
#include "tests/system/report.h"

#define ROUNDS 3000u
#define TWINS  2u

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

/* The room for FP registers in the space of `t` is in use: a second small task in it faults when it uses them, a large one does not. */
static void third(const struct twin *t, handle_t supervisor, volatile uint64_t *at, uint64_t size)
{
    struct rt_msg m = {{0}};
    uint64_t who;
    handle_t task;

    test_need(cap_retype(rt_info()->ram, CAP_TASK, size, &task) == ST_OK &&
                  sys_task_config(task, t->table, t->space, supervisor, 0) == ST_OK &&
                  sys_task_start(task, t->entry, (uintptr_t)at + PAGE_BYTES, (uintptr_t)at, 3, 0) == ST_OK,
              "another task in the space of one of them starts");
    if (size == TASK_SMALL)
        test_is(sys_recv(supervisor, 0, rt_now_ns() + NS_PER_S, &m, &who) == ST_OK && m.w[0] == (FAULT_WORD | FAULT_OTHER),
                "small, it faults: FP registers have no place for it");
    else
        test_is(sys_recv(supervisor, 0, rt_now_ns() + NS_PER_S / 10, &m, &who) == ST_TIMEOUT && at[2 * 3] > 0 && at[2 * 3 + 1] == 0,
                "large, it has a place of its own, and they are as it left them");
    cap_drop(task);
}

/* The same over a copy of `c`. */
static uint64_t round_recorded(uint64_t round, handle_t c)
{
    uint64_t st = c, copy, wrong;

    wrong = round_through(0, round, SYSCALL_WORD(SYS_cap_grant, CAP_COPY), &st, RIGHTS_ALL, &copy);
    return wrong + (st != ST_OK || cap_delete(copy) != ST_OK);
}

int main(void)
{
    volatile uint64_t *at;
    handle_t supervisor, page;
    struct twin t[TWINS];
    uint64_t wrong = 0, recorded = 0, sum = 0;
    volatile double dsum = 0;

    test_name("fp");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK &&
                  twin_page(&page, &at) == ST_OK,
              "an endpoint and a page");
    for (uint64_t i = 0; i < TWINS; i++)
        start(&t[i], supervisor, page, at, i + 1);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        wrong += round_of(0, i);
        recorded += round_recorded(i, page);
        sum += i * i;
        dsum = dsum + (double)(i * i);
    }
    test_is(wrong == 0, "all FP registers of this task are as it left them, round after round");
    test_is(recorded == 0, "and over calls that leave a record");
    test_is((uint64_t)dsum == sum, "a sum of doubles is the sum of the integers");
    for (uint64_t i = 1; i <= TWINS; i++) {
        test_is(at[2 * i] > ROUNDS / 4, "the other task had its turns");
        test_is(at[2 * i + 1] == 0, "all FP registers of the other task are as it left them");
    }
    third(&t[0], supervisor, at, TASK_SMALL);
    third(&t[0], supervisor, at, 0);
    return test_end();
}
