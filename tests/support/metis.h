/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/metis - graphs from files in METIS format, and from lists of edges; for the host.
 *
 * The header is "nodes edges [fmt [ncon]]": the last digit of fmt says that edges have weights, the one before that nodes have
 * ncon of them, the one before that sizes; both are read over. Nodes count from 1 in the file.
 */
#pragma once
#include "coherence/view.h"

struct host_graph {
    struct graph_view view;
    uint32_t *first, *peer;
    uint64_t *weight;
};

struct host_edge {
    uint32_t a, b;
    uint64_t weight;
};

/* NULL, or what is wrong with the file. */
const char *metis_read(const char *path, struct host_graph *g);
/* Sorted; edges that are there twice are added up, loops and weights of 0 left out. The list is sorted in place. */
void graph_of_edges(struct host_graph *g, uint32_t nodes, struct host_edge *edges, uint32_t n);
void host_graph_free(struct host_graph *g);
/* Against what coherence/view.h promises. NULL, or what is broken. */
const char *view_sound(const struct graph_view *v);
