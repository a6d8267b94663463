/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/twins.h"
#include "lib/rt/feed.h"
#include "partition/life_sm.h"
#include "partition/quota.h"
#include "tests/system/reshape.h"

#define TRIES  1000u
#define EPOCHS 128u /* by then coherence has said what it has to say once */
/* What was done led to something else: where that was seen. */
#define WRONG() (__LINE__)

static struct rt_chan chan[2], *of[2]; /* as they came; A's and B's */
static uint64_t part[2], one; /* one: they are merged, and have this name */
static bool serves, alone[2];
static uint64_t at[2], splits, pages[2]; /* pages: what each has, and keeps */

/* ---- asking ---- */

static status_t ask(unsigned i, enum twin_kind what, uint64_t which, struct urpc_msg *m)
{
    uint64_t until = rt_now_ns() + TWINS_PATIENCE_NS;
    status_t st = rt_send_wait(of[i], (uint16_t)what, 0, &which, sizeof which, until);

    return st != ST_OK ? st : rt_recv_wait(of[i], m, until);
}

/* Both are right, are called this, and have heard something since. */
static uint64_t go_on(uint64_t a, uint64_t b)
{
    struct urpc_msg m;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t heard = 0;

        for (unsigned tries = 0; tries < TRIES; tries++) {
            if (ask(i, TWIN_ASK, 0, &m) != ST_OK)
                return WRONG();
            if (m.word[0] != 0) {
                printf("twin %c of core %u: wrong 0x%x\n", 'A' + (int)i, (unsigned)rt_info()->core, (unsigned)m.word[0]);
                return WRONG();
            }
            if (m.word[1] != (i == 0 ? a : b))
                return WRONG();
            if (i == 1 || splits > 0 ? m.word[4] != RIGHT_READ : m.word[4] == RIGHT_READ || !(m.word[4] & RIGHT_WRITE))
                return WRONG();
            if (tries > 0 && m.word[3] != heard)
                break;
            heard = m.word[3];
            (void)sys_sleep_for(2 * NS_PER_MS);
        }
        if (m.word[3] == heard)
            return WRONG();
    }
    return 0;
}

/* Not while something about it is under way. */
static struct seen seen(uint64_t which)
{
    struct seen is = see(which);

    for (unsigned i = 0; i < TRIES && is.st == ST_BUSY; i++) {
        (void)sys_sleep_for(NS_PER_MS);
        is = see(which);
    }
    return is;
}

static uint64_t pages_of(uint64_t which)
{
    struct rt_msg m = {{0, which, QUOTA_PAGES}};

    return mon_call(MON_QUOTA, &m) == ST_OK ? m.w[2] : UINT64_MAX;
}

static bool is_stale(uint64_t which)
{
    return see(which).st == ST_STALE_HANDLE && rt_life(which, PART_RESUME) == ST_STALE_HANDLE;
}

static status_t life(uint64_t which, enum part_ask what)
{
    status_t st = ST_BUSY;

    for (unsigned i = 0; i < TRIES && (st = rt_life(which, what)) == ST_BUSY; i++)
        (void)sys_sleep_for(NS_PER_MS);
    return st;
}

/* ---- what is done to them ---- */

static status_t create(unsigned i)
{
    char args[16];
    status_t st;

    (void)snprintf(args, sizeof args, "%c %u", 'A' + (int)i, (unsigned)rt_info()->core);
    st = rt_create("stress_twin", args, PART_WISH(rt_info()->core, 0, 0, 1024), &part[i]);
    return st != ST_OK ? st : life(part[i], PART_START);
}

/* Somebody measures, and has said so on the console: what that takes of each core is there to stay. */
static status_t wait_measured(void)
{
    uint64_t until = rt_now_ns() + TWINS_PATIENCE_NS;

    while (rt_now_ns() < until) {
        struct rt_msg mode = {{0}};
        status_t st = mon_call(MON_MODE, &mode);

        if (st != ST_OK || (mode.w[1] == DEGRADED_NO && mode.w[5] >= EPOCHS))
            return st;
        (void)sys_sleep_for(10 * NS_PER_MS);
    }
    return ST_TIMEOUT;
}

