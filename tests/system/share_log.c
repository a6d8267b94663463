/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/share_log.h"
#include "lib/rt/attest_calls.h"
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/give.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "lib/rt/monitor.h"
#include "services/probe/twin.h"
#include <stdio.h>

#define MANY 100000u        /* longer than any log of this test             */
#define AT (USER_DEVICES + 0x5000000ull)
#define AT_MOVED (USER_DEVICES + 0x5100000ull)
#define NOWHERE 0x0000300000ull

static handle_t frame, mapped, idle, stopped, table, space, endpoint, supervisor, page;
static handle_t begun[LOG_REVOKES];
static unsigned nbegun;
static struct twin twin;
static volatile uint64_t *told;
static uint64_t child, ended;

/* Waits for a word that is not 0, and then uses an address where nothing is. */
static _Noreturn __attribute__((noinline)) void twin_waits(uint64_t word, uint64_t nowhere)
{
    while (*(volatile uint64_t *)word == 0) {
        register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD);
        register uint64_t x0 __asm__("x0") = 0;

        __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
    }
    for (;;)
        (void)*(volatile uint64_t *)nowhere;
}

/* Of them only the last slice is left, and its record. Revoking what nothing was made from writes none. */
status_t log_begin_revokes(unsigned up_to)
{
    handle_t copy;
    status_t st = ST_OK;

    for (; nbegun < up_to; nbegun++)
        if ((st = sys_copy(frame, 0, RIGHTS_ALL, &begun[nbegun])) != ST_OK ||
            (st = sys_copy(begun[nbegun], 0, RIGHTS_ALL, &copy)) != ST_OK || sys_revoke(begun[nbegun]) != ST_AGAIN)
            return st != ST_OK ? st : ST_STATE;
    return ST_OK;
}

static status_t prepare_task(void)
{
    handle_t ram = rt_info()->ram;
    status_t st;

    if ((st = cap_retype(ram, CAP_TASK, 0, &idle)) != ST_OK ||
        (st = cap_retype(ram, CAP_TASK, 0, &stopped)) != ST_OK ||
        (st = cap_retype(ram, CAP_CAPTABLE, 16, &table)) != ST_OK ||
        (st = cap_retype(ram, CAP_SPACE, 4 * PAGE_BYTES, &space)) != ST_OK ||
        (st = sys_task_config(idle, table, space, 0, 0)) != ST_OK ||
        (st = sys_task_config(stopped, table, space, supervisor, 0)) != ST_OK ||
        (st = sys_task_start(stopped, 0, 0, 0, 0, 0)) != ST_OK)
        return st;
    return sys_task_stop(stopped);
}

status_t log_prepare(void)
{
    handle_t ram = rt_info()->ram;
    status_t st;

    if ((st = cap_retype(ram, CAP_FRAME, 2 * PAGE_BYTES, &frame)) != ST_OK ||
        (st = cap_retype(ram, CAP_FRAME, PAGE_BYTES, &mapped)) != ST_OK ||
        (st = map_here(mapped, AT, PAGE_BYTES, PERM_READ | PERM_WRITE)) != ST_OK ||
        (st = cap_retype(ram, CAP_ENDPOINT, 0, &endpoint)) != ST_OK ||
        (st = cap_retype(ram, CAP_ENDPOINT, 0, &supervisor)) != ST_OK || (st = prepare_task()) != ST_OK)
        return st;
    if ((st = twin_page(&page, &told)) != ST_OK ||
        (st = twin_make(&twin, twin_waits, supervisor, 0, page, told)) != ST_OK)
        return st;
    *told = 0;
    return twin_start(&twin, (uintptr_t)told, NOWHERE);
}

uint64_t log_fill(status_t *refused)
{
    handle_t copy;
    uint64_t n = 0;

    for (*refused = ST_OK; n < MANY && (*refused = sys_copy(frame, 0, RIGHTS_ALL, &copy)) == ST_OK; n++)
        if ((*refused = cap_delete(copy)) != ST_OK)
            break;
    return n;
}

uint64_t log_spend(bool by_monitor, status_t *refused)
{
    uint64_t n = 0;

    for (*refused = ST_OK; nbegun > 0; n++) {
        struct rt_msg m = { { 0, begun[nbegun - 1] } };

        *refused = by_monitor ? mon_call(MON_REVOKE, &m) : sys_revoke(begun[nbegun - 1]);
        if (*refused != ST_OK)
            break;
        nbegun--;
    }
    return n;
}

static void expect_full(uint64_t *wrong, enum log_try what, status_t st)
{
    if (st != ST_LOG_FULL)
        *wrong |= 1ull << what;
}

static void try_own(uint64_t *wrong)
{
    handle_t made;

    expect_full(wrong, TRY_COPY, sys_copy(frame, 0, RIGHTS_ALL, &made));
    expect_full(wrong, TRY_MINT, sys_mint(endpoint, 0, RIGHTS_ALL, 7, &made));
    expect_full(wrong, TRY_MOVE, sys_move(frame, table, &made));
    expect_full(wrong, TRY_RETYPE, cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &made));
    expect_full(wrong, TRY_SLICE, sys_slice(frame, 0, PAGE_BYTES, 0, RIGHTS_ALL, &made));
    expect_full(wrong, TRY_EVENT, sys_event(rt_info()->task, 1, 0, &made));
    expect_full(wrong, TRY_MAP, map_here(frame, AT_MOVED, PAGE_BYTES, PERM_READ));
    expect_full(wrong, TRY_PROTECT, sys_protect(mapped, PERM_READ, 0, 1));
    expect_full(wrong, TRY_CONFIG, sys_task_config(idle, table, space, 0, 0));
    expect_full(wrong, TRY_START, sys_task_start(idle, 0x1000, 0, 0, 0, 0));
    expect_full(wrong, TRY_RESUME, sys_task_resume(stopped));
    expect_full(wrong, TRY_SCHED, sys_task_fair(idle, 50));
}

