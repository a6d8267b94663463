/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/advise_place - what place is given: nodes without gaps. There is room for far more than there are, and place would look
 * at each of them in every round.
 */
#include "coherence/advise_priv.h"

static void number_nodes(struct advise *a)
{
    uint64_t all = a->cores == CORES_MAX ? ~0ull : BIT(a->cores) - 1;
    uint32_t n = 0;

    for (uint32_t v = 0; v < a->nodes; v++) {
        a->number[v] = NOBODY;
        if (!in_use(a, v))
            continue;
        a->number[v] = n;
        a->room.name[n] = v;
        a->current[n] = a->in.current[v];
        a->load[n] = a->in.load[v];
        a->allowed[n] = a->in.allowed == NULL ? all : a->in.allowed[v];
        if (a->epoch < a->node[v].rests_until)
            a->allowed[n] = BIT(a->in.current[v]);
        n++;
    }
    a->placed = n;
}

static void copy_edges(struct advise *a)
{
    const struct graph_view *g = a->in.view;
    uint32_t at = 0;

    for (uint32_t n = 0; n < a->placed; n++) {
        uint32_t v = a->room.name[n];

        a->room.first[n] = at;
        for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
            if (a->number[g->peer[e]] == NOBODY)
                continue;
            a->room.peer[at] = a->number[g->peer[e]];
            a->room.weight[at++] = g->weight[e];
        }
    }
    a->room.first[a->placed] = at;
    a->view = (struct graph_view){a->placed, a->room.first, a->room.peer, a->room.weight};
}

void placing_start(struct advise *a)
{
    struct place_input in = {.view = &a->view,
                             .load = a->load,
                             .allowed = a->allowed,
                             .current = a->current,
                             .distance = a->in.distance,
                             .cores = a->cores,
                             .slack_bp = a->limits.slack_bp,
                             .rounds = a->limits.rounds};

    number_nodes(a);
    copy_edges(a);
    if (place_start(&in, a->place_memory, a->place_size, &a->place) == ST_OK)
        a->phase = ADVISE_PLACING;
}

void placing_end(struct advise *a)
{
    struct place_answer best;

    place_answer(a->place, &best);
    for (uint32_t v = 0; v < a->nodes; v++)
        a->plan[v] = PLACE_NOWHERE;
    for (uint32_t n = 0; n < a->placed; n++)
        a->plan[a->room.name[n]] = best.core[n];
}
