/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/system/pester_calls - random calls of the monitor: every number, every argument right, wrong, stale, forged or another's. */
#include "tests/system/pester.h"
#include "lib/base/bits.h"
#include "lib/abi/layout.h"
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "partition/ids.h"
#include "partition/quota.h"
#include <stdio.h>
#include <string.h>

#define LIVE  24u
#define STALE 64u
#define VAS   96u

static uint64_t live[LIVE + 2], stale[STALE], va[VAS], seed = 1, own, mems[PESTER_MEMS];
static unsigned nlive, nva, nmems;
static uint64_t answered[ST_COUNT];

static uint64_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t any(void)
{
    const struct program_info *info = rt_info();
    const handle_t mine[] = {info->ram, info->space, info->table, info->task, info->monitor};

    switch (rnd() % 10) {
    case 0:
        return rnd();
    case 1:
        return rnd() % 16;
    case 2:
        return partition_name((core_id)(rnd() % CORES_MAX), (uint32_t)(rnd() % 1024), (uint32_t)(rnd() % 4));
    case 3:
        return mine[rnd() % ARRAY_LEN(mine)];
    case 4:
        return stale[rnd() % STALE];
    case 5:
        return nva != 0 ? va[rnd() % nva] : USER_IMAGE;
    case 6:
        return rnd() % 2 ? UINT64_MAX : own;
    default:
        return nlive != 0 ? live[rnd() % nlive] : 0;
    }
}

/* ---- what it holds ---- */

static void forget(uint64_t part)
{
    for (unsigned i = 0; i < nlive; i++)
        if (live[i] == part) {
            stale[rnd() % STALE] = part;
            live[i--] = live[--nlive];
        }
}

static void end(uint64_t part)
{
    status_t st;

    while ((st = rt_life(part, PART_DESTROY)) == ST_BUSY || st == ST_TABLE_FULL)
        (void)sys_sleep_for(NS_PER_MS);
    forget(part);
}

static void close_at(unsigned i)
{
    struct rt_msg m = {{0, va[i]}};

    (void)!mon_call(MON_CLOSE, &m);
    va[i] = va[--nva];
}

static void hear(void)
{
    struct news n;

    while (rt_news(&n) == ST_OK) {
        if (n.kind == NEWS_EXIT)
            forget(n.w[0]);
        if ((n.kind == NEWS_BOUND || n.kind == NEWS_CLIENT) && n.w[1] != 0)
            va[nva++] = n.w[1];
        if (nva == VAS)
            while (nva > 0)
                close_at(nva - 1);
    }
}

/* ---- one call ---- */

static void name_program(uint64_t *word, unsigned words)
{
    static const char *const known[] = {"speck", "speck", "pester", "nobody"};

    memset(word, rnd() % 200 == 0 ? 0xff : 0, words * sizeof word[0]);
    memcpy(word, known[rnd() % (rnd() % 64 == 0 ? 4 : 3)], 6);
}

static void fill(unsigned call, struct rt_msg *m)
{
    for (unsigned i = 1; i < 6; i++)
        m->w[i] = any();
    switch (call) {
    case MON_SERVE:
    case MON_BIND:
        memset(&m->w[1], 0, NAME_BYTES);
        snprintf((char *)&m->w[1], 8, "pest%u", (unsigned)(rnd() % (call == MON_BIND ? 6 : PESTER_NAMES)));
        m->w[5] = rt_now_ns() + 10 * NS_PER_MS;
        break;
    case MON_CREATE:
        name_program(&m->w[1], 2);
        m->w[3] = m->w[4] = 0;
        m->w[5] = PART_WISH(rnd() % (rt_info()->ncores + 1u), rnd() % 4, rnd() % 4 ? 0 : rnd() & 0xffff, rnd() % 4 ? 64 : rnd() & UINT32_MAX);
        break;
    case MON_SPAWN:
        name_program(&m->w[1], 3);
        m->w[4] = m->w[5] = 0;
        break;
    case MON_JOIN:
        name_program(&m->w[2], 2);
        m->w[4] = m->w[5] = 0;
        break;
    case MON_LIFE:
        m->w[2] = rnd() % 9;
        break;
    case MON_SUPERVISE: /* nobody else is to have them: they are to be ended */
        m->w[2] = rnd() % 2 ? own : m->w[2] | 1ull << 40;
        break;
    case MON_SPLIT:
        m->w[2] = rnd() % 2 ? rnd() % 8 : m->w[2];
        break;
    case MON_QUOTA:
        m->w[2] = rnd() % (QUOTA_KINDS + 1u);
        break;
    case MON_MEM: /* it has all that it may */
    case MON_BORROW:
        m->w[1] = call == MON_MEM ? m->w[1] : rnd() % (rt_info()->ncores + 1u);
        break;
    default:
        break;
    }
}

