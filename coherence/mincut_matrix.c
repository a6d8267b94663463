/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/mincut_matrix - the same for few nodes: a matrix, no heap, no branch in the inner loop.
 *
 * A cell is weight << MINCUT_SHIFT and a reach has MINCUT_DENSE - 1 - node in the bits below, so the largest reach names its node,
 * and among equals the lowest. A node that was scanned has so negative a reach that nothing brings it up again. Here a
 * reach is followed to its end, so keys are the true ones; runs are joined as in mincut_merge.c.
 */
#include "coherence/mincut_priv.h"
#include <string.h>
#include "lib/base/bits.h"

#define GONE (-(INT64_MAX / 2) - 1)

void mincut_matrix_start(struct mincut *m, uint32_t nodes)
{
    struct mincut_matrix *x = &m->matrix;

    x->n = nodes;
    x->stride = (uint32_t)ALIGN_UP(nodes, 4);
    memset(x->cell, 0, (size_t)nodes * x->stride * sizeof *x->cell);
    m->left -= nodes * nodes / 8;
    x->best = 0;
    m->cursor = m->arc = 0;
    m->step = MINCUT_FILL;
}

static void scan_start(struct mincut_matrix *x)
{
    for (uint32_t i = 0; i < x->n; i++)
        x->reach[i] = MINCUT_DENSE - 1 - i;
    for (uint32_t i = x->n; i % 4 != 0; i++)
        x->reach[i] = GONE;
    x->scanned = x->joined = 0;
    x->gone = 0;
    x->prefix = 0;
    x->members = 0;
}

static void better(struct mincut *m, int64_t weight, uint64_t members)
{
    if ((uint64_t)weight < m->weight) {
        m->weight = (uint64_t)weight;
        m->matrix.best = members;
        m->best_node = MINCUT_NONE;
    }
}

static void filled(struct mincut *m)
{
    struct mincut_matrix *x = &m->matrix;

    for (uint32_t i = 0; i < x->n; i++) {
        int64_t sum = 0;

        for (uint32_t j = 0; j < x->n; j++)
            sum += x->cell[i * x->stride + j];
        x->degree[i] = sum >> MINCUT_SHIFT;
        x->member[i] = BIT(i);
        better(m, x->degree[i], BIT(i));
    }
    m->left -= x->n * x->n / 8;
    scan_start(x);
    m->step = MINCUT_MATRIX;
}

/* From the graph as it is, each node under its label. */
void mincut_matrix_fill(struct mincut *m)
{
    struct mincut_matrix *x = &m->matrix;

    while (m->cursor < m->now.nodes && m->left > 0) {
        uint32_t v = m->cursor, run = m->label[v], end = mincut_row_end(m, v, m->arc);
        int64_t *row = &x->cell[run * x->stride];

        m->left -= end - m->arc + 1;
        for (; m->arc < end; m->arc++)
            row[m->label[m->now.peer[m->arc]]] += (int64_t)(m->now.weight[m->arc] << MINCUT_SHIFT);
        row[run] = 0;
        m->cursor += m->arc == m->now.first[v + 1];
    }
    if (m->cursor == m->now.nodes)
        filled(m);
}

/* ---- the scan ---- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Four at a time, because each comparison waits for the one before. Columns behind the last node are gone from the start. */
static int64_t reach_on(int64_t *restrict reach, const int64_t *restrict row, uint32_t n)
{
    int64_t a = GONE, b = GONE, c = GONE, d = GONE;

    for (uint32_t j = 0; j < n; j += 4) {
        a = larger(a, reach[j] += row[j]);
        b = larger(b, reach[j + 1] += row[j + 1]);
        c = larger(c, reach[j + 2] += row[j + 2]);
        d = larger(d, reach[j + 3] += row[j + 3]);
    }
    return larger(larger(a, b), larger(c, d));
}

/* Scans until no node is left or the budget is used up. */
static void scan(struct mincut *m)
{
    struct mincut_matrix *x = &m->matrix;
    int64_t most = x->scanned == 0 ? MINCUT_DENSE - 1 : x->most;

    while (x->scanned < x->n && m->left > 0) {
        uint32_t v = MINCUT_DENSE - 1 - (uint32_t)(most & (MINCUT_DENSE - 1));

        x->order[x->scanned] = (uint8_t)v;
        x->key[x->scanned++] = most >> MINCUT_SHIFT;
        x->prefix += x->degree[v] - 2 * (most >> MINCUT_SHIFT);
        x->members |= x->member[v];
        if (x->scanned < x->n)
            better(m, x->prefix, x->members);
        x->reach[v] = GONE;
        most = reach_on(x->reach, &x->cell[v * x->stride], x->n);
        m->left -= x->n / 2 + 1;
    }
    x->most = most;
}

