/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/feed_mode - with coherence and without: the first monitor decides, all know it and record it (monitor/feed.h). */
#include "lib/rt/clock.h"
#include "monitor/core.h"
#include "monitor/feed.h"
#include "monitor/feed_priv.h"
#include "monitor/mon.h"
#include "monitor/note.h"
#include "monitor/urge.h"

#define SILENT_NS (500 * NS_PER_MS) /* a move that coherence waits for takes 100 ms at most */

static enum degraded mode = DEGRADED_NEVER;
static uint64_t mode_ns, entered;
static uint64_t asked_ns; /* the report that coherence has not answered with its PACE; 0: none */

bool feed_degraded(void)
{
    return mode == DEGRADED_GONE || mode == DEGRADED_SILENT;
}

static void tell_mode(enum degraded to, uint64_t now_ns)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (i == mon.core || core_is_joined(i))
            PEER_SEND(i, FEED_MODE, .epoch = now_ns / FEED_EPOCH_NS, .mode = to, .core = mon.core);
}

static void note_mode(enum degraded to, uint64_t epoch)
{
    bool enters = to != DEGRADED_NO;

    note_ended(&(struct note){.kind = enters ? WITNESS_DEGRADED_ENTERED : WITNESS_DEGRADED_EXITED,
                              .flags = to == DEGRADED_GONE ? WITNESS_F_FAULT : 0,
                              .target = epoch,
                              .hash = to});
}

void feed_on_mode(core_id from, const struct peer_FEED_MODE *m)
{
    bool was = feed_degraded();

    if (from != FIRST_CORE || m->mode == mode)
        return;
    mode = (enum degraded)m->mode;
    mode_ns = rt_now_ns();
    if (was == feed_degraded())
        return; /* gone after it was silent, or there for the first time */
    entered += feed_degraded();
    urge_degrade(feed_degraded());
    if (mon.first) /* that it is so every CPU driver records; why, who decided it */
        note_mode(mode, m->epoch);
}

void mode_begin(void)
{
    asked_ns = 0;
}

void mode_asked(uint64_t now_ns)
{
    if (asked_ns == 0)
        asked_ns = now_ns;
}

void mode_heard(uint64_t now_ns)
{
    asked_ns = 0;
    if (mon.first && mode != DEGRADED_NO)
        tell_mode(DEGRADED_NO, now_ns);
}

void mode_gone(uint64_t now_ns)
{
    if (mon.first && mode != DEGRADED_NEVER)
        tell_mode(DEGRADED_GONE, now_ns);
}

uint64_t mode_turn(uint64_t now_ns)
{
    if (!mon.first || mode != DEGRADED_NO || asked_ns == 0)
        return UINT64_MAX;
    if (now_ns < asked_ns + SILENT_NS)
        return asked_ns + SILENT_NS;
    tell_mode(DEGRADED_SILENT, now_ns);
    return UINT64_MAX;
}

void mode_put(struct rt_msg *m)
{
    m->w[1] = mode;
    m->w[2] = entered;
    m->w[3] = mode_ns;
}
