/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/mincut - where a graph comes apart most cheaply: the exact global minimum cut, in slices.
 *
 *     mincut_start(m, view, memory)
 *     while (mincut_run(m, budget) == ST_AGAIN)
 *         ...                                  as much later as the caller likes; the view must not change meanwhile
 *     m->weight, mincut_side(m, v)
 *
 * The answer depends on the view alone, not on how it was cut into slices. docs/coherence.md says what is done and why it is
 * exact. One unit of budget is the visit of one edge from one end, or as much work; a slice passes its budget by at most
 * MINCUT_OVER + nodes / 8 units.
 */
#pragma once
#include "coherence/view.h"
#include "lib/base/status.h"

#define MINCUT_DENSE 64u /* graphs of so many nodes are a matrix */
#define MINCUT_OVER  1280u

/* clang-format off */
enum mincut_step {
    MINCUT_DEGREES, MINCUT_SCAN, MINCUT_LABEL, MINCUT_KEEP,
    MINCUT_SETS, MINCUT_FOLLOW, MINCUT_NEAR, MINCUT_RENAME, MINCUT_COUNT, MINCUT_SORT,
    MINCUT_GROUP, MINCUT_MERGE, MINCUT_FILL, MINCUT_MATRIX, MINCUT_DONE,
};

struct mincut_heap_entry {
    uint64_t key;
    uint32_t node, unused;
};

struct mincut {
    uint64_t weight;                /* of the best cut so far; when done, of the smallest */
    uint32_t nodes;                 /* of the view */
    enum mincut_step step;
    int64_t left;                   /* budget of this slice */

    /* The graph, contracted as far as it is. */
    struct graph_view now;
    struct mincut_room {
        uint32_t *first, *peer;
        uint64_t *weight;
    } room[2];
    unsigned turn;                  /* the room that the next graph goes to */
    uint32_t *group;                /* of each node of the view: the node it is now part of */
    uint64_t *degree;
    uint64_t total;                 /* sum of the degrees */

    /* The scan, and what it leaves behind. */
    uint64_t *reach;                /* weight between a node and those scanned; see mincut_scan.c */
    uint64_t *key;                  /* of the i-th in order[]: its reach when it was taken */
    uint32_t *order;                /* scanned; room for one more, as it may change places with fresh[] */
    uint32_t *stack;                /* full: to be scanned next; room for one more */
    uint32_t *place;                /* in the heap, + 1; 0: not there. Behind a scan: in order[] */
    uint32_t *fresh;                /* nodes whose reach is not in the heap as it is; room for one more */
    uint8_t *waits;                 /* is in fresh[] */
    struct mincut_heap_entry *heap;
    uint32_t scanned, stacked, heaped, nfresh;
    uint32_t node, arc;             /* being scanned, and how far */
    uint64_t inside, prefix;

    /* The merge: runs of order[] become nodes. */
    uint32_t *label;                /* of each node: the run it is in */
    uint32_t *slot;                 /* of each run: where its entry is in the row that is written, + 1 */
    uint32_t cursor, runs, run, out;

    /* A second look for what a scan did not find. */
    uint64_t heavy, flow;           /* the heaviest edge of the node; what flows between two nodes */
    uint32_t to, inner;             /* where it goes; in the row of the other node */
    uint32_t near_below;            /* not with so many nodes or more */
    unsigned near;

    /* The best cut as long as it is not in side[]: the first so many in order[], or else a node. */
    uint32_t best_first, best_node;
    uint64_t *side;

    struct mincut_matrix {
        int64_t *cell;
        int64_t reach[MINCUT_DENSE], degree[MINCUT_DENSE], key[MINCUT_DENSE], prefix, most;
        uint64_t member[MINCUT_DENSE]; /* the nodes of the matrix as it was filled */
        uint64_t members, best;     /* of those scanned; the far side of the best cut, 0: it is in side[] */
        uint8_t order[MINCUT_DENSE];
        uint64_t gone;              /* nodes that became part of others, their rows still there */
        uint32_t stride, n, scanned, joined, to;
    } matrix;
};
/* clang-format on */

/* Bytes for a graph with so many nodes and entries in peer[]; 0: fewer than two nodes or more than VIEW_NODES_MAX. */
size_t mincut_bytes(uint32_t nodes, uint32_t entries);

/* `memory`: mincut_bytes of them, aligned to 8. ST_INVALID: a graph of fewer than two nodes has no cut. */
MUST_CHECK status_t mincut_start(struct mincut *m, const struct graph_view *view, void *memory);

/* ST_AGAIN: the budget is used up. ST_OK: done. */
MUST_CHECK status_t mincut_run(struct mincut *m, uint32_t budget);

/* Is node v on the far side, where node 0 is not? For a run that is done. */
static inline bool mincut_side(const struct mincut *m, uint32_t v)
{
    return m->side[v / 64] >> v % 64 & 1;
}
