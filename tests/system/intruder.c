/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/intruder - programs that mean harm to others of their core, and to the core.
 *
 *     forge    ends the first program of its core by a fault under its badge, judges, and ends the run
 *     victim   waits for ever
 *     churn    always has something dying
 *     short    ends after 300 ms: its monitor takes its memory back
 *     heavy    makes copies until its memory is full, and ends
 *     swarm    has 32 tasks that call the monitor all the time
 *     ask      borrows of core 1 for `seconds`, and ends the run
 */
#include "lib/abi/layout.h"
#include "lib/base/bits.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/give.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "lib/rt/print.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES 8u
#define SLOTS  65536u
#define SWARM  32u

static _Noreturn __attribute__((noinline)) void twin_exits(uint64_t code, uint64_t unused)
{
    register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_task_spawn, TASK_EXIT);
    register uint64_t x1 __asm__("x1") = code;

    (void)unused;
    for (;;)
        __asm__ volatile("svc #0" : : "r"(x8), "r"(x1) : "memory");
}

/* Numbers that are answered at once. */
static _Noreturn __attribute__((noinline)) void twin_calls(uint64_t monitor, uint64_t call)
{
    for (;;) {
        register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_queue_send, SEND_CALL);
        register uint64_t x0 __asm__("x0") = monitor, x1 __asm__("x1") = call, x2 __asm__("x2") = 0;
        register uint64_t x3 __asm__("x3") = 0, x4 __asm__("x4") = 0, x5 __asm__("x5") = 0, x6 __asm__("x6") = 0;
        register uint64_t x7 __asm__("x7") = 0;

        __asm__ volatile("svc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
                         : "r"(x8)
                         : "memory");
    }
}

static _Noreturn void swarm(void)
{
    static const uint64_t call[] = {MON_WHERE, MON_RAM, MON_CORES, MON_KEPT, MON_NEWS, MON_CLOSE, MON_DEVICE, MON_ACCEPT};
    static _Alignas(16) char stack[SWARM][256];
    unsigned made = 0;

    for (handle_t task; made < SWARM; made++) /* in this space, with this table: else the monitor's endpoint is not theirs */
        if (cap_retype(rt_info()->ram, CAP_TASK, 0, &task) != ST_OK ||
            sys_task_config(task, rt_info()->table, rt_info()->space, 0, 0) != ST_OK ||
            sys_task_start(task, (uintptr_t)twin_calls, (uintptr_t)&stack[made + 1], rt_info()->monitor,
                           MON_WORD(call[made % ARRAY_LEN(call)], 0), 0) != ST_OK)
            break;
    printf("intruder: a swarm of %u\n", made);
    rt_print_flush(rt_now_ns() + NS_PER_S);
    for (;;) {
        struct rt_msg m = {{0}};

        (void)!mon_call(MON_RAM, &m);
    }
}

static uint64_t programs(void)
{
    struct rt_msg m = { { 0 } };

    return mon_call(MON_RAM, &m) == ST_OK ? m.w[4] : 0;
}

/* The first program that is started on this core is the victim: its id is 1 | 1 << 16, and bit 63 says that it is a fault. */
static int forge(void)
{
    uint64_t before, badge = 1ull << 63 | 1ull << 16 | 1;
    struct twin t;
    status_t st;

    (void)sys_sleep_for(200 * NS_PER_MS);
    before = programs();
    st = twin_make(&t, twin_exits, rt_info()->monitor, badge, 0, NULL);
    if (st == ST_OK)
        st = twin_start(&t, 77, 0);
    (void)sys_sleep_for(200 * NS_PER_MS);
    test_is(st == ST_DENIED, "a task does not fault in another program's name");
    test_is(programs() == before, "no other program has ended of it");
    return test_end();
}

static int churn(void)
{
    handle_t ram[TABLES];

    for (unsigned i = 0; i < TABLES; i++)
        test_need(cap_retype(rt_info()->ram, CAP_RAM, (uint64_t)SLOTS * 64, &ram[i]) == ST_OK, "RAM");
    for (unsigned i = 0;; i = (i + 1) % TABLES) {
        handle_t table;

        if (cap_retype(ram[i], CAP_CAPTABLE, SLOTS - i * 5000, &table) != ST_OK)
            continue;
        if (cap_delete(table) != ST_OK)
            return 1;
    }
}

static int heavy(void)
{
    handle_t frame, table, there;
    uint64_t made = 0;

    if (cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame) != ST_OK)
        return 1;
    while (cap_retype(rt_info()->ram, CAP_CAPTABLE, SLOTS, &table) == ST_OK)
        while (sys_copy(frame, table, RIGHT_READ, &there) == ST_OK)
            made++;
    printf("intruder: %u copies\n", (unsigned)made);
    return 0;
}

static int ask(uint64_t seconds)
{
    uint64_t end = rt_now_ns() + seconds * NS_PER_S, worst = 0;
    status_t st = ST_OK;

    while (rt_now_ns() < end && st == ST_OK) {
        uint64_t began = rt_now_ns();
        handle_t frame;

        if ((st = rt_borrow(1, PAGE_BYTES, &frame)) == ST_OK)
            st = cap_delete(frame);
        if (rt_now_ns() - began > worst)
            worst = rt_now_ns() - began;
        (void)sys_sleep_for(20 * NS_PER_MS);
    }
    printf("intruder: worst answer of core 1 %u us, status %u\n", (unsigned)(worst / 1000), (unsigned)st);
    test_is(st == ST_OK, "core 1 answers all the time");
    return test_end();
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";

    test_name("intruder");
    printf("intruder: %s\n", role);
    if (strcmp(role, "forge") == 0)
        return forge();
    if (strcmp(role, "churn") == 0)
        return churn();
    if (strcmp(role, "swarm") == 0)
        swarm();
    if (strcmp(role, "heavy") == 0)
        return heavy();
    if (strcmp(role, "ask") == 0)
        return ask(argc > 2 ? strtoull(argv[2], NULL, 10) : 5);
    if (strcmp(role, "short") == 0)
        (void)sys_sleep_for(300 * NS_PER_MS);
    else
        for (;;)
            (void)sys_sleep_for(NS_PER_S);
    return 0;
}
