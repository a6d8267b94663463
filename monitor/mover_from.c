/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/mover_from - the source of a move: who was asked, who has answered, and what comes next. */
#include "lib/abi/syscall.h"
#include "lib/base/check.h"
#include "monitor/bind_sm.h"
#include "monitor/mover_priv.h"
#include <string.h>

#define SENDS                                                                                      \
    (MIG_SEND_OFFER | MIG_SEND_HOLD | MIG_SEND_GIVE | MIG_SEND_PARTS | MIG_SEND_WHERE |            \
     MIG_SEND_CHECK | MIG_SEND_SWITCH)

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

/* ---- what the table asks for ---- */

static void send_offer(const struct mover *m, const struct mover_move *v)
{
    const struct part *table = parts_find(v->parts, PART_TABLE), *space = parts_find(v->parts, PART_SPACE);
    struct peer_MOVE_OFFER offer = {
        .part = v->part, .stopped_ns = v->stopped_ns, .move = v->number, .copies = v->parts->copies};

    memcpy(offer.name, v->name, sizeof offer.name);
    /* 0: it has deleted its capability to it, and cannot move */
    offer.slots = table != NULL ? (uint32_t)table->c : 0;
    offer.space_pages = space != NULL ? (uint32_t)(space->c / PAGE_BYTES) : 0;
    m->env->send(m->world, v->dest, PEER_MOVE_OFFER, &offer, sizeof offer);
}

/* To those asked so far; HOLD asks. */
static void tell_all_far(const struct mover *m, struct mover_move *v, enum far_event what, bool lost)
{
    for (unsigned i = 0; i < v->nends; i++) {
        struct mover_end *e = &v->end[i];

        if (what == FAR_EV_HOLD)
            e->asked = true;
        if (e->asked && !lost)
            MOVER_SEND(m, e->peer, MOVE_CONN, .conn = e->other, .from = e->ref, .at = e->there,
                       .move = v->number, .what = what, .core = v->dest, .bucket = v->bucket);
    }
}

/* False: an owner is gone. */
static bool ask_for_copies(const struct mover *m, const struct mover_move *v)
{
    for (unsigned i = 0; i < v->parts->n; i++) {
        const struct part *p = &v->parts->part[i];
        struct peer_MOVE_GIVE g = {
            .part = v->part, .to = v->to, .move = v->number, .core = v->dest, .tag = p->tag};
        core_id owner = PART_HOME(v->part);

        if (p->tag == 0)
            continue;
        if (p->kind == PART_REGION) {
            g.what = GIVE_REGION;
            g.handle = p->index;
        } else if (p->kind == PART_MEM) {
            g.what = GIVE_HANDLE;
            g.handle = p->handle;
            g.rights = CAP_WHAT_RIGHTS(p->b);
            if (!(p->c & 1))
                owner = m->core; /* its home never had it */
        } else {
            owner = (core_id)p->b;
            g.what = GIVE_PIECE;
            g.handle = p->b >> 16 | (uint64_t)LINK_SIDE(p->handle) << 63;
        }
        if (m->env->gone(m->world, owner))
            return false;
        m->env->send(m->world, owner, PEER_MOVE_GIVE, &g, sizeof g);
    }
    return true;
}

static void tell_dest(const struct mover *m, const struct mover_move *v, enum dest_event what)
{
    MOVER_SEND(m, v->dest, MOVE_DO, .to = v->number, .what = what);
}

static void send_parts(const struct mover *m, const struct mover_move *v)
{
    for (unsigned i = 0; i < v->parts->n; i++) {
        const struct part *p = &v->parts->part[i];

        MOVER_SEND(m, v->dest, MOVE_PART, .to = v->number, .handle = p->handle, .a = p->a, .b = p->b,
                   .c = p->c, .kind = p->kind | p->tag << 16, .index = p->index);
    }
    tell_dest(m, v, DEST_EV_END);
}

static void undo(const struct mover *m, struct mover_move *v)
{
    /* In this order: where the far end is at the destination, its bell is an event of the task that goes. */
    tell_all_far(m, v, FAR_EV_BACK, false);
    if (v->asked_dest)
        tell_dest(m, v, DEST_EV_ABORT);
    MOVER_SEND(m, PART_HOME(v->part), MOVE_WHERE, .part = v->part, .move = v->number, .core = m->core);
}

/* ---- after an undone move ---- */

static bool is_cooling(const struct mover *m, uint64_t part)
{
    for (unsigned i = 0; i < MOVER_COOLS; i++)
        if (m->cool[i].part == part && m->now_ns < m->cool[i].until_ns)
            return true;
    return false;
}

static void cool_down(struct mover *m, uint64_t part)
{
    struct mover_cool *c = NULL;

    for (unsigned i = 0; i < MOVER_COOLS && c == NULL; i++)
        if (m->cool[i].until_ns <= m->now_ns || m->cool[i].part == part)
            c = &m->cool[i];
    if (c == NULL) /* no core has so many programs: one that has left, or ended */
        c = &m->cool[m->next_cool++ % MOVER_COOLS];
    *c = (struct mover_cool){part, m->now_ns + MOVER_COOL_NS};
}