/* Its own end, its own memory, and words on the console. */
static bool left_out(unsigned call, const struct rt_msg *m)
{
    if (call == MON_PRINT || call == MON_NEWS)
        return true;
    return call == MON_REVOKE && (m->w[1] == rt_info()->ram || m->w[1] == rt_info()->task || m->w[1] == rt_info()->table ||
                                  m->w[1] == rt_info()->space || m->w[1] == rt_info()->monitor);
}

static void keep(unsigned call, const struct rt_msg *was, const struct rt_msg *m)
{
    if (call == MON_CREATE || call == MON_SPAWN || call == MON_MERGE)
        live[nlive++] = m->w[1];
    if (call == MON_SPLIT) {
        forget(was->w[1]);
        live[nlive++] = m->w[1];
        live[nlive++] = m->w[2];
    }
    if (call == MON_KILL || (call == MON_LIFE && was->w[2] == PART_DESTROY))
        forget(was->w[1]);
    if (call == MON_BORROW || call == MON_RETYPE)
        (void)!cap_delete(m->w[1]);
}

static void one(void)
{
    unsigned call = (unsigned)(rnd() % (MON_CALLS + 2u));
    struct rt_msg m = {{0}}, was;
    status_t st;

    if (rnd() % 3 == 0)
        call = MON_CREATE + (unsigned)(rnd() % (MON_JOIN - MON_CREATE + 1u)); /* what makes and changes partitions */
    fill(call, &m);
    if (left_out(call, &m))
        return;
    while (nlive >= LIVE)
        end(live[rnd() % nlive]);
    was = m;
    st = mon_call((enum mon_call)call, &m);
    if ((unsigned)st < ST_COUNT)
        answered[st]++;
    if (st == ST_OK)
        keep(call, &was, &m);
}

/* ---- all of them ---- */

void pester_prepare(void)
{
    struct rt_msg m = {{0}};
    uint64_t part;

    if (mon_call(MON_WHERE, &m) == ST_OK)
        own = m.w[1];
    for (unsigned i = 0; i < PESTER_NAMES; i++) {
        char name[8];

        snprintf(name, sizeof name, "pest%u", i);
        (void)!rt_serve(name);
    }
    for (nmems = 0; nmems < PESTER_MEMS; nmems++) {
        m = (struct rt_msg){{0, PAGE_BYTES}};
        if (mon_call(MON_MEM, &m) == ST_OK)
            mems[nmems] = m.w[1];
    }
    /* Images stay with the monitors, and so does the channel by which they say that there is no such program. */
    for (core_id i = 0; i < rt_info()->ncores; i++)
        for (unsigned k = 0; k < 3; k++)
            if (rt_create(k == 0 ? "speck" : k == 1 ? "pester" : "nobody", "", PART_WISH(i, 0, 0, 64), &part) == ST_OK)
                end(part);
    (void)sys_sleep_for(500 * NS_PER_MS);
}

void pester_calls(uint64_t calls, uint64_t its_seed)
{
    seed = its_seed | 1;
    for (uint64_t i = 0; i < calls; i++) {
        one();
        if (i % 64 == 0)
            hear();
        if (i % (calls / 10 + 1) == 0)
            printf("pester: %u of %u calls\n", (unsigned)i, (unsigned)calls);
    }
    while (nlive > 0)
        end(live[0]);
    for (unsigned i = 0; i < 50; i++) { /* what is under way comes */
        (void)sys_sleep_for(5 * NS_PER_MS);
        hear();
        while (nva > 0)
            close_at(nva - 1);
    }
    for (unsigned i = 0; i < ST_COUNT; i++)
        if (answered[i] != 0)
            printf("pester: %u %s\n", (unsigned)answered[i], status_text((status_t)i));
}
