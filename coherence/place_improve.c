/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place_improve - passes of single moves, each taken back to the best point on its way.
 *
 * In a pass every node moves at most once, always the one that gains most, also when that is a loss: behind a loss may
 * stand a larger gain (Kernighan and Lin; Fiduccia and Mattheyses). On the way a core may carry a node or two too many; the
 * next move then takes one away from it. So two nodes, or a ring of them, change places between full cores.
 */
#include "coherence/place_priv.h"

#define FEW         128 /* nodes; a power of two                           */
#define STALL_LEAST 8u  /* moves without a better point that end a pass    */
#define STALL_PART  16u /* and one more for so many nodes                  */

void improve_begin(struct place *p, bool table, unsigned passes)
{
    const struct place_level *l = &p->level[p->here];

    p->improve = table ? IMPROVE_TABLE : IMPROVE_QUEUE;
    p->cursor = 0;
    p->passes = passes;
    p->growing = false;
    p->few = l->nodes <= FEW;
    p->beyond = 2 * l->heaviest;
    p->stall = STALL_LEAST + l->nodes / STALL_PART;
}

static void queue_begin(struct place *p)
{
    uint32_t base = 0;

    for (unsigned c = 0; c < p->in.cores; c++) {
        p->base[c] = base;
        p->count[c] = 0;
        p->headroom[c] = (int64_t)(p->limit[c] + p->beyond) - (int64_t)p->carried[c];
        base += p->members[c];
    }
    p->steps += p->in.cores;
}

static bool is_alone(const struct place_level *l, uint32_t v)
{
    return l->first[v] == l->first[v + 1];
}

/* Every node that has a neighbour elsewhere; all, if a core carries too much. A node at a time. */
static bool queue_step(struct place *p, const struct place_level *l)
{
    uint32_t v = p->cursor;

    if (v == 0)
        queue_begin(p);
    if (v == l->nodes)
        return true;
    p->at[v] = p->few ? 0 : NO_NODE;
    if (is_alone(l, v) && l->load[v] == 0) { /* wherever it is */
        p->at[v] = TAKEN;
        p->key[v] = NO_GAIN;
    } else if (p->now.over > 0 || p->few || p->table[(size_t)v * p->in.cores + p->part[v]] > 0) {
        table_look(p, l, v);
        if (!p->few)
            queue_put(p, p->part[v], v);
    }
    p->steps += 2 + p->in.cores / 4;
    p->cursor++;
    return false;
}

/* The best of all whose core may be left; the number of the node stands in the low bits of what is compared. */
static uint32_t best_of_few(const struct place *p, const struct place_level *l, uint64_t cores)
{
    int64_t most = INT64_MIN;

    for (uint32_t v = 0; v < l->nodes; v++) {
        int64_t may = -(int64_t)(cores >> p->part[v] & 1);
        int64_t key = (p->key[v] * FEW + (FEW - 1 - v)) & may;

        key |= INT64_MIN & ~may;
        most = key > most ? key : most;
    }
    return most < (NO_GAIN + 1) * FEW ? NO_NODE : FEW - 1 - (uint32_t)(most & (FEW - 1));
}

static uint32_t best_of_heads(const struct place *p, uint64_t cores)
{
    uint32_t v = NO_NODE;

    for (uint64_t left = cores; left != 0; left &= left - 1) {
        unsigned c = (unsigned)__builtin_ctzll(left);
        uint32_t head = p->queue[p->base[c]];

        if (p->count[c] != 0 &&
            (v == NO_NODE || p->key[head] > p->key[v] || (p->key[head] == p->key[v] && head < v)))
            v = head;
    }
    return v;
}

static void leave_out(struct place *p, uint32_t v)
{
    if (!p->few)
        queue_take(p, p->part[v], v);
    p->at[v] = TAKEN;
    p->key[v] = NO_GAIN;
}

/* The cores that may be left: all, but while some carry too much, only those. */
static uint64_t may_leave(const struct place *p)
{
    uint64_t cores = 0;

    for (unsigned i = 0; i < p->nactive; i++) {
        uint8_t c = p->active[i];

        cores |= p->now.over == 0 || p->carried[c] > p->limit[c] ? BIT(c) : 0;
    }
    return cores;
}

/* Who moves next. NO_NODE: nobody is left. */
static uint32_t pick(struct place *p, const struct place_level *l)
{
    uint64_t cores = may_leave(p);

    for (;;) {
        uint32_t v = p->few ? best_of_few(p, l, cores) : best_of_heads(p, cores);
        int64_t key;

        p->steps += 2 + (p->few ? l->nodes / 4 : p->nactive / 4);
        if (v == NO_NODE)
            return v;
        /* Its place may have filled up since it was looked at. */
        key = p->key[v];
        table_look(p, l, v);
        if (p->key[v] == NO_GAIN)
            leave_out(p, v);
        else if (p->key[v] >= key)
            return v;
        else if (!p->few)
            queue_fix(p, p->part[v], v);
    }
}

static bool move_step(struct place *p, const struct place_level *l)
{
    uint32_t v;

    if (p->moves - p->best_moves > p->stall + p->idle || (v = pick(p, l)) == NO_NODE)
        return true;
    p->undo[p->moves++] = (struct place_undo){v, p->part[v]};
    leave_out(p, v);
    p->idle += is_alone(l, v);
    table_move(p, l, v, p->target[v], true);
    if (better(p->now, p->pass_best)) {
        p->pass_best = p->now;
        p->best_moves = p->moves;
        p->idle = 0;
    }
    return false;
}

static bool back_step(struct place *p, const struct place_level *l)
{
    struct place_undo u;

    if (p->moves == p->best_moves)
        return true;
    u = p->undo[--p->moves];
    table_move(p, l, u.node, u.from, false);
    return false;
}

bool improve_step(struct place *p)
{
    const struct place_level *l = &p->level[p->here];

    switch (p->improve) {
    case IMPROVE_TABLE:
        if (table_step(p)) {
            p->improve = IMPROVE_QUEUE;
            p->cursor = 0;
        }
        return false;
    case IMPROVE_QUEUE:
        if (p->passes == 0)
            return true;
        if (queue_step(p, l)) {
            p->improve = IMPROVE_MOVE;
            p->moves = p->best_moves = p->idle = 0;
            p->pass_start = p->pass_best = p->now;
        }
        return false;
    case IMPROVE_MOVE:
        if (move_step(p, l))
            p->improve = IMPROVE_BACK;
        return false;
    case IMPROVE_BACK:
        if (!back_step(p, l))
            return false;
        p->cursor = 0;
        p->passes--;
        p->improve = IMPROVE_QUEUE;
        return !better(p->pass_best, p->pass_start);
    }
    UNREACHABLE();
}
