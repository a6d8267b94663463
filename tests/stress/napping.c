/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/napping.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "partition/life_sm.h"
#include "tests/stress/stress.h"

#define TRIES 1000u

static uint64_t part, calls;

static status_t tell(struct rt_msg *m)
{
    *m = (struct rt_msg){{0, part}};
    return mon_call(MON_STATUS, m);
}

/* It is in this state; and it has worked since it was asked last: each round of its is a call. */
static bool is(enum life_state state, bool has_worked)
{
    struct rt_msg m;

    for (unsigned i = 0; i < TRIES; i++) {
        if (tell(&m) != ST_OK || m.w[1] >> 16 != state)
            return false;
        if (!has_worked || m.w[3] > calls) {
            calls = m.w[3];
            return true;
        }
        (void)sys_sleep_for(NS_PER_MS);
    }
    return false;
}

/* Not while it waits for an answer of the monitor. */
static status_t life(enum part_ask what)
{
    status_t st = ST_BUSY;

    for (unsigned i = 0; i < TRIES && (st = rt_life(part, what)) == ST_BUSY; i++)
        (void)sys_sleep_for(NS_PER_MS);
    return st;
}

static status_t make(void)
{
    status_t st = rt_create("stress_nap", "", PART_WISH(rt_info()->core, PART_WISH_SMALL, 0, 0), &part);

    calls = 0;
    if (st != ST_OK || (st = life(PART_START)) != ST_OK)
        return st;
    return is(LIFE_RUNNING, true) ? ST_OK : ST_FORMAT;
}

static status_t sleep(void)
{
    status_t st;

    if (!is(LIFE_RUNNING, true)) /* since it woke last */
        return ST_FORMAT;
    if ((st = life(PART_HIBERNATE)) != ST_OK)
        return st;
    return is(LIFE_HIBERNATED, false) ? ST_OK : ST_FORMAT;
}

static status_t wake(void)
{
    status_t st = life(PART_RECONSTRUCT);

    if (st != ST_OK || (st = life(PART_START)) != ST_OK)
        return st;
    return is(LIFE_RUNNING, true) ? ST_OK : ST_FORMAT;
}

/* It ended because it was to, and not because something was not as it left it. */
static status_t end(void)
{
    struct news n;
    status_t st = life(PART_DESTROY);

    if (st != ST_OK || (st = rt_wait(part, rt_now_ns() + PATIENCE_NS, &n)) != ST_OK)
        return st;
    return n.w[1] == UINT64_MAX && n.w[2] == FAULT_EXIT ? ST_OK : ST_FORMAT;
}

status_t nap_do(enum nap what)
{
    switch (what) {
    case NAP_MAKE:
        return make();
    case NAP_SLEEP:
        return sleep();
    case NAP_WAKE:
        return wake();
    case NAP_END:
        return end();
    }
    return ST_INVALID;
}
