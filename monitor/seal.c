/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/seal.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "lib/rt/syscall.h"
#include "monitor/agree.h"
#include "monitor/core.h"
#include "monitor/later.h"
#include "monitor/prove.h"
#include "witness/record.h"
#include <string.h>

#define CLOSE_NS (500 * NS_PER_MS)
#define RETRY_NS (5 * NS_PER_MS)
#define WAITS_NS (100 * NS_PER_MS)

static struct anchor {
    uint8_t seal[WITNESS_SEAL_BYTES];
    uint32_t segment;
    uint8_t left;           /* records still to be written: AnchorHi and AnchorLo, or AnchorLo */
} anchors[CORES_MAX];       /* what others have sealed last                                    */

static uint32_t told;       /* segments of our own whose seals all others have been told       */
static uint64_t dropped;    /* records that nobody stored                                      */
static bool look = true;
static bool kept;           /* somebody stores it: drained is what that says                   */
static enum { CLOSE_NOT, CLOSE_WAITS, CLOSE_DONE } closing; /* of our own log                 */
static uint64_t last_seen;  /* cores whose last SEAL has come                                  */

static uint64_t waits_ns[CORES_MAX]; /* when a core said last that it waits for room; 0: never */
static uint64_t waits_told_ns;

/* First monitor. */
static struct closed {
    uint64_t records, dropped;
    uint32_t segments;
    uint8_t seal[WITNESS_SEAL_BYTES];
} closed[CORES_MAX];
static uint64_t is_closed;
static uint64_t finish_by_ns;

void seal_start(void)
{
    mon.loop.events |= EVENT_LOG;
}

void seal_look(void)
{
    look = true;
}

/* ---- our own log ---- */

static void get_seal(const struct rt_msg *m, uint8_t seal[WITNESS_SEAL_BYTES])
{
    memcpy(seal, m->w, WITNESS_SEAL_BYTES);
}

static void tell_seal(uint64_t drained, bool last)
{
    struct peer_SEAL out = { .last = last };
    struct rt_msg m;

    if (sys_attest_seal(&m) != ST_OK)
        return;
    if (!last && kept && drained < m.w[5])
        return; /* an anchor for what a loss of power takes would accuse us of having taken it: when it is stored */
    get_seal(&m, out.seal);
    out.segment = (uint32_t)m.w[4];
    told = out.segment + 1;
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core)
            peers_send(i, PEER_SEAL, &out, sizeof out);
}

void seal_kept(void)
{
    kept = true;
}

/* Of a drained log more than was written, or less than before, is nothing we can believe. */
void seal_on_kept(core_id from, const struct peer_LOG_KEPT *m)
{
    (void)from;
    if (sys_attest_drain(mon.info->island, m->below) != ST_OK)
        rec_error("the store of the witness log says that it has what it cannot have", ST_INVALID, "");
    look = true;
}

/* Nobody stores it: the ring keeps the newer half. */
static void drop_old(const struct rt_msg *state)
{
    uint64_t seq = state->w[0], drained = state->w[1], half = state->w[4] / 2;

    if (kept || seq - drained <= half)
        return;
    CHECK(sys_attest_drain(mon.info->island, seq - half) == ST_OK);
    dropped += seq - half - drained;
}

/* ---- those of others ---- */

static bool write_anchor(core_id of, struct anchor *a)
{
    for (; a->left > 0; a->left--) {
        unsigned half = 2u - a->left;
        uint64_t word[2];

        memcpy(word, a->seal + 16 * half, sizeof word);
        if (prove_emit(mon.info->island, mon.core,
                       (half ? WITNESS_ANCHOR_LO : WITNESS_ANCHOR_HI) | (uint64_t)of << 16, word[0],
                       word[1], a->segment) != ST_OK)
            return false;
    }
    return true;
}

/* False: the log is full, and some are left. */
static bool write_anchors(void)
{
    bool all = true;

    for (core_id i = 0; i < mon.ncores; i++)
        all = write_anchor(i, &anchors[i]) && all;
    return all;
}

