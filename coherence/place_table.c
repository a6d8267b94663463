/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place_table - what each node would cost on each core, and which node gains most.
 *
 * Row v of the table has, for each core c, the sum of weight x distance of v's edges if v alone stood on c. The gain of
 * moving v from a to b is row[a] - row[b]. When a node moves only the rows of its neighbours change, and where all
 * distances are 1 only two numbers of each. Every core has a queue of its nodes by best gain (a heap; equal gains by
 * number), so that the best node of a core that carries too much is found as fast as the best of all.
 */
#include "coherence/place_priv.h"

static void table_row(struct place *p, const struct place_level *l, uint32_t v)
{
    unsigned k = p->in.cores;
    int64_t *row = p->table + (size_t)v * k, all = 0;

    for (unsigned c = 0; c < k; c++)
        row[c] = 0;
    for (uint32_t e = l->first[v]; e < l->first[v + 1]; e++) {
        const int64_t *d = p->distance + (size_t)p->part[l->peer[e]] * k;
        int64_t w = l->weight[e];

        if (p->uniform) {
            row[p->part[l->peer[e]]] -= w;
            all += w;
        } else
            for (unsigned c = 0; c < k; c++)
                row[c] += w * d[c];
    }
    if (p->uniform)
        for (unsigned c = 0; c < k; c++)
            row[c] += all;
    p->steps += l->first[v + 1] - l->first[v] + k;
}

/* ---- queues ---- */

static inline bool before(const struct place *p, uint32_t a, uint32_t b)
{
    return p->key[a] != p->key[b] ? p->key[a] > p->key[b] : a < b;
}

