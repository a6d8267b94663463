/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/mover_from - the source of a move: who was asked, who has answered, and what comes next. */
#include "lib/base/check.h"
#include "monitor/bind_sm.h"
#include "monitor/mover_priv.h"
#include <stddef.h>
#include <string.h>

static const char *const state_names[MIG_STATE_COUNT] = {
#define X(name) #name,
    MIG_STATES(X)
#undef X
};

static struct mover_move *find(struct mover *m, uint32_t number)
{
    for (unsigned i = 0; i < MOVER_MOVES; i++)
        if (m->move[i].state != MIG_FREE && m->move[i].number == number)
            return &m->move[i];
    return NULL;
}

static struct mover_move *find_part(struct mover *m, uint64_t part)
{
    for (unsigned i = 0; i < MOVER_MOVES; i++)
        if (m->move[i].state != MIG_FREE && m->move[i].part == part)
            return &m->move[i];
    return NULL;
}

static void happen(struct mover *m, struct mover_move *v, enum mig_event e);

static void not_done(struct mover *m, struct mover_move *v, status_t why)
{
    if (mig_is_reversible(v->state))
        v->why = why;
    happen(m, v, MIG_EV_REFUSED);
}

/* ---- events ---- */

enum answers { HELD, SWITCHED, RETURNED };

static bool all(const struct mover_move *v, enum answers a)
{
    for (unsigned i = 0; i < v->nends; i++) {
        const struct mover_end *e = &v->end[i];

        if (e->asked && !(a == HELD ? e->held : a == SWITCHED && e->switched))
            return false;
    }
    return true;
}

/* A test has this step's messages lost: those it sends, and those it waits for. */
static bool is_deaf(const struct mover_move *v)
{
    return mig_is_reversible(v->state) && v->deaf == v->state;
}

static enum mig_event verdict(struct mover_move *v)
{
    if (v->checked == v->hash)
        return MIG_EV_CHECKED;
    v->why = ST_FORMAT;
    return MIG_EV_MISMATCH;
}

static bool take_early(struct mover_move *v, enum mig_event e)
{
    bool has = v->early >> e & 1;

    v->early &= ~(1u << e);
    return has;
}

/* What its step waits for is there already: an answer that came early, or nobody need be waited for. */
static void look(struct mover *m, struct mover_move *v)
{
    if (is_deaf(v))
        return;
    if (v->state == MIG_PAUSING && all(v, HELD))
        happen(m, v, MIG_EV_HELD);
    else if (v->state == MIG_TRANSFERRING && take_early(v, MIG_EV_MAPPED))
        happen(m, v, MIG_EV_MAPPED);
    else if (v->state == MIG_GRAPH && take_early(v, MIG_EV_THERE))
        happen(m, v, MIG_EV_THERE);
    else if (v->state == MIG_VERIFYING && take_early(v, MIG_EV_CHECKED))
        happen(m, v, verdict(v));
    else if (v->state == MIG_SWITCHING && all(v, SWITCHED))
        happen(m, v, MIG_EV_SWITCHED);
    else if (v->state == MIG_UNDOING && !v->asked_dest && all(v, RETURNED))
        happen(m, v, MIG_EV_UNDONE);
}

/* What a test asked for at this step. */
static void suffer(struct mover *m, struct mover_move *v, enum mover_fault fault)
{
    static const struct {
        status_t why;
        enum mig_event event;
    } faults[] = {
        [MOVER_CANCEL] = {ST_GONE, MIG_EV_CANCEL},
        [MOVER_REFUSE] = {ST_NOMEM, MIG_EV_REFUSED},
        [MOVER_TIMEOUT] = {ST_TIMEOUT, MIG_EV_TIMEOUT},
        [MOVER_MISMATCH] = {ST_FORMAT, MIG_EV_MISMATCH},
    };

    if (fault == MOVER_NO_FAULT || fault == MOVER_LOST || !mig_is_reversible(v->state))
        return;
    v->why = faults[fault].why;
    happen(m, v, faults[fault].event);
}

