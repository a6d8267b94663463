/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/mover_far - the far ends of the channels of a partition that changes core: held, switched, free again. */
#include "monitor/mover_priv.h"

static const char *const state_names[FAR_STATE_COUNT] = {
#define X(name) "FAR_" #name,
    HOLD_STATES_OF_CONN(X)
#undef X
};

static void answer(const struct mover *m, const struct mover_far *f, enum mig_event what, uint32_t move)
{
    MOVER_SEND(m, f->from, MOVE_HELD, .conn = f->was, .move = move, .what = what);
}

static void happen(struct mover *m, struct mover_far *f, uint64_t ref, enum far_event e,
                   const struct peer_MOVE_CONN *c)
{
    struct mig_step step = far_step((enum far_state)f->state, e);
    uint32_t move = c != NULL ? c->move : 0;
    struct mover_other o;

    if (step.action & FAR_REFUSE) {
        m->env->odd(m->world, "the far end of a channel meets what its table does not allow",
                    state_names[f->state]);
        return;
    }
    m->held -= f->state != FAR_NONE;
    f->state = step.next;
    m->held += f->state != FAR_NONE;
    if (m->env->point(m->world, state_names[f->state]) == MOVER_LOST)
        step.action &= (uint16_t)~(FAR_SEND_HELD | FAR_SEND_SWITCHED);
    if (step.action & FAR_SEND_HELD)
        answer(m, f, MIG_EV_HELD, move);
    if (step.action & FAR_SEND_BUSY)
        answer(m, f, MIG_EV_REFUSED, move);
    if ((step.action & FAR_DO_SWITCH) && m->env->far(m->world, ref, &o) == f) {
        f->bucket = o.bucket;
        m->env->set_other(m->world, ref, (core_id)c->core, c->at, c->bucket);
    }
    if (step.action & FAR_SEND_SWITCHED)
        answer(m, f, MIG_EV_SWITCHED, move);
    if (step.action & FAR_DO_RETURN)
        m->env->set_other(m->world, ref, f->from, f->was, f->bucket);
    if (step.action & FAR_SEND_RETURNED)
        answer(m, f, MIG_EV_UNDONE, move);
    if (step.action & FAR_DO_FREE)
        m->env->freed(m->world, ref);
}

void far_conn(struct mover *m, core_id from, const struct peer_MOVE_CONN *c)
{
    struct mover_other o;
    struct mover_far *f = m->env->far(m->world, c->conn, &o);
    enum far_event what = (enum far_event)c->what;

    if (c->what >= FAR_EVENT_COUNT)
        return;
    if (f == NULL || (f->state != FAR_NONE && f->from != from) ||
        (what == FAR_EV_HOLD && (o.peer != from || o.ref != c->from))) {
        /* closed meanwhile; to BACK it is as good as returned */
        MOVER_SEND(m, from, MOVE_HELD, .conn = c->from, .move = c->move,
                   .what = what == FAR_EV_BACK ? MIG_EV_UNDONE : MIG_EV_REFUSED);
        return;
    }
    if (what == FAR_EV_HOLD || f->state == FAR_NONE) {
        f->from = from;
        f->was = c->from;
        f->to = (core_id)c->core;
        f->until_ns = m->now_ns + MOVER_NS + 2 * m->answer_ns;
    }
    if (what == FAR_EV_HOLD && (!o.quiet || m->env->point(m->world, "FAR_HOLD") == MOVER_REFUSE))
        what = FAR_EV_HOLD_BUSY;
    happen(m, f, c->conn, what, c);
}

uint64_t far_turn(struct mover *m)
{
    uint64_t next = UINT64_MAX, ref;
    unsigned cursor = 0;

    while (m->held > 0 && m->env->next_far(m->world, &cursor, &ref)) {
        struct mover_other o;
        struct mover_far *f = m->env->far(m->world, ref, &o);

        if (f == NULL)
            continue;
        if (m->now_ns >= f->until_ns) {
            f->until_ns = m->now_ns + m->answer_ns;
            m->env->suspect(m->world, f->from, "it did not say how the move of a partition ended");
        }
        mover_sooner(&next, f->until_ns);
    }
    return next;
}

void far_core_dead(struct mover *m, core_id core)
{
    unsigned cursor = 0;
    uint64_t ref;

    while (m->env->next_far(m->world, &cursor, &ref)) {
        struct mover_other o;
        struct mover_far *f = m->env->far(m->world, ref, &o);
        bool switched = f != NULL && f->state == FAR_SWITCHED;

        if (f == NULL)
            continue;
        if (f->from != core) {
            if (f->to == core)
                happen(m, f, ref, FAR_EV_DEST_DEAD, NULL);
            continue;
        }
        happen(m, f, ref, FAR_EV_SOURCE_DEAD, NULL);
        if (switched && (f = m->env->far(m->world, ref, &o)) != NULL && o.open)
            MOVER_SEND(m, f->to, MOVE_CWHO, .conn = o.ref, .from = ref);
    }
}