static void try_monitor(uint64_t *wrong)
{
    struct rt_msg m = { { 0, PAGE_BYTES } };
    struct rt_chan c;
    uint64_t id;

    expect_full(wrong, TRY_MEM, mon_call(MON_MEM, &m));
    expect_full(wrong, TRY_SPAWN, rt_spawn("full", "child 1", &id));
    expect_full(wrong, TRY_BIND, rt_bind("share.1", rt_now_ns() + NS_PER_S, &c));
    expect_full(wrong, TRY_SUSPEND, rt_life(child, PART_SUSPEND));
    m = (struct rt_msg){ { 0, 1, 2 } };
    expect_full(wrong, TRY_MERGE, mon_call(MON_MERGE, &m));
}

/* A merge that nobody proved is no way to the monitor's part of the reserve: of those records none has room. */
static void try_merges(void)
{
    for (unsigned i = 0; i < LOG_RESERVE; i++) {
        struct rt_msg m = { { 0, child, child + 1 } };

        (void)!mon_call(MON_MERGE, &m);
    }
}

static void try_reading(uint64_t *wrong)
{
    struct rt_msg m;
    uint64_t word = *(volatile uint64_t *)(uintptr_t)AT;

    *(volatile uint64_t *)(uintptr_t)AT = word + 1; /* it could be made read-only no more than that */
    if (sys_identify(frame, &m) != ST_OK || sys_map_query(rt_info()->space, AT, &m) != ST_OK ||
        sys_task_query(idle, &m) != ST_OK || sys_attest_state(&m) != ST_OK || (uint32_t)m.w[5] != 1)
        *wrong |= 1ull << TRY_READ;
    if (sys_task_query(idle, &m) != ST_OK || m.w[0] != 0)
        *wrong |= 1ull << TRY_OBJECTS;
}

uint64_t log_try(void)
{
    struct rt_msg before = { { 0 } }, after = { { 0 } }, ram = { { 0 } }, ram_after = { { 0 } }, log, log_after;
    uint64_t wrong = 0, bytes = cap_free_bytes(rt_info()->ram);

    if (sys_core_query(&before) != ST_OK || mon_call(MON_RAM, &ram) != ST_OK || sys_attest_state(&log) != ST_OK)
        return UINT64_MAX;
    try_own(&wrong);
    try_monitor(&wrong);
    try_merges();
    if (sys_attest_state(&log_after) != ST_OK || log_after.w[0] != log.w[0])
        wrong |= 1ull << TRY_RECORDS;
    try_reading(&wrong);
    if (sys_core_query(&after) != ST_OK || after.w[3] != before.w[3])
        wrong |= 1ull << TRY_SLOTS;
    if (mon_call(MON_RAM, &ram_after) != ST_OK || ram_after.w[1] != ram.w[1] || ram_after.w[3] != ram.w[3] ||
        cap_free_bytes(rt_info()->ram) != bytes)
        wrong |= 1ull << TRY_RAM;
    return wrong;
}

status_t log_fault(void)
{
    *told = 1;
    return sys_sleep_for(50 * NS_PER_MS);
}

uint64_t log_faults(void)
{
    struct rt_msg m;

    return sys_task_query(twin.task, &m) == ST_OK ? m.w[5] : UINT64_MAX;
}

status_t log_child(uint64_t ms)
{
    char args[16];

    (void)snprintf(args, sizeof args, "child %u", (unsigned)ms);
    return rt_spawn("full", args, &child);
}

status_t log_kill_child(void)
{
    struct rt_msg m = { { 0, child } };

    return mon_call(MON_KILL, &m);
}

void log_news_exit(uint64_t id)
{
    ended = id;
}

bool log_child_ended(void)
{
    struct news n;

    if (ended == child)
        return true;
    return rt_wait(child, rt_now_ns() + 5 * NS_PER_S, &n) == ST_OK;
}

void log_obey(uint64_t word[3])
{
    uint64_t argument = word[1];
    status_t st = ST_OK;

    switch ((enum log_order)word[0]) {
    case LOG_PREPARE:
        st = log_prepare();
        break;
    case LOG_BEGIN:
        st = log_begin_revokes((unsigned)argument);
        break;
    case LOG_FILL:
        word[1] = log_fill(&st);
        break;
    case LOG_SPEND:
        word[1] = log_spend(argument != 0, &st);
        break;
    case LOG_TRY:
        word[1] = log_try();
        break;
    case LOG_FAULT:
        st = log_fault();
        break;
    case LOG_FAULTS:
        word[1] = log_faults();
        break;
    case LOG_CHILD:
        st = log_child(argument);
        break;
    case LOG_KILL_CHILD:
        st = log_kill_child();
        break;
    case LOG_CHILD_ENDED:
        st = log_child_ended() ? ST_OK : ST_TIMEOUT;
        break;
    }
    word[0] = st;
}
