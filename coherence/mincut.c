/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/mincut - memory, the steps in turn, and the side that each node is on.
 */
#include "coherence/mincut_priv.h"
#include "lib/base/carve.h"
#include "lib/base/check.h"

/* ---- memory ---- */

static size_t lay_out(struct mincut *m, void *memory, uint32_t nodes, uint32_t entries)
{
    struct carve c = {memory, 0};
    uint32_t dense = nodes < MINCUT_DENSE ? (nodes + 3) / 4 * 4 : MINCUT_DENSE;

    for (unsigned i = 0; i < 2; i++) {
        m->room[i].weight = carve(&c, entries, sizeof *m->room->weight);
        m->room[i].peer = carve(&c, entries, sizeof *m->room->peer);
        m->room[i].first = carve(&c, nodes + 1, sizeof *m->room->first);
    }
    m->heap = carve(&c, nodes, sizeof *m->heap);
    m->degree = carve(&c, nodes, sizeof *m->degree);
    m->reach = carve(&c, nodes, sizeof *m->reach);
    m->key = carve(&c, nodes, sizeof *m->key);
    m->side = carve(&c, (nodes + 63) / 64, sizeof *m->side);
    m->group = carve(&c, nodes, sizeof *m->group);
    m->order = carve(&c, nodes + 1, sizeof *m->order);
    m->place = carve(&c, nodes, sizeof *m->place);
    m->fresh = carve(&c, nodes + 1, sizeof *m->fresh);
    m->stack = carve(&c, nodes + 1, sizeof *m->stack);
    m->label = carve(&c, nodes, sizeof *m->label);
    m->slot = carve(&c, nodes, sizeof *m->slot);
    m->waits = carve(&c, nodes, sizeof *m->waits);
    m->matrix.cell = carve(&c, (size_t)dense * dense, sizeof *m->matrix.cell);
    return c.used;
}

size_t mincut_bytes(uint32_t nodes, uint32_t entries)
{
    struct mincut m;

    return nodes < 2 || nodes > VIEW_NODES_MAX ? 0 : lay_out(&m, NULL, nodes, entries);
}

status_t mincut_start(struct mincut *m, const struct graph_view *view, void *memory)
{
    if (view->nodes < 2 || view->nodes > VIEW_NODES_MAX)
        return ST_INVALID;
    lay_out(m, memory, view->nodes, view->first[view->nodes]);
    m->now = *view;
    m->nodes = view->nodes;
    m->weight = UINT64_MAX;
    m->best_node = MINCUT_NONE;
    m->best_first = 0;
    m->total = 0;
    m->turn = 0;
    m->cursor = 0;
    m->arc = 0;
    m->degree[0] = 0;
    m->matrix.best = 0;
    m->runs = 0;
    m->near_below = UINT32_MAX;
    m->step = MINCUT_DEGREES;
    return ST_OK;
}

/* ---- the first look ---- */

/* Worth a matrix at once: few nodes, of which many pairs are edges. */
static bool is_dense(const struct mincut *m)
{
    uint32_t n = m->nodes, entries = m->now.first[n];

    return n <= MINCUT_DENSE && m->total < MINCUT_TOTAL_MAX && (n <= 16 || entries > n * n / 4);
}

static void looked(struct mincut *m)
{
    m->cursor = 0;
    if (m->weight == 0)
        m->step = MINCUT_KEEP;
    else if (is_dense(m))
        mincut_matrix_start(m, m->nodes);
    else
        mincut_scan_start(m);
}

static void degrees(struct mincut *m)
{
    const uint64_t *weight = m->now.weight;

    while (m->cursor < m->nodes && m->left > 0) {
        uint32_t v = m->cursor, row = m->now.first[v + 1];
        uint32_t end = mincut_row_end(m, v, m->arc);
        uint64_t sum = 0;

        for (uint32_t a = m->arc; a < end; a++)
            sum += weight[a];
        m->degree[v] += sum;
        m->left -= end - m->arc + 1;
        m->arc = end;
        if (end < row)
            return;
        mincut_single(m, v);
        m->group[v] = m->label[v] = v;
        if (++m->cursor < m->nodes)
            m->degree[m->cursor] = 0;
    }
    if (m->cursor == m->nodes)
        looked(m);
}

/* ---- the sides ---- */

static bool is_far(const struct mincut *m, uint32_t v)
{
    uint32_t node = m->group[v];

    if (m->matrix.best != 0)
        return m->matrix.best >> node & 1;
    if (m->best_first != 0)
        return m->weight == 0 ? m->reach[node] == MINCUT_SCANNED : m->place[node] < m->best_first;
    return node == m->best_node;
}

/* The best cut into side[], so that node 0 is on the near side. */
static void keep(struct mincut *m)
{
    bool flip = is_far(m, 0);

    for (; m->cursor < m->nodes && m->left > 0; m->cursor += 64) {
        uint32_t n = m->nodes - m->cursor < 64 ? m->nodes - m->cursor : 64;
        uint64_t word = 0;

        for (uint32_t i = 0; i < n; i++)
            word |= (uint64_t)(is_far(m, m->cursor + i) != flip) << i;
        m->side[m->cursor / 64] = word;
        m->left -= n;
    }
    if (m->cursor < m->nodes)
        return;
    m->best_first = 0;
    m->best_node = MINCUT_NONE;
    if (m->weight == 0)
        m->step = MINCUT_DONE;
    else
        mincut_labelled(m);
}

status_t mincut_run(struct mincut *m, uint32_t budget)
{
    static void (*const steps[MINCUT_DONE])(struct mincut *) = {
        [MINCUT_DEGREES] = degrees,         [MINCUT_SCAN] = mincut_scan,
        [MINCUT_LABEL] = mincut_label,      [MINCUT_KEEP] = keep,
        [MINCUT_SETS] = mincut_sets,        [MINCUT_FOLLOW] = mincut_follow,
        [MINCUT_NEAR] = mincut_near,        [MINCUT_RENAME] = mincut_rename,
        [MINCUT_COUNT] = mincut_count,      [MINCUT_SORT] = mincut_sort,
        [MINCUT_GROUP] = mincut_group,      [MINCUT_MERGE] = mincut_merge,
        [MINCUT_FILL] = mincut_matrix_fill, [MINCUT_MATRIX] = mincut_matrix,
    };

    m->left = budget;
    while (m->step != MINCUT_DONE && m->left > 0)
        steps[m->step](m);
    return m->step == MINCUT_DONE ? ST_OK : ST_AGAIN;
}
