/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/seal.h"
#include "lib/base/check.h"
#include "lib/rt/attest_calls.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "lib/rt/syscall.h"
#include "monitor/agree.h"
#include "monitor/core.h"
#include "monitor/later.h"
#include "monitor/prove.h"
#include "monitor/seal_queue.h"
#include "witness/record.h"
#include <string.h>

#define CLOSE_NS (500 * NS_PER_MS)
#define RETRY_NS (5 * NS_PER_MS)
#define WAITS_NS (100 * NS_PER_MS)
#define HOLD_NS (500 * NS_PER_MS)

static struct seal_queue own;           /* seals of our log, on their way to the others             */
static struct seal_inbox inbox[CORES_MAX]; /* those of others, until they are recorded              */
static uint64_t stored;                 /* records below are stored by somebody                     */
static uint64_t held_ns;                /* since when draining waits for the queue; 0: it does not   */
static uint64_t dropped;                /* records that nobody stored                               */
static bool look = true;
static bool kept;                       /* somebody stores it                                       */
static enum { CLOSE_NOT, CLOSE_TELLS, CLOSE_QUIET, CLOSE_ASKED, CLOSE_WAITS, CLOSE_DONE } closing; /* of our own log           */
static bool cut;                        /* the open segment is to be closed, and the log goes on    */
static uint32_t ends;                   /* from CLOSE_WAITS on: segments that are told              */
static uint64_t last_seen;              /* cores whose last SEAL has come                           */

static uint64_t waits_ns[CORES_MAX]; /* when a core said last that it waits for room; 0: never */
static uint64_t waits_told_ns;

/* First monitor. */
static struct closed {
    uint64_t records, dropped;
    uint32_t segments;
    uint8_t seal[WITNESS_SEAL_BYTES];
} closed[CORES_MAX];
static uint64_t is_closed, is_quiet;
static uint64_t finish_by_ns;
static bool last_told;

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

/* Segments that are told. The one closed last is not: it covers what the others have told. */
static uint32_t to_be_told(const struct rt_msg *state)
{
    return closing >= CLOSE_WAITS ? ends : (uint32_t)state->w[2];
}

/* While the queue has room. What is not drained is there to be asked for. */
static void collect(const struct rt_msg *state)
{
    uint8_t seal[WITNESS_SEAL_BYTES];
    struct rt_msg m;

    while (own.next < to_be_told(state)) {
        CHECK(sys_attest_seal_of(own.next, &m) == ST_OK);
        get_seal(&m, seal);
        if (!seal_queue_put(&own, seal, m.w[5]))
            return;
    }
}

/* An anchor for what a loss of power takes would accuse us of having taken it: so a segment is told when it is stored. */
static void tell(uint64_t cores)
{
    uint64_t below = kept && closing == CLOSE_NOT ? stored : UINT64_MAX;
    const struct seal_held *h;
    uint32_t segment;

    for (core_id i = 0; i < mon.ncores; i++)
        while (((cores >> i) & 1) && (h = seal_queue_tell(&own, i, below, &segment)) != NULL) {
            struct peer_SEAL out = { .segment = segment, .last = closing >= CLOSE_WAITS && segment + 1 == ends };

            memcpy(out.seal, h->seal, sizeof out.seal);
            peers_send(i, PEER_SEAL, &out, sizeof out);
        }
}

void seal_on_anchored(core_id from, const struct peer_ANCHORED *m)
{
    if (!seal_queue_taken(&own, from, m->segment))
        rec_error("a monitor says that it has recorded a seal that it was not told", ST_PEER, "");
    look = true;
}

void seal_kept(void)
{
    kept = true;
}

/*
 * More than was written, or less than before, is nothing we can believe. Less than is drained is: it is storing what was
 * dropped before it began, and is not overwritten yet.
 */
void seal_on_kept(core_id from, const struct peer_LOG_KEPT *m)
{
    struct rt_msg state;

    (void)from;
    if (sys_attest_state(&state) != ST_OK || m->below > state.w[0] || m->below < stored)
        rec_error("the store of the witness log says that it has what it cannot have", ST_INVALID, "");
    else
        stored = m->below;
    look = true;
}

/* The queue is full and draining waits for it. Not for ever: a core that cannot record would stop this one. */
static void hold(uint64_t cores, uint64_t now_ns)
{
    uint64_t who;

    if (held_ns == 0)
        held_ns = now_ns;
    if (now_ns - held_ns < HOLD_NS)
        return;
    who = seal_queue_give_up(&own, cores);
    for (core_id i = 0; i < mon.ncores; i++)
        if ((who >> i) & 1)
            rec_error("a core does not record the seals of another in time", ST_TIMEOUT, "one of them has no anchor there");
}