static void thaw(struct mover *m, struct mover_move *v)
{
    m->now_ns = m->env->thaw(m->world, v, &v->restored);
    v->blackout_ns = m->now_ns - v->stopped_ns;
    cool_down(m, v->part);
    if (m->env->gone(m->world, PART_HOME(v->part)))
        m->env->end_here(m->world, v->part); /* its memory is gone */
}

static void tell_asker(struct mover *m, struct mover_move *v)
{
    v->ended_ns = m->now_ns;
    MOVER_SEND(m, v->asker, MOVE_ENDED, .client = v->client, .blackout_ns = v->blackout_ns,
               .status = v->why, .step = v->failed);
    m->env->told(m->world, v);
}

static void suspect(struct mover *m, const struct mover_move *v)
{
    if (v->asked_dest || v->state == MIG_COMMITTED)
        m->env->suspect(m->world, v->dest, "it did not answer when a partition was moved there");
    for (unsigned i = 0; i < v->nends && v->state == MIG_UNDOING; i++)
        if (v->end[i].asked)
            m->env->suspect(m->world, v->end[i].peer,
                            "it did not answer when a partition was moved back");
}

static void happen(struct mover *m, struct mover_move *v, enum mig_event e);

static void not_done(struct mover *m, struct mover_move *v, status_t why)
{
    if (mig_is_reversible(v->state))
        v->why = why;
    happen(m, v, MIG_EV_REFUSED);
}

static void perform(struct mover *m, struct mover_move *v, uint16_t a, bool lost)
{
    uint16_t sent = lost ? a & (uint16_t)~SENDS : a;

    if (sent & MIG_SEND_OFFER)
        send_offer(m, v);
    if (a & MIG_SEND_HOLD) /* asked, though it may be lost */
        tell_all_far(m, v, FAR_EV_HOLD, lost);
    if ((sent & MIG_SEND_GIVE) && !ask_for_copies(m, v))
        not_done(m, v, ST_DEAD_CORE);
    if (sent & MIG_SEND_PARTS)
        send_parts(m, v);
    if (sent & MIG_SEND_WHERE)
        MOVER_SEND(m, PART_HOME(v->part), MOVE_WHERE, .part = v->part, .move = v->number, .core = v->dest);
    if (sent & MIG_SEND_CHECK)
        tell_dest(m, v, DEST_EV_CHECK);
    if (sent & MIG_SEND_SWITCH)
        tell_all_far(m, v, FAR_EV_SWITCH, false);
    if (sent & MIG_SEND_COMMIT)
        tell_dest(m, v, DEST_EV_COMMIT);
    if (sent & MIG_SEND_ABORT)
        undo(m, v);
    if (sent & MIG_DO_THAW)
        thaw(m, v);
    if (sent & MIG_DO_DROP) {
        tell_all_far(m, v, FAR_EV_SETTLED, false);
        m->env->let_go(m->world, v);
    }
    if ((sent & MIG_DO_LOST) || ((sent & MIG_DO_DROP) && v->who))
        MOVER_SEND(m, PART_HOME(v->part), MOVE_RUNS, .part = v->part, .core = v->dest, .gone = 1);
    if (sent & MIG_DO_SUSPECT)
        suspect(m, v);
    if (sent & MIG_TELL)
        tell_asker(m, v);
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

/* Those who need not be waited for, because nobody is there. */
static void look(struct mover *m, struct mover_move *v)
{
    if (v->state == MIG_PAUSING && all(v, HELD))
        happen(m, v, MIG_EV_HELD);
    else if (v->state == MIG_TRANSFERRING && v->mapped)
        happen(m, v, MIG_EV_MAPPED);
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
    perform(m, v, step.action, fault == MOVER_LOST);
    suffer(m, v, fault);
    look(m, v);
}

/* ---- beginning ---- */

static void decline(struct mover *m, uint64_t part, core_id dest, core_id asker, uint64_t client,
                    status_t why)
{
    struct mover_move v = {.part = part, .dest = dest, .asker = asker, .client = client, .why = why,
                           .begun_ns = m->now_ns};

    tell_asker(m, &v);
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
         : is_cooling(m, part)              ? ST_COOLDOWN
                                            : ST_OK;
    if (st != ST_OK) {
        decline(m, part, dest, asker, client, st);
        return;
    }
    parts = v->parts;
    *v = (struct mover_move){.part = part, .dest = dest, .asker = asker, .client = client,
                             .number = ++m->begun, .parts = parts};
    v->begun_ns = v->stopped_ns = m->now_ns;
    v->deadline_ns = m->now_ns + MOVER_NS;
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
        if (v->state == MIG_VERIFYING)
            v->why = said->value == v->hash ? ST_OK : ST_FORMAT;
        happen(m, v, said->value == v->hash ? MIG_EV_CHECKED : MIG_EV_MISMATCH);
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
    case MIG_EV_MAPPED: /* before it was asked for, if it needs no copies */
        v->mapped = true;
        look(m, v);
        break;
    case MIG_EV_BUILT:
        happen(m, v, MIG_EV_BUILT);
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
        happen(m, v, MIG_EV_THERE);
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
