/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/mover_home - the home of a partition that runs elsewhere: where it is; and who asked for its move. */
#include "monitor/mover_priv.h"

/* ---- where it is ---- */

void home_where(struct mover *m, core_id from, const struct peer_MOVE_WHERE *a)
{
    struct mover_where w;
    bool known = m->env->where(m->world, a->part, &w);

    if (known && w.away && w.at == from)
        m->env->set_where(m->world, a->part, (core_id)a->core, from);
    else if (known && w.away && a->core == from)
        m->env->set_where(m->world, a->part, from, from); /* it was told otherwise before; undone */
    MOVER_SEND(m, from, MOVE_THERE, .move = a->move, .status = known ? ST_OK : ST_NOT_FOUND);
}

void home_runs(struct mover *m, core_id from, const struct peer_MOVE_RUNS *r)
{
    struct mover_where w;

    if (!m->env->where(m->world, r->part, &w) || !w.away || (from != r->core && !r->gone))
        return;
    if (r->gone && w.at != r->core)
        return; /* asked while it was being built there, and undone: it is elsewhere */
    if (r->gone)
        m->env->ended_away(m->world, r->part);
    else
        m->env->set_where(m->world, r->part, from, from);
}

/* ---- who asked ---- */

/* `hops`: how many monitors are behind the next one, each of which has its own patience. */
static status_t ask(struct mover *m, const struct ask *as, core_id dest, unsigned hops)
{
    uint64_t ref;
    status_t st = asks_begin(&m->asks, as, m->now_ns + MOVER_NS + (3 + 2 * hops) * m->answer_ns, &ref);

    if (st == ST_OK)
        MOVER_SEND(m, as->to, MOVE_ASK, .part = as->part, .client = ref, .core = dest);
    return st;
}

status_t mover_ask(struct mover *m, uint64_t client, uint64_t part, core_id dest)
{
    core_id home = PART_HOME(part);

    if (dest >= m->ncores || home >= m->ncores)
        return ST_INVALID;
    if (m->env->gone(m->world, home))
        return ST_DEAD_CORE;
    return ask(m, &(struct ask){.to = home, .client = client, .part = part}, dest, home != m->core);
}

void home_ask(struct mover *m, core_id from, const struct peer_MOVE_ASK *a)
{
    struct ask as = {.passed = true, .asker = from, .client = a->client, .part = a->part};
    struct mover_where w;

    if (a->core >= m->ncores)
        return;
    if (!m->env->where(m->world, a->part, &w) || !w.away || w.at == m->core)
        from_begin(m, a->part, (core_id)a->core, from, a->client);
    else if (m->env->gone(m->world, as.to = w.at)) /* its move there is being undone */
        MOVER_SEND(m, from, MOVE_ENDED, .client = a->client, .status = ST_BUSY);
    else if (ask(m, &as, (core_id)a->core, 0) != ST_OK)
        MOVER_SEND(m, from, MOVE_ENDED, .client = a->client, .status = ST_TABLE_FULL);
}

static void answer(struct mover *m, const struct ask *a, status_t st, uint64_t blackout_ns, uint64_t step)
{
    if (a->passed)
        MOVER_SEND(m, a->asker, MOVE_ENDED, .client = a->client, .blackout_ns = blackout_ns,
                   .status = st, .step = (uint32_t)step);
    else
        m->env->answer(m->world, a->client, st, blackout_ns, step);
}

void home_ended(struct mover *m, core_id from, const struct peer_MOVE_ENDED *e)
{
    struct ask a;
    struct mover_where w;
    status_t st = (status_t)e->status;

    if (!asks_take(&m->asks, from, e->client, &a))
        return;
    if (st == ST_NOT_FOUND && a.passed && m->env->where(m->world, a.part, &w) && w.away)
        st = ST_BUSY; /* it went elsewhere meanwhile: whoever asks again finds it */
    answer(m, &a, st, e->blackout_ns, e->step);
}

uint64_t home_turn(struct mover *m)
{
    struct ask a;

    while (asks_late(&m->asks, m->core, m->now_ns, m->now_ns + m->answer_ns, &a))
        if (a.to == m->core)
            answer(m, &a, ST_TIMEOUT, 0, 0);
        else /* its death is the answer */
            m->env->suspect(m->world, a.to, "it did not say how the move of a partition ended");
    return asks_next(&m->asks);
}

/* ---- death ---- */

/* Not sure: the source says how it ended, and if it is dead the destination. */
static void away_core_dead(struct mover *m, const struct mover_where *w, core_id core)
{
    if (w->sure ? w->at == core
                : m->env->gone(m->world, w->at) && m->env->gone(m->world, w->by))
        m->env->ended_away(m->world, w->part);
    else if (!w->sure && w->by == core)
        MOVER_SEND(m, w->at, MOVE_WHO, .part = w->part);
    else if (!w->sure && w->at == core) /* what it said here may be lost */
        MOVER_SEND(m, w->by, MOVE_DIED, .part = w->part, .core = core);
}

void home_core_dead(struct mover *m, core_id core)
{
    unsigned cursor = 0;
    struct mover_where w;
    struct ask a;

    while (m->env->next_part(m->world, &cursor, &w)) {
        if (w.away)
            away_core_dead(m, &w, core);
        else if ( PART_HOME(w.part) == core && !w.moving)
            m->env->end_here(m->world, w.part); /* its memory is gone */
    }
    while (asks_take_dead(&m->asks, core, &a))
        answer(m, &a, ST_DEAD_CORE, 0, 0);
}