static void happen(struct mover *m, struct mover_move *v, enum mig_event e)
{
    enum mig_state was = v->state;
    struct mig_step step = mig_step(was, e);
    enum mover_fault fault;

    if (step.action & MIG_REFUSE) {
        m->env->odd(m->world, "a migration meets what its table does not allow", state_names[was]);
        return;
    }
    /* No witness, no move: before the point of no return. */
    if ((step.action & MIG_SEND_COMMIT) && (v->why = m->env->record(m->world, v)) != ST_OK) {
        happen(m, v, MIG_EV_REFUSED);
        return;
    }
    v->state = (enum mig_state)step.next;
    if (v->state == MIG_UNDOING && was != MIG_UNDOING) {
        v->failed = was;
        v->deadline_ns = m->now_ns + m->answer_ns;
    }
    if (v->state == MIG_COMMITTED && was != MIG_COMMITTED)
        v->deadline_ns = m->now_ns + m->answer_ns;
    fault = m->env->point(m->world, state_names[v->state]);
    v->deaf = fault == MOVER_LOST ? v->state : MIG_FREE;
    if (!from_perform(m, v, step.action, fault == MOVER_LOST))
        not_done(m, v, ST_DEAD_CORE);
    suffer(m, v, fault);
    look(m, v);
}

/* ---- beginning ---- */

/* As new: its ends, which are many, are not cleared. */
static void set_up(const struct mover *m, struct mover_move *v, uint64_t part, core_id dest, core_id asker, uint64_t client)
{
    memset(v, 0, offsetof(struct mover_move, end));
    v->part = part;
    v->dest = dest;
    v->asker = asker;
    v->client = client;
    v->begun_ns = v->stopped_ns = m->now_ns;
    v->deadline_ns = m->now_ns + MOVER_NS;
}

static void decline(struct mover *m, uint64_t part, core_id dest, core_id asker, uint64_t client,
                    status_t why)
{
    struct mover_move v;

    set_up(m, &v, part, dest, asker, client);
    v.why = why;
    from_tell_asker(m, &v);
}

/* The ends that have another end to tell. */
static void list_ends(const struct mover *m, struct mover_move *v)
{
    v->nends = 0;
    for (unsigned i = 0; i + 1 < v->parts->n; i++) {
        const struct part *conn = &v->parts->part[i], *link = conn + 1;

        if (conn->kind != PART_CONN || LINK_STATE(link->handle) != BIND_OPEN)
            continue;
        CHECK(v->nends < MOVER_ENDS); /* a program has no more channels */
        v->end[v->nends++] = (struct mover_end){.ref = m->env->ref(m->world, v->part, conn->index),
                                                .other = conn->a,
                                                .peer = (core_id)link->a,
                                                .mem = (core_id)link->b,
                                                .place = (uint8_t)conn->index};
    }
}

void from_begin(struct mover *m, uint64_t part, core_id dest, core_id asker, uint64_t client)
{
    struct mover_move *v = NULL;
    struct parts *parts;
    status_t st;

    for (unsigned i = 0; i < MOVER_MOVES && v == NULL; i++)
        if (m->move[i].state == MIG_FREE)
            v = &m->move[i];
    st = !m->env->here(m->world, part)      ? ST_NOT_FOUND
         : v == NULL || find_part(m, part)  ? ST_BUSY
         : dest == m->core                  ? ST_STATE
         : !m->env->joined(m->world, dest)  ? ST_DEAD_CORE
         : from_is_cooling(m, part)              ? ST_COOLDOWN
                                            : ST_OK;
    if (st != ST_OK) {
        decline(m, part, dest, asker, client, st);
        return;
    }
    parts = v->parts;
    set_up(m, v, part, dest, asker, client);
    v->number = ++m->begun;
    v->parts = parts;
    if ((st = m->env->stop(m->world, v)) != ST_OK) {
        decline(m, part, dest, asker, client, st);
        return;
    }
    v->hash = parts_hash(parts);
    list_ends(m, v);
    v->asked_dest = true;
    happen(m, v, MIG_EV_ASK);
}

void mover_cancel(struct mover *m, uint64_t part)
{
    struct mover_move *v = find_part(m, part);

    if (v == NULL || !mig_is_reversible(v->state))
        return;
    v->why = ST_GONE;
    happen(m, v, MIG_EV_CANCEL);
}

/* ---- answers ---- */

/* Where an end of the program will be. */
static void learn_end(struct mover_move *v, uint64_t place, uint64_t ref)
{
    for (unsigned i = 0; i < v->nends; i++)
        if (v->end[i].place == place)
            v->end[i].there = ref;
}

static void answered(struct mover *m, struct mover_move *v, enum mig_event e)
{
    if (mig_is_early(v->state, e))
        v->early |= 1u << e;
    else if (!is_deaf(v))
        happen(m, v, e == MIG_EV_CHECKED && v->state == MIG_VERIFYING ? verdict(v) : e);
}

