/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/mover_to - the destination of a move: what has come, what is answered, and that it runs or is dropped. */
#include "monitor/bind_sm.h"
#include "monitor/mover_priv.h"
#include <string.h>

static const char *const state_names[DEST_STATE_COUNT] = {
#define X(name) "DEST_" #name,
    DEST_STATES(X)
#undef X
};

static struct mover_arrival *find(struct mover *m, core_id from, uint64_t move)
{
    for (unsigned i = 0; i < MOVER_ARRIVALS; i++) {
        struct mover_arrival *a = &m->arrival[i];

        if (a->state != DEST_FREE && a->from == from && a->move == move)
            return a;
    }
    return NULL;
}

static uint64_t name_of(const struct mover *m, const struct mover_arrival *a)
{
    return MOVER_TO | (uint64_t)(a - m->arrival) | (uint64_t)a->number << 8;
}

static void say(const struct mover *m, const struct mover_arrival *a, unsigned what, uint64_t at,
                uint64_t value)
{
    MOVER_SEND(m, a->from, MOVE_SAID, .at = at, .value = value, .move = a->move, .what = what,
               .status = a->why);
}

/* Where the ends of its channels are now, for those at the other ends. */
static void say_ends(const struct mover *m, const struct mover_arrival *a)
{
    for (unsigned i = 0; i < a->parts->n; i++) {
        const struct part *part = &a->parts->part[i];
        uint64_t ref = part->kind == PART_CONN ? m->env->ref(m->world, a->part, part->index) : 0;

        if (ref != 0)
            say(m, a, MIG_EVENT_COUNT, ref, part->index);
    }
}

/* With the source dead, far ends may have been told that this is the other end now, and have closed it. */
static void close_ends(const struct mover *m, const struct mover_arrival *a)
{
    for (unsigned i = 0; i + 1 < a->parts->n; i++) {
        const struct part *part = &a->parts->part[i];
        struct mover_other o;
        uint64_t ref;

        if (part->kind != PART_CONN || LINK_STATE(part[1].handle) != BIND_OPEN ||
            (ref = m->env->ref(m->world, a->part, part->index)) == 0 ||
            m->env->far(m->world, ref, &o) == NULL)
            continue;
        if (o.open)
            MOVER_SEND(m, o.peer, CLOSE, .from = ref);
        else
            MOVER_SEND(m, o.peer, CLOSED, .to = o.ref);
    }
}

static void drop(struct mover *m, const struct mover_arrival *a)
{
    if (m->env->gone(m->world, a->from))
        close_ends(m, a);
    m->env->drop(m->world, a);
    if (a->who)
        MOVER_SEND(m, PART_HOME(a->part), MOVE_RUNS, .part = a->part, .core = m->core, .gone = 1);
}

static void happen(struct mover *m, struct mover_arrival *a, enum dest_event e)
{
    struct mig_step step = dest_step(a->state, e);
    enum mover_fault fault;

    if (step.action & DEST_REFUSE) {
        m->env->odd(m->world, "a partition that comes meets what its table does not allow",
                    state_names[a->state]);
        return;
    }
    a->state = (enum dest_state)step.next;
    fault = m->env->point(m->world, state_names[a->state]);
    if (fault == MOVER_REFUSE && a->state != DEST_FREE) {
        a->why = ST_NOMEM;
        happen(m, a, DEST_EV_BAD);
        return;
    }
    if (fault == MOVER_LOST)
        step.action &= (uint16_t)~(DEST_SEND_READY | DEST_SEND_MAPPED | DEST_SEND_BUILT | DEST_SEND_CHECKED);
    if (step.action & DEST_SEND_READY)
        say(m, a, MIG_EV_READY, name_of(m, a), m->env->bucket(m->world, a));
    if (step.action & DEST_SEND_MAPPED)
        say(m, a, MIG_EV_MAPPED, 0, 0);
    if (step.action & DEST_SEND_BUILT) {
        say_ends(m, a);
        say(m, a, MIG_EV_BUILT, 0, 0);
    }
    if (step.action & DEST_SEND_CHECKED) {
        fault = m->env->point(m->world, "DEST_CHECK");
        say(m, a, MIG_EV_CHECKED, 0, m->env->check(m->world, a) ^ (fault == MOVER_MISMATCH));
    }
    if (step.action & DEST_DO_RESUME) {
        MOVER_SEND(m, PART_HOME(a->part), MOVE_RUNS, .part = a->part, .core = m->core);
        m->now_ns = m->env->resume(m->world, a);
    }
    if (step.action & DEST_SEND_DONE)
        say(m, a, MIG_EV_DONE, 0, m->now_ns - a->stopped_ns);
    if ((step.action & DEST_DO_RESUME) && m->env->gone(m->world, PART_HOME(a->part)))
        m->env->end_here(m->world, a->part); /* its memory is gone */
    if (step.action & DEST_DO_DROP)
        drop(m, a);
    if (step.action & DEST_SEND_REFUSED)
        say(m, a, MIG_EV_REFUSED, 0, 0);
    if (step.action & DEST_SEND_ABORTED)
        say(m, a, MIG_EV_UNDONE, 0, 0);
    if (step.action & DEST_DO_SUSPECT)
        m->env->suspect(m->world, a->from, "it did not decide about a partition that it was sending here");
}

/* ---- messages ---- */