/* Whoever comes first says which of the two it is; a channel stays where it was opened. */
static void make(struct twins_said *s)
{
    uint64_t until = rt_now_ns() + TWINS_PATIENCE_NS;
    char name[NAME_BYTES];
    struct urpc_msg m;

    (void)snprintf(name, sizeof name, "twinss.%u", (unsigned)rt_info()->core);
    if (!serves && (s->st = rt_serve(name)) != ST_OK)
        return;
    serves = true;
    splits = 0;
    for (unsigned i = 0; i < 2; i++) {
        at[i] = rt_info()->core;
        alone[i] = false;
    }
    if ((s->st = create(0)) != ST_OK || (s->st = create(1)) != ST_OK)
        return;
    for (unsigned i = 0; i < 2; i++) {
        if ((s->st = rt_accept(&chan[i], until)) != ST_OK || (s->st = rt_recv_wait(&chan[i], &m, until)) != ST_OK)
            return;
        of[m.word[0] % 2] = &chan[i];
    }
    if (of[0] == of[1])
        s->wrong = WRONG();
    else
        s->st = wait_measured();
    for (unsigned i = 0; i < 2; i++)
        pages[i] = pages_of(part[i]);
}

/* It has a channel to itself, or has none. */
static bool be(unsigned i, bool is_alone)
{
    struct urpc_msg m;

    if (alone[i] == is_alone)
        return true;
    alone[i] = is_alone;
    return ask(i, is_alone ? TWIN_ALONE : TWIN_WHOLE, 0, &m) == ST_OK && m.word[0] == 0;
}

static void rest(uint64_t ms)
{
    if (ms != 0)
        (void)sys_sleep_for(ms * NS_PER_MS);
}

static void merge(struct twins_said *s, uint64_t rest_ms)
{
    uint64_t memory, now = 0;
    struct seen is;

    for (unsigned i = 0; i < 2; i++)
        if (at[i] == rt_info()->core && !be(i, false))
            s->wrong = WRONG();
    memory = seen(part[0]).memory + seen(part[1]).memory;
    s->st = merge_once(part[0], part[1], PROVED, &now, &s->missing);
    if (s->st != ST_OK) {
        rest(rest_ms);
        return;
    }
    one = now;
    is = seen(one);
    if (!is_stale(part[0]) || !is_stale(part[1]) || one == part[0] || one == part[1])
        s->wrong = WRONG();
    else if (is.st != ST_OK || is.state != LIFE_RUNNING || is.memory != memory || is.core != rt_info()->core)
        s->wrong = WRONG();
    else if (pages_of(one) != pages[0] + pages[1])
        s->wrong = WRONG();
    else
        s->wrong = go_on(one, one);
}

static void split(struct twins_said *s, uint64_t rest_ms)
{
    uint64_t old = one, side[2];
    struct seen was = seen(one), a, b;

    if ((s->st = rt_split(one, 2, &side[0], &side[1])) != ST_OK) {
        rest(rest_ms);
        return;
    }
    one = 0;
    splits++;
    part[0] = side[0];
    part[1] = side[1];
    a = seen(side[0]);
    b = seen(side[1]);
    if (!is_stale(old) || side[0] == side[1] || side[0] == old || side[1] == old)
        s->wrong = WRONG();
    else if (a.st != ST_OK || b.st != ST_OK || a.memory + b.memory != was.memory || a.memory == 0 || b.memory == 0)
        s->wrong = WRONG();
    else if (pages_of(side[0]) != pages[0] || pages_of(side[1]) != pages[1])
        s->wrong = WRONG();
    else if (a.state != was.state || b.state != was.state)
        s->wrong = WRONG();
    else if (was.state == LIFE_RUNNING)
        s->wrong = go_on(side[0], side[1]);
}

