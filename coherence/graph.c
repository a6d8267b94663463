/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/graph - edges in a table, found by a hash of their ends, and in a list for each end.
 *
 * The lists make leaving as cheap as the node has edges, and a view in one pass: the nodes in rising order each write their
 * number behind what their neighbours have, and every neighbour's row is in rising order by that.
 */
#include "coherence/graph.h"
#include <string.h>
#include "lib/base/bits.h"
#include "lib/base/check.h"

#define RAW_MAX (VIEW_WEIGHT_MAX << GRAPH_FRACTION)

/* ---- memory ---- */

static uint32_t hash_places(uint32_t edges)
{
    uint32_t n = 16;

    while (n < edges)
        n *= 2;
    return n;
}

size_t graph_bytes(uint32_t nodes, uint32_t edges)
{
    if (nodes == 0 || nodes > GRAPH_NODES_MAX || edges == 0 || edges > GRAPH_EDGES_MAX)
        return 0;
    return ALIGN_UP(edges * sizeof(struct graph_edge) + 2 * nodes * sizeof(uint32_t) +
                        hash_places(edges) * sizeof(uint32_t) + nodes,
                    8);
}

void graph_init(struct graph *g, void *memory, uint32_t nodes, uint32_t edges)
{
    CHECK(graph_bytes(nodes, edges) != 0);
    memset(memory, 0, graph_bytes(nodes, edges));
    *g = (struct graph){.edge = memory, .nodes = nodes, .max = edges};
    g->first = (uint32_t *)(void *)(g->edge + edges);
    g->number = g->first + nodes;
    g->hash = g->number + nodes;
    g->mask = hash_places(edges) - 1;
    g->live = (uint8_t *)(g->hash + g->mask + 1);
}

/* ---- edges ---- */

static uint32_t place_of(const struct graph *g, uint32_t a, uint32_t b)
{
    return (uint32_t)((a * 0x9e3779b1u ^ b * 0x85ebca6bu) >> 7) & g->mask;
}

static uint32_t *find(const struct graph *g, uint32_t a, uint32_t b)
{
    uint32_t *at = &g->hash[place_of(g, a, b)];

    while (*at != 0 && (g->edge[*at - 1].end[0] != a || g->edge[*at - 1].end[1] != b))
        at = &g->edge[*at - 1].chain;
    return at;
}

static unsigned side(const struct graph_edge *e, uint32_t node)
{
    return e->end[1] == node;
}

static void link_in(struct graph *g, uint32_t place, unsigned i)
{
    struct graph_edge *e = &g->edge[place - 1];
    uint32_t node = e->end[i], *head = &g->first[node];

    e->prev[i] = 0;
    e->next[i] = *head;
    if (*head != 0)
        g->edge[*head - 1].prev[side(&g->edge[*head - 1], node)] = place;
    *head = place;
}

static void link_out(struct graph *g, const struct graph_edge *e, unsigned i)
{
    uint32_t node = e->end[i], next = e->next[i], prev = e->prev[i];

    if (next != 0)
        g->edge[next - 1].prev[side(&g->edge[next - 1], node)] = prev;
    if (prev != 0)
        g->edge[prev - 1].next[side(&g->edge[prev - 1], node)] = next;
    else
        g->first[node] = next;
}

static void take_out(struct graph *g, uint32_t place)
{
    struct graph_edge *e = &g->edge[place - 1];

    *find(g, e->end[0], e->end[1]) = e->chain;
    link_out(g, e, 0);
    link_out(g, e, 1);
    *e = (struct graph_edge){.chain = g->free};
    g->free = place;
    g->edges--;
}

static uint64_t faded(const struct graph *g, const struct graph_edge *e)
{
    uint64_t raw = e->raw;
    uint32_t epochs = g->epoch - e->epoch;

    if (epochs >= GRAPH_FADED)
        return 0;
    while (epochs-- > 0 && raw != 0)
        raw -= (raw + GRAPH_FADE - 1) / GRAPH_FADE; /* rounded up: the last bits go, too */
    return raw;
}

/* Bring an edge up to this epoch; out with it if nothing is left. */
static void refresh(struct graph *g, uint32_t place)
{
    struct graph_edge *e = &g->edge[place - 1];

    e->raw = faded(g, e);
    e->epoch = g->epoch;
    if (e->raw == 0)
        take_out(g, place);
}

static bool in_use(const struct graph_edge *e)
{
    return e->end[1] != 0;
}

/* Look at some places further on, so that what has faded leaves without anybody walking the table for it. */
static void turn_hand(struct graph *g, uint32_t places)
{
    for (; places > 0 && g->used > 0; places--) {
        g->hand = g->hand + 1 < g->used ? g->hand + 1 : 0;
        if (in_use(&g->edge[g->hand]))
            refresh(g, g->hand + 1);
    }
}

void graph_sweep(struct graph *g)
{
    turn_hand(g, g->used);
}

void graph_epoch(struct graph *g)
{
    g->epoch++;
}

/* ---- nodes ---- */

