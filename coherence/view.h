/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/view - a weighted graph as the algorithms read it: adjacency lists one behind the other, read-only.
 *
 * The neighbours of node v are peer[first[v]] .. peer[first[v + 1] - 1], in rising order, each once, never v itself; weight[]
 * runs beside peer[]. Every edge stands twice, once with each of its ends, with the same weight. Weights are at least 1
 * and at most VIEW_WEIGHT_MAX, so that the sum of all edges of a graph cannot pass 64 bits.
 */
#pragma once
#include "lib/base/types.h"

#define VIEW_NODES_MAX 32768u
#define VIEW_WEIGHT_MAX (1ull << 40)

struct graph_view {
    uint32_t        nodes;
    const uint32_t *first;      /* nodes + 1 */
    const uint32_t *peer;       /* first[nodes], even */
    const uint64_t *weight;     /* first[nodes] */
};
