/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/graph_case.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void graph_case_new(struct graph_case *g, uint32_t nodes)
{
    *g = (struct graph_case){.view = {.nodes = nodes}};
    g->dense = calloc((size_t)nodes * nodes, sizeof *g->dense);
    g->first = calloc((size_t)nodes + 1, sizeof *g->first);
    g->peer = calloc((size_t)nodes * nodes + 1, sizeof *g->peer);
    g->weight = calloc((size_t)nodes * nodes + 1, sizeof *g->weight);
    g->view.first = g->first;
    g->view.peer = g->peer;
    g->view.weight = g->weight;
}

void graph_case_add(struct graph_case *g, uint32_t a, uint32_t b, uint64_t weight)
{
    g->dense[(size_t)a * g->view.nodes + b] += weight;
    g->dense[(size_t)b * g->view.nodes + a] += weight;
}

void graph_case_clear(struct graph_case *g)
{
    memset(g->dense, 0, (size_t)g->view.nodes * g->view.nodes * sizeof *g->dense);
}

void graph_case_view(struct graph_case *g)
{
    uint32_t n = g->view.nodes, e = 0;

    for (uint32_t v = 0; v < n; v++) {
        g->first[v] = e;
        for (uint32_t u = 0; u < n; u++)
            if (g->dense[(size_t)v * n + u] != 0) {
                g->peer[e] = u;
                g->weight[e++] = g->dense[(size_t)v * n + u];
            }
    }
    g->first[n] = e;
}

/* The neighbours of a line, sorted by number. */
static void sort_line(struct graph_case *g, uint32_t from, uint32_t to)
{
    for (uint32_t a = from + 1; a < to; a++)
        for (uint32_t b = a; b > from && g->peer[b - 1] > g->peer[b]; b--) {
            uint32_t peer = g->peer[b];
            uint64_t weight = g->weight[b];

            g->peer[b] = g->peer[b - 1];
            g->weight[b] = g->weight[b - 1];
            g->peer[b - 1] = peer;
            g->weight[b - 1] = weight;
        }
}

bool graph_case_read(struct graph_case *g, const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    uint32_t n = 0, m = 0, e = 0;

    *g = (struct graph_case){.dense = NULL};
    if (f == NULL)
        return false;
    if (getline(&line, &room, f) > 0 && sscanf(line, "%u %u", &n, &m) == 2) {
        g->first = calloc((size_t)n + 1, sizeof *g->first);
        g->peer = calloc(2 * (size_t)m + 1, sizeof *g->peer);
        g->weight = calloc(2 * (size_t)m + 1, sizeof *g->weight);
        g->view = (struct graph_view){n, g->first, g->peer, g->weight};
        for (uint32_t v = 0; v < n && getline(&line, &room, f) > 0; v++) {
            char *at = line, *end;

            g->first[v] = e;
            for (unsigned long peer; (peer = strtoul(at, &end, 10)), end != at && e < 2 * m;) {
                at = end;
                g->peer[e] = (uint32_t)peer - 1;
                g->weight[e++] = strtoull(at, &at, 10);
            }
            sort_line(g, g->first[v], e);
        }
        g->first[n] = e;
    }
    free(line);
    fclose(f);
    return n > 0 && e == 2 * m;
}

void graph_case_free(struct graph_case *g)
{
    free(g->dense);
    free(g->first);
    free(g->peer);
    free(g->weight);
}
