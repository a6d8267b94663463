/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/twin - one of two partitions that are merged and split while they talk (tests/stress/twins.h): every message is numbered
 * and has a sum; memory, registers and a frame of its own are what they were.
 *
 *     arguments: A 3    or B 3: which, and of which core's mover
 */
#include "lib/abi/cap.h"
#include "lib/abi/layout.h"
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/give.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "tests/stress/stress.h"
#include "tests/stress/twins.h"
#include "tests/system/fp_round.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_VA    (USER_HEAP + 0x10000000ull)
#define DATA_WORDS  200u
#define STACK_WORDS 64u
#define FRAME_WORDS (PAGE_BYTES / sizeof(uint64_t))
#define TICK_NS     (4 * NS_PER_MS)

static struct end {
    struct rt_chan chan;
    uint64_t burst; /* messages a tick */
    uint64_t sent, received, out_of_order, bad;
} end[TWIN_ENDS] = {{.burst = 3}, {.burst = 3}, {.burst = 1}};

static struct rt_chan hub;
static uint64_t data[DATA_WORDS], turn, me, rights;
static volatile uint64_t *frame;
static handle_t frame_cap, shared; /* shared: A made it, and B may read it */
static uint32_t wrong;
static bool quiet, alone;
static char side;
static uint64_t of;

/* ---- what it has ---- */

static void fill(volatile uint64_t *at, unsigned n, uint64_t salt)
{
    uint64_t state = me << 48 ^ salt << 40 ^ turn;

    for (unsigned i = 0; i < n; i++)
        at[i] = stress_next(&state);
}

static uint32_t look(const volatile uint64_t *at, unsigned n, uint64_t salt, enum twin_wrong what)
{
    uint64_t state = me << 48 ^ salt << 40 ^ turn;
    uint32_t odd = 0;

    for (unsigned i = 0; i < n; i++)
        odd |= at[i] != stress_next(&state) ? (uint32_t)what : 0;
    return odd;
}

/* Nobody else has it, so no split may take anything of it. */
static uint64_t rights_now(void)
{
    struct rt_msg m;

    if (sys_identify(frame_cap, &m) != ST_OK)
        return 0;
    rights = CAP_WHAT_RIGHTS(m.w[0]);
    return sys_map_query(rt_info()->space, FRAME_VA, &m) == ST_OK ? rights | m.w[1] << 8 : 0;
}

static bool have(void)
{
    if (cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame_cap) != ST_OK ||
        map_here(frame_cap, FRAME_VA, PAGE_BYTES, PERM_READ | PERM_WRITE) != ST_OK)
        return false;
    frame = (volatile uint64_t *)FRAME_VA;
    return true;
}

/* ---- talking ---- */

static uint64_t sum_of(const uint64_t *word)
{
    uint64_t sum = 0x2b1d;

    for (unsigned i = 0; i < 6; i++)
        sum = (sum ^ word[i]) * 0x100000001b3ull;
    return sum;
}

static void say(struct end *e)
{
    for (uint64_t i = 0; i < e->burst && e->chan.bell != 0; i++) {
        uint64_t word[7] = {e->sent, me, e->sent * 3, turn, ~e->sent};

        word[6] = sum_of(word);
        if (rt_send(&e->chan, TALK_DATA, 0, word, sizeof word) != ST_OK)
            return; /* full, and then it was not sent */
        e->sent++;
    }
}

static void hear(struct end *e)
{
    struct urpc_msg m;

    while (e->chan.bell != 0 && rt_recv(&e->chan, &m) == ST_OK) {
        e->bad += m.kind != TALK_DATA || m.word[6] != sum_of(m.word);
        e->out_of_order += m.word[0] != e->received;
        e->received++;
    }
    if (e->bad + e->out_of_order != 0)
        wrong |= TWIN_TALK;
}

/* ---- to itself ---- */

static const char *name_of(const char *what, char whose)
{
    static char full[NAME_BYTES];

    (void)snprintf(full, sizeof full, "%s%c.%u", what, whose, (unsigned)of);
    return full;
}

static bool bind(const char *name, struct rt_chan *c)
{
    return rt_bind(name, rt_now_ns() + TWINS_PATIENCE_NS, c) == ST_OK;
}

static bool accept(struct rt_chan *c)
{
    return rt_accept(c, rt_now_ns() + TWINS_PATIENCE_NS) == ST_OK;
}

static bool be_whole(void)
{
    alone = false;
    return bind(name_of("own", side), &end[TWIN_OWN].chan) && accept(&end[TWIN_MINE].chan);
}

/* Nothing is said meanwhile, so both ends are even. */
static bool be_alone(void)
{
    struct end *a = &end[TWIN_OWN], *b = &end[TWIN_MINE];

    hear(a);
    hear(b);
    rt_close(&a->chan);
    rt_close(&b->chan);
    alone = true;
    return a->sent == b->received && b->sent == a->received;
}

