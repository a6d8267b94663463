/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/part - one of many partitions: talks with others all the time and keeps count (tests/stress/stress.h).
 *
 *     arguments: its row; with the core it begins on that makes its number, row x cores + core; trace=N (part_trace.h)
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/give.h"
#include "lib/rt/info.h"
#include "lib/rt/loop.h"
#include "tests/stress/part_caps.h"
#include "tests/stress/part_keep.h"
#include "tests/stress/part_trace.h"
#include "tests/stress/stress.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_MAX 64u

static struct link {
    struct rt_chan chan; /* first: of a channel it is known which link it is */
    struct rt_source source;
    bool bound_it;
    uint64_t id; /* UINT64_MAX: not known yet */
    uint64_t sent, received, out_of_order, bad;
    uint64_t other; /* number of who sends; UINT64_MAX: not known yet */
    struct caps_end caps;
} links[LINKS_MAX];
static unsigned nlinks;

static uint64_t number, nparts, dice, pace_ns;
static struct rt_chan conductor;
static struct rt_loop loop;

/* ---- talking ---- */

static uint64_t sum_of(const uint64_t *word)
{
    uint64_t sum = 0x517;

    for (unsigned i = 0; i < 6; i++)
        sum = (sum ^ word[i]) * 0x100000001b3ull;
    return sum;
}

static void on_talk(struct rt_source *s, const struct urpc_msg *m)
{
    struct trace_row begun = trace_begin();
    struct link *l = s->context;

    if (m->kind == TALK_HELLO && l->id == UINT64_MAX) {
        l->id = l->caps.link = m->word[0];
        return;
    }
    if (l->other == UINT64_MAX)
        l->other = m->word[1];
    l->bad += m->kind != TALK_DATA || m->word[6] != sum_of(m->word) || m->word[1] != l->other;
    l->out_of_order += m->word[0] != l->received;
    l->received++;
    trace_end(&begun, true, TRACE_WAY(l->id, !l->bound_it), m->word[0]);
}

static void on_gone(struct rt_source *s)
{
    (void)s; /* at the end all go; before it their counts will tell */
}

static void say(struct link *l)
{
    uint64_t word[7] = {l->sent, number};
    struct trace_row begun;

    for (unsigned i = 2; i < 6; i++)
        word[i] = stress_next(&dice);
    word[6] = sum_of(word);
    begun = trace_begin();
    if (rt_send(&l->chan, TALK_DATA, 0, word, sizeof word) != ST_OK)
        return; /* a full ring refuses, and then it was not sent */
    trace_end(&begun, false, TRACE_WAY(l->id, l->bound_it), l->sent++);
}

static void take_caps(void)
{
    struct rt_chan *c;
    struct rt_cap cap;

    while (rt_take_any(&c, 1, &cap) == ST_OK) /* 1: those that are here */
        caps_came(&((struct link *)c)->caps, &cap);
}

static void on_deadline(struct rt_loop *unused)
{
    (void)unused;
    take_caps();
    if (pace_ns == 0)
        return;
    for (uint64_t n = 1 + stress_below(&dice, 4); n > 0; n--) {
        struct link *l = &links[stress_below(&dice, nlinks)];

        for (uint64_t burst = 1 + stress_below(&dice, 4); burst > 0 && l->id != UINT64_MAX; burst--)
            say(l);
        if (l->id != UINT64_MAX)
            caps_turn(&l->caps);
    }
    keep_turn();
    loop.deadline_ns = rt_now_ns() + pace_ns / 2 + stress_below(&dice, pace_ns);
}

/* ---- links ---- */

static struct link *add_link(void)
{
    struct link *l = &links[nlinks];

    if (nlinks == LINKS_MAX)
        exit(5);
    *l = (struct link){.id = UINT64_MAX, .other = UINT64_MAX};
    l->source = (struct rt_source){
        .chan = &l->chan, .on_message = on_talk, .on_gone = on_gone, .context = l};
    return l;
}

/* The next in the ring, one at random, and one that began on the same core. */
static uint64_t peer_of(unsigned i)
{
    uint64_t chosen;

    if (i == 0)
        return (number + 1) % nparts;
    if (i == 1 && nparts > rt_info()->ncores)
        return (number + rt_info()->ncores) % nparts;
    do
        chosen = stress_below(&dice, nparts);
    while (chosen == number);
    return chosen;
}

static void connect(unsigned i)
{
    struct link *l = add_link();
    uint64_t word[1] = {l->id = LINK_ID(number, i)};
    char name[NAME_BYTES];

    l->bound_it = true;
    l->other = peer_of(i);
    (void)snprintf(name, sizeof name, "p.%u", (unsigned)l->other);
    if (rt_bind(name, rt_now_ns() + PATIENCE_NS, &l->chan) != ST_OK ||
        !caps_open(&l->caps, &l->chan, l->id, true) ||
        rt_send(&l->chan, TALK_HELLO, 0, word, sizeof word) != ST_OK ||
        loop_add(&loop, &l->source) != ST_OK)
        exit(7);
    nlinks++;
}

static void on_news(struct rt_loop *unused, const struct news *n)
{
    struct link *l;

    (void)unused;
    if (n->kind != NEWS_CLIENT)
        return;
    l = add_link();
    if (rt_chan_open(&l->chan, n) != ST_OK || !caps_open(&l->caps, &l->chan, UINT64_MAX, false) ||
        loop_add(&loop, &l->source) != ST_OK)
        exit(6);
    nlinks++;
}

