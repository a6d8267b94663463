/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/metis - reading, sorting, and checking that a view is one. */
#include "tests/support/metis.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *room(size_t n, size_t each)
{
    void *p = calloc(n ? n : 1, each);

    if (p == NULL)
        abort();
    return p;
}

static int by_ends(const void *p, const void *q)
{
    const struct host_edge *x = p, *y = q;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

/* Each edge once, a < b. */
static uint32_t tidy(struct host_edge *e, uint32_t n)
{
    uint32_t out = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (e[i].a == e[i].b || e[i].weight == 0)
            continue;
        e[out++] = e[i].a < e[i].b ? e[i] : (struct host_edge){e[i].b, e[i].a, e[i].weight};
    }
    qsort(e, out, sizeof *e, by_ends);
    n = out;
    out = 0;
    for (uint32_t i = 0; i < n; i++)
        if (out > 0 && by_ends(&e[out - 1], &e[i]) == 0)
            e[out - 1].weight += e[i].weight;
        else
            e[out++] = e[i];
    return out;
}

void graph_of_edges(struct host_graph *g, uint32_t nodes, struct host_edge *e, uint32_t n)
{
    uint32_t *at = room(nodes + 1, sizeof *at);

    n = tidy(e, n);
    g->first = room(nodes + 1, sizeof *g->first);
    g->peer = room(2 * (size_t)n, sizeof *g->peer);
    g->weight = room(2 * (size_t)n, sizeof *g->weight);
    for (uint32_t i = 0; i < n; i++) {
        g->first[e[i].a + 1]++;
        g->first[e[i].b + 1]++;
    }
    for (uint32_t v = 0; v < nodes; v++) {
        g->first[v + 1] += g->first[v];
        at[v] = g->first[v];
    }
    /* Sorted by (a, b): a row gets its smaller neighbours first if b's entries are written before a's. */
    for (uint32_t i = 0; i < n; i++) {
        g->peer[at[e[i].b]] = e[i].a;
        g->weight[at[e[i].b]++] = e[i].weight;
    }
    for (uint32_t i = 0; i < n; i++) {
        g->peer[at[e[i].a]] = e[i].b;
        g->weight[at[e[i].a]++] = e[i].weight;
    }
    free(at);
    g->view = (struct graph_view){nodes, g->first, g->peer, g->weight};
}

void host_graph_free(struct host_graph *g)
{
    free(g->first);
    free(g->peer);
    free(g->weight);
    memset(g, 0, sizeof *g);
}

/* One line of any length, without comments; false at the end. */
static bool next_line(FILE *f, char **line, size_t *size)
{
    while (getline(line, size, f) >= 0)
        if (**line != '%')
            return true;
    return false;
}

static bool number(char **at, uint64_t *n)
{
    char *end;

    *n = strtoull(*at, &end, 10);
    if (end == *at)
        return false;
    *at = end;
    return true;
}

/* One row; how many entries, -1: not in the format. */
static long row(char *line, uint32_t v, unsigned skip, bool weighted, uint32_t nodes,
                struct host_edge *e, long n, long max)
{
    uint64_t peer, weight;

    for (unsigned i = 0; i < skip; i++)
        if (!number(&line, &peer))
            return -1;
    while (number(&line, &peer)) {
        weight = 1;
        if (peer < 1 || peer > nodes || n == max || (weighted && !number(&line, &weight)))
            return -1;
        e[n++] = (struct host_edge){v, (uint32_t)peer - 1, weight};
    }
    return n;
}

const char *metis_read(const char *path, struct host_graph *g)
{
    FILE *f = fopen(path, "r");
    char *line = NULL, *at;
    size_t size = 0;
    uint64_t nodes = 0, edges = 0, fmt = 0, ncon = 1;
    struct host_edge *e = NULL;
    long n = 0, kept = 0;
    const char *bad = "cannot be opened";

    if (f == NULL)
        return bad;
    bad = "no header";
    if (!next_line(f, &line, &size))
        goto out;
    at = line;
    if (!number(&at, &nodes) || !number(&at, &edges) || nodes > VIEW_NODES_MAX || edges > 1u << 24)
        goto out;
    if (number(&at, &fmt) && !number(&at, &ncon))
        ncon = 1;
    e = room(2 * edges, sizeof *e);
    bad = "a row is not in the format";
    for (uint32_t v = 0; v < nodes; v++) {
        unsigned skip = (unsigned)((fmt / 10 % 10 ? ncon : 0) + (fmt / 100 % 10 ? 1 : 0));

        if (!next_line(f, &line, &size))
            goto out;
        n = row(line, v, skip, fmt % 10 != 0, (uint32_t)nodes, e, n, 2 * (long)edges);
        if (n < 0)
            goto out;
    }
    bad = "not as many edges as the header says";
    if ((uint64_t)n != 2 * edges)
        goto out;
    bad = NULL;
    for (long i = 0; i < n; i++) /* each stands twice */
        if (e[i].a < e[i].b)
            e[kept++] = e[i];
    graph_of_edges(g, (uint32_t)nodes, e, (uint32_t)kept);
out:
    free(e);
    free(line);
    fclose(f);
    return bad;
}

const char *view_sound(const struct graph_view *g)
{
    for (uint32_t v = 0; v < g->nodes; v++)
        for (uint32_t a = g->first[v]; a < g->first[v + 1]; a++) {
            uint32_t u = g->peer[a], b;

            if (u >= g->nodes || u == v)
                return "a neighbour that cannot be";
            if (a > g->first[v] && g->peer[a - 1] >= u)
                return "neighbours that do not rise";
            if (g->weight[a] < 1 || g->weight[a] > VIEW_WEIGHT_MAX)
                return "a weight out of its range";
            for (b = g->first[u]; b < g->first[u + 1] && g->peer[b] != v; b++)
                ;
            if (b == g->first[u + 1] || g->weight[b] != g->weight[a])
                return "an edge that looks different from its other end";
        }
    return g->first[0] == 0 && g->first[g->nodes] % 2 == 0 ? NULL : "rows that do not add up";
}
