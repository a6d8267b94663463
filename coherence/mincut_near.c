/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/mincut_near - more to join, after a scan that found little: a ring, a pipeline, a graph whose weights are all
 * alike. Two looks that need no order (Padberg and Rinaldi, 1990); docs/coherence.md says why both may be taken at once.
 *
 *     FOLLOW   a node that has half of its weight or more on one edge goes where that edge goes
 *     NEAR     two neighbours between which as much as the best cut flows, by their edge and through one other node
 *     RENAME COUNT SORT   new runs from both and the old ones
 *
 * The scan's arrays are free here: stack[] holds the sets (each node points towards one that stands for its set), reach[]
 * the weights of the row that is looked at, waits[] who has had a turn in NEAR, place[] the run of each set.
 */
#include "coherence/mincut_priv.h"
#include <string.h>

enum near { MARK, TEST, CLEAR };

static uint32_t find(const struct mincut *m, uint32_t v)
{
    uint32_t *up = m->stack;

    while (up[v] != v) {
        up[v] = up[up[v]];
        v = up[v];
    }
    return v;
}

static void join(struct mincut *m, uint32_t a, uint32_t b)
{
    m->stack[find(m, b)] = find(m, a);
}

void mincut_follow_start(struct mincut *m)
{
    uint32_t n = m->now.nodes;

    memset(m->reach, 0, n * sizeof *m->reach);
    memset(m->place, 0xff, n * sizeof *m->place);
    memset(m->waits, 0, n);
    m->left -= n / 8;
    m->cursor = 0;
    m->step = MINCUT_SETS;
}

/* The runs there are: each node points to the one before. */
void mincut_sets(struct mincut *m)
{
    for (; m->cursor < m->now.nodes && m->left > 0; m->cursor++, m->left--) {
        uint32_t v = m->order[m->cursor];
        bool joined = m->cursor > 0 && m->key[m->cursor] >= m->weight;

        m->stack[v] = joined ? m->stack[m->order[m->cursor - 1]] : v;
    }
    if (m->cursor < m->now.nodes)
        return;
    m->cursor = m->arc = 0;
    m->heavy = 0;
    m->step = MINCUT_FOLLOW;
}

void mincut_follow(struct mincut *m)
{
    while (m->cursor < m->now.nodes && m->left > 0) {
        uint32_t v = m->cursor, end = mincut_row_end(m, v, m->arc);

        m->left -= end - m->arc + 1;
        for (; m->arc < end; m->arc++)
            if (m->now.weight[m->arc] > m->heavy) {
                m->heavy = m->now.weight[m->arc];
                m->to = m->now.peer[m->arc];
            }
        if (m->arc < m->now.first[v + 1])
            return;
        if (m->heavy >= m->degree[v] - m->heavy || m->heavy >= m->weight)
            join(m, m->to, v);
        m->heavy = 0;
        m->cursor++;
    }
    if (m->cursor < m->now.nodes)
        return;
    m->cursor = m->arc = 0;
    m->inner = MINCUT_NONE;
    m->near = MARK;
    m->step = MINCUT_NEAR;
}

/* The node at m->arc against node v, whose row is marked. */
static void test(struct mincut *m, uint32_t v)
{
    uint32_t u = m->now.peer[m->arc], end;

    if (m->inner == MINCUT_NONE) {
        if (m->waits[u] || find(m, u) == find(m, v)) {
            m->left -= 2;
            m->arc++;
            return;
        }
        m->inner = m->now.first[u];
        m->flow = m->now.weight[m->arc];
    }
    end = mincut_row_end(m, u, m->inner);
    m->left -= end - m->inner;
    for (; m->inner < end; m->inner++) {
        uint64_t here = m->now.weight[m->inner], there = m->reach[m->now.peer[m->inner]];

        m->flow += here < there ? here : there;
    }
    if (m->inner < m->now.first[u + 1])
        return;
    if (m->flow >= m->weight)
        join(m, v, u);
    m->waits[u] = 1;
    m->inner = MINCUT_NONE;
    m->arc++;
}

/* Every node is looked at once, from one side: no more work than a scan. */
void mincut_near(struct mincut *m)
{
    while (m->cursor < m->now.nodes && m->left > 0) {
        uint32_t v = m->cursor, end = m->now.first[v + 1], stop;

        if (m->near == TEST && m->arc < end) {
            test(m, v);
            continue;
        }
        if (m->near == MARK && m->waits[v]) {
            m->left--;
            m->arc = m->now.first[++m->cursor];
            continue;
        }
        stop = mincut_row_end(m, v, m->arc);
        m->left -= stop - m->arc + 1;
        for (; m->arc < stop; m->arc++)
            m->reach[m->now.peer[m->arc]] = m->near == MARK ? m->now.weight[m->arc] : 0;
        if (m->arc < end)
            continue;
        m->waits[v] = 1;
        m->cursor += m->near == CLEAR;
        m->arc = m->now.first[m->cursor];
        m->near = m->near == CLEAR ? MARK : m->near + 1;
    }
    if (m->cursor < m->now.nodes)
        return;
    m->cursor = m->runs = 0;
    m->step = MINCUT_RENAME;
}

/* A number for each set, in the order in which they are met. */
void mincut_rename(struct mincut *m)
{
    for (; m->cursor < m->now.nodes && m->left > 0; m->cursor++, m->left -= 2) {
        uint32_t v = m->order[m->cursor], set = find(m, v);

        if (m->place[set] == MINCUT_NONE) {
            m->slot[m->runs] = 0;
            m->place[set] = m->runs++;
        }
        m->label[v] = m->place[set];
        m->slot[m->label[v]]++;
    }
    if (m->cursor < m->now.nodes)
        return;
    if (m->runs >
        m->now.nodes -
            m->now.nodes / 8) /* no use here: not again before half of the nodes are gone */
        m->near_below = m->now.nodes / 2;
    m->cursor = m->out = 0;
    m->step = m->runs == 1 ? MINCUT_DONE : MINCUT_COUNT;
}

/* slot[]: where each run begins. */
void mincut_count(struct mincut *m)
{
    for (; m->cursor < m->runs && m->left > 0; m->cursor++, m->left--) {
        uint32_t n = m->slot[m->cursor];

        m->slot[m->cursor] = m->out;
        m->out += n;
    }
    if (m->cursor < m->runs)
        return;
    m->cursor = 0;
    m->step = MINCUT_SORT;
}

/* order[]: by run. */
void mincut_sort(struct mincut *m)
{
    uint32_t *sorted = m->fresh;

    for (; m->cursor < m->now.nodes && m->left > 0; m->cursor++, m->left--)
        sorted[m->slot[m->label[m->order[m->cursor]]]++] = m->order[m->cursor];
    if (m->cursor < m->now.nodes)
        return;
    m->fresh = m->order;
    m->order = sorted;
    memset(m->slot, 0, m->runs * sizeof *m->slot);
    m->left -= m->runs / 16;
    m->cursor = 0;
    m->step = MINCUT_GROUP;
}