/* What is stored need not stay; of what nobody stores the ring keeps the newer half. */
static void drain(const struct rt_msg *state, uint64_t cores, uint64_t now_ns)
{
    uint64_t seq = state->w[0], drained = state->w[1], half = state->w[4] / 2, to = stored;
    uint64_t limit = seal_queue_limit(&own, to_be_told(state));

    if (!kept)
        to = seq - drained > half ? seq - half : drained;
    if (to > limit) {
        hold(cores, now_ns);
        to = limit;
    } else {
        held_ns = 0;
    }
    if (to <= drained)
        return;
    CHECK(sys_attest_drain(mon.info->island, to) == ST_OK);
    dropped += kept ? 0 : to - drained;
}

/* Those that record our seals. Before it is known who takes part, none of them is forgotten. */
static uint64_t others(bool *settled)
{
    struct rt_msg m;

    core_tell_all(&m);
    *settled = m.w[5] != 0;
    return m.w[2] & ~(1ull << mon.core);
}

/* ---- those of others ---- */

static bool write_anchor(core_id of, struct seal_inbox *b)
{
    uint64_t word[2];
    uint32_t segment;
    bool low;

    while (seal_inbox_half(b, word, &segment, &low)) {
        if (prove_emit(mon.info->island, mon.core,
                       (low ? WITNESS_ANCHOR_LO : WITNESS_ANCHOR_HI) | (uint64_t)of << 16, word[0],
                       word[1], segment) != ST_OK)
            return false;
        if (seal_inbox_done(b))
            PEER_SEND(of, ANCHORED, .segment = segment);
    }
    return true;
}

/* False: the log is full, and some are left. */
static bool write_anchors(void)
{
    bool all = true;

    for (core_id i = 0; i < mon.ncores; i++)
        all = write_anchor(i, &inbox[i]) && all;
    return all;
}

void seal_on_seal(core_id from, const struct peer_SEAL *m)
{
    if (!seal_inbox_put(&inbox[from], m->seal, m->segment))
        rec_error("a monitor tells more seals than it may", ST_PEER, "this one is not recorded");
    (void)write_anchor(from, &inbox[from]);
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

/* All cores that write a log and have not stopped are in the mask. */
static bool all_in(uint64_t mask)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (!((mask >> i) & 1) && (i == mon.core || core_is_joined(i)))
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
    if (closing == CLOSE_NOT)
        closing = CLOSE_TELLS;
    look = true;
}

/* Anchors close segments, too: who closed its log while others still tell theirs would leave those without. */
static void tell_quiet(const struct rt_msg *state)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (inbox[i].n > 0)
            return;
    if (own.first < state->w[2])
        return;
    closing = CLOSE_QUIET;
    PEER_SEND(FIRST_CORE, LOG_QUIET, .none = 0);
}

void seal_on_quiet(core_id from)
{
    is_quiet |= 1ull << from;
}

void seal_on_last(void)
{
    if (closing < CLOSE_ASKED)
        closing = CLOSE_ASKED;
    look = true;
}

void seal_on_cut(void)
{
    cut = true;
    look = true;
}

/* The open segment is closed; what is told at the end of the run goes up to it. */
static void close_open(void)
{
    struct rt_msg now;

    if (sys_attest_close(mon.info->island) != ST_OK || sys_attest_state(&now) != ST_OK)
        return;
    cut = false;
    if (closing == CLOSE_ASKED) {
        ends = (uint32_t)now.w[2];
        closing = CLOSE_WAITS;
    }
    collect(&now);
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
    finish_by_ns = now_ns + 2 * CLOSE_NS;
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
    if (!last_told && (all_in(is_quiet) || now_ns + CLOSE_NS >= finish_by_ns)) {
        last_told = true;
        for (core_id i = 0; i < mon.ncores; i++)
            if (i == mon.core || core_is_joined(i))
                PEER_SEND(i, LOG_LAST, .none = 0);
    }
    if (!all_in(is_closed) && now_ns < finish_by_ns)
        return false;
    for (core_id i = 0; i < mon.ncores; i++)
        if (i == mon.core || core_is_joined(i))
            write_record(i);
    return true;
}

static void forward(const struct rt_msg *state, uint64_t now_ns)
{
    bool settled;
    uint64_t cores = others(&settled);

    if (settled)
        seal_queue_trim(&own, cores);
    collect(state);
    if (closing == CLOSE_TELLS)
        tell_quiet(state);
    if ((cut && closing == CLOSE_NOT) || closing == CLOSE_ASKED)
        close_open();
    tell(cores);
    drain(state, cores, now_ns);
}

uint64_t seal_turn(uint64_t now_ns)
{
    uint64_t next = tell_waits(now_ns);
    struct rt_msg state;

    if (!look)
        return next;
    look = !write_anchors();
    if (sys_attest_state(&state) == ST_OK)
        forward(&state, now_ns);
    if (closing == CLOSE_WAITS && own.next == ends && all_in(last_seen | 1ull << mon.core))
        close_last();
    look = look || held_ns != 0 || (cut && closing == CLOSE_NOT) || closing == CLOSE_TELLS || closing == CLOSE_ASKED ||
           closing == CLOSE_WAITS;
    return look && now_ns + RETRY_NS < next ? now_ns + RETRY_NS : next;
}
