/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/runq.h"
#include "lib/abi/syscall.h"
#include "lib/base/check.h"

static struct sched *of(struct heap_node *node)
{
    return CONTAINER_OF(node, struct sched, ready);
}

#define RENEW_SLICE 4 /* entities a call promotes at most */

void runq_init(struct runq *q, struct heap_node **edf, struct heap_node **fair,
               struct heap_node **renew, uint32_t max, uint32_t slice_ticks)
{
    heap_init(&q->renew, renew, max);
    heap_init(&q->edf, edf, max);
    heap_init(&q->fair, fair, max);
    list_init(&q->boosted);
    q->floor = q->missed = 0;
    q->load_ppm = 0;
    q->grain = 0;
    q->degraded = false;
    q->slice = slice_ticks;
}

void sched_init(struct sched *s)
{
    heap_node_init(&s->ready);
    heap_node_init(&s->renew);
    s->vruntime = s->runtime = s->budget = s->period = s->deadline = s->left = s->missed = 0;
    list_init(&s->boosted);
    s->weight = WEIGHT_DEFAULT;
    s->boost_bp = 0;
    s->mode = MODE_FLOW;
    s->rank = 0;
    s->inverse = 1u << 16;
    s->edf = s->demoted = 0;
}

static uint32_t load_of(uint64_t budget, uint64_t period)
{
    return (uint32_t)((budget * 1000000u + period - 1) / period);
}

void runq_forget(struct runq *q, struct sched *s)
{
    if (s->edf)
        q->load_ppm -= load_of(s->budget, s->period);
    if (heap_in(&s->renew))
        heap_remove(&q->renew, &s->renew);
    s->edf = s->demoted = 0;
}

/* What follows from deadline, mode and boost; and from the weight as well. */
static void rerank(const struct runq *q, struct sched *s)
{
    s->rank = priority_rank(s->deadline, q->grain, priority_boost_in(s->mode, s->boost_bp));
}

static void recount(const struct runq *q, struct sched *s)
{
    s->inverse = priority_cost(s->weight, s->mode, s->boost_bp);
    rerank(q, s);
}

status_t runq_set_fair(struct runq *q, struct sched *s, uint32_t weight)
{
    if (weight == 0 || weight > WEIGHT_MAX)
        return ST_INVALID;

    runq_forget(q, s);
    s->weight = (uint16_t)weight;
    s->mode = MODE_FLOW;
    recount(q, s);
    if (s->vruntime < q->floor)
        s->vruntime = q->floor;
    return ST_OK;
}

status_t runq_set_edf(struct runq *q, struct sched *s, uint64_t budget, uint64_t period,
                      uint64_t now)
{
    uint32_t mine, others;

    /* The upper bound keeps load_of() within 64 bits. */
    if (budget == 0 || period < budget || period > UINT64_MAX / 2000000u)
        return ST_INVALID;
    mine = load_of(budget, period);
    others = q->load_ppm - (s->edf ? load_of(s->budget, s->period) : 0);
    if (mine > EDF_LIMIT_PPM || others > EDF_LIMIT_PPM - mine)
        return ST_ADMISSION;

    runq_forget(q, s);
    q->load_ppm += mine;
    s->edf = 1;
    s->budget = s->left = budget;
    s->period = period;
    s->deadline = now + period;
    s->mode = MODE_FLOW;
    recount(q, s);
    return ST_OK;
}

void runq_set_mode(struct runq *q, struct sched *s, unsigned mode)
{
    s->mode = (uint8_t)mode;
    recount(q, s);
}

static bool in_edf(const struct sched *s)
{
    return s->edf && !s->demoted && heap_in(&s->ready);
}

static void boost(struct runq *q, struct sched *s, uint32_t basis_points)
{
    bool waits = in_edf(s);

    if (waits)
        heap_remove(&q->edf, &s->ready);
    s->boost_bp = (uint16_t)basis_points;
    recount(q, s);
    if (waits)
        heap_insert(&q->edf, &s->ready, s->rank);
    list_remove(&s->boosted);
    if (basis_points != 0)
        list_append(&q->boosted, &s->boosted);
}

status_t runq_set_boost(struct runq *q, struct sched *s, uint32_t basis_points)
{
    if (basis_points > BOOST_BP_MAX)
        return ST_INVALID;
    if (basis_points != 0 && q->degraded)
        return ST_STATE;
    boost(q, s, basis_points);
    return ST_OK;
}

bool runq_degrade(struct runq *q, unsigned slice)
{
    struct list *first;

    q->degraded = true;
    for (; slice > 0 && (first = list_first(&q->boosted)); slice--)
        boost(q, CONTAINER_OF(first, struct sched, boosted), 0);
    return list_empty(&q->boosted);
}

void runq_recover(struct runq *q)
{
    q->degraded = false;
}

