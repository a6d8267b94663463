/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/graph - which partitions talk to which, and how much of late.
 *
 *     graph_add(a, b, bytes, messages)    weight of a-b += bytes + 64 per message
 *     graph_epoch()                       every weight *= 19/20
 *     graph_view()                        what the algorithms read (coherence/view.h)
 *
 * An epoch only counts: an edge carries the epoch in which its weight was last right, and what it lost since is taken off
 * when somebody looks at it, one epoch at a time, so that the result does not depend on who looked when. Weights have
 * GRAPH_FRACTION fraction bits: one byte is remembered for more than 200 epochs, and an edge that is used now and then stays;
 * an unused one reaches 0, because a step rounds down, and is then taken out by whoever comes by: every graph_add looks
 * at GRAPH_HAND other edges, a view and graph_sweep at all.
 *
 * Memory is the caller's, nothing is allocated. The same calls give the same graph.
 */
#pragma once
#include "coherence/view.h"
#include "lib/base/status.h"

/* clang-format off */
#define GRAPH_NODES_MAX 4096u
#define GRAPH_EDGES_MAX (1u << 20)
#define GRAPH_MESSAGE 64u           /* what a message weighs beside its bytes     */
#define GRAPH_FRACTION 20           /* fraction bits of a weight                  */
#define GRAPH_FADE 20u              /* an epoch takes one part in so many         */
#define GRAPH_FADED 1024u           /* epochs after which any weight has become 0 */
#define GRAPH_HAND 2u

struct graph_edge {
    uint64_t raw;               /* weight << GRAPH_FRACTION, as it was in `epoch` */
    uint32_t epoch;
    uint16_t end[2];            /* end[0] < end[1]; both 0: this place is free    */
    uint32_t next[2], prev[2];  /* among the edges of end[i]: place + 1, 0: none  */
    uint32_t chain;             /* of the same hash, or of free places            */
};

struct graph {
    struct graph_edge *edge;
    uint32_t *first;            /* of each node: its edges, place + 1             */
    uint32_t *number;           /* of each node in the last view                  */
    uint32_t *hash;             /* of (a, b): place + 1                           */
    uint8_t *live;
    uint32_t nodes, max, mask;  /* places for nodes, for edges; hash places - 1   */
    uint32_t edges, used;       /* in the graph; places ever used                 */
    uint32_t free, hand, epoch;
};
/* clang-format on */

/* Bytes for a graph of so many nodes and edges; 0: more than GRAPH_NODES_MAX or GRAPH_EDGES_MAX, or none. */
size_t graph_bytes(uint32_t nodes, uint32_t edges);
/* `memory`: graph_bytes of them, aligned to 8. No node is there yet. */
void graph_init(struct graph *g, void *memory, uint32_t nodes, uint32_t edges);

/* ST_INVALID: no such number. ST_EXISTS, ST_NOT_FOUND. No change then. A node takes its edges with it. */
MUST_CHECK status_t graph_join(struct graph *g, uint32_t node);
MUST_CHECK status_t graph_leave(struct graph *g, uint32_t node);

/*
 * `bytes` in `messages` went between a and b, either way. ST_INVALID: one node, or not both are there. ST_TABLE_FULL: no room
 * for one more edge (graph_sweep may find some). No change then. A weight stops at VIEW_WEIGHT_MAX.
 */
MUST_CHECK status_t graph_add(struct graph *g, uint32_t a, uint32_t b, uint64_t bytes,
                              uint64_t messages);
void graph_epoch(struct graph *g);
/* Takes out what has faded. */
void graph_sweep(struct graph *g);
/* The weight between two nodes as a view would show it, 0: none. */
uint64_t graph_weight(const struct graph *g, uint32_t a, uint32_t b);

enum graph_which { GRAPH_ALL, GRAPH_TALKING }; /* all nodes that are there, or those with an edge */

/* Where a view is put: room for that many nodes (first[]: one more) and twice that many edges. */
struct graph_room {
    uint32_t *first, *peer, *name;
    uint64_t *weight;
    uint32_t nodes, edges;
};

/*
 * The graph as it is now, in `room`; name[v] is the node that is v in the view, rising. ST_NOMEM: the room is too small.
 * What has faded is taken out on the way. A weight below 1 counts as 1, as long as the edge is there.
 */
MUST_CHECK status_t graph_view(struct graph *g, enum graph_which which,
                               const struct graph_room *room, struct graph_view *view);