status_t graph_join(struct graph *g, uint32_t node)
{
    if (node >= g->nodes)
        return ST_INVALID;
    if (g->live[node])
        return ST_EXISTS;
    g->live[node] = 1;
    return ST_OK;
}

status_t graph_leave(struct graph *g, uint32_t node)
{
    if (node >= g->nodes)
        return ST_INVALID;
    if (!g->live[node])
        return ST_NOT_FOUND;
    while (g->first[node] != 0)
        take_out(g, g->first[node]);
    g->live[node] = 0;
    return ST_OK;
}

/* ---- weights ---- */

static bool is_pair(const struct graph *g, uint32_t a, uint32_t b)
{
    return a < g->nodes && b < g->nodes && a != b && g->live[a] && g->live[b];
}

static uint64_t weight_of(uint64_t bytes, uint64_t messages)
{
    if (bytes > VIEW_WEIGHT_MAX || messages > VIEW_WEIGHT_MAX / GRAPH_MESSAGE)
        return RAW_MAX;
    bytes += messages * GRAPH_MESSAGE;
    return bytes < VIEW_WEIGHT_MAX ? bytes << GRAPH_FRACTION : RAW_MAX;
}

static uint32_t new_place(struct graph *g)
{
    uint32_t place = g->free;

    if (place != 0)
        g->free = g->edge[place - 1].chain;
    else if (g->used < g->max)
        place = ++g->used;
    return place;
}

status_t graph_add(struct graph *g, uint32_t a, uint32_t b, uint64_t bytes, uint64_t messages)
{
    uint64_t more = weight_of(bytes, messages);
    uint32_t low = a < b ? a : b, high = a < b ? b : a, *at, place;
    struct graph_edge *e;

    if (!is_pair(g, a, b))
        return ST_INVALID;
    turn_hand(g, GRAPH_HAND);
    if (more == 0)
        return ST_OK;
    at = find(g, low, high);
    if (*at == 0) {
        place = new_place(g);
        if (place == 0)
            return ST_TABLE_FULL;
        e = &g->edge[place - 1];
        *e = (struct graph_edge){.epoch = g->epoch, .end = {(uint16_t)low, (uint16_t)high}};
        *at = place;
        link_in(g, place, 0);
        link_in(g, place, 1);
        g->edges++;
    } else {
        e = &g->edge[*at - 1];
        e->raw = faded(g, e);
        e->epoch = g->epoch;
    }
    e->raw = more < RAW_MAX - e->raw ? e->raw + more : RAW_MAX;
    return ST_OK;
}

static uint64_t shown(uint64_t raw)
{
    return raw >> GRAPH_FRACTION ? raw >> GRAPH_FRACTION : raw != 0;
}

uint64_t graph_weight(const struct graph *g, uint32_t a, uint32_t b)
{
    uint32_t place;

    if (!is_pair(g, a, b))
        return 0;
    place = *find(g, a < b ? a : b, a < b ? b : a);
    return place == 0 ? 0 : shown(faded(g, &g->edge[place - 1]));
}

/* ---- the view ---- */

static bool is_shown(const struct graph *g, enum graph_which which, uint32_t node)
{
    return g->live[node] && (which == GRAPH_ALL || g->first[node] != 0);
}

/* first[v + 1] = where the row of v begins; while it is filled it moves on, and ends where the next one begins. */
static void place_rows(const struct graph *g, const struct graph_room *room, uint32_t nodes)
{
    uint32_t at = 0;

    room->first[0] = 0;
    for (uint32_t v = 0; v < nodes; v++) {
        uint32_t node = room->name[v];

        room->first[v + 1] = at;
        for (uint32_t p = g->first[node]; p != 0;
             p = g->edge[p - 1].next[side(&g->edge[p - 1], node)])
            at++;
    }
}

static void fill_rows(const struct graph *g, const struct graph_room *room, uint32_t nodes)
{
    for (uint32_t v = 0; v < nodes; v++) {
        uint32_t node = room->name[v];

        for (uint32_t p = g->first[node]; p != 0;) {
            const struct graph_edge *e = &g->edge[p - 1];
            unsigned i = side(e, node);
            uint32_t *end = &room->first[g->number[e->end[1 - i]] + 1];

            room->peer[*end] = v;
            room->weight[*end] = shown(e->raw);
            ++*end;
            p = e->next[i];
        }
    }
}

status_t graph_view(struct graph *g, enum graph_which which, const struct graph_room *room,
                    struct graph_view *view)
{
    uint32_t nodes = 0;

    graph_sweep(g);
    if (g->edges > room->edges)
        return ST_NOMEM;
    for (uint32_t node = 0; node < g->nodes; node++)
        if (is_shown(g, which, node)) {
            if (nodes == room->nodes)
                return ST_NOMEM;
            g->number[node] = nodes;
            room->name[nodes++] = node;
        }
    place_rows(g, room, nodes);
    fill_rows(g, room, nodes);
    *view = (struct graph_view){
        .nodes = nodes, .first = room->first, .peer = room->peer, .weight = room->weight};
    return ST_OK;
}
