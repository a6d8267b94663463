/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/placed - what placement by communication is worth: one workload, first where it was started, then moved.
 *
 *     coherence 0 place  after=N       counts for N epochs, then its advice is followed
 *     talk all  ...                    the workload
 *     placed 0 machine   pairs         asks coherence what it counted, and says if that is good enough
 *
 * Before: the last BEFORE epochs without advice. After: QUIET epochs in which nothing was moved, following the last move. Both in one
 * run of the same programs, by the counts of the feed. The record `placement` has the figures (docs/spec/console.md).
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/coherence/ask.h"
#include "tests/system/report.h"
#include "tests/workloads/pattern.h"
#include <stdio.h>
#include <stdlib.h>

#define PATIENCE_NS (60 * NS_PER_S)
#define NAP_NS      (20 * NS_PER_MS)
#define BEFORE      60u
#define QUIET       100u
#define SETTLE_MOST 1500u /* epochs */
#define FALL_BP     2000u
#define GOAL_BP     5000u

static struct rt_chan chan;

struct seen {
    struct ask_TOTALS totals;
    struct ask_MOVING moving;
};

static struct seen look(void)
{
    uint64_t deadline = rt_now_ns() + PATIENCE_NS;
    static uint64_t number;
    struct ask_ASK ask = {.number = ++number};
    struct seen s = {{0}, {0}};
    struct urpc_msg m;
    bool ok = rt_send_wait(&chan, ASK_ASK, 0, &ask, sizeof ask, deadline) == ST_OK &&
              rt_recv_wait(&chan, &m, deadline) == ST_OK && m.kind == ASK_TOTALS;

    if (ok)
        s.totals = *ask_TOTALS_in(m.word);
    ok = ok && s.totals.number == number && rt_recv_wait(&chan, &m, deadline) == ST_OK &&
         m.kind == ASK_MOVING;
    if (!ok)
        test_need(false, "coherence answers");
    s.moving = *ask_MOVING_in(m.word);
    return s;
}

static struct seen look_at_epoch(uint64_t epoch)
{
    struct seen s = look();

    while (s.totals.epoch < epoch) {
        (void)sys_sleep_for(NAP_NS);
        s = look();
    }
    return s;
}

struct span {
    uint64_t all, cross, ns;
};

static struct span between(const struct seen *a, const struct seen *b)
{
    return (struct span){b->totals.all - a->totals.all, b->totals.cross - a->totals.cross,
                         b->totals.at_ns - a->totals.at_ns};
}

static uint64_t per_s(uint64_t n, uint64_t ns)
{
    return ns == 0 ? 0 : n * NS_PER_S / ns;
}

/* Of messages: the share between cores, in basis points. */
static uint64_t share_bp(const struct span *s)
{
    return s->all == 0 ? 0 : s->cross * 10000 / s->all;
}

static uint64_t fall_bp(uint64_t before, uint64_t after)
{
    return after >= before ? 0 : (before - after) * 10000 / before;
}

/* From the last move on, QUIET epochs without one. */
static bool settle(uint64_t on_epoch, struct seen *from, struct seen *to)
{
    *from = look();
    for (;;) {
        *to = look();
        if (to->moving.moves != from->moving.moves || to->moving.moved_epoch > from->totals.epoch)
            *from = *to;
        else if (to->totals.epoch >= from->totals.epoch + QUIET && to->moving.settled)
            return true;
        else if (to->totals.epoch > on_epoch + SETTLE_MOST)
            return false;
        (void)sys_sleep_for(NAP_NS);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "?", *start = argc > 3 ? argv[3] : "in turn";
    uint64_t on_epoch = argc > 2 ? (uint64_t)atoll(argv[2]) : 200, fall;
    struct seen a, b, c, d;
    struct span before, after;
    struct rt_cores cores;
    bool settled;

    test_name("placed");
    test_need(rt_wait_cores(rt_now_ns() + PATIENCE_NS, &cores) == ST_OK &&
                  rt_bind("coherence", rt_now_ns() + PATIENCE_NS, &chan) == ST_OK,
              "the machine and coherence are there");
    a = look_at_epoch(on_epoch - BEFORE);
    b = look_at_epoch(on_epoch - 2);
    before = between(&a, &b);
    test_is(b.moving.moves == 0 && b.totals.epoch < on_epoch + 20, "before, nothing was moved");
    test_is(before.all > 0 && share_bp(&before) > 1000, "and much was said between cores");
    (void)look_at_epoch(on_epoch + 20);
    settled = settle(on_epoch, &c, &d);
    after = between(&c, &d);
    fall = fall_bp(share_bp(&before), share_bp(&after));
    rec_begin("placement");
    rec_str("workload", what);
    rec_str("start", start);
    rec_u64("before_per_s", per_s(before.cross, before.ns));
    rec_u64("after_per_s", per_s(after.cross, after.ns));
    rec_u64("said_before_per_s", per_s(before.all, before.ns));
    rec_u64("said_after_per_s", per_s(after.all, after.ns));
    rec_u64("before_bp", share_bp(&before));
    rec_u64("after_bp", share_bp(&after));
    rec_u64("fall_bp", fall);
    rec_u64("moves", d.moving.moves);
    rec_u64("refused", d.moving.refused);
    rec_u64("settled_epochs",
            d.moving.moved_epoch > on_epoch ? d.moving.moved_epoch - on_epoch : 0);
    rec_u64("quiet_epochs", d.totals.epoch - c.totals.epoch);
    rec_bool("settled", settled);
    rec_end();
    printf("%s: %u.%02u %% of messages between cores, then %u.%02u %%; %u moves\n", what,
           (unsigned)share_bp(&before) / 100, (unsigned)share_bp(&before) % 100,
           (unsigned)share_bp(&after) / 100, (unsigned)share_bp(&after) % 100,
           (unsigned)d.moving.moves);
    test_is(settled, "it settles: 100 epochs without a move");
    test_is(d.moving.moves > 0, "something was moved");
    test_is(fall >= FALL_BP, "of what is said a fifth less or better goes between cores");
    test_is(after.all / (d.totals.epoch - c.totals.epoch) * 10 >
                before.all / (b.totals.epoch - a.totals.epoch) * 7,
            "and as much is said as before");
    return test_end();
}