void from_said(struct mover *m, core_id from, const struct peer_MOVE_SAID *said)
{
    struct mover_move *v = find(m, said->move);

    if (v == NULL || v->dest != from)
        return;
    switch (said->what) {
    case MIG_EVENT_COUNT:
        learn_end(v, said->value, said->at);
        break;
    case MIG_EV_READY:
        v->to = said->at;
        v->bucket = (uint32_t)said->value;
        happen(m, v, MIG_EV_READY);
        break;
    case MIG_EV_CHECKED:
        v->checked = said->value;
        answered(m, v, MIG_EV_CHECKED);
        break;
    case MIG_EV_UNDONE:
        v->asked_dest = false;
        look(m, v);
        break;
    case MIG_EV_REFUSED:
        not_done(m, v, (status_t)said->status);
        break;
    case MIG_EV_DONE:
        v->blackout_ns = said->value;
        happen(m, v, MIG_EV_DONE);
        break;
    case MIG_EV_MAPPED:
        answered(m, v, MIG_EV_MAPPED);
        break;
    case MIG_EV_BUILT:
        answered(m, v, MIG_EV_BUILT);
        break;
    default:
        m->env->odd(m->world, "a monitor's message about a migration makes no sense", "MOVE_SAID");
    }
}

void from_held(struct mover *m, core_id from, const struct peer_MOVE_HELD *h)
{
    struct mover_move *v = find(m, h->move);
    struct mover_end *e = NULL;

    for (unsigned i = 0; v != NULL && i < v->nends && e == NULL; i++)
        if (v->end[i].ref == h->conn && v->end[i].peer == from && v->end[i].asked)
            e = &v->end[i];
    if (e == NULL)
        return;
    switch (h->what) {
    case MIG_EV_HELD:
        e->held = true;
        break;
    case MIG_EV_SWITCHED:
        e->switched = true;
        break;
    case MIG_EV_UNDONE:
        e->asked = false;
        break;
    default:
        not_done(m, v, ST_BUSY);
    }
    look(m, v);
}

/* Undone: its home is told so, or was. */
void from_died(struct mover *m, core_id from, const struct peer_MOVE_DIED *d)
{
    struct mover_move *v = find_part(m, d->part);

    if (v != NULL && v->state == MIG_COMMITTED && v->dest == d->core)
        v->who = true;
    else if (!m->env->here(m->world, d->part))
        MOVER_SEND(m, from, MOVE_RUNS, .part = d->part, .core = d->core, .gone = 1);
}

void from_gave(struct mover *m, const struct peer_MOVE_GAVE *g)
{
    struct mover_move *v = find(m, g->move);

    if (v != NULL)
        not_done(m, v, (status_t)g->status);
}

void from_there(struct mover *m, core_id from, const struct peer_MOVE_THERE *t)
{
    struct mover_move *v = find(m, t->move);

    if (v == NULL || from != PART_HOME(v->part))
        return;
    if (t->status != ST_OK)
        not_done(m, v, (status_t)t->status);
    else
        answered(m, v, MIG_EV_THERE);
}

/* ---- time, and death ---- */

uint64_t from_turn(struct mover *m)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < MOVER_MOVES; i++) {
        struct mover_move *v = &m->move[i];

        if (v->state == MIG_FREE)
            continue;
        if (m->now_ns >= v->deadline_ns) {
            if (mig_is_reversible(v->state))
                v->why = ST_TIMEOUT;
            else
                v->deadline_ns = m->now_ns + m->answer_ns;
            happen(m, v, MIG_EV_TIMEOUT);
        }
        if (v->state != MIG_FREE)
            mover_sooner(&next, v->deadline_ns);
    }
    return next;
}

static bool concerns(const struct mover_move *v, core_id core)
{
    if (PART_HOME(v->part) == core)
        return true;
    for (unsigned i = 0; i < v->nends; i++)
        if (v->end[i].peer == core || v->end[i].mem == core)
            return true;
    return false;
}

void from_core_dead(struct mover *m, core_id core)
{
    for (unsigned i = 0; i < MOVER_MOVES; i++) {
        struct mover_move *v = &m->move[i];

        if (v->state == MIG_FREE)
            continue;
        for (unsigned k = 0; k < v->nends; k++)
            if (v->end[k].peer == core)
                v->end[k].asked = false;
        if (v->dest != core && !concerns(v, core))
            continue;
        if (mig_is_reversible(v->state) || v->dest == core)
            v->why = ST_DEAD_CORE;
        if (v->dest == core)
            v->asked_dest = false;
        happen(m, v, v->dest == core ? MIG_EV_DEST_DEAD : MIG_EV_OTHER_DEAD);
        if (v->state != MIG_FREE)
            look(m, v);
    }
}
