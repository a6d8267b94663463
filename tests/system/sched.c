/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/sched - deadlines, shares, admission, and a clock that is never early.
 *
 * Under icount, so that lateness is the kernel's and not the host's.
 */
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"
#include <stdio.h>

#define HOGS      3u
#define PERIOD_NS (5 * NS_PER_MS)
#define BUDGET_NS (1 * NS_PER_MS)
#define PERIODS   40u
#define LATE_NS   (100 * NS_PER_US) /* of 5 ms */

static handle_t supervisor, page;
static volatile uint64_t *at;

/* Counts in the page as long as it has the core. */
static _Noreturn __attribute__((noinline)) void twin_hogs(uint64_t where, uint64_t unused)
{
    (void)unused;
    for (;;) {
        ++*(volatile uint64_t *)where;
        cpu_relax();
    }
}

static void make(struct twin *t, uint64_t i)
{
    test_need(twin_make(t, twin_hogs, supervisor, i, page, at) == ST_OK, "a task is made");
}

/* Sleeps again and again, so that this core's timer is never set for one task alone. */
static _Noreturn __attribute__((noinline)) void twin_sleeps(uint64_t ns, uint64_t unused)
{
    register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_timer_wait, TIMER_FOR);
    register uint64_t x0 __asm__("x0");
    register uint64_t x1 __asm__("x1");

    (void)unused;
    for (;;) {
        x0 = 0;
        x1 = ns;
        __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x8) : "memory");
    }
}

/* ---- a deadline beside three tasks that never give the core away ---- */

static uint64_t worst_lateness(void)
{
    uint64_t next = rt_now_ns() + PERIOD_NS, worst = 0;

    for (unsigned i = 0; i < PERIODS; i++, next += PERIOD_NS) {
        uint64_t until, now;

        (void)sys_sleep_until(next);
        now = rt_now_ns();
        worst = now - next > worst ? now - next : worst;
        for (until = now + NS_PER_MS / 2; rt_now_ns() < until;) /* half of its budget */
            cpu_relax();
    }
    return worst;
}

static void deadlines(void)
{
    static const uint64_t weight[HOGS] = {64, 64, 128};
    handle_t self = rt_info()->task;
    struct twin t[HOGS];
    struct rt_msg q;
    uint64_t late, twice;

    for (uint64_t i = 0; i < HOGS; i++) {
        make(&t[i], i);
        test_need(sys_task_fair(t[i].task, weight[i]) == ST_OK &&
                      twin_start(&t[i], (uintptr_t)(at + i), 0) == ST_OK,
                  "a task that never gives the core away starts");
    }
    test_need(sys_task_edf(self, BUDGET_NS, PERIOD_NS) == ST_OK, "this task has a deadline now");
    at[0] = at[1] = at[2] = 0;
    late = worst_lateness();
    printf("sched: latest by %llu ns; shares %llu %llu %llu\n", (unsigned long long)late,
           (unsigned long long)at[0], (unsigned long long)at[1], (unsigned long long)at[2]);
    test_is(late < LATE_NS,
            "a task with a deadline is on time beside tasks that want the whole core");
    test_is(sys_task_query(self, &q) == ST_OK && q.w[2] == 0, "no deadline was missed");
    test_is(at[0] > 0 && at[1] > 0 && at[2] > 0, "the deadline task starves nobody");
    twice = 2 * (at[0] + at[1]) / 2;
    test_is(at[2] * 10 > twice * 9 && at[2] * 10 < twice * 11,
            "twice the weight is twice the time, within a tenth");
    for (unsigned i = 0; i < HOGS; i++)
        twin_end(&t[i]);
    test_need(sys_task_fair(self, WEIGHT_DEFAULT) == ST_OK, "back to the fair class");
}

/* ---- a budget used up is a miss, and the task goes on ---- */

static void overrun(void)
{
    struct twin t, other;
    struct rt_msg q;

    make(&t, 0);
    make(&other, 1);
    at[0] = at[1] = 0;
    test_need(sys_task_edf(t.task, NS_PER_MS, PERIOD_NS) == ST_OK &&
                  twin_start(&t, (uintptr_t)at, 0) == ST_OK &&
                  twin_start(&other, (uintptr_t)(at + 1), 0) == ST_OK,
              "a task that overruns its budget starts");
    (void)sys_sleep_for(10 * PERIOD_NS);
    test_is(sys_task_query(t.task, &q) == ST_OK && q.w[2] >= 5,
            "each overrun is counted as a miss");
    test_is(at[1] > at[0] / 4, "it does not take the core from the others");
    test_is(at[0] > 0, "and it goes on all the same");
    twin_end(&t);
    twin_end(&other);
}

