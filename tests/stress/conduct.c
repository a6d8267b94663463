/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/conduct - says which partition goes where, and adds up what all of them have seen (tests/stress/stress.h).
 *
 *     arguments: conduct rows=8 moves=150 seed=1 pace_us=20000
 *     rows: parts on each core at the beginning; pace_us: mean time between two bursts of a part;
 *     trace=N: what the parts have noted of every Nth message (part_trace.h) is in records
 *
 * The same seed chooses the same parts and cores. With skerry run --deterministic everything else is the same, too.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/loop.h"
#include "lib/rt/record.h"
#include "tests/stress/messages.h"
#include "tests/stress/part_keep.h"
#include "tests/stress/stress.h"
#include "tests/stress/tally.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 112u
#define CORES     64u
#define ROUND_NS  (10 * NS_PER_MS)
#define STUCK_NS  (30 * NS_PER_S)

struct part {
    struct rt_chan *chan;
    uint64_t name; /* for the machine */
    uint64_t core, home;
    bool ready, quiet, counted, traced, gone;
    bool moving;
    unsigned asked, answered, moves_when_asked, moves;
    uint64_t links, told_links, heap;
};

struct core {
    struct rt_chan *chan;
    bool moving, looked;
    uint64_t part, to; /* of the move it asks for */
    uint64_t bytes, slots, programs, ends;
};

static struct part parts[PARTS_MAX], coming[PARTS_MAX]; /* coming: started again, while those before may not have ended */
static struct core cores[CORES];
static unsigned nparts, ncores, looks;
static uint64_t dice, wanted, trace, wrong_core, wrong_what, wrong_seen;
static bool stuck;
static struct rt_loop loop;

static bool send(struct rt_chan *c, enum stress_kind kind, const uint64_t word[3])
{
    return rt_send_wait(c, (uint16_t)kind, 0, word, 3 * sizeof *word, rt_now_ns() + PATIENCE_NS) ==
           ST_OK;
}

/* ---- what they say ---- */

static void on_hello(struct rt_source *s, const struct urpc_msg *m)
{
    unsigned i = (unsigned)(m->word[0] % PARTS_MAX);

    coming[i] = (struct part){
        .chan = s->chan, .name = m->word[1], .core = m->word[2], .home = m->word[2]};
    s->context = &parts[i];
}

static void on_verified(struct part *p, const struct urpc_msg *m)
{
    p->answered++;
    p->heap = m->word[5];
    if (m->word[2] != 0) {
        wrong_seen++;
        wrong_what |= m->word[2];
        printf("part %u: wrong 0x%x\n", (unsigned)m->word[0], (unsigned)m->word[2]);
    }
    /* While it was on its way, either is right; but it must know where it is. */
    if (m->word[6] != ST_OK || m->word[3] != m->word[4] ||
        (!p->moving && p->moves == p->moves_when_asked && m->word[3] != p->core)) {
        wrong_core++;
        printf("part %u: on core %u, its page says %u, should be %u (%s)\n", (unsigned)m->word[0],
               (unsigned)m->word[3], (unsigned)m->word[4], (unsigned)p->core,
               status_text((status_t)m->word[6]));
    }
}

static void on_moved(struct core *c, const struct urpc_msg *m)
{
    struct part *p = &parts[c->part];

    c->moving = p->moving = false;
    if (m->word[1] != ST_OK) {
        tally_refused((status_t)m->word[1], m->word[3]);
        return;
    }
    p->core = c->to;
    p->moves++;
    tally_moved(m->word[2]);
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    struct part *p = s->context;
    struct core *c = s->context;

    loop.stop = true;
    switch (m->kind) {
    case STRESS_HELLO:
        on_hello(s, m);
        break;
    case STRESS_READY:
        p->ready = true;
        break;
    case STRESS_VERIFIED:
        on_verified(p, m);
        break;
    case STRESS_QUIET:
        p->quiet = true;
        break;
    case STRESS_LINK:
        tally_end(m->word[1], m->word[2] != 0, m->word[3], m->word[4], m->word[5], m->word[6]);
        p->told_links++;
        break;
    case STRESS_COUNTED:
        p->counted = true;
        p->links = m->word[1];
        break;
    case STRESS_TRACE_ROW:
        messages_row(p->name, trace, m->word + 1);
        break;
    case STRESS_TRACED:
        messages_end(p->name, trace, m->word[1]);
        p->traced = true;
        break;
    case STRESS_MOVER:
        s->context = c = &cores[m->word[0] % CORES];
        c->chan = s->chan;
        break;
    case STRESS_MOVED:
        on_moved(c, m);
        break;
    case STRESS_FREE:
        c->looked = true;
        c->bytes = m->word[1];
        c->slots = m->word[2];
        c->programs = m->word[3];
        c->ends = m->word[4];
        looks++;
        break;
    default:
        test_need(false, "what is said makes sense");
    }
}