/* ---- what it is told ---- */

static void answer(const struct urpc_msg *m)
{
    struct rt_msg where = {{0}}, is;
    uint64_t word[7] = {0};
    const struct end *e;

    if (mon_call(MON_WHERE, &where) != ST_OK)
        wrong |= TWIN_WHERE;
    if ((m->kind == TWIN_ALONE && !alone && !be_alone()) || (m->kind == TWIN_WHOLE && alone && !be_whole()))
        wrong |= TWIN_SELF;
    quiet |= m->kind == TWIN_STOP;
    for (unsigned i = 0; i < TWIN_ENDS; i++) {
        hear(&end[i]);
        word[3] += end[i].received;
    }
    word[4] = sys_identify(shared, &is) == ST_OK ? CAP_WHAT_RIGHTS(is.w[0]) : 0;
    if (m->kind == TWIN_COUNT) {
        e = &end[m->word[0] % TWIN_ENDS];
        word[3] = e->sent;
        word[4] = e->received;
        word[5] = e->out_of_order;
        word[6] = e->bad;
    }
    word[0] = wrong;
    word[1] = where.w[1];
    word[2] = rt_info()->core;
    if (rt_send_wait(&hub, TWIN_SAID, 0, word, sizeof word, rt_now_ns() + TWINS_PATIENCE_NS) != ST_OK)
        exit(3);
}

static void live(void)
{
    volatile uint64_t on_stack[STACK_WORDS];
    uint64_t had = rights_now();
    struct urpc_msg m;

    for (;; turn++) {
        fill(data, DATA_WORDS, 1);
        fill(on_stack, STACK_WORDS, 2);
        fill(frame, FRAME_WORDS, 3);
        (void)sys_sleep_for(TICK_NS);
        wrong |= round_of(me, turn) != 0 ? (uint32_t)TWIN_FP : 0;
        wrong |= look(data, DATA_WORDS, 1, TWIN_DATA) | look(on_stack, STACK_WORDS, 2, TWIN_STACK) |
                 look(frame, FRAME_WORDS, 3, TWIN_FRAME);
        wrong |= rights_now() != had ? (uint32_t)TWIN_RIGHTS : 0;
        for (unsigned i = 0; i < TWIN_ENDS; i++) {
            hear(&end[i]);
            if (!quiet)
                say(&end[i]);
        }
        for (;;) {
            status_t st = rt_recv(&hub, &m);

            if (st == ST_AGAIN)
                break;
            if (st != ST_OK)
                exit(0);
            answer(&m);
        }
    }
}

/* ---- beginning ---- */

/* Those before may have ended a moment ago. */
static bool serve(const char *name)
{
    uint64_t until = rt_now_ns() + TWINS_PATIENCE_NS;
    status_t st;

    while ((st = rt_serve(name)) == ST_EXISTS && rt_now_ns() < until)
        (void)sys_sleep_for(NS_PER_MS);
    return st == ST_OK;
}

/* One after the other, so that who comes is who is waited for. */
static bool meet(void)
{
    if (!serve(name_of("own", side)) || !be_whole())
        return false;
    if (side == 'A')
        return bind(name_of("twin", 'B'), &end[TWIN_CROSS].chan);
    return serve(name_of("twin", 'B')) && accept(&end[TWIN_CROSS].chan);
}

/* One frame of A's, that B may read: the first split takes what is more than that from A, too. */
static bool share(void)
{
    struct rt_chan *c = &end[TWIN_CROSS].chan;
    uint64_t until = rt_now_ns() + TWINS_PATIENCE_NS;
    struct rt_cap cap;
    status_t st;

    if (side == 'B') {
        if (rt_accept_caps(c, 1) != ST_OK || rt_take_cap(c, until, &cap) != ST_OK)
            return false;
        shared = cap.handle;
        return true;
    }
    if (cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &shared) != ST_OK)
        return false;
    while ((st = rt_give(c, shared, RIGHT_READ, CAP_COPY_OF, 0)) == ST_NO_SLOT && rt_now_ns() < until)
        (void)sys_sleep_for(NS_PER_MS); /* it has not made room */
    return st == ST_OK;
}

int main(int argc, char **argv)
{
    uint64_t hello[2];

    if (argc < 3 || !have())
        return 2;
    side = argv[1][0];
    of = strtoull(argv[2], NULL, 10);
    me = of << 1 | (side == 'B');
    if (!meet() || !share())
        return 4;
    hello[0] = side == 'B';
    hello[1] = rt_info()->core;
    if (!bind(name_of("twins", 's'), &hub) ||
        rt_send_wait(&hub, TWIN_HELLO, 0, hello, sizeof hello, rt_now_ns() + TWINS_PATIENCE_NS) != ST_OK)
        return 5;
    live();
    return 0;
}
