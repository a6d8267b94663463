/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/coherence/mind_cut - the cut, in slices, and the last good one. */
#include "services/coherence/mind.h"
#include <string.h>

/* Those that can be moved and talk: what a driver says to everybody is no reason to be apart. */
static void cut_view(struct mind *m)
{
    const struct graph_view *g = &m->view;
    struct graph_room *r = &m->cut.room;
    uint32_t *number = m->cut.number, nodes = 0, at = 0;

    for (uint32_t v = 0; v < g->nodes; v++) {
        bool talks = false;

        for (uint32_t e = g->first[v]; e < g->first[v + 1] && !talks; e++)
            talks = !m->nodes.node[g->peer[e]].fixed;
        number[v] = talks && !m->nodes.node[v].fixed ? nodes : NODE_NONE;
        nodes += number[v] != NODE_NONE;
    }
    for (uint32_t v = 0; v < g->nodes; v++) {
        if (number[v] == NODE_NONE)
            continue;
        r->name[number[v]] = v;
        r->first[number[v]] = at;
        for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
            if (number[g->peer[e]] == NODE_NONE)
                continue;
            r->peer[at] = number[g->peer[e]];
            r->weight[at++] = g->weight[e];
        }
    }
    r->first[nodes] = at;
    m->cut.view = (struct graph_view){nodes, r->first, r->peer, r->weight};
}

bool mind_cut_due(struct mind *m)
{
    struct mind_cut *c = &m->cut;

    if (c->runs && c->slices < MIND_CUT_FOREVER)
        return true;
    c->runs = false;
    cut_view(m);
    if (mincut_start(&c->m, &c->view, c->memory) != ST_OK)
        return false; /* nobody talks */
    c->runs = true;
    c->over = false;
    c->slices = 0;
    return true;
}

status_t mind_cut_run(struct mind *m, uint32_t budget)
{
    struct mind_cut *c = &m->cut;

    if (mincut_run(&c->m, budget) == ST_AGAIN)
        return ST_AGAIN;
    c->runs = c->over = false;
    c->known = true;
    c->done++;
    c->weight = c->m.weight;
    c->nodes = c->view.nodes;
    c->edges = c->view.first[c->view.nodes] / 2;
    memset(c->side, 0, m->nodes.n);
    for (uint32_t v = 0; v < c->view.nodes; v++)
        c->side[c->room.name[v]] = mincut_side(&c->m, v);
    return ST_OK;
}

bool mind_cut_late(struct mind *m)
{
    bool first = !m->cut.over;

    m->cut.over = true;
    m->cut.slices++;
    m->cut.overs += first;
    return first;
}