/* ---- admission ---- */

static void admission(void)
{
    struct twin t[3];

    for (uint64_t i = 0; i < 3; i++)
        make(&t[i], i);
    test_is(sys_task_edf(t[0].task, 45 * NS_PER_MS, 100 * NS_PER_MS) == ST_OK &&
                sys_task_edf(t[1].task, 45 * NS_PER_MS, 100 * NS_PER_MS) == ST_OK,
            "90 % of the core is admitted");
    test_is(sys_task_edf(t[2].task, NS_PER_MS, 100 * NS_PER_MS) == ST_ADMISSION,
            "one hundredth more is refused");
    test_is(sys_task_edf(t[1].task, 46 * NS_PER_MS, 100 * NS_PER_MS) == ST_ADMISSION,
            "so is more for one that is admitted already");
    test_is(sys_task_edf(t[2].task, 1, 100 * NS_PER_MS + 1) == ST_INVALID &&
                sys_task_edf(t[2].task, 18 * NS_PER_S, 20 * NS_PER_S) == ST_INVALID,
            "a period of which the monitor would wait for the end too long is refused");
    test_is(sys_task_fair(t[0].task, WEIGHT_DEFAULT) == ST_OK &&
                sys_task_edf(t[2].task, 45 * NS_PER_MS, 100 * NS_PER_MS) == ST_OK,
            "what one gives back another may have");
    cap_drop(t[2].task);
    t[2].task = 0;
    test_is(sys_task_edf(t[0].task, 45 * NS_PER_MS, 100 * NS_PER_MS) == ST_OK,
            "a task that ends gives its part back");
    test_is(sys_task_edf(t[0].task, 0, 100) == ST_INVALID &&
                sys_task_edf(t[0].task, 200, 100) == ST_INVALID &&
                sys_task_fair(t[0].task, 0) == ST_INVALID &&
                sys_task_fair(t[0].task, 1025) == ST_INVALID,
            "nonsense is refused");
    for (unsigned i = 0; i < 3; i++)
        twin_end(&t[i]);
}

/* ---- the clock ---- */

static uint64_t dice = 12345;

static uint64_t roll(uint64_t below)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (dice >> 33) % below;
}

static void clock(void)
{
    unsigned early = 0, wrong = 0;
    uint64_t late = 0;
    struct twin other;

    test_need(twin_make(&other, twin_sleeps, supervisor, 0, page, at) == ST_OK &&
                  twin_start(&other, 37 * NS_PER_US, 0) == ST_OK,
              "another task that sleeps starts");

    for (unsigned i = 0; i < 400; i++) {
        uint64_t ns = 1 + roll(1u << (4 + i % 18)), deadline = rt_now_ns() + ns, now, badge;
        struct rt_msg m;
        status_t st;

        if (i % 3 == 0)
            st = sys_sleep_until(deadline);
        else if (i % 3 == 1)
            st = sys_sleep_for(ns);
        else
            st = sys_recv(0, 1, deadline, &m, &badge);
        now = rt_now_ns();
        wrong += st != (i % 3 == 2 ? ST_TIMEOUT : ST_OK);
        early += now < deadline;
        late = now > deadline && now - deadline > late ? now - deadline : late;
    }
    printf("sched: sleeps end up to %llu ns late\n", (unsigned long long)late);
    test_is(wrong == 0, "every sleep and every wait answers what it should");
    test_is(early == 0, "no sleep and no wait ends before its time");
    test_is(late < LATE_NS, "nor long after it");
    test_is(sys_sleep_until(1) == ST_OK && sys_sleep_until(rt_now_ns() - NS_PER_MS) == ST_OK,
            "a time that is past does not sleep");
    twin_end(&other);
}

int main(void)
{
    test_name("sched");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK &&
                  twin_page(&page, &at) == ST_OK,
              "an endpoint and a page");
    deadlines();
    overrun();
    admission();
    clock();
    return test_end();
}