/* Room, and everything that does not come with it. */
static status_t prepare(struct mover *m, const struct mover_arrival *a, const struct peer_MOVE_OFFER *o)
{
    if (o->name[sizeof o->name - 1] != '\0' || o->copies >= MOVER_TAGS)
        return ST_INVALID;
    if (m->env->point(m->world, "DEST_OFFER") == MOVER_REFUSE)
        return ST_NOMEM;
    return m->env->prepare(m->world, a, o);
}

void to_offer(struct mover *m, core_id from, const struct peer_MOVE_OFFER *o)
{
    struct mover_arrival *a = NULL, none = {.from = from, .move = o->move};

    for (unsigned i = 0; i < MOVER_ARRIVALS && a == NULL; i++)
        if (m->arrival[i].state == DEST_FREE)
            a = &m->arrival[i];
    if (a == NULL || find(m, from, o->move) != NULL) {
        none.why = ST_TABLE_FULL;
        happen(m, &none, DEST_EV_OFFER_BAD);
        return;
    }
    *a = (struct mover_arrival){.number = a->number + 1,
                                .move = o->move,
                                .from = from,
                                .part = o->part,
                                .stopped_ns = o->stopped_ns,
                                .deadline_ns = m->now_ns + MOVER_NS + m->answer_ns,
                                .copies = o->copies,
                                .parts = a->parts};
    a->parts->n = 0;
    a->why = prepare(m, a, o);
    happen(m, a, a->why == ST_OK ? DEST_EV_OFFER : DEST_EV_OFFER_BAD);
    if (a->state == DEST_READY && a->copies == 0)
        happen(m, a, DEST_EV_ALL_IN);
}

int mover_wants(const struct mover *m, uint64_t to, uint64_t tag)
{
    unsigned i = (unsigned)(to % 256);
    const struct mover_arrival *a = &m->arrival[i % MOVER_ARRIVALS];

    if (i >= MOVER_ARRIVALS || a->state != DEST_READY || name_of(m, a) != to)
        return -1;
    return tag <= a->copies && !(a->got[tag / 64] >> (tag % 64) & 1) ? (int)i : -1;
}

void mover_came(struct mover *m, uint64_t to, uint64_t tag)
{
    int i = mover_wants(m, to, tag);
    struct mover_arrival *a = i < 0 ? NULL : &m->arrival[i];

    if (a == NULL || tag == 0)
        return;
    a->got[tag / 64] |= 1ull << (tag % 64);
    if (++a->come == a->copies)
        happen(m, a, DEST_EV_ALL_IN);
}

void to_part(struct mover *m, core_id from, const struct peer_MOVE_PART *p)
{
    struct mover_arrival *a = find(m, from, p->to);

    if (a == NULL)
        return; /* refused, or given up */
    if (a->parts->n == PARTS_MAX) {
        a->why = ST_TABLE_FULL;
        happen(m, a, DEST_EV_BAD);
        return;
    }
    a->parts->part[a->parts->n++] = (struct part){.kind = p->kind & 0xffff,
                                                  .tag = p->kind >> 16,
                                                  .index = p->index,
                                                  .handle = p->handle,
                                                  .a = p->a,
                                                  .b = p->b,
                                                  .c = p->c};
}

void to_do(struct mover *m, core_id from, const struct peer_MOVE_DO *d)
{
    struct mover_arrival *a = find(m, from, d->to), none = {.from = from, .move = (uint32_t)d->to};

    if (d->what >= DEST_EVENT_COUNT)
        return;
    if (a == NULL)
        a = &none;
    if (d->what == DEST_EV_END && a->state == DEST_MAPPED)
        happen(m, a, (a->why = m->env->build(m->world, a)) == ST_OK ? DEST_EV_END : DEST_EV_BAD);
    else
        happen(m, a, (enum dest_event)d->what);
}

/* ---- deaths, and the source's last words ---- */

void to_who(struct mover *m, core_id from, const struct peer_MOVE_WHO *w)
{
    for (unsigned i = 0; i < MOVER_ARRIVALS; i++) {
        struct mover_arrival *a = &m->arrival[i];

        if (a->state == DEST_FREE || a->part != w->part)
            continue;
        a->who = true;
        return;
    }
    MOVER_SEND(m, from, MOVE_RUNS, .part = w->part, .core = m->core,
               .gone = !m->env->here(m->world, w->part));
}

void to_cwho(struct mover *m, core_id from, const struct peer_MOVE_CWHO *w)
{
    struct mover_other o;

    if (m->env->far(m->world, w->conn, &o) == NULL)
        MOVER_SEND(m, from, CLOSE, .from = w->conn);
}

void to_core_dead(struct mover *m, core_id core)
{
    for (unsigned i = 0; i < MOVER_ARRIVALS; i++)
        if (m->arrival[i].state != DEST_FREE && m->arrival[i].from == core)
            happen(m, &m->arrival[i], DEST_EV_SOURCE_DEAD);
}

uint64_t to_turn(struct mover *m)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < MOVER_ARRIVALS; i++) {
        struct mover_arrival *a = &m->arrival[i];

        if (a->state == DEST_FREE)
            continue;
        if (m->now_ns >= a->deadline_ns) {
            a->deadline_ns = m->now_ns + MOVER_NS + m->answer_ns;
            happen(m, a, DEST_EV_TIMEOUT);
        }
        mover_sooner(&next, a->deadline_ns);
    }
    return next;
}
