/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place_level - joining pairs of nodes that talk much, so that a smaller graph of the same kind is left.
 *
 * Every placement of the smaller graph is one of the larger, at the same cost; that is why a good one of the smallest
 * is a good start. A pair must have a core in common; together it may not pass join_cap. Nodes are visited in a stride
 * through all of them: an order that is always the same and has nothing to do with how they are numbered.
 */
#include "coherence/place_priv.h"

/* Take room for a level of n nodes and up to `entries`. False: none left. */
static bool level_room(struct place *p, struct place_level *l, uint32_t n, uint32_t entries)
{
    if (p->free.nodes < n + 1 || p->free.entries < entries)
        return false;
    l->nodes = n;
    l->first = p->free.first;
    l->coarse = p->free.coarse;
    l->load = p->free.load;
    l->allowed = p->free.allowed;
    l->peer = p->free.peer;
    l->weight = p->free.weight;
    l->heaviest = 0;
    return true;
}

static void level_keep(struct place *p, const struct place_level *l)
{
    uint32_t n = l->nodes, entries = l->first[n];

    p->free.first += n + 1;
    p->free.coarse += n + 1;
    p->free.load += n + 1;
    p->free.allowed += n + 1;
    p->free.nodes -= n + 1;
    p->free.peer += entries;
    p->free.weight += entries;
    p->free.entries -= entries;
}

/* Level 0 is the graph itself, with weights made small enough. A node at a time; true: whole. */
bool copy_step(struct place *p)
{
    const struct graph_view *g = p->in.view;
    struct place_level *l = &p->level[0];
    uint64_t all = p->in.cores == CORES_MAX ? ~0ull : BIT(p->in.cores) - 1;
    uint32_t v = p->cursor;

    if (v == 0) {
        CHECK(level_room(p, l, g->nodes, g->first[g->nodes]));
        l->first[0] = 0;
    }
    if (v == g->nodes) {
        level_keep(p, l);
        p->first_free = p->free;
        p->top = p->here = 0;
        return true;
    }
    for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
        uint64_t w = g->weight[e] >> p->shift;

        l->peer[e] = g->peer[e];
        l->weight[e] = (int64_t)(w == 0 ? 1 : w);
    }
    l->first[v + 1] = g->first[v + 1];
    l->load[v] = p->in.load[v];
    l->allowed[v] = p->in.allowed == NULL ? all : p->in.allowed[v] & all;
    if (l->load[v] > l->heaviest)
        l->heaviest = l->load[v];
    p->steps += g->first[v + 1] - g->first[v] + 1;
    p->cursor++;
    return false;
}

/* ---- which pairs ---- */

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

void match_begin(struct place *p)
{
    uint32_t n = p->level[p->top].nodes;

    p->here = p->top;
    p->cursor = p->made = 0;
    p->visit = p->round % n;
    p->stride = (uint32_t)((uint64_t)n * (618 - 37 * (p->round % 8)) / 1000) | 1;
    while (common_divisor(p->stride, n) != 1)
        p->stride++;
    p->fresh = true;
}

static uint32_t mate_of(const struct place *p, const struct place_level *l, uint32_t v)
{
    uint32_t mate = v;
    int64_t most = 0;

    for (uint32_t e = l->first[v]; e < l->first[v + 1]; e++) {
        uint32_t u = l->peer[e];

        if (l->weight[e] < most || p->mark[u] != NO_NODE || (l->allowed[u] & l->allowed[v]) == 0 ||
            l->load[u] + l->load[v] > p->join_cap || (p->inside && p->part[u] != p->part[v]))
            continue;
        if (l->weight[e] > most || l->load[u] < l->load[mate]) {
            most = l->weight[e];
            mate = u;
        }
    }
    return mate;
}

/* A node at a time; true: all have a mate, or themselves. */
bool match_step(struct place *p)
{
    struct place_level *l = &p->level[p->here];
    uint32_t v, mate;

    if (p->fresh) {
        p->mark[p->cursor++] = NO_NODE;
        p->steps++;
        if (p->cursor == l->nodes) {
            p->cursor = 0;
            p->fresh = false;
        }
        return false;
    }
    if (p->cursor == l->nodes)
        return true;
    v = p->visit;
    p->visit = (uint32_t)(((uint64_t)v + p->stride) % l->nodes);
    p->cursor++;
    p->steps++;
    if (p->mark[v] != NO_NODE)
        return false;
    mate = mate_of(p, l, v);
    p->mark[v] = mate;
    p->mark[mate] = v;
    l->coarse[v] = l->coarse[mate] = p->made;
    p->queue[p->made++] = v;
    p->steps += l->first[v + 1] - l->first[v];
    return false;
}

/* ---- the smaller graph ---- */

/* False: it would not be much smaller, or there is no room. */
bool join_begin(struct place *p)
{
    const struct place_level *l = &p->level[p->here];

    if ((uint64_t)p->made * 20 > (uint64_t)l->nodes * 19 || p->here + 1 == PLACE_LEVELS ||
        !level_room(p, &p->level[p->here + 1], p->made, l->first[l->nodes]))
        return false;
    p->level[p->here + 1].first[0] = 0;
    p->cursor = 0;
    return true;
}

static uint32_t join_edges(struct place *p, uint32_t v, uint32_t node, uint32_t end)
{
    const struct place_level *l = &p->level[p->here];
    struct place_level *next = &p->level[p->here + 1];
    uint32_t start = next->first[node];

    for (uint32_t e = l->first[v]; e < l->first[v + 1]; e++) {
        uint32_t u = l->coarse[l->peer[e]], slot = p->at[u];

        if (u == node)
            continue;
        if (slot >= start && slot < end && next->peer[slot] == u) {
            next->weight[slot] += l->weight[e];
            continue;
        }
        p->at[u] = end;
        next->peer[end] = u;
        next->weight[end++] = l->weight[e];
    }
    p->steps += 2 * (l->first[v + 1] - l->first[v]) + 1;
    return end;
}

/* A node of the smaller graph at a time; true: whole, and it is the one at hand. */
bool join_step(struct place *p)
{
    const struct place_level *l = &p->level[p->here];
    struct place_level *next = &p->level[p->here + 1];
    uint32_t node = p->cursor, v, mate, end;

    if (node == next->nodes) {
        level_keep(p, next);
        p->top = ++p->here;
        return true;
    }
    v = p->queue[node];
    mate = p->mark[v];
    end = join_edges(p, v, node, next->first[node]);
    if (mate != v)
        end = join_edges(p, mate, node, end);
    next->first[node + 1] = end;
    next->load[node] = l->load[v] + (mate != v ? l->load[mate] : 0);
    next->allowed[node] = l->allowed[v] & l->allowed[mate];
    if (next->load[node] > next->heaviest)
        next->heaviest = next->load[node];
    p->other[node] = p->part[v];
    p->cursor++;
    return false;
}