static void on_gone(struct rt_source *s)
{
    struct part *p = s->context;

    loop.stop = true;
    if (p >= parts && p < parts + PARTS_MAX && p->chan == s->chan)
        p->gone = true;
    rt_close(s->chan);
    free(s->chan);
    free(s);
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    struct rt_source *s;
    struct rt_chan *c;

    if (n->kind != NEWS_CLIENT)
        return;
    s = calloc(1, sizeof *s);
    c = calloc(1, sizeof *c);
    if (s == NULL || c == NULL || rt_chan_open(c, n) != ST_OK)
        test_need(false, "room for all that come");
    *s = (struct rt_source){.chan = c, .on_message = on_message, .on_gone = on_gone};
    if (loop_add(l, s) != ST_OK)
        test_need(false, "a place for all that come");
}

/* ---- waiting ---- */

static void progress(void)
{
    static uint64_t next_ns;

    if (rt_now_ns() < next_ns)
        return;
    next_ns = rt_now_ns() + NS_PER_S;
    rec_begin("progress");
    rec_u64("done", tally_moves() < wanted ? tally_moves() : wanted);
    rec_u64("total", wanted);
    rec_str("what", "moves");
    rec_u64("refused", tally_refusals());
    rec_u64("wrong", wrong_seen + wrong_core);
    rec_end();
}

static void on_deadline(struct rt_loop *l)
{
    l->stop = true;
}

static void turn(void)
{
    loop.deadline_ns = rt_now_ns() + ROUND_NS;
    loop_run(&loop);
    progress();
}

/* Until all parts say so; false and `stuck`: it takes too long. */
static bool wait_parts(bool (*done)(const struct part *))
{
    uint64_t until = rt_now_ns() + STUCK_NS;
    unsigned i = 0;

    while (i < nparts && !stuck) {
        if (done(&parts[i])) {
            i++;
            continue;
        }
        turn();
        if (rt_now_ns() > until) {
            printf("part %u does not answer (core %u)\n", i, (unsigned)parts[i].core);
            stuck = true;
        }
    }
    return !stuck;
}

static void order_all(enum stress_kind kind, uint64_t word1)
{
    for (unsigned i = 0; i < nparts; i++)
        if (!send(parts[i].chan, kind, (uint64_t[3]){0, word1}))
            stuck = true;
}

static bool is_ready(const struct part *p)
{
    return p->ready;
}

static bool is_quiet(const struct part *p)
{
    return p->quiet;
}

static bool is_counted(const struct part *p)
{
    return p->counted && p->told_links == p->links;
}

static bool is_traced(const struct part *p)
{
    return p->traced;
}

static bool has_answered(const struct part *p)
{
    return p->answered == p->asked;
}

static bool is_gone(const struct part *p)
{
    return p->gone;
}

static void verify(struct part *p, enum keep_ask ask)
{
    p->asked++;
    p->moves_when_asked = p->moves;
    if (p->moving)
        p->moves_when_asked = UINT32_MAX; /* it may be here or there */
    if (!send(p->chan, STRESS_VERIFY, (uint64_t[3]){0, p->asked, ask}))
        stuck = true;
}

/* ---- what is free ---- */

struct left {
    uint64_t bytes[CORES], slots[CORES], ends[CORES], programs[CORES];
};

static void look(struct left *l)
{
    uint64_t until = rt_now_ns() + STUCK_NS;

    looks = 0;
    for (unsigned i = 0; i < ncores; i++)
        stuck |= !send(cores[i].chan, STRESS_LOOK, (uint64_t[3]){0});
    while (looks < ncores && !stuck) {
        turn();
        stuck = rt_now_ns() > until;
    }
    for (unsigned i = 0; i < ncores; i++) {
        l->bytes[i] = cores[i].bytes;
        l->slots[i] = cores[i].slots;
        l->ends[i] = cores[i].ends;
        l->programs[i] = cores[i].programs;
    }
}

/*
 * Slots: a monitor keeps the memory of a channel between two programs of its core for the next one, with two slots, so how many it
 * has is how many it once needed at the same time. That is a few, however many moves there were.
 */
#define KEPT_SLOTS 8u

static bool is_same(const struct left *now, const struct left *before)
{
    for (unsigned i = 0; i < ncores; i++)
        if (now->bytes[i] != before->bytes[i] || now->ends[i] != before->ends[i] ||
            now->programs[i] != before->programs[i] || now->slots[i] > before->slots[i] + KEPT_SLOTS ||
            now->slots[i] + KEPT_SLOTS < before->slots[i])
            return false;
    return true;
}

