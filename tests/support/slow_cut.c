/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/slow_cut - plain on purpose. */
#include "tests/support/slow_cut.h"
#include <stdlib.h>
#include <string.h>

static void *room(size_t n, size_t each)
{
    void *p = calloc(n, each);

    if (p == NULL)
        abort();
    return p;
}

/* ---- Stoer and Wagner, "A simple min-cut algorithm", 1997 ---- */

uint64_t slow_cut_stoer_wagner(const struct graph_view *g)
{
    uint32_t n = g->nodes;
    uint64_t *c = room((size_t)n * n, sizeof *c), *w = room(n, sizeof *w), best = UINT64_MAX;
    bool *merged = room(n, 1), *added = room(n, 1);

    for (uint32_t v = 0; v < n; v++)
        for (uint32_t a = g->first[v]; a < g->first[v + 1]; a++)
            c[(size_t)v * n + g->peer[a]] = g->weight[a];
    for (uint32_t left = n; left > 1; left--) {
        uint32_t last = 0, before = 0;

        memset(w, 0, n * sizeof *w);
        memset(added, 0, n);
        for (uint32_t i = 0; i < left; i++) {
            uint32_t next = n;

            for (uint32_t v = 0; v < n; v++)
                if (!merged[v] && !added[v] && (next == n || w[v] > w[next]))
                    next = v;
            added[next] = true;
            before = last;
            last = next;
            for (uint32_t v = 0; v < n; v++)
                if (!added[v])
                    w[v] += c[(size_t)next * n + v];
        }
        if (w[last] < best)
            best = w[last];
        merged[last] = true;
        for (uint32_t v = 0; v < n; v++) {
            c[(size_t)before * n + v] += c[(size_t)last * n + v];
            c[(size_t)v * n + before] = c[(size_t)before * n + v];
        }
        c[(size_t)before * n + before] = 0;
    }
    free(c);
    free(w);
    free(merged);
    free(added);
    return best;
}

/* ---- flows ---- */

struct net {
    const struct graph_view *g;
    uint64_t *rest; /* what an entry can still carry */
    uint32_t *back, *from, *queue;
};

/* A shortest path on which something can still flow; from[v]: the entry by which v was reached. */
static bool search(struct net *t, uint32_t sink)
{
    uint32_t head = 0, tail = 0;

    memset(t->from, 0xff, t->g->nodes * sizeof *t->from);
    t->queue[tail++] = 0;
    while (head < tail) {
        uint32_t v = t->queue[head++];

        for (uint32_t a = t->g->first[v]; a < t->g->first[v + 1]; a++) {
            uint32_t u = t->g->peer[a];

            if (u == 0 || t->from[u] != UINT32_MAX || t->rest[a] == 0)
                continue;
            t->from[u] = a;
            if (u == sink)
                return true;
            t->queue[tail++] = u;
        }
    }
    return false;
}

static uint64_t flow(struct net *t, uint32_t sink, uint64_t enough)
{
    uint64_t sum = 0;

    memcpy(t->rest, t->g->weight, t->g->first[t->g->nodes] * sizeof *t->rest);
    while (sum < enough && search(t, sink)) {
        uint64_t most = UINT64_MAX;

        for (uint32_t v = sink; v != 0; v = t->g->peer[t->back[t->from[v]]])
            if (t->rest[t->from[v]] < most)
                most = t->rest[t->from[v]];
        for (uint32_t v = sink; v != 0; v = t->g->peer[t->back[t->from[v]]]) {
            t->rest[t->from[v]] -= most;
            t->rest[t->back[t->from[v]]] += most;
        }
        sum += most;
    }
    return sum;
}

uint64_t slow_cut_flows(const struct graph_view *g)
{
    uint32_t entries = g->first[g->nodes], *at = room(g->nodes, sizeof *at);
    struct net t = {.g = g,
                    .rest = room(entries + 1, sizeof *t.rest),
                    .back = room(entries + 1, sizeof *t.back),
                    .from = room(g->nodes, sizeof *t.from),
                    .queue = room(g->nodes, sizeof *t.queue)};
    uint64_t best = UINT64_MAX;

    /* Rows rise: going through v in order meets the entries of each u in order, too. */
    for (uint32_t v = 0; v < g->nodes; v++)
        for (uint32_t a = g->first[v]; a < g->first[v + 1]; a++) {
            uint32_t u = g->peer[a];

            t.back[a] = g->first[u] + at[u]++;
        }
    for (uint32_t v = 1; v < g->nodes; v++) {
        uint64_t f = flow(&t, v, best);

        best = f < best ? f : best;
    }
    free(at);
    free(t.rest);
    free(t.back);
    free(t.from);
    free(t.queue);
    return best;
}

/* ---- all of them ---- */

uint64_t slow_cut_subsets(const struct graph_view *g)
{
    uint64_t best = UINT64_MAX;

    for (uint32_t set = 1; set < 1u << (g->nodes - 1); set++) {
        uint64_t sum = 0;

        for (uint32_t v = 0; v < g->nodes; v++)
            for (uint32_t a = g->first[v]; a < g->first[v + 1]; a++)
                if ((set >> v & 1) && !(set >> g->peer[a] & 1))
                    sum += g->weight[a];
        best = sum < best ? sum : best;
    }
    return best;
}
