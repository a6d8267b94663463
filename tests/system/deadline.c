/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/deadline - deadlines a microsecond apart, deadlines beside neighbours and interrupts, and shares of modes.
 *
 *     deadline  0     machine           under icount: lateness is the kernel's and not the host's
 *     deadline  0     machine  ratio    on a machine whose time is the host's: beside neighbours against alone, and against
 *                                       the same without a deadline, in one run; of each the quarter that went best
 */
#include "lib/abi/task_state.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

#define RUNNERS   16u
#define ROUNDS    12u
#define HOGS      3u
#define SLEEPERS  2u
#define PERIODS   300u /* at most */

/* Neighbours may make it start later than it does alone by `more`, and, on a machine whose time is not its own, `times` as late. */
static const struct plan {
    uint64_t period, budget, work, more, times;
    unsigned periods;
} by_instruction = { NS_PER_MS, 300 * NS_PER_US, 150 * NS_PER_US, 10 * NS_PER_US, 1, PERIODS },
  in_time = { 40 * NS_PER_MS, 20 * NS_PER_MS, 500 * NS_PER_US, NS_PER_MS, 4, 50 };

static handle_t supervisor, page;
static volatile uint64_t *at;

/* What svc changes is nothing here: the twin's registers are all its own. */
static inline __attribute__((always_inline)) void nap(uint64_t ns)
{
    register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_timer_wait, TIMER_FOR);
    register uint64_t x0 __asm__("x0") = 0;
    register uint64_t x1 __asm__("x1") = ns;

    __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x8) : "memory");
}

/* Writes its number behind those of the others, once. */
static _Noreturn __attribute__((noinline)) void twin_signs(uint64_t where, uint64_t number)
{
    volatile uint64_t *list = (volatile uint64_t *)where;

    list[1 + list[0]] = number;
    ++list[0];
    for (;;)
        nap(NS_PER_S);
}

static _Noreturn __attribute__((noinline)) void twin_hogs(uint64_t where, uint64_t unused)
{
    (void)unused;
    for (;;) {
        ++*(volatile uint64_t *)where;
        cpu_relax();
    }
}

static _Noreturn __attribute__((noinline)) void twin_sleeps(uint64_t where, uint64_t ns)
{
    for (;;) {
        ++*(volatile uint64_t *)where;
        nap(ns);
    }
}

static uint64_t dice = 4711;

static unsigned roll(unsigned below)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(dice >> 33) % below;
}

/* ---- a microsecond decides ---- */

/* Stopped, with a deadline of this class and mode; released when it is started. */
static status_t set_deadline(const struct twin *t, unsigned mode, uint64_t deadline_ticks)
{
    uint64_t hz = rt_info()->counter_hz;
    uint64_t w[6] = { CLASS_WITH_MODE(CLASS_EDF, mode), WEIGHT_DEFAULT, hz / 50000, hz / 20, hz / 50000, deadline_ticks };

    return sys_task_poke(t->task, TW_CLASS, w);
}

/* All are released by this task, which has the earliest deadline, and run when it sleeps. */
static unsigned wrong_in_round(struct twin t[RUNNERS])
{
    uint64_t hz = rt_info()->counter_hz, us = (hz + 999999) / 1000000, base;
    unsigned place[RUNNERS], wrong = 0;

    for (unsigned i = 0; i < RUNNERS; i++) {
        unsigned j = roll(i + 1);

        place[i] = place[j];
        place[j] = i;
    }
    wrong += sys_task_edf(rt_info()->task, 4 * NS_PER_MS, 5 * NS_PER_MS) != ST_OK;
    base = rt_ticks() + hz / 100;
    at[0] = 0;
    for (unsigned i = 0; i < RUNNERS; i++)
        wrong += set_deadline(&t[i], roll(2) ? MODE_FLOW : MODE_REFLEX, base + place[i] * us) != ST_OK ||
                 twin_start(&t[i], (uintptr_t)at, place[i]) != ST_OK;
    wrong += at[0] != 0;
    (void)sys_sleep_for(NS_PER_MS);
    wrong += at[0] != RUNNERS;
    for (unsigned i = 0; i < RUNNERS; i++) {
        wrong += at[1 + i] != i;
        (void)sys_task_stop(t[i].task);
    }
    return wrong;
}

static void order(void)
{
    struct twin t[RUNNERS];
    unsigned wrong = 0;

    for (unsigned i = 0; i < RUNNERS; i++)
        test_need(twin_make(&t[i], twin_signs, supervisor, i, page, at) == ST_OK, "a task is made");
    for (unsigned round = 0; round < ROUNDS; round++)
        wrong += wrong_in_round(t);
    test_is(wrong == 0, "deadlines a microsecond apart are met in their order, whoever was released first");
    for (unsigned i = 0; i < RUNNERS; i++)
        twin_end(&t[i]);
    test_need(sys_task_fair(rt_info()->task, WEIGHT_DEFAULT) == ST_OK, "back to the fair class");
}

/* ---- beside neighbours and interrupts ---- */

struct lateness {
    uint64_t p25, worst, missed, over; /* over: periods in which the work was not done by the deadline */
};

static void sort(uint64_t *v, unsigned n)
{
    for (unsigned i = 1; i < n; i++)
        for (unsigned j = i; j > 0 && v[j] < v[j - 1]; j--) {
            uint64_t swap = v[j];

            v[j] = v[j - 1];
            v[j - 1] = swap;
        }
}