/* What is on its way back may take a moment. */
static bool is_left_again(const struct left *before)
{
    struct left now;

    for (unsigned tries = 0; tries < 20 && !stuck; tries++) {
        look(&now);
        if (is_same(&now, before))
            return true;
        loop.deadline_ns = rt_now_ns() + 100 * NS_PER_MS;
        loop_run(&loop);
    }
    for (unsigned i = 0; i < ncores; i++)
        if (now.bytes[i] != before->bytes[i] || now.slots[i] != before->slots[i] ||
            now.ends[i] != before->ends[i] || now.programs[i] != before->programs[i])
            printf("core %u: bytes %+lld, slots %+lld, ends %+lld, programs %+lld\n", i,
                   (long long)(now.bytes[i] - before->bytes[i]),
                   (long long)(now.slots[i] - before->slots[i]),
                   (long long)(now.ends[i] - before->ends[i]),
                   (long long)(now.programs[i] - before->programs[i]));
    return false;
}

/* ---- moving ---- */

static void order_move(struct core *c, struct part *p, uint64_t to)
{
    c->moving = p->moving = true;
    c->part = (uint64_t)(p - parts);
    c->to = to;
    stuck |= !send(c->chan, STRESS_MOVE, (uint64_t[3]){c->part, p->name, to});
}

static unsigned moving(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ncores; i++)
        n += cores[i].moving;
    return n;
}

/* Any part that is not on its way, to any other core. */
static void order_any(struct core *c)
{
    struct part *p;
    uint64_t to;

    do
        p = &parts[stress_below(&dice, nparts)];
    while (p->moving);
    do
        to = stress_below(&dice, ncores);
    while (to == p->core);
    order_move(c, p, to);
    if (stress_below(&dice, 4) == 0)
        verify(p, KEEP_MORE);
    if (stress_below(&dice, 8) == 0)
        verify(&parts[stress_below(&dice, nparts)], KEEP_MORE);
}

static void move_about(void)
{
    uint64_t done = 0, until = rt_now_ns() + STUCK_NS;

    while (tally_moves() < wanted && !stuck) {
        for (unsigned i = 0; i < ncores; i++)
            if (!cores[i].moving && tally_moves() + moving() < wanted)
                order_any(&cores[i]);
        turn();
        if (tally_moves() > done) {
            done = tally_moves();
            until = rt_now_ns() + STUCK_NS;
        }
        if (rt_now_ns() > until) {
            printf("no move was done for %u s\n", (unsigned)(STUCK_NS / NS_PER_S));
            stuck = true;
        }
    }
}

/* Where they began, as only there they are started again; these moves are not counted. How many did not get there. */
static unsigned go_home(void)
{
    uint64_t until = rt_now_ns() + STUCK_NS;
    unsigned away = nparts;

    while (away > 0 && !stuck) {
        unsigned c = 0;

        away = 0;
        for (unsigned i = 0; i < nparts; i++) {
            if (parts[i].core == parts[i].home && !parts[i].moving)
                continue;
            away++;
            while (c < ncores && cores[c].moving)
                c++;
            if (!parts[i].moving && c < ncores)
                order_move(&cores[c], &parts[i], parts[i].home);
        }
        turn();
        if (rt_now_ns() > until)
            break;
    }
    return away;
}

/* ---- the run ---- */

static void start(unsigned rows)
{
    ncores = (unsigned)rt_info()->ncores;
    nparts = rows * ncores;
    test_need(nparts >= 2 && nparts + ncores < RT_CHANS - 4 && nparts <= PARTS_MAX && ncores <= CORES,
              "as many parts as one program can talk to");
    test_need(tally_start(wanted + PARTS_MAX), "memory for all figures");
    test_need(rt_serve("stress") == ST_OK, "the conductor is there");
}

static void gather(void)
{
    uint64_t until = rt_now_ns() + PATIENCE_NS;
    unsigned there = 0;

    while (there < nparts + ncores && rt_now_ns() < until) {
        turn();
        there = 0;
        for (unsigned i = 0; i < nparts; i++)
            there += coming[i].chan != NULL;
        for (unsigned i = 0; i < ncores; i++)
            there += cores[i].chan != NULL;
    }
    printf("%u of %u parts and movers\n", there, nparts + ncores);
    test_need(there == nparts + ncores, "all parts come");
    memcpy(parts, coming, sizeof parts);
    memset(coming, 0, sizeof coming);
    order_all(STRESS_CONNECT, 0);
    test_need(wait_parts(is_ready), "and have their links");
}

/*
 * All end and are started again: of those before nothing is left. One after the other, so that each has the memory of the one
 * before, and free memory is cut into the same blocks, each of which has its slots.
 */
