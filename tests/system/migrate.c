/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/migrate - programs change core while they are talked to, and do not notice.
 *
 *     migrate 0     machine,mem=4096    moves the others, and asks them
 *     migrate 1-63  mem=1024            agent: answers, with a sum over all it has
 *
 * With the argument `die` a core stops in the middle (skerry.fail=CORE:STEP, monitor/migrate_sm.h): who was neither there nor made of
 * that core's memory must answer as before, and a move that was not done must have left everything as it was.
 * With `abort` moves are undone on purpose (skerry.abort=CORE:STEP): an agent must answer from where it was, be still for no longer than
 * ABORT_NS - with `abort-still`, where the clock counts instructions, STILL_NS - and be moved when it has cooled down.
 *
 * An agent's sum covers its heap, its stack, its data, FP registers and a frame it has mapped; it also says on which core it
 * believes to be. Every message has a number; the answer must be to the last one asked, exactly once.
 */
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "partition/ids.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)
#define AGENTS      8u
#define ROUNDS      24u
#define ABORT_ROUNDS 3u
#define STILL_NS     (120 * NS_PER_MS) /* 100 of spec.md section 4, and what it takes to tell all       */
#define ABORT_NS     (400 * NS_PER_MS) /* the same where the host's other work is on the clock as well */
#define HEAP_WORDS  4096u
#define KIND_HELLO  1u
#define KIND_ASK    2u

/* ---- agent ---- */

static uint64_t data[64];

static status_t where(uint64_t *part, uint64_t *core)
{
    struct rt_msg m = {{0}};
    status_t st = mon_call(MON_WHERE, &m);

    *part = m.w[1];
    *core = m.w[2];
    return st;
}

static uint64_t sum_of(const uint64_t *heap, uint64_t seed)
{
    uint64_t sum = seed;

    for (unsigned i = 0; i < HEAP_WORDS; i++)
        sum = sum * 31 + heap[i];
    for (unsigned i = 0; i < 64; i++)
        sum = sum * 31 + data[i];
    return sum;
}

static int agent(void)
{
    uint64_t *heap = malloc(HEAP_WORDS * sizeof *heap), word[6] = {0},
             seed = rt_info()->core * 1000003u;
    volatile double kept = (double)seed;
    static struct rt_chan c;
    struct urpc_msg m;

    for (unsigned i = 0; i < HEAP_WORDS; i++)
        heap[i] = seed + i;
    for (unsigned i = 0; i < 64; i++)
        data[i] = seed ^ i;
    if (rt_bind("moves", rt_now_ns() + PATIENCE_NS, &c) != ST_OK ||
        where(&word[0], &word[1]) != ST_OK)
        return 2;
    word[2] = sum_of(heap, seed);
    if (rt_send_wait(&c, KIND_HELLO, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS) != ST_OK)
        return 3;
    while (rt_recv_wait(&c, &m, 0) == ST_OK) {
        kept = kept * 1.0;
        word[0] = m.word[0];
        word[2] = sum_of(heap, seed) + ((uint64_t)kept != seed);
        if (where(&word[3], &word[1]) != ST_OK)
            return 4;
        word[4] = rt_info()->core;
        if (rt_send_wait(&c, KIND_ASK, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS) != ST_OK)
            return 5;
    }
    return 0;
}

/* ---- who moves them ---- */

static struct one {
    struct rt_chan chan;
    uint64_t part, core, to, sum, asked; /* to: where it may be as well */
    bool gone;
} one[AGENTS];
static unsigned n;
static uint64_t wrong_sum, wrong_core, wrong_order, unanswered, worst_ns, worst_undone_ns;
static unsigned cooled, late;
static bool aborting, by_the_clock;

static void gather(unsigned agents)
{
    for (; n < agents; n++) {
        struct urpc_msg m;

        test_need(rt_accept(&one[n].chan, rt_now_ns() + PATIENCE_NS) == ST_OK, "an agent comes");
        test_need(rt_recv_wait(&one[n].chan, &m, rt_now_ns() + PATIENCE_NS) == ST_OK &&
                      m.kind == KIND_HELLO,
                  "and says who it is");
        one[n].part = m.word[0];
        one[n].core = one[n].to = m.word[1];
        one[n].sum = m.word[2];
    }
}

static uint64_t dead_cores(void)
{
    struct rt_cores cores;

    return rt_cores(&cores) == ST_OK ? cores.dead : 0;
}

static core_id home_of(const struct one *o)
{
    return partition_home((partition_id)o->part);
}

/* It may be: its memory, or the core where it was or was going to, is gone. */
static bool may_be_gone(const struct one *o)
{
    return (dead_cores() & (1ull << home_of(o) | 1ull << o->core | 1ull << o->to)) != 0;
}

