/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/orphan - tasks that nobody supervises fault, end, and are told to: the core goes on.
 *
 * Any program can make a task and start it without naming a supervisor, or delete the
 * endpoint it named. Only a core's root task may take its core down.
 */
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"

#define NOWHERE 0x0000300000ull

static _Noreturn __attribute__((noinline)) void twin_faults(uint64_t at, uint64_t unused)
{
    (void)unused;
    for (;;)
        __asm__ volatile("str xzr, [%0]" : : "r"(at) : "memory");
}

static _Noreturn __attribute__((noinline)) void twin_exits(uint64_t code, uint64_t unused)
{
    register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_task_spawn, TASK_EXIT);
    register uint64_t x1 __asm__("x1") = code;

    (void)unused;
    for (;;)
        __asm__ volatile("svc #0" : : "r"(x8), "r"(x1) : "memory");
}

static uint64_t state_of(handle_t task)
{
    struct rt_msg m;

    return sys_task_query(task, &m) == ST_OK ? m.w[0] : UINT64_MAX;
}

/* Without a supervisor from the beginning, or with one that is deleted before the task starts. */
static void one(twin_fn *fn, uint64_t argument, bool deleted, enum task_state expected,
                const char *what)
{
    uint64_t until = rt_now_ns() + NS_PER_S; /* on a host with other load it takes its time */
    handle_t supervisor = 0;
    struct twin t;

    if (deleted)
        test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK, "an endpoint");
    test_need(twin_make(&t, fn, supervisor, 0, 0, NULL) == ST_OK, "a task is made");
    if (deleted) {
        test_need(cap_delete(supervisor) == ST_OK, "its supervisor's endpoint is deleted");
        (void)sys_sleep_for(NS_PER_MS); /* and taken apart */
    }
    test_need(twin_start(&t, argument, 0) == ST_OK, "it starts");
    do
        (void)sys_sleep_for(5 * NS_PER_MS);
    while (state_of(t.task) != expected && rt_now_ns() < until);
    test_is(state_of(t.task) == expected, what);
    twin_end(&t);
}

int main(void)
{
    handle_t own;

    test_name("orphan");
    one(twin_faults, NOWHERE, false, TS_STOPPED,
        "a task without a supervisor that faults is stopped");
    one(twin_faults, NOWHERE, true, TS_STOPPED, "so is one whose supervisor is gone");
    one(twin_exits, 3, false, TS_EXITED, "a task without a supervisor may end");
    one(twin_exits, 3, true, TS_EXITED, "so may one whose supervisor is gone");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &own) == ST_OK, "an endpoint");
    test_is(sys_task_config(rt_info()->task, 0, 0, own, 0) == ST_DENIED, "but who hears of this one's end is the monitor's choice");
    return test_end();
}
