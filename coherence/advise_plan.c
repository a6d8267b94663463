/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/advise_plan - from a placement to groups that are worth moving, and those to moves, a few at a time.
 *
 * A placement that is a little better is no reason to move anybody. Each group of it has to earn its move: what it would
 * cost more to leave it where it is, all others moved, against what it says to others. Groups that do not are put back,
 * which changes the sums of the others, so it is counted again until all that is left is worth it.
 */
#include "coherence/advise_priv.h"
#include "lib/base/scale.h"

#define SWEEPS 8u

static bool goes(const struct advise *a, uint32_t v)
{
    return in_use(a, v) && a->plan[v] != a->in.current[v];
}

static bool same_way(const struct advise *a, uint32_t v, uint32_t u)
{
    return goes(a, u) && a->in.current[u] == a->in.current[v] && a->plan[u] == a->plan[v];
}

static uint32_t root(struct advise *a, uint32_t v)
{
    while (a->group[v] != v) {
        a->group[v] = a->group[a->group[v]];
        v = a->group[v];
    }
    return v;
}

static void find_groups(struct advise *a)
{
    const struct graph_view *g = a->in.view;

    for (uint32_t v = 0; v < a->nodes; v++)
        a->group[v] = v;
    for (uint32_t v = 0; v < a->nodes; v++)
        for (uint32_t e = g->first[v]; goes(a, v) && e < g->first[v + 1]; e++)
            if (same_way(a, v, g->peer[e])) {
                uint32_t x = root(a, v), y = root(a, g->peer[e]);

                a->group[x > y ? x : y] = x > y ? y : x; /* the lowest number is the root */
            }
}

/* The sums of every group: each member against those who are not of its group, where they will be. */
static void sum_groups(struct advise *a)
{
    const struct graph_view *g = a->in.view;

    for (uint32_t v = 0; v < a->nodes; v++)
        a->sum[v] = (struct group_sum){0};
    for (uint32_t v = 0; v < a->nodes; v++) {
        struct group_sum *s;

        if (!goes(a, v))
            continue;
        s = &a->sum[root(a, v)];
        s->load += a->in.load[v];
        s->recent |= a->epoch < a->node[v].recent_until;
        s->many |= root(a, v) != v;
        for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
            uint32_t u = g->peer[e];
            int64_t w = (int64_t)g->weight[e], stay, go;

            if (!in_use(a, u) || (goes(a, u) && root(a, u) == root(a, v)))
                continue;
            stay = w * advise_way(a, a->in.current[v], a->plan[u]);
            go = w * advise_way(a, a->plan[v], a->plan[u]);
            s->benefit += stay - go;
            s->outward += stay > go ? stay : go;
        }
    }
}

static bool worth(const struct advise *a, int64_t benefit, int64_t outward, bool recent)
{
    uint32_t times = recent ? 2 : 1;

    return benefit > 0 && (uint64_t)benefit >= a->limits.gain_least * times &&
           (u128)benefit * 10000u >= (u128)outward * a->limits.gain_bp * times;
}

static uint64_t soft_limit(const struct advise *a)
{
    return a->limit + a->limit / LOAD_PART;
}

static void planned_load(const struct advise *a, uint64_t load[CORES_MAX])
{
    for (uint32_t c = 0; c < a->cores; c++)
        load[c] = 0;
    for (uint32_t v = 0; v < a->nodes; v++)
        if (in_use(a, v))
            load[a->plan[v]] += a->in.load[v];
}

/* Put back the groups that are not worth it, where there is room for them. True: some were. */
static bool put_back(struct advise *a)
{
    uint64_t load[CORES_MAX];
    bool some = false;

    planned_load(a, load);
    for (uint32_t v = 0; v < a->nodes; v++) {
        uint32_t r = root(a, v);
        const struct group_sum *s = &a->sum[r];
        core_id from = a->in.current[v], to;

        if (r != v || !goes(a, v) || worth(a, s->benefit, s->outward, s->recent) ||
            load[from] + s->load >
                (soft_limit(a) > a->carried[from] ? soft_limit(a) : a->carried[from]))
            continue;
        if (a->carried[from] > soft_limit(a) && load[from] + s->load > soft_limit(a))
            continue; /* it goes because of its load */
        to = a->plan[v];
        load[from] += s->load;
        load[to] -= s->load;
        for (uint32_t u = v; u < a->nodes; u++)
            if (goes(a, u) && root(a, u) == r)
                a->plan[u] = a->in.current[u];
        some = true;
    }
    return some;
}

static int64_t cost_of(const struct advise *a, const core_id *core)
{
    const struct graph_view *g = a->in.view;
    int64_t sum = 0;

    for (uint32_t v = 0; v < a->nodes; v++)
        for (uint32_t e = g->first[v]; e < g->first[v + 1] && g->peer[e] < v; e++)
            if (in_use(a, v) && in_use(a, g->peer[e]))
                sum += (int64_t)g->weight[e] * advise_way(a, core[v], core[g->peer[e]]);
    return sum;
}

