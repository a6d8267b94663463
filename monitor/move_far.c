/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/move_far - the far ends of the channels of a program that changes core: held, switched, free again. */
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/bind.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/island.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/note.h"

static unsigned held; /* ends that wait for a source to decide */

static void answer(const struct conn *c, enum mig_event what, uint32_t move)
{
    PEER_SEND(c->far_from, MOVE_HELD, .conn = c->far_was, .move = move, .what = what);
}

/* The doorbell of the program of this end: the same handle, another core. It may have deleted it, or ended. */
static void replace_bell(struct conn *c)
{
    const struct prog *p = prog_entry(c->prog);
    handle_t bell;

    if (p == NULL || conn_make_bell(c, &bell) != ST_OK)
        return;
    if (island_replace(p->table, c->bell, bell) != ST_OK)
        cap_drop(bell);
}

static void set_other(struct conn *c, core_id core, uint64_t ref, uint32_t bucket)
{
    conn_set_other(c, core, ref, bucket);
    replace_bell(c);
}

static const char *const state_names[FAR_STATE_COUNT] = {
#define X(name) "FAR_" #name,
    HOLD_STATES_OF_CONN(X)
#undef X
};

static void happen(struct conn *c, enum far_event e, const struct peer_MOVE_CONN *m)
{
    struct mig_step step = far_step((enum far_state)c->far, e);
    uint32_t move = m != NULL ? m->move : 0;

    if (step.action & FAR_REFUSE) {
        rec_error("the far end of a channel meets what its table does not allow", ST_PEER, c->name);
        return;
    }
    held -= c->far != FAR_NONE;
    c->far = step.next;
    held += c->far != FAR_NONE;
    fail_point(0, state_names[c->far]);
    if (step.action & FAR_SEND_HELD)
        answer(c, MIG_EV_HELD, move);
    if (step.action & FAR_SEND_BUSY)
        answer(c, MIG_EV_REFUSED, move);
    if (step.action & FAR_DO_SWITCH) {
        uint32_t bucket = c->peer_bucket;

        set_other(c, (core_id)m->core, m->at, m->bucket);
        c->far_bucket = bucket;
    }
    if (step.action & FAR_SEND_SWITCHED)
        answer(c, MIG_EV_SWITCHED, move);
    if (step.action & FAR_DO_RETURN)
        set_other(c, c->far_from, c->far_was, c->far_bucket);
    if (step.action & FAR_SEND_RETURNED)
        answer(c, MIG_EV_UNDONE, move);
    if (step.action & FAR_DO_FREE)
        bind_after_move(c);
}

/* Nothing is outstanding, its own program is not on its way as well, and the log has room. */
static bool can_be_held(const struct conn *c)
{
    const struct prog *p = prog_find(c->prog);

    return c->state == BIND_OPEN && p != NULL && !p->moving && c->come == 0 && note_room() == ST_OK;
}

void move_on_conn(core_id from, const struct peer_MOVE_CONN *m)
{
    struct conn *c = conn_find(m->conn);

    if (m->what >= FAR_EVENT_COUNT)
        return;
    if (c == NULL || (c->far != FAR_NONE && c->far_from != from) ||
        (m->what == FAR_EV_HOLD && (c->peer != from || c->peer_ref != m->from))) {
        /* closed meanwhile; to BACK it is as good as returned */
        PEER_SEND(from, MOVE_HELD, .conn = m->from, .move = m->move,
                  .what = m->what == FAR_EV_BACK ? MIG_EV_UNDONE : MIG_EV_REFUSED);
        return;
    }
    if (m->what == FAR_EV_HOLD || c->far == FAR_NONE) {
        c->far_from = from;
        c->far_was = m->from;
        c->far_to = (core_id)m->core;
        c->far_until_ns = rt_now_ns() + MOVE_NS + 2 * agree_patience_ns();
    }
    happen(c,
           m->what == FAR_EV_HOLD && !can_be_held(c) ? FAR_EV_HOLD_BUSY : (enum far_event)m->what,
           m);
}

uint64_t move_far_turn(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < CONNS && held > 0; i++) {
        struct conn *c = conn_at(i);

        if (c->far == FAR_NONE)
            continue;
        if (now_ns >= c->far_until_ns) {
            c->far_until_ns = now_ns + agree_patience_ns();
            core_suspect(c->far_from, "it did not say how the move of a partition ended");
        }
        if (c->far_until_ns < next)
            next = c->far_until_ns;
    }
    return next;
}

bool move_far_waits(struct conn *c)
{
    if (c->far == FAR_NONE)
        return false;
    c->let_go = true;
    return true;
}

void move_far_core_dead(core_id core)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = conn_at(i);
        bool switched = c->far == FAR_SWITCHED;

        if (c->far == FAR_NONE)
            continue;
        if (c->far_from == core) {
            happen(c, FAR_EV_SOURCE_DEAD, NULL);
            if (switched && c->state != BIND_FREE)
                PEER_SEND(c->far_to, MOVE_CWHO, .conn = c->peer_ref, .from = conn_ref(c));
        } else if (c->far_to == core) {
            happen(c, FAR_EV_DEST_DEAD, NULL);
        }
    }
}
