/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/coherence/mind_shape - how coherent partitions are: for whoever merges or splits two, and for advice to do so. */
#include "services/coherence/mind.h"

/* Of one program that says nothing to itself: no reason to split it, and not whole in itself either. */
#define NEITHER_BP 5000u

static uint64_t outside(const struct graph_view *g, uint32_t v)
{
    uint64_t sum = 0;

    for (uint32_t e = v < g->nodes ? g->first[v] : 0; v < g->nodes && e < g->first[v + 1]; e++)
        sum += g->weight[e];
    return sum;
}

static uint64_t edge_weight(const struct graph_view *g, uint32_t v, uint32_t other)
{
    for (uint32_t e = v < g->nodes ? g->first[v] : 0; v < g->nodes && e < g->first[v + 1]; e++)
        if (g->peer[e] == other)
            return g->weight[e];
    return 0;
}

struct mind_pair mind_pair(struct mind *m, uint64_t a, uint64_t b)
{
    uint32_t node[2] = {nodes_find(&m->nodes, a), nodes_find(&m->nodes, b)};
    struct mind_pair p = {.known = 0};

    for (unsigned i = 0; i < 2; i++) {
        uint64_t self, out;

        if (node[i] == NODE_NONE)
            continue;
        self = m->nodes.node[node[i]].self >> GRAPH_FRACTION;
        out = outside(&m->view, node[i]);
        p.known |= 1u << i;
        p.total[i] = self + out;
        p.score_bp[i] = score_bp(self, out);
    }
    if (p.known == 3 && node[0] != node[1])
        p.between = edge_weight(&m->view, node[0], node[1]);
    return p;
}

void mind_shape(struct mind *m)
{
    for (uint32_t v = 0; v < m->nodes.n; v++) {
        uint64_t self = m->nodes.node[v].self >> GRAPH_FRACTION, out = outside(&m->view, v);

        m->shape_bp[v] = self == 0 ? NEITHER_BP : score_bp(self, out);
        m->shape_total[v] = self + out;
    }
}