static bool mends_load(const struct advise *a)
{
    uint64_t load[CORES_MAX], before = 0, after = 0;

    planned_load(a, load);
    for (uint32_t c = 0; c < a->cores; c++) {
        before = a->carried[c] > before ? a->carried[c] : before;
        after = load[c] > after ? load[c] : after;
    }
    return before > soft_limit(a) && after < before;
}

static uint8_t reason_for(const struct advise *a, uint32_t v, const uint64_t ways[CORES_MAX])
{
    const struct group_sum *s = &a->sum[a->group[v]];

    if (a->carried[a->in.current[v]] > soft_limit(a) &&
        !worth(a, s->benefit, s->outward, s->recent))
        return REASON_LOAD;
    if ((ways[a->plan[v]] & BIT(a->in.current[v])) != 0)
        return REASON_EXCHANGE;
    return s->many ? REASON_TOGETHER : REASON_TRAFFIC;
}

/* To be carried out, in this epoch and the next ones. */
static void keep_plan(struct advise *a)
{
    uint64_t ways[CORES_MAX] = {0}; /* from each core, to which */

    for (uint32_t v = 0; v < a->nodes; v++)
        if (goes(a, v))
            ways[a->in.current[v]] |= BIT(a->plan[v]);
    for (uint32_t v = 0; v < a->nodes; v++)
        if (goes(a, v)) {
            a->node[v].planned = a->plan[v];
            a->node[v].reason = reason_for(a, v, ways);
        }
}

void plan_choose(struct advise *a)
{
    int64_t outward = 0;
    bool recent = false;

    for (unsigned sweep = 0; sweep < SWEEPS; sweep++) {
        find_groups(a);
        sum_groups(a);
        if (!put_back(a))
            break;
    }
    find_groups(a);
    sum_groups(a);
    for (uint32_t v = 0; v < a->nodes; v++)
        if (goes(a, v) && a->group[v] == v) {
            outward += a->sum[v].outward;
            recent |= a->sum[v].recent;
        }
    if (!mends_load(a) &&
        !worth(a, cost_of(a, a->in.current) - cost_of(a, a->plan), outward, recent))
        return;
    keep_plan(a);
}

/* ---- saying it ---- */

/* With what was said so far done: as much above the limit as the core would be that v goes to. */
static uint64_t above_limit(const struct advise *a, const uint64_t load[CORES_MAX], uint32_t v)
{
    uint64_t then = load[a->node[v].planned] + a->in.load[v];

    return then > a->limit ? then - a->limit : 0;
}

static int64_t made_local(const struct advise *a, uint32_t v, core_id to)
{
    const struct graph_view *g = a->in.view;
    int64_t sum = 0;

    for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
        uint32_t u = g->peer[e];
        core_id then;

        if (!in_use(a, u))
            continue;
        then = a->node[u].planned != PLACE_NOWHERE     ? a->node[u].planned
               : a->node[u].bound_for != PLACE_NOWHERE ? a->node[u].bound_for
                                                       : a->in.current[u];
        sum += (then == to ? (int64_t)g->weight[e] : 0) -
               (a->in.current[u] == a->in.current[v] ? (int64_t)g->weight[e] : 0);
    }
    return sum;
}

static void say_move(struct advise *a, uint64_t load[CORES_MAX], uint32_t v)
{
    struct node_state *s = &a->node[v];
    core_id from = a->in.current[v], to = s->planned;
    struct advice said = {.kind = ADVICE_MOVE,
                          .reason = s->reason,
                          .from = from,
                          .to = to,
                          .node = v,
                          .other = a->group[v],
                          .made_local = made_local(a, v, to),
                          .saved = a->sum[a->group[v]].benefit,
                          .load_from = load[from],
                          .load_to = load[to]};

    load[from] -= a->in.load[v];
    load[to] += a->in.load[v];
    said.load_from_after = load[from];
    said.load_to_after = load[to];
    s->bound_for = to;
    s->planned = PLACE_NOWHERE;
    s->given_up_at = a->epoch + a->limits.patience;
    a->list[a->nlist++] = said;
    a->flying++;
}

/* Those who go to where there is most room, as many as may be under way. */
void plan_say(struct advise *a)
{
    uint64_t load[CORES_MAX];

    for (uint32_t c = 0; c < a->cores; c++)
        load[c] = a->carried[c];
    for (uint32_t v = 0; v < a->nodes; v++)
        if (in_use(a, v) && a->node[v].bound_for != PLACE_NOWHERE) {
            load[a->in.current[v]] -= a->in.load[v];
            load[a->node[v].bound_for] += a->in.load[v];
        }
    while (a->flying < a->limits.flight_max && a->nlist < ADVICE_MAX) {
        uint32_t next = NOBODY;

        for (uint32_t v = 0; v < a->nodes; v++) {
            if (a->node[v].planned == PLACE_NOWHERE)
                continue;
            if (next == NOBODY || above_limit(a, load, v) < above_limit(a, load, next))
                next = v;
        }
        if (next == NOBODY)
            return;
        say_move(a, load, next);
    }
}
