/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/advise_shape - split what talks mostly to others, merge what talks mostly to each other. */
#include "coherence/advise_priv.h"
#include "lib/base/scale.h"

#define ALL_BP 10000u

uint32_t advise_mutual_bp(uint64_t weight, uint64_t total_a, uint64_t total_b)
{
    uint64_t least = total_a < total_b ? total_a : total_b;
    u128 bp;

    if (least == 0)
        return 0;
    bp = (u128)weight * 2 * ALL_BP / least; /* it is in the figures of both (decision 0011) */
    return bp > ALL_BP ? ALL_BP : (uint32_t)bp;
}

static uint32_t score(const struct advise *a, uint32_t v)
{
    return a->in.score_bp[v] > ALL_BP ? ALL_BP : a->in.score_bp[v];
}

static bool is_free(const struct advise *a, uint32_t v)
{
    return in_use(a, v) && a->node[v].bound_for == PLACE_NOWHERE &&
           a->node[v].planned == PLACE_NOWHERE;
}

static void say(struct advise *a, struct advice said)
{
    if (a->nlist < ADVICE_MAX / 2) /* moves have their room */
        a->list[a->nlist++] = said;
}

static void look_at_split(struct advise *a, uint32_t v)
{
    struct node_state *s = &a->node[v];
    uint32_t pressure = ALL_BP - score(a, v);

    if (pressure <= SPLIT_PRESSURE_BP - SCORE_BACK_BP)
        s->split_said = false;
    if (pressure <= SPLIT_PRESSURE_BP || s->split_said || !is_free(a, v) ||
        a->nlist == ADVICE_MAX / 2)
        return;
    s->split_said = true;
    say(a, (struct advice){.kind = ADVICE_SPLIT,
                           .reason = REASON_PRESSURE,
                           .node = v,
                           .other = v,
                           .pressure_bp = pressure});
}

/* The one that v says most to, both ways, and the measure for it; the lower number if two are equal. */
static uint32_t closest(const struct advise *a, uint32_t v, uint32_t *mutual)
{
    const struct graph_view *g = a->in.view;
    uint32_t best = NOBODY;

    *mutual = 0;
    for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
        uint32_t u = g->peer[e], bp;

        if (!in_use(a, u))
            continue;
        bp = advise_mutual_bp(g->weight[e], a->in.total[v], a->in.total[u]);
        if (bp > *mutual) {
            *mutual = bp;
            best = u;
        }
    }
    return best;
}

/* Said once, by the one with the lower number, if each is the other's closest. */
static void look_at_merge(struct advise *a, uint32_t v)
{
    struct node_state *s = &a->node[v];
    uint32_t mutual, back, u = closest(a, v, &mutual);

    if (u == NOBODY || mutual + SCORE_BACK_BP < MERGE_MUTUAL_BP ||
        score(a, v) + SCORE_BACK_BP < MERGE_SCORE_BP ||
        (s->merge_said != NOBODY && s->merge_said != u))
        s->merge_said = NOBODY;
    if (u == NOBODY || v > u || mutual < MERGE_MUTUAL_BP || s->merge_said == u ||
        closest(a, u, &back) != v || score(a, v) < MERGE_SCORE_BP || score(a, u) < MERGE_SCORE_BP ||
        !is_free(a, v) || !is_free(a, u) || a->nlist == ADVICE_MAX / 2)
        return;
    if ((uint64_t)a->in.load[v] + a->in.load[u] > a->limit)
        return; /* one partition is on one core */
    s->merge_said = u;
    say(a, (struct advice){.kind = ADVICE_MERGE,
                           .reason = REASON_MUTUAL,
                           .node = v,
                           .other = u,
                           .mutual_bp = mutual});
}

void shape_say(struct advise *a)
{
    if (a->in.score_bp == NULL)
        return;
    for (uint32_t v = 0; v < a->nodes; v++)
        if (in_use(a, v)) {
            look_at_split(a, v);
            look_at_merge(a, v);
        }
}
