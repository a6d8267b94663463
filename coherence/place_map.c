/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place_map - whole cores change places: all nodes of one go to the other, and the other way round.
 *
 * What moving single nodes cannot do: the division knows distances only by halves, and where all distances are the same
 * it does not know who was where. An exchange is made when it costs less, or costs the same and more load can stay.
 */
#include "coherence/place_priv.h"

void map_begin(struct place *p)
{
    size_t all = (size_t)p->in.cores * p->in.cores;

    for (size_t i = 0; i < all; i++) {
        p->traffic[i] = 0;
        p->stays[i] = 0;
    }
    for (unsigned c = 0; c < p->in.cores; c++) {
        p->may[c] = ~0ull;
        p->becomes[c] = (uint8_t)c;
    }
    p->steps += all / 4;
    p->cursor = 0;
    p->row = 0;
    p->exchanged = false;
}

static void count_node(struct place *p, const struct place_level *l, uint32_t v)
{
    uint8_t c = p->part[v];

    p->may[c] &= l->allowed[v];
    if (p->has_current && p->here == 0 && p->in.current[v] < p->in.cores)
        p->stays[(size_t)c * p->in.cores + p->in.current[v]] += l->load[v];
    p->steps += 1;
    if (p->uniform)
        return;
    for (uint32_t e = l->first[v]; e < l->first[v + 1]; e++)
        p->traffic[(size_t)c * p->in.cores + p->part[l->peer[e]]] += l->weight[e];
    p->steps += l->first[v + 1] - l->first[v];
}

/* What is saved when the nodes now with a and with b change places. */
static int64_t saved(const struct place *p, unsigned a, unsigned b)
{
    size_t k = p->in.cores;
    int64_t sum = 0;

    if (p->uniform)
        return 0;
    for (size_t c = 0; c < k; c++)
        if (c != a && c != b)
            sum += (p->traffic[a * k + c] - p->traffic[b * k + c]) *
                   (p->distance[p->becomes[a] * k + p->becomes[c]] -
                    p->distance[p->becomes[b] * k + p->becomes[c]]);
    return sum;
}

/* More load stays after than before. */
static bool stays_more(const struct place *p, unsigned a, unsigned b)
{
    const uint64_t *sa = p->stays + (size_t)a * p->in.cores,
                   *sb = p->stays + (size_t)b * p->in.cores;
    uint8_t at = p->becomes[a], bt = p->becomes[b];

    return sa[bt] + sb[at] > sa[at] + sb[bt];
}

static void exchange_with_later(struct place *p, unsigned a)
{
    for (unsigned b = a + 1; b < p->in.cores; b++) {
        uint8_t at = p->becomes[a], bt = p->becomes[b];
        int64_t less;

        if ((p->may[a] & BIT(bt)) == 0 || (p->may[b] & BIT(at)) == 0)
            continue;
        less = saved(p, a, b);
        if (less < 0 || (less == 0 && !stays_more(p, a, b)))
            continue;
        p->becomes[a] = bt;
        p->becomes[b] = at;
        p->now.cost -= less;
        p->exchanged = true;
    }
    p->steps += (uint64_t)p->in.cores * (p->uniform ? 1 : p->in.cores);
}

/* A node counted, a core compared with the others, a node renamed at a time. Then the table is old. */
bool map_step(struct place *p)
{
    const struct place_level *l = &p->level[p->here];

    if (p->row == 0 && p->cursor < l->nodes) {
        count_node(p, l, p->cursor++);
        return false;
    }
    if (p->row < p->in.cores) {
        exchange_with_later(p, p->row++);
        if (p->row == p->in.cores && p->exchanged) {
            p->exchanged = false;
            p->row = 0; /* the counting is over: the cursor stands at the end */
        }
        if (p->row == p->in.cores)
            p->cursor = 0;
        return false;
    }
    if (p->cursor < l->nodes) {
        p->part[p->cursor] = p->becomes[p->part[p->cursor]];
        p->cursor++;
        p->steps++;
        return false;
    }
    return true;
}
