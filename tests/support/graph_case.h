/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/graph_case - graphs for tests: by edges, at random, from files in METIS format. */
#pragma once
#include "coherence/view.h"

struct graph_case {
    struct graph_view view;
    uint32_t *first, *peer; /* what view shows; may be changed between uses */
    uint64_t *weight;
    uint64_t *dense; /* nodes x nodes, while the edges are collected */
};

/* A small graph, no edges yet. */
void graph_case_new(struct graph_case *g, uint32_t nodes);
/* Add to the edge between a and b (a != b), both ways. */
void graph_case_add(struct graph_case *g, uint32_t a, uint32_t b, uint64_t weight);
void graph_case_clear(struct graph_case *g);
/* Make view of what was added. */
void graph_case_view(struct graph_case *g);
/* False: no such file, or not in this format. */
bool graph_case_read(struct graph_case *g, const char *path);
void graph_case_free(struct graph_case *g);