static status_t set_class(const struct plan *p, enum task_class class)
{
    handle_t self = rt_info()->task;

    return class == CLASS_EDF ? sys_task_edf(self, p->budget, p->period) : sys_task_fair(self, WEIGHT_DEFAULT);
}

/* Released every period, or later after a period that was lost; how late it begins, and whether it is done in time. */
static struct lateness run(const struct plan *p, enum task_class class)
{
    static uint64_t late[PERIODS];
    handle_t self = rt_info()->task;
    struct lateness l = { 0 };
    struct rt_msg q;
    uint64_t next, before;

    test_need(set_class(p, class) == ST_OK, "this task has the class it is measured in");
    before = sys_task_query(self, &q) == ST_OK ? q.w[2] : 0;
    next = rt_now_ns() + p->period;
    for (unsigned i = 0; i < p->periods; i++) {
        uint64_t now;

        (void)sys_sleep_until(next);
        now = rt_now_ns();
        late[i] = now - next;
        while (rt_now_ns() < now + p->work)
            cpu_relax();
        now = rt_now_ns();
        l.over += now > next + p->period;
        next = (now > next + p->period ? now : next) + p->period;
    }
    l.missed = sys_task_query(self, &q) == ST_OK ? q.w[2] - before : ~0ull;
    test_need(sys_task_fair(self, WEIGHT_DEFAULT) == ST_OK, "back to the fair class");
    sort(late, p->periods);
    l.p25 = late[p->periods / 4];
    l.worst = late[p->periods - 1];
    return l;
}

static void show(const char *what, const struct lateness *l)
{
    printf("deadline: %s: late by %llu ns, at worst %llu; %llu missed\n", what, (unsigned long long)l->p25,
           (unsigned long long)l->worst, (unsigned long long)l->missed);
}

/* Hogs want the whole core; sleepers bring a timer interrupt every few microseconds. */
static void crowd(struct twin t[HOGS + SLEEPERS])
{
    static const uint64_t ns[SLEEPERS] = { 37 * NS_PER_US, 53 * NS_PER_US };

    for (unsigned i = 0; i < HOGS + SLEEPERS; i++) {
        at[i] = 0;
        test_need(twin_make(&t[i], i < HOGS ? twin_hogs : twin_sleeps, supervisor, i, page, at) == ST_OK &&
                      twin_start(&t[i], (uintptr_t)(at + i), i < HOGS ? 0 : ns[i - HOGS]) == ST_OK,
                  "a neighbour starts");
    }
}

static bool all_ran(void)
{
    for (unsigned i = 0; i < HOGS + SLEEPERS; i++)
        if (at[i] < 10)
            return false;
    return true;
}

static void beside(const struct plan *p)
{
    struct twin t[HOGS + SLEEPERS];
    struct lateness alone, crowded, fair;

    alone = run(p, CLASS_EDF);
    crowd(t);
    crowded = run(p, CLASS_EDF);
    show("alone", &alone);
    show("beside neighbours and interrupts", &crowded);
    if (p->times == 1) {
        test_is(crowded.missed == 0 && crowded.over == 0, "beside neighbours and interrupts no deadline is missed");
        test_is(crowded.worst <= alone.worst + p->more, "nor is it late by more than a hundredth of its period more than alone");
    } else {
        test_is(crowded.p25 <= p->times * alone.p25 + p->more, "beside neighbours it is late as it is alone, within a factor of four");
        fair = run(p, CLASS_FAIR);
        show("and without a deadline", &fair);
        test_is(2 * crowded.p25 < fair.p25, "which is less than half of what it is without a deadline");
    }
    test_is(all_ran(), "and no neighbour starves");
    for (unsigned i = 0; i < HOGS + SLEEPERS; i++)
        twin_end(&t[i]);
}

/* ---- recovery ---- */

static void recovery(void)
{
    static const unsigned mode[3] = { MODE_FLOW, MODE_RECOVERY, MODE_FLOW };
    struct twin t[3];

    for (unsigned i = 0; i < 3; i++) {
        at[i] = 0;
        test_need(twin_make(&t[i], twin_hogs, supervisor, i, page, at) == ST_OK &&
                      sys_task_sched(t[i].task, CLASS_WITH_MODE(CLASS_FAIR, mode[i]), WEIGHT_DEFAULT, 0) == ST_OK &&
                      twin_start(&t[i], (uintptr_t)(at + i), 0) == ST_OK,
                  "a task that wants the whole core starts");
    }
    (void)sys_sleep_for(360 * NS_PER_MS);
    test_is(at[1] * 4 * 10 > at[0] * 9 && at[1] * 4 * 10 < at[0] * 11, "work that was started again has a quarter of an equal share");
    test_is(at[2] * 10 > at[0] * 9 && at[2] * 10 < at[0] * 11, "and the others share the rest");
    test_is(sys_task_sched(t[0].task, CLASS_WITH_MODE(CLASS_FAIR, MODE_REFLEX), WEIGHT_DEFAULT, 0) == ST_INVALID,
            "there is no reflex without a deadline");
    for (unsigned i = 0; i < 3; i++)
        twin_end(&t[i]);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    test_name("deadline");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK && twin_page(&page, &at) == ST_OK,
              "an endpoint and a page");
    if (strcmp(how, "ratio") == 0) {
        beside(&in_time);
    } else {
        order();
        beside(&by_instruction);
        recovery();
    }
    return test_end();
}