static void begin_again(void)
{
    uint64_t until = rt_now_ns() + STUCK_NS;

    for (unsigned i = 0; i < nparts && !stuck; i++) {
        stuck |= !send(parts[i].chan, STRESS_END, (uint64_t[3]){0, 1});
        while ((!parts[i].gone || coming[i].chan == NULL) && !stuck) {
            turn();
            stuck = rt_now_ns() > until;
        }
        if (stuck)
            printf("part %u of core %u: %s gone, %s back\n", i, (unsigned)parts[i].home,
                   parts[i].gone ? "" : "not", coming[i].chan != NULL ? "" : "not");
    }
    test_need(!stuck, "all parts end, and begin again");
    gather();
}

static void write_record(uint64_t seed, const struct tally_sums *sum, uint64_t ns, uint64_t heap)
{
    tally_write_refusals();
    rec_begin("stress");
    rec_u64("seed", seed);
    rec_u64("parts", nparts);
    rec_u64("cores", ncores);
    rec_u64("moves", tally_moves());
    rec_u64("refused", tally_refusals());
    rec_u64("messages", sum->messages);
    rec_u64("lost", sum->lost);
    rec_u64("doubled", sum->doubled);
    rec_u64("reordered", sum->reordered);
    rec_u64("bad", sum->bad);
    rec_u64("wrong", wrong_seen);
    rec_hex("wrong_what", wrong_what);
    rec_u64("wrong_core", wrong_core);
    rec_u64("heap_bytes", heap);
    rec_u64("ns", ns);
    tally_write_blackout();
    rec_end();
}

/* One after the other, as each of them fills records of its own. */
static void gather_traces(void)
{
    for (unsigned i = 0; i < nparts; i++)
        parts[i].traced = true;
    for (unsigned i = 0; i < nparts; i++) {
        parts[i].traced = false;
        stuck |= !send(parts[i].chan, STRESS_TRACE, (uint64_t[3]){0});
        test_need(wait_parts(is_traced), "all parts tell what they have noted");
    }
}

/* Talking, moving, counting. */
static void act(uint64_t seed)
{
    uint64_t begun, heap = 0, done;
    struct tally_sums sum;

    for (unsigned i = 0; i < nparts; i++)
        verify(&parts[i], KEEP_LOOK);
    test_need(wait_parts(has_answered) && wrong_seen + wrong_core == 0,
              "everything is right before anything moves");
    order_all(STRESS_GO, stress_argument("pace_us", 20000) * NS_PER_US);
    begun = rt_now_ns();
    move_about();
    done = tally_moves();
    begun = rt_now_ns() - begun;
    test_is(done == wanted, "as many moves are done as were asked for");
    for (unsigned i = 0; i < nparts && !stuck; i++)
        verify(&parts[i], KEEP_LOOK);
    test_is(wait_parts(has_answered), "all parts answer");
    order_all(STRESS_STOP, 0);
    test_is(wait_parts(is_quiet), "all parts fall quiet");
    order_all(STRESS_COUNT, 0);
    test_is(wait_parts(is_counted), "all parts have counted");
    if (trace > 0)
        gather_traces();
    for (unsigned i = 0; i < nparts; i++)
        heap += parts[i].heap;
    sum = tally_sum();
    write_record(seed, &sum, begun, heap);
    test_is(sum.messages > 0 && sum.one_ended == 0, "they have talked, and both ends of each link say so");
    test_is(sum.lost == 0, "no message is lost");
    test_is(sum.doubled == 0, "none came twice");
    test_is(sum.reordered == 0, "none came out of order");
    test_is(sum.bad == 0, "none was changed");
    test_is(wrong_seen == 0, "memory, registers and capabilities are what they were");
    test_is(wrong_core == 0, "everyone is where it was sent, and knows");
    test_is(go_home() == 0, "all come home again");
}

static int conduct(void)
{
    uint64_t seed = stress_argument("seed", 1);
    struct left before;

    test_name("stress");
    dice = seed;
    wanted = stress_argument("moves", 150);
    trace = stress_argument("trace", 0);
    loop.on_news = on_news;
    loop.on_deadline = on_deadline;
    start((unsigned)stress_argument("rows", 8));
    gather();
    begin_again(); /* what monitors keep for good they have now */
    look(&before);
    act(seed);
    begin_again();
    test_is(!stuck && is_left_again(&before), "free memory, slots and channels are what they were");
    order_all(STRESS_END, 0);
    test_is(wait_parts(is_gone), "all parts end for good");
    return test_end();
}

int main(void)
{
    return strncmp(rt_info()->args, "mover", 5) == 0 ? mover() : conduct();
}