/* ---- the runs ---- */

/* What can flow between two nodes by their edge and through one other node. */
static int64_t flow_near(const struct mincut_matrix *x, uint32_t u, uint32_t v)
{
    const int64_t *a = &x->cell[u * x->stride], *b = &x->cell[v * x->stride];
    int64_t sum = a[v];

    for (uint32_t j = 0; j < x->n; j++)
        sum += a[j] < b[j] ? a[j] : b[j];
    return sum >> MINCUT_SHIFT;
}

/*
 * Where all weights are alike a scan finds one pair only, and there would be as many scans as nodes. So after a scan that
 * found little, neighbours in the order are also joined when as much as the best cut flows between them on short ways.
 */
static void look_near(struct mincut *m)
{
    struct mincut_matrix *x = &m->matrix;
    uint32_t found = 0;

    for (uint32_t i = 1; i < x->n; i++)
        found += (uint64_t)x->key[i] >= m->weight;
    if (found >= x->n / 4)
        return;
    for (uint32_t i = 1; i < x->n; i++)
        if ((uint64_t)x->key[i] < m->weight)
            x->key[i] = larger(x->key[i], flow_near(x, x->order[i - 1], x->order[i]));
    m->left -= x->n * x->n / 4;
}

/* Node `gone` becomes part of `to`; its row and column are left as they are. */
static void join(struct mincut_matrix *x, uint32_t to, uint32_t gone)
{
    int64_t *row = &x->cell[to * x->stride];
    const int64_t *other = &x->cell[gone * x->stride];

    x->degree[to] += x->degree[gone] - 2 * (row[gone] >> MINCUT_SHIFT);
    x->member[to] |= x->member[gone];
    for (uint32_t j = 0; j < x->n; j++)
        row[j] += other[j];
    row[to] = 0;
    for (uint32_t j = 0; j < x->n; j++)
        x->cell[j * x->stride + to] = row[j];
}

/* The last node takes the number of one that is gone. */
static void fill_gap(struct mincut_matrix *x, uint32_t gap)
{
    uint32_t last = --x->n;

    if (gap == last)
        return;
    memcpy(&x->cell[gap * x->stride], &x->cell[last * x->stride], x->n * sizeof *x->cell);
    x->cell[gap * x->stride + gap] = 0;
    for (uint32_t j = 0; j < x->n; j++)
        x->cell[j * x->stride + gap] = x->cell[gap * x->stride + j];
    x->degree[gap] = x->degree[last];
    x->member[gap] = x->member[last];
}

/* False: the budget is used up. */
static bool join_runs(struct mincut *m)
{
    struct mincut_matrix *x = &m->matrix;

    for (; x->joined < x->scanned && m->left > 0; x->joined++) {
        uint32_t v = x->order[x->joined];

        if (x->joined == 0 || (uint64_t)x->key[x->joined] < m->weight) {
            x->to = v;
            continue;
        }
        join(x, x->to, v);
        x->gone |= BIT(v);
        m->left -= x->n / 2 + 1;
    }
    while (x->gone != 0 && m->left > 0) {
        uint32_t gap = 63 - (uint32_t)__builtin_clzll(x->gone);

        x->gone &= ~BIT(gap);
        fill_gap(x, gap);
        m->left -= x->n / 2 + 1;
    }
    return x->joined == x->scanned && x->gone == 0;
}

void mincut_matrix(struct mincut *m)
{
    struct mincut_matrix *x = &m->matrix;

    while (m->left > 0) {
        if (x->scanned < x->n && x->joined == 0) {
            scan(m);
            if (x->scanned == x->n)
                look_near(m);
        }
        if (m->left <= 0 || !join_runs(m))
            return;
        if (x->n == 1) {
            m->runs = 1;
            m->cursor = 0;
            m->step = x->best != 0 || m->best_node != MINCUT_NONE ? MINCUT_KEEP : MINCUT_DONE;
            return;
        }
        for (uint32_t i = 0; i < x->n; i++)
            better(m, x->degree[i], x->member[i]);
        scan_start(x);
    }
}