static void suspend(struct twins_said *s)
{
    struct seen is;

    if ((s->st = rt_life(one, PART_SUSPEND)) != ST_OK)
        return;
    is = seen(one);
    (void)sys_sleep_for(20 * NS_PER_MS);
    if (is.state != LIFE_SUSPENDED || seen(one).calls != is.calls)
        s->wrong = WRONG();
}

/* All that are stopped, whatever it takes. */
static void resume(struct twins_said *s)
{
    for (unsigned i = 0; i < (one != 0 ? 1u : 2u); i++) {
        uint64_t which = one != 0 ? one : part[i];

        if (seen(which).state == LIFE_SUSPENDED && (s->st = life(which, PART_RESUME)) != ST_OK)
            return;
    }
    s->wrong = one != 0 ? go_on(one, one) : go_on(part[0], part[1]);
}

static void move(struct twins_said *s, unsigned i, uint64_t to)
{
    struct rt_msg m = {{0, one != 0 ? one : part[i], to}};
    uint64_t a = one != 0 ? one : part[0], b = one != 0 ? one : part[1];

    if (one == 0 && !be(i, true))
        s->wrong = WRONG();
    s->st = mon_call(MON_MOVE, &m);
    s->missing = m.w[2];
    if (s->st == ST_OK)
        at[i] = to;
    if (s->wrong != 0)
        return;
    if (s->st == ST_OK && (one != 0 || seen(part[i]).core != to))
        s->wrong = WRONG();
    else
        s->wrong = go_on(a, b);
}

/* Quiet at both first, then each end has received what the other has sent. */
static status_t count(struct twins_said *s)
{
    uint64_t sent[2][TWIN_ENDS], got[2][TWIN_ENDS];
    struct urpc_msg m;
    status_t st;

    for (unsigned i = 0; i < 2; i++)
        if ((st = ask(i, TWIN_STOP, 0, &m)) != ST_OK)
            return st;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned e = 0; e < TWIN_ENDS; e++) {
            if ((st = ask(i, TWIN_COUNT, e, &m)) != ST_OK)
                return st;
            sent[i][e] = m.word[3];
            got[i][e] = m.word[4];
            if ((m.word[0] | m.word[5] | m.word[6]) != 0)
                s->wrong = WRONG();
        }
    for (unsigned i = 0; i < 2; i++)
        for (unsigned e = 0; e < TWIN_ENDS; e++) {
            uint64_t said = e == TWIN_CROSS ? sent[1 - i][e] : sent[i][TWIN_OWN + TWIN_MINE - e];

            s->messages += got[i][e];
            s->lost += said > got[i][e] ? said - got[i][e] : 0;
            s->doubled += got[i][e] > said ? got[i][e] - said : 0;
        }
    return ST_OK;
}

static void end(struct twins_said *s)
{
    if ((s->st = count(s)) != ST_OK)
        return;
    for (unsigned i = 0; i < (one != 0 ? 1u : 2u); i++) {
        uint64_t which = one != 0 ? one : part[i];
        struct news n;

        if ((s->st = life(which, PART_DESTROY)) != ST_OK ||
            (s->st = rt_wait(which, rt_now_ns() + TWINS_PATIENCE_NS, &n)) != ST_OK)
            return;
        if (n.w[1] != UINT64_MAX || n.w[2] != FAULT_EXIT || !is_stale(which))
            s->wrong = WRONG();
    }
    rt_close(&chan[0]);
    rt_close(&chan[1]);
    one = 0;
}

struct twins_said twins_do(enum twins_ask what, uint64_t to)
{
    struct twins_said s = {.st = ST_OK};

    switch (what) {
    case TWINS_MAKE:
        make(&s);
        break;
    case TWINS_MERGE:
        merge(&s, to);
        break;
    case TWINS_SPLIT:
        split(&s, to);
        break;
    case TWINS_SUSPEND:
        suspend(&s);
        break;
    case TWINS_RESUME:
        resume(&s);
        break;
    case TWINS_MOVE_A:
    case TWINS_MOVE_B:
        move(&s, what - TWINS_MOVE_A, to);
        break;
    case TWINS_END:
        end(&s);
        break;
    }
    return s;
}
