/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/mincut_merge - the graph with every run of the order made one node.
 *
 * A node whose reach was at least the best cut when it was taken is joined to the one taken before it: no smaller cut has
 * them on different sides (docs/coherence.md). The nodes of a run stand together in order[], so the new rows are written
 * one behind the other.
 */
#include "coherence/mincut_priv.h"
#include "lib/base/check.h"

/* label[]: the run of each node; place[]: where it is in order[]. One run: what is known is the smallest cut. */
void mincut_label(struct mincut *m)
{
    uint32_t n = m->now.nodes, i = m->cursor,
             end = (uint64_t)m->left < n - i ? i + (uint32_t)m->left : n;

    m->left -= end - i;
    for (; i < end; i++) {
        uint32_t v = m->order[i];

        m->runs += i == 0 || m->key[i] < m->weight;
        m->label[v] = m->runs - 1;
        m->slot[m->runs - 1] = 0;
        m->place[v] = i;
    }
    m->cursor = i;
    if (i < n)
        return;
    m->cursor = 0;
    if (m->best_first != 0 || m->best_node != MINCUT_NONE)
        m->step = MINCUT_KEEP;
    else
        mincut_labelled(m);
}

/* Behind label[], and the best cut is written down. */
void mincut_labelled(struct mincut *m)
{
    CHECK(m->runs < m->now.nodes); /* the last one's reach is its degree: so it comes to an end */
    m->cursor = 0;
    m->step = MINCUT_GROUP;
    if (m->runs == 1)
        m->step = MINCUT_DONE;
    else if (m->now.nodes < m->near_below && m->runs > m->now.nodes - m->now.nodes / 8)
        mincut_follow_start(m);
}

void mincut_group(struct mincut *m)
{
    for (; m->cursor < m->nodes && m->left > 0; m->cursor++, m->left--)
        m->group[m->cursor] = m->label[m->group[m->cursor]];
    if (m->cursor < m->nodes)
        return;
    m->cursor = m->out = m->run = 0;
    m->arc = m->now.first[m->order[0]];
    m->room[m->turn].first[0] = 0;
    if (m->runs <= MINCUT_DENSE && m->total < MINCUT_TOTAL_MAX) {
        mincut_matrix_start(m, m->runs);
        return;
    }
    m->total = 0;
    m->degree[0] = 0; /* the scan is over: degree[] takes the new ones */
    m->step = MINCUT_MERGE;
}

/* Behind the last row of a run. */
static void end_run(struct mincut *m)
{
    mincut_single(m, m->run);
    m->room[m->turn].first[++m->run] = m->out;
    if (m->run < m->runs)
        m->degree[m->run] = 0;
}

static void add_row(struct mincut *m, uint32_t end)
{
    const struct mincut_room *to = &m->room[m->turn];
    const uint32_t *peer = m->now.peer, *label = m->label;
    const uint64_t *weight = m->now.weight;
    uint32_t *to_peer = to->peer, *slots = m->slot, begin = to->first[m->run], out = m->out,
             self = m->run;
    uint64_t *to_weight = to->weight;
    uint64_t sum = 0;

    for (uint32_t a = m->arc; a < end; a++) {
        uint32_t run = label[peer[a]], slot, at;
        uint64_t w = weight[a];
        bool known;

        if (run == self)
            continue;
        slot = slots[run];
        known = slot > begin;
        at = known ? slot - 1 : out;
        sum += w;
        to_peer[at] = run;
        to_weight[at] = w + (known ? to_weight[at] : 0);
        slots[run] = at + 1;
        out += !known;
    }
    m->degree[m->run] += sum;
    m->left -= end - m->arc;
    m->arc = end;
    m->out = out;
}

void mincut_merge(struct mincut *m)
{
    while (m->left > 0) {
        uint32_t v = m->order[m->cursor], end = m->now.first[v + 1];

        add_row(m, mincut_row_end(m, v, m->arc));
        if (m->arc < end)
            return;
        m->left--;
        if (++m->cursor < m->now.nodes) {
            m->arc = m->now.first[m->order[m->cursor]];
            if (m->label[m->order[m->cursor]] != m->run)
                end_run(m);
            continue;
        }
        end_run(m);
        m->now = (struct graph_view){.nodes = m->runs,
                                     .first = m->room[m->turn].first,
                                     .peer = m->room[m->turn].peer,
                                     .weight = m->room[m->turn].weight};
        m->turn ^= 1;
        mincut_scan_start(m);
        return;
    }
}