void runq_restore(struct runq *q, struct sched *s, uint32_t weight, uint64_t left, uint64_t deadline)
{
    s->weight = (uint16_t)weight;
    s->deadline = deadline;
    s->left = left;
    recount(q, s);
    if (left != 0)
        return;
    s->demoted = 1;
    heap_insert(&q->renew, &s->renew, deadline);
}

/* A new period: not the missed ones in between, which nobody waits for any more. */
static void replenish(struct runq *q, struct sched *s, uint64_t now)
{
    if (now < s->deadline)
        return;
    s->deadline += s->period;
    if (s->deadline <= now)
        s->deadline = now + s->period;
    rerank(q, s);
    s->left = s->budget;
    s->demoted = 0;
    if (heap_in(&s->renew))
        heap_remove(&q->renew, &s->renew);
}

/*
 * Who ran while nobody else wanted to is not made to wait for that time now: it is at most
 * two of its slices behind the others.
 */
static void forgive(struct runq *q, struct sched *s)
{
    uint64_t most = (uint64_t)q->slice * s->inverse >> 15, from = q->floor;

    if (s->vruntime <= from + most)
        return;
    if (q->fair.n && heap_top(&q->fair)->key > from)
        from = heap_top(&q->fair)->key;
    if (s->vruntime > from + most)
        s->vruntime = from + most;
}

static void insert(struct runq *q, struct sched *s)
{
    if (s->edf && !s->demoted) {
        heap_insert(&q->edf, &s->ready, s->rank);
        return;
    }
    forgive(q, s);
    heap_insert(&q->fair, &s->ready, s->vruntime);
}

void runq_wake(struct runq *q, struct sched *s, uint64_t now)
{
    if (s->edf)
        replenish(q, s, now);
    /* Waiting earns no credit: who slept long does not shut out the others. */
    if (s->vruntime < q->floor)
        s->vruntime = q->floor;
    insert(q, s);
}

void runq_preempted(struct runq *q, struct sched *s, uint64_t now)
{
    if (s->edf)
        replenish(q, s, now);
    insert(q, s);
}

void runq_remove(struct runq *q, struct sched *s)
{
    if (!heap_in(&s->ready))
        return;
    heap_remove(s->edf && !s->demoted ? &q->edf : &q->fair, &s->ready);
}

struct sched *runq_take(struct runq *q)
{
    struct heap_node *node = heap_top(&q->edf);
    struct sched *s;

    if (node) {
        heap_remove(&q->edf, node);
        return of(node);
    }
    node = heap_top(&q->fair);
    if (!node)
        return NULL;
    heap_remove(&q->fair, node);
    s = of(node);
    if (s->vruntime > q->floor)
        q->floor = s->vruntime;
    return s;
}

struct sched *runq_yield(struct runq *q, struct sched *s)
{
    return s->edf || !runq_all_fair(q) ? NULL : runq_yield_fair(q, s);
}

static void miss(struct runq *q, struct sched *s)
{
    s->missed++;
    q->missed++;
    s->demoted = 1;
    heap_insert(&q->renew, &s->renew, s->deadline);
    if (s->vruntime < q->floor)
        s->vruntime = q->floor;
}

void runq_charge(struct runq *q, struct sched *s, uint64_t ticks, uint64_t now)
{
    s->runtime += ticks;
    if (!s->edf || s->demoted) {
        s->vruntime += ticks * s->inverse >> 16;
        return;
    }
    s->left -= ticks < s->left ? ticks : s->left;
    if (s->left == 0 || now > s->deadline)
        miss(q, s);
}

void runq_renew_slice(struct runq *q, uint64_t now)
{
    for (int i = 0; i < RENEW_SLICE; i++) {
        struct heap_node *node = heap_top(&q->renew);
        struct sched *s;
        bool waiting;

        if (!node || node->key > now)
            return;
        s = CONTAINER_OF(node, struct sched, renew);
        waiting = heap_in(&s->ready);
        if (waiting)
            heap_remove(&q->fair, &s->ready);
        replenish(q, s, now);
        if (waiting)
            insert(q, s);
    }
}

bool runq_preempts(const struct runq *q, const struct sched *s, bool slice_over)
{
    const struct heap_node *edf = heap_top(&q->edf), *fair = heap_top(&q->fair);

    if (s->edf && !s->demoted)
        return edf && edf->key < s->rank;
    if (edf)
        return true;
    return fair && (slice_over ? fair->key <= s->vruntime : fair->key + q->slice < s->vruntime);
}

uint64_t runq_next_look(const struct runq *q, const struct sched *s, uint64_t now)
{
    const struct heap_node *renew = heap_top(&q->renew);
    uint64_t look = renew ? renew->key : UINT64_MAX;
    uint64_t own = UINT64_MAX;

    if (s && s->edf && !s->demoted)
        own = now + s->left < s->deadline ? now + s->left : s->deadline;
    else if (s && q->fair.n)
        own = now + q->slice;
    return own < look ? own : look;
}
