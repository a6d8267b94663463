/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/place_input - what is asked for: checked, divided memory, limits, distances, where all are now. */
#include "coherence/place_priv.h"
#include "lib/base/carve.h"
#include "lib/base/scale.h"

/* ---- input ---- */

static int64_t way(const struct place_input *in, unsigned a, unsigned b)
{
    if (in->distance == NULL)
        return a != b;
    return (
        int64_t)(((uint64_t)in->distance[a * in->cores + b] + in->distance[b * in->cores + a] + 1) /
                 2);
}

static uint64_t all_cores(const struct place_input *in)
{
    return in->cores == CORES_MAX ? ~0ull : BIT(in->cores) - 1;
}

static uint64_t allowed(const struct place_input *in, uint32_t v)
{
    return in->allowed == NULL ? all_cores(in) : in->allowed[v] & all_cores(in);
}

bool input_is_there(const struct place_input *in, uint32_t v)
{
    return in->current != NULL && in->current[v] < in->cores &&
           (allowed(in, v) & BIT(in->current[v])) != 0;
}

status_t input_check(const struct place_input *in)
{
    if (in->cores == 0 || in->cores > CORES_MAX || in->view->nodes == 0 ||
        in->view->nodes > VIEW_NODES_MAX)
        return ST_INVALID;
    for (unsigned c = 0; c < in->cores; c++)
        if (way(in, c, c) != 0)
            return ST_INVALID;
    for (uint32_t v = 0; v < in->view->nodes; v++)
        if (allowed(in, v) == 0)
            return ST_INVALID;
    return ST_OK;
}

uint64_t place_cost(const struct place_input *in, const core_id *core)
{
    const struct graph_view *g = in->view;
    u128 sum = 0;

    for (uint32_t v = 0; v < g->nodes; v++) {
        if (core[v] >= in->cores)
            return UINT64_MAX;
        for (uint32_t e = g->first[v]; e < g->first[v + 1] && g->peer[e] < v; e++)
            sum += (u128)g->weight[e] * (uint64_t)way(in, core[v], core[g->peer[e]]);
    }
    return sum > UINT64_MAX ? UINT64_MAX : (uint64_t)sum;
}

/* ---- memory ---- */

static struct place *divide_memory(struct carve *c, uint32_t nodes, uint32_t entries,
                                   uint32_t cores)
{
    struct place *p = carve(c, 1, sizeof *p), dummy;
    struct place *s = p == NULL ? &dummy : p;
    size_t room = (size_t)PLACE_NODE_SHARE * nodes + PLACE_LEVELS,
           more = (size_t)PLACE_ENTRY_SHARE * entries;
    size_t square = (size_t)cores * cores;

    s->distance = carve(c, square, sizeof *s->distance);
    s->traffic = carve(c, square, sizeof *s->traffic);
    s->stays = carve(c, square, sizeof *s->stays);
    s->table = carve(c, (size_t)nodes * cores, sizeof *s->table);
    s->key = carve(c, nodes, sizeof *s->key);
    s->undo = carve(c, nodes, sizeof *s->undo);
    s->at = carve(c, nodes, sizeof *s->at);
    s->queue = carve(c, nodes, sizeof *s->queue);
    s->mark = carve(c, nodes, sizeof *s->mark);
    s->best = carve(c, nodes, sizeof *s->best);
    s->part = carve(c, nodes, sizeof *s->part);
    s->other = carve(c, nodes, sizeof *s->other);
    s->target = carve(c, nodes, sizeof *s->target);
    s->free.load = carve(c, room, sizeof *s->free.load);
    s->free.allowed = carve(c, room, sizeof *s->free.allowed);
    s->free.weight = carve(c, more, sizeof *s->free.weight);
    s->free.first = carve(c, room, sizeof *s->free.first);
    s->free.coarse = carve(c, room, sizeof *s->free.coarse);
    s->free.peer = carve(c, more, sizeof *s->free.peer);
    s->free.nodes = (uint32_t)room;
    s->free.entries = (uint32_t)more;
    return p;
}

size_t place_bytes(uint32_t nodes, uint32_t entries, uint32_t cores)
{
    struct carve c = {NULL, 0};

    divide_memory(&c, nodes, entries, cores);
    return c.used + 16; /* what it begins with may not be aligned */
}

/* ---- beginning ---- */

void input_limit(struct place *p)
{
    uint64_t sum = 0, heaviest = 0, k = p->in.cores;
    u128 limit;

    for (uint32_t v = 0; v < p->in.view->nodes; v++) {
        sum += p->in.load[v];
        if (p->in.load[v] > heaviest)
            heaviest = p->in.load[v];
    }
    limit = (u128)sum * (10000u + (u128)p->in.slack_bp) / (10000u * k);
    if (limit < (sum + k - 1) / k)
        limit = (sum + k - 1) / k;
    if (limit < heaviest)
        limit = heaviest;
    p->core_limit = (uint64_t)limit;
    p->join_cap = sum / (2 * k) > heaviest ? sum / (2 * k) : heaviest;
}

void input_distances(struct place *p)
{
    const struct graph_view *g = p->in.view;
    unsigned k = p->in.cores;
    int64_t most = 1;
    uint64_t all = 0;

    p->uniform = true;
    for (unsigned a = 0; a < k; a++)
        for (unsigned b = 0; b < k; b++) {
            int64_t d = way(&p->in, a, b);

            p->distance[a * k + b] = d;
            if (d > most)
                most = d;
            if (d != (a != b))
                p->uniform = false;
        }
    for (uint32_t e = 0; e < g->first[g->nodes]; e++)
        all += g->weight[e] / 2 + 1;
    p->shift = 0;
    while (((u128)(all >> p->shift) + g->first[g->nodes]) * (uint64_t)most >= (u128)1 << COST_BITS)
        p->shift++;
}

/* Where they are; who is nowhere goes where least is carried. */
void input_current(struct place *p)
{
    p->has_current = false;
    for (unsigned c = 0; c < p->in.cores; c++)
        p->carried[c] = 0;
    for (uint32_t v = 0; v < p->in.view->nodes; v++)
        if (input_is_there(&p->in, v)) {
            p->part[v] = (uint8_t)p->in.current[v];
            p->carried[p->part[v]] += p->in.load[v];
            p->has_current = true;
        }
    for (uint32_t v = 0; v < p->in.view->nodes; v++) {
        if (!input_is_there(&p->in, v)) {
            unsigned least = CORES_MAX;

            for (unsigned c = 0; c < p->in.cores; c++)
                if ((allowed(&p->in, v) & BIT(c)) != 0 &&
                    (least == CORES_MAX || p->carried[c] < p->carried[least]))
                    least = c;
            p->part[v] = (uint8_t)least;
            p->carried[least] += p->in.load[v];
        }
        p->best[v] = p->part[v];
        p->at[v] = 0;
    }
}

struct place *input_memory(const struct place_input *in, void *memory)
{
    struct carve c = {(uint8_t *)ALIGN_UP((uintptr_t)memory, 16), 0};

    return divide_memory(&c, in->view->nodes, in->view->first[in->view->nodes], in->cores);
}
