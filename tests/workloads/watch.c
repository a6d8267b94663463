/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/workloads/watch.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "tests/system/report.h"

static struct rt_chan chan;

void watch_begin(void)
{
    struct rt_cores cores;

    test_need(rt_wait_cores(rt_now_ns() + WATCH_PATIENCE_NS, &cores) == ST_OK &&
                  rt_bind("coherence", rt_now_ns() + WATCH_PATIENCE_NS, &chan) == ST_OK,
              "the machine and coherence are there");
}

struct seen watch_look(void)
{
    uint64_t deadline = rt_now_ns() + WATCH_PATIENCE_NS;
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

struct seen watch_at(uint64_t epoch)
{
    struct seen s = watch_look();

    while (s.totals.epoch < epoch) {
        (void)sys_sleep_for(WATCH_NAP_NS);
        s = watch_look();
    }
    return s;
}

struct span watch_between(const struct seen *a, const struct seen *b)
{
    return (struct span){b->totals.all - a->totals.all, b->totals.cross - a->totals.cross,
                         b->totals.at_ns - a->totals.at_ns, b->totals.epoch - a->totals.epoch};
}

uint64_t watch_per_s(uint64_t n, uint64_t ns)
{
    return ns == 0 ? 0 : n * NS_PER_S / ns;
}

uint64_t watch_share_bp(const struct span *s)
{
    return s->all == 0 ? 0 : s->cross * 10000 / s->all;
}

uint64_t watch_fall_bp(uint64_t before, uint64_t after)
{
    return after >= before ? 0 : (before - after) * 10000 / before;
}

bool watch_settle(uint64_t quiet, uint64_t until_ns, struct seen *from, struct seen *to)
{
    *from = watch_look();
    for (;;) {
        *to = watch_look();
        if (to->moving.moves != from->moving.moves || to->moving.moved_epoch > from->totals.epoch)
            *from = *to;
        else if (to->totals.epoch >= from->totals.epoch + quiet && to->moving.settled)
            return true;
        else if (rt_now_ns() + WATCH_NAP_NS >= until_ns)
            return false;
        (void)sys_sleep_for(WATCH_NAP_NS);
    }
}