void seal_on_seal(core_id from, const struct peer_SEAL *m)
{
    struct anchor *a = &anchors[from];

    if (a->left == 1) /* one half written: that one first, another half would make no pair */
        (void)write_anchor(from, a);
    if (a->left != 1) { /* else the log is full, and the next seal of that core covers this one, too */
        memcpy(a->seal, m->seal, sizeof a->seal);
        a->segment = m->segment;
        a->left = 2;
    }
    (void)write_anchor(from, a);
    if (m->last)
        last_seen |= 1ull << from;
    look = true;
}

/* ---- no room ---- */

void seal_on_waits(core_id from)
{
    waits_ns[from] = rt_now_ns();
}

bool seal_waits(core_id core)
{
    return waits_ns[core] != 0 && rt_now_ns() - waits_ns[core] < 10 * WAITS_NS;
}

/* Returns when to be called at the latest. */
static uint64_t tell_waits(uint64_t now_ns)
{
    if (!later_any() && !agree_waits())
        return UINT64_MAX;
    if (now_ns < waits_told_ns + WAITS_NS)
        return waits_told_ns + WAITS_NS;
    waits_told_ns = now_ns;
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core)
            PEER_SEND(i, LOG_WAITS, .none = 0);
    return now_ns + WAITS_NS;
}

/* ---- the end of the run ---- */

/* All that have joined, but this one. */
static bool all_have_told(void)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && core_is_joined(i) && !((last_seen >> i) & 1))
            return false;
    return true;
}

static void close_last(void)
{
    struct peer_LOG_CLOSED out = { .dropped = dropped };
    struct rt_msg m;

    if (!write_anchors() || sys_attest_close(mon.info->island) != ST_OK || sys_attest_seal(&m) != ST_OK)
        return;
    get_seal(&m, out.seal);
    out.segments = (uint32_t)m.w[4] + 1;
    out.records = m.w[5];
    closing = CLOSE_DONE;
    peers_send(FIRST_CORE, PEER_LOG_CLOSED, &out, sizeof out);
}

void seal_on_close(core_id from, const struct peer_LOG_CLOSE *m)
{
    (void)from;
    (void)m;
    if (closing != CLOSE_NOT)
        return;
    closing = CLOSE_WAITS;
    (void)sys_attest_close(mon.info->island);
    tell_seal(0, true);
    look = true;
}

void seal_on_closed(core_id from, const struct peer_LOG_CLOSED *m)
{
    struct closed *c = &closed[from];

    *c = (struct closed){ .records = m->records, .dropped = m->dropped, .segments = m->segments };
    memcpy(c->seal, m->seal, sizeof c->seal);
    is_closed |= 1ull << from;
}

void seal_finish(uint64_t now_ns)
{
    finish_by_ns = now_ns + CLOSE_NS;
    for (core_id i = 0; i < mon.ncores; i++)
        if (i == mon.core || core_is_joined(i))
            PEER_SEND(i, LOG_CLOSE, .none = 0);
}

static void write_record(core_id core)
{
    const struct closed *c = &closed[core];

    rec_begin_about("witness", core, rt_now_ns());
    rec_bool("closed", (is_closed >> core) & 1);
    if ((is_closed >> core) & 1) {
        rec_u64("segments", c->segments);
        rec_u64("records", c->records);
        rec_u64("dropped", c->dropped);
        rec_bytes("seal", c->seal, sizeof c->seal);
    }
    rec_end();
}

bool seal_finished(uint64_t now_ns)
{
    bool all = true;

    for (core_id i = 0; i < mon.ncores; i++)
        all = all && (((is_closed >> i) & 1) || (i != mon.core && !core_is_joined(i)));
    if (!all && now_ns < finish_by_ns)
        return false;
    for (core_id i = 0; i < mon.ncores; i++)
        if (i == mon.core || core_is_joined(i))
            write_record(i);
    return true;
}

uint64_t seal_turn(uint64_t now_ns)
{
    uint64_t next = tell_waits(now_ns);
    struct rt_msg state;

    if (!look)
        return next;
    look = !write_anchors();
    if (sys_attest_state(&state) == ST_OK) {
        if (state.w[2] > told && closing == CLOSE_NOT)
            tell_seal(state.w[1], false);
        drop_old(&state);
    }
    if (closing == CLOSE_WAITS && all_have_told())
        close_last();
    look = look || closing == CLOSE_WAITS;
    return look && now_ns + RETRY_NS < next ? now_ns + RETRY_NS : next;
}
