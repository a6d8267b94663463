/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place_divide - few nodes among all cores, by halves.
 *
 *      { 0 1 2 3 4 5 6 7 }            all nodes on the first core, which stands for all
 *      { 0 1 2 3 } { 4 5 6 7 }        half of the load has grown over to the other half: improve
 *      { 0 1 } { 2 3 } { 4 5 } { 6 7 }
 *      0  1  2  3  4  5  6  7
 *
 * Near cores stand side by side in the order that is halved, so what is parted first lies farthest apart. The half that
 * goes grows from one node, always by the node that gains most. Which node is first differs from round to round.
 */
#include "coherence/place_priv.h"

/* Each core behind the one it is nearest to of those already in order: the sum of distances to the last few. */
void divide_order(struct place *p)
{
    unsigned k = p->in.cores;
    uint64_t left = (k == CORES_MAX ? 0 : BIT(k)) - 1;

    for (unsigned i = 0; i < k; i++) {
        unsigned next = CORES_MAX;
        int64_t least = INT64_MAX;

        for (unsigned c = 0; c < k; c++) {
            int64_t away = i == 0 ? 0 : p->distance[(size_t)p->order[i - 1] * k + c];

            if ((left & BIT(c)) != 0 && away < least) {
                least = away;
                next = c;
            }
        }
        p->order[i] = (uint8_t)next;
        p->place[next] = (uint8_t)i;
        left &= ~BIT(next);
    }
}

/* Every core stands for itself. */
void divide_whole(struct place *p)
{
    p->nactive = p->in.cores;
    for (unsigned c = 0; c < p->in.cores; c++) {
        p->active[c] = (uint8_t)c;
        p->group[c] = BIT(c);
        p->span[c] = 1;
        p->limit[c] = p->core_limit;
    }
}

static void stand_for(struct place *p, uint8_t core, unsigned first, unsigned n)
{
    p->group[core] = 0;
    for (unsigned i = first; i < first + n; i++)
        p->group[core] |= BIT(p->order[i]);
    p->span[core] = (uint8_t)n;
    p->limit[core] = p->core_limit * n;
}

/* All nodes on the first core in order. */
void divide_begin(struct place *p)
{
    p->nactive = 1;
    p->active[0] = p->order[0];
    stand_for(p, p->order[0], 0, p->in.cores);
    for (uint32_t v = 0; v < p->level[p->here].nodes; v++)
        p->part[v] = p->order[0];
    p->steps += p->level[p->here].nodes / 8;
    p->splitting = 0;
    p->split_end = 1;
    p->cursor = 0;
}

void split_begin(struct place *p)
{
    uint8_t from = p->active[p->splitting];
    unsigned stay = (p->span[from] + 1u) / 2, go = p->span[from] - stay;
    uint8_t to = p->order[p->place[from] + stay];

    p->grow_from = from;
    p->grow_to = to;
    p->grow_goal = p->carried[from] * go / p->span[from];
    stand_for(p, from, p->place[from], stay);
    stand_for(p, to, p->place[from] + stay, go);
    table_over(p);
    p->active[p->nactive++] = to;
    p->cursor = 0;
    p->growing = true;
    p->few = false;
    p->base[from] = p->count[from] = 0;
}

/* Queue those that may go; those that must are first. A node at a time; true: all seen, and one was made to be the first. */
bool split_step(struct place *p)
{
    const struct place_level *l = &p->level[p->here];
    uint32_t v = p->cursor, first;

    if (v < l->nodes) {
        p->at[v] = TAKEN;
        if (p->part[v] == p->grow_from && (l->allowed[v] & p->group[p->grow_to]) != 0) {
            bool stays = (l->allowed[v] & p->group[p->grow_from]) != 0;

            p->key[v] = stays ? table_gain(p, v, p->grow_to) : MUST_MOVE;
            queue_put(p, p->grow_from, v);
        }
        p->steps += 2;
        p->cursor++;
        return false;
    }
    if (p->count[p->grow_from] > 0 && p->key[p->queue[0]] != MUST_MOVE) {
        first = p->queue[(p->round * 0x9e3779b9u >> 8) % p->count[p->grow_from]];
        p->key[first] = MUST_MOVE - 1;
        queue_fix(p, p->grow_from, first);
    }
    return true;
}

/* A node goes. True: the half has its load, or nobody is left who may go. */
bool grow_step(struct place *p)
{
    const struct place_level *l = &p->level[p->here];
    uint64_t has = p->carried[p->grow_to];
    uint32_t v;
    bool must;

    if (p->count[p->grow_from] == 0)
        return true;
    v = p->queue[0];
    must = p->key[v] == MUST_MOVE;
    if (has >= p->grow_goal && !must)
        return true;
    queue_take(p, p->grow_from, v);
    p->steps += 2;
    if (must || has + l->load[v] - p->grow_goal <= p->grow_goal - has ||
        has + l->load[v] < p->grow_goal)
        table_move(p, l, v, p->grow_to, true);
    return false;
}