static void ask(struct one *o)
{
    uint64_t word[6] = {++o->asked};
    struct urpc_msg m;
    status_t st;

    if (o->gone)
        return;
    st = rt_send_wait(&o->chan, KIND_ASK, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS);
    if (st == ST_OK)
        st = rt_recv_wait(&o->chan, &m, rt_now_ns() + PATIENCE_NS);
    if (st == ST_GONE && may_be_gone(o)) {
        o->gone = true;
        return;
    }
    unanswered += st != ST_OK;
    if (st != ST_OK)
        return;
    wrong_order += m.word[0] != o->asked;
    wrong_sum += m.word[2] != o->sum;
    wrong_core += (m.word[1] != o->core && m.word[1] != o->to) || m.word[4] != m.word[1] ||
                  m.word[3] != o->part;
    o->core = o->to = m.word[1];
}

static unsigned undone;

/* It goes on where it was; and is not moved again at once. */
static void after_abort(struct one *o, uint64_t blackout_ns)
{
    uint64_t was = o->core;

    undone++;
    if (blackout_ns > worst_undone_ns)
        worst_undone_ns = blackout_ns;
    ask(o);
    wrong_core += o->core != was;
}

static status_t move(struct one *o, uint64_t to)
{
    struct rt_msg m = {{0, o->part, to}};
    status_t st;

    o->to = to;
    for (unsigned tries = 0; tries < 3000; tries++) {
        m.w[1] = o->part;
        m.w[2] = to;
        st = mon_call(MON_MOVE, &m);
        if (aborting && m.w[2] != 0) { /* a step that was not done */
            after_abort(o, m.w[1]);
            o->to = to;
            continue;
        }
        cooled += st == ST_COOLDOWN;
        late += st == ST_TIMEOUT && m.w[2] != 0; /* the host had other work: undone, and tried again */
        if (st != ST_BUSY && st != ST_COOLDOWN && (st != ST_TIMEOUT || m.w[2] == 0))
            break;
        (void)sys_sleep_for(NS_PER_MS);
    }
    if (st == ST_OK) {
        o->core = to;
        if (m.w[1] > worst_ns)
            worst_ns = m.w[1];
    } else {
        printf("agent %u to core %u: %s, step %u\n", (unsigned)(o - one), (unsigned)to,
               status_text(st), (unsigned)m.w[2]);
    }
    return st;
}

static unsigned moved, refused;

static void rounds(unsigned ncores)
{
    for (unsigned round = 1; round <= (aborting ? ABORT_ROUNDS : ROUNDS); round++)
        for (unsigned i = 0; i < n; i++) {
            uint64_t to = (one[i].core + round) % ncores;

            if (one[i].gone || to == one[i].core)
                continue;
            if (move(&one[i], to) == ST_OK)
                moved++;
            else
                refused++;
            ask(&one[i]);
        }
    for (unsigned i = 0; i < n; i++)
        ask(&one[i]);
}

/* Only those that had to went. */
static unsigned survivors(void)
{
    unsigned alive = 0;

    for (unsigned i = 0; i < n; i++)
        alive += !one[i].gone;
    return alive;
}

int main(void)
{
    bool die = strcmp(rt_info()->args, "die") == 0;
    struct rt_cores cores;

    aborting = strncmp(rt_info()->args, "abort", 5) == 0;
    by_the_clock = strcmp(rt_info()->args, "abort-still") == 0;
    if (rt_info()->core != 0)
        return agent();
    test_name("migrate");
    test_need(rt_serve("moves") == ST_OK &&
                  rt_wait_cores(rt_now_ns() + PATIENCE_NS, &cores) == ST_OK,
              "the machine is there");
    gather((unsigned)cores.n - 1);
    for (unsigned i = 0; i < n; i++)
        ask(&one[i]);
    test_is(unanswered + wrong_sum + wrong_core + wrong_order == 0,
            "agents answer before anything moves");
    rounds((unsigned)cores.n);
    printf(
        "%u moves, %u not, %u undone for being late, %u agents left, at most %u us not running\n",
        moved, refused, (unsigned)late, survivors(), (unsigned)(worst_ns / 1000));
    if (aborting) {
        printf("%u undone, at most %u us still; %u times told to wait\n", undone, (unsigned)(worst_undone_ns / 1000),
               cooled);
        test_is(undone > 0 && cooled > 0, "moves were undone, and not tried again at once");
        test_is(worst_undone_ns < (by_the_clock ? STILL_NS : ABORT_NS), "an undone move held its program up for no longer than it may");
    }
    test_is(moved > 0 && (die || refused == 0), "every move is done");
    test_is(!die || (dead_cores() != 0 && survivors() > 0),
            "a core died on the way, if one was to");
    test_is(die || survivors() == n, "all agents are there, if no core died");
    test_is(unanswered == 0, "every message is answered");
    test_is(wrong_order == 0, "once, in order");
    test_is(wrong_sum == 0, "memory and registers are what they were");
    test_is(wrong_core == 0, "an agent is where it was sent, and knows");
    return test_end();
}