static void up(struct place *p, uint32_t *heap, uint32_t i)
{
    uint32_t v = heap[i];

    while (i > 0 && before(p, v, heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        p->at[heap[i]] = i;
        i = (i - 1) / 2;
    }
    heap[i] = v;
    p->at[v] = i;
}

static void down(struct place *p, uint32_t *heap, uint32_t n, uint32_t i)
{
    uint32_t v = heap[i], child;

    while ((child = 2 * i + 1) < n) {
        if (child + 1 < n && before(p, heap[child + 1], heap[child]))
            child++;
        if (!before(p, heap[child], v))
            break;
        heap[i] = heap[child];
        p->at[heap[i]] = i;
        i = child;
    }
    heap[i] = v;
    p->at[v] = i;
}

void queue_put(struct place *p, uint8_t part, uint32_t v)
{
    uint32_t *heap = p->queue + p->base[part];

    heap[p->count[part]] = v;
    up(p, heap, p->count[part]++);
}

void queue_fix(struct place *p, uint8_t part, uint32_t v)
{
    uint32_t *heap = p->queue + p->base[part], i = p->at[v];

    if (i > 0 && before(p, v, heap[(i - 1) / 2]))
        up(p, heap, i);
    else
        down(p, heap, p->count[part], i);
}

void queue_take(struct place *p, uint8_t part, uint32_t v)
{
    uint32_t *heap = p->queue + p->base[part], i = p->at[v], last = heap[--p->count[part]];

    p->at[v] = TAKEN;
    if (last != v) {
        heap[i] = last;
        p->at[last] = i;
        queue_fix(p, part, last);
    }
}

/* ---- moves ---- */

/*
 * Where v would best go, and its gain. Without a place to go: the lowest gain there is. The core stands in the low bits
 * of what is compared, and a closed one is all ones: no branches, as which core is best is what no processor foresees.
 */
void table_look(struct place *p, const struct place_level *l, uint32_t v)
{
    const int64_t *row = p->table + (size_t)v * p->in.cores;
    uint8_t from = p->part[v];
    uint64_t elsewhere = l->allowed[v] & ~p->group[from];
    int64_t least = INT64_MAX, load = (int64_t)l->load[v];

    for (uint32_t i = 0; i < p->nactive; i++) {
        uint32_t c = p->active[i];
        uint64_t may = elsewhere & p->group[c];
        int64_t closed = (p->headroom[c] - load) >> 63 | ((int64_t)((may | -may) >> 63) - 1);
        int64_t cost = (row[c] * CORES_MAX + c) | (closed & INT64_MAX);

        least = cost < least ? cost : least;
    }
    p->target[v] = (uint8_t)(least % CORES_MAX);
    p->key[v] = least == INT64_MAX ? NO_GAIN : row[from] - least / CORES_MAX;
}

static uint64_t above(const struct place *p, uint8_t c)
{
    return p->carried[c] > p->limit[c] ? p->carried[c] - p->limit[c] : 0;
}

/*
 * Where u's neighbour went from `from` to `to`, only `to` has become cheaper for u, and only if it was bound for `from`
 * could a third core now be the best.
 */
static inline void look_again(struct place *p, const struct place_level *l, uint32_t u,
                              uint8_t from, uint8_t to)
{
    const int64_t *row = p->table + (size_t)u * p->in.cores;
    uint8_t now = p->target[u], at = p->part[u];

    if (!p->uniform || p->nactive <= 8 || now == from || p->key[u] == NO_GAIN) {
        table_look(p, l, u);
        return;
    }
    if (row[to] < row[now] && to != at && (l->allowed[u] & p->group[to]) != 0 &&
        (int64_t)l->load[u] <= p->headroom[to])
        p->target[u] = now = to;
    p->key[u] = row[at] - row[now];
}

static inline void requeue(struct place *p, const struct place_level *l, uint32_t u, uint8_t from,
                           uint8_t to)
{
    int64_t key = p->key[u];

    if (p->at[u] == TAKEN)
        return;
    if (p->growing)
        p->key[u] = key == MUST_MOVE ? key : table_gain(p, u, p->grow_to);
    else if (p->at[u] == NO_NODE)
        table_look(p, l, u);
    else
        look_again(p, l, u, from, to);
    if (p->few)
        return;
    if (p->at[u] == NO_NODE)
        queue_put(p, p->part[u], u);
    else if (p->key[u] != key)
        queue_fix(p, p->part[u], u);
}

void table_move(struct place *p, const struct place_level *l, uint32_t v, uint8_t to, bool queues)
{
    unsigned k = p->in.cores;
    uint8_t from = p->part[v];
    const int64_t *d_from = p->distance + (size_t)from * k, *d_to = p->distance + (size_t)to * k;

    p->now.cost -= table_gain(p, v, to);
    p->now.over -= above(p, from) + above(p, to);
    p->carried[from] -= l->load[v];
    p->carried[to] += l->load[v];
    p->headroom[from] += (int64_t)l->load[v];
    p->headroom[to] -= (int64_t)l->load[v];
    p->now.over += above(p, from) + above(p, to);
    p->members[from]--;
    p->members[to]++;
    p->part[v] = to;
    for (uint32_t e = l->first[v]; e < l->first[v + 1]; e++) {
        uint32_t u = l->peer[e];
        int64_t *row = p->table + (size_t)u * k, w = l->weight[e];

        if (p->uniform) {
            row[from] += w;
            row[to] -= w;
        } else
            for (unsigned c = 0; c < k; c++)
                row[c] += w * (d_to[c] - d_from[c]);
        if (queues)
            requeue(p, l, u, from, to);
    }
    p->steps +=
        (uint64_t)(l->first[v + 1] - l->first[v]) * (p->uniform && !queues ? 1 : 2 + k / 4) + 4;
}

/* Limits have changed. */
void table_over(struct place *p)
{
    p->now.over = 0;
    for (unsigned c = 0; c < p->in.cores; c++)
        p->now.over += above(p, (uint8_t)c);
}

/* The table from nothing, a node at a time, with what the cores carry and what it costs. True: whole. */
bool table_step(struct place *p)
{
    const struct place_level *l = &p->level[p->here];
    uint32_t v = p->cursor;

    if (v == 0) {
        for (unsigned c = 0; c < p->in.cores; c++)
            p->carried[c] = p->members[c] = 0;
        p->now = (struct place_score){0, 0};
    }
    if (v < l->nodes) {
        table_row(p, l, v);
        p->carried[p->part[v]] += l->load[v];
        p->members[p->part[v]]++;
        p->now.cost += p->table[(size_t)v * p->in.cores + p->part[v]];
        p->cursor++;
        return false;
    }
    p->now.cost /= 2; /* each edge was seen from both ends */
    table_over(p);
    return true;
}