/* What came while a bind was waited for. */
static void take_kept_news(void)
{
    struct news n;

    while (rt_news(&n) == ST_OK)
        on_news(&loop, &n);
}

/* ---- the conductor ---- */

static void tell(uint16_t kind, uint64_t *word)
{
    word[0] = number;
    if (rt_send_wait(&conductor, kind, 0, word, 7 * sizeof *word, rt_now_ns() + PATIENCE_NS) !=
        ST_OK)
        exit(3);
}

static void verify(const struct urpc_msg *m)
{
    volatile const core_id *page = &rt_info()->core;
    uint64_t word[7] = {0, m->word[1], keep_look((enum keep_ask)m->word[2]) | caps_wrong()};

    if (word[2] >> 32 == 0)
        word[2] |= (uint64_t)keep_odd() << 32;
    do { /* it may be moved between the two */
        struct rt_msg where = {{0}};

        word[4] = *page;
        word[6] = mon_call(MON_WHERE, &where);
        word[3] = where.w[2];
    } while (*page != word[4]);
    word[5] = keep_heap_bytes();
    tell(STRESS_VERIFIED, word);
}

static void count(void)
{
    uint64_t word[7] = {0};
    struct urpc_msg m;

    for (unsigned i = 0; i < nlinks; i++)
        while (rt_recv(&links[i].chan, &m) == ST_OK)
            on_talk(&links[i].source, &m);
    take_caps();
    for (unsigned i = 0; i < nlinks; i++) {
        const struct link *l = &links[i];
        uint64_t its[7] = {0, l->id, l->bound_it, l->sent, l->received, l->out_of_order, l->bad}, caps[7];

        tell(STRESS_LINK, its);
        caps_tell(&l->caps, l->bound_it, caps + 1);
        tell(STRESS_CAPS, caps);
    }
    word[1] = nlinks;
    word[2] = caps_wrong();
    tell(STRESS_COUNTED, word);
}

static void tell_trace(void)
{
    uint64_t word[7] = {0};
    unsigned n;
    const struct trace_row *row = trace_rows(&n);

    for (unsigned i = 0; i < n; i++) {
        uint64_t its[7] = {0, row[i].received, row[i].way, row[i].number, row[i].at_ns, row[i].ns, row[i].core};

        tell(STRESS_TRACE_ROW, its);
    }
    word[1] = trace_dropped();
    tell(STRESS_TRACED, word);
}

static void on_order(struct rt_source *s, const struct urpc_msg *m)
{
    uint64_t word[7] = {0};

    (void)s;
    switch (m->kind) {
    case STRESS_CONNECT:
        for (unsigned i = 0; i < LINKS_OUT; i++)
            connect(i);
        take_kept_news();
        tell(STRESS_READY, word);
        break;
    case STRESS_GO:
        pace_ns = m->word[1];
        loop.deadline_ns = rt_now_ns() + 1;
        break;
    case STRESS_VERIFY:
        verify(m);
        break;
    case STRESS_STOP:
        pace_ns = 0;
        tell(STRESS_QUIET, word);
        break;
    case STRESS_COUNT:
        count();
        break;
    case STRESS_TRACE:
        tell_trace();
        break;
    case STRESS_END:
        exit((int)m->word[1]);
    default:
        exit(4);
    }
}

static void on_conductor_gone(struct rt_source *s)
{
    (void)s;
    exit(0);
}

/* ---- beginning ---- */

static void on_event(struct rt_loop *unused, uint64_t bits)
{
    (void)unused;
    (void)bits;
    keep_event();
}

/* The one of this name before it may have ended a moment ago. */
static bool serve(const char *name)
{
    uint64_t until = rt_now_ns() + PATIENCE_NS;
    status_t st;

    while ((st = rt_serve(name)) == ST_EXISTS && rt_now_ns() < until)
        (void)sys_sleep_for(NS_PER_MS);
    return st == ST_OK;
}

/* It has not let go of all channels yet, and has no place for one more. */
static bool find_conductor(void)
{
    uint64_t until = rt_now_ns() + PATIENCE_NS;
    status_t st;

    while ((st = rt_bind("stress", until, &conductor)) != ST_OK && rt_now_ns() < until)
        (void)sys_sleep_for(NS_PER_MS);
    return st == ST_OK;
}

int main(void)
{
    static struct rt_source orders = {
        .chan = &conductor, .on_message = on_order, .on_gone = on_conductor_gone};
    volatile uint64_t on_stack[KEEP_STACK_WORDS];
    uint64_t hello[7] = {0};
    struct rt_msg where = {{0}};
    char name[NAME_BYTES];

    number = stress_argument("row", 0) * rt_info()->ncores + rt_info()->core;
    nparts = stress_argument("rows", 1) * rt_info()->ncores;
    dice = stress_argument("seed", 1) * 1000003 + number;
    (void)snprintf(name, sizeof name, "p.%u", (unsigned)number);
    if (!trace_start(stress_argument("trace", 0)) || !keep_start(number, on_stack) || !caps_start(number, dice) ||
        mon_call(MON_WHERE, &where) != ST_OK)
        return 2;
    if (!serve(name) || !find_conductor())
        return 2;
    hello[1] = where.w[1];
    hello[2] = where.w[2];
    tell(STRESS_HELLO, hello);
    loop.on_news = on_news;
    loop.on_deadline = on_deadline;
    loop.on_event = on_event;
    loop.events = KEEP_EVENT_BIT;
    if (loop_add(&loop, &orders) != ST_OK)
        return 2;
    loop_run(&loop);
    return 0;
}
