/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skb/query - the questions: how far, who is nearest, along which tree to tell all, who owns.
 *
 * The model of telling (as LogP has it): a core that knows sends to one child after the
 * other; each send keeps it busy for `send` ns, the message arrives `away` ns after it was
 * sent, and the child is busy `take` ns before it can send on:
 *
 *     parent  |send|send|
 *                 \    `---away---> child 2 |take|send|...
 *                  `---away---> child 1 |take|send|...
 *
 * away is the one-way time that was measured; send and take are what one message of a
 * stream costs (1e9 / messages per second). A tree is good when the last core knows early.
 *
 *     Q1  a tree reaches every core asked for, each from one that knew before
 *     Q2  its cost is never above that of the flat tree or of the binary tree over the
 *         same cores in order: they are among the candidates
 *     Q3  same facts, same answer
 *
 * Pure.
 */
#pragma once
#include "skb/store.h"

#define TREE_ROOT 0xffu     /* as a parent: the root has none */
#define TREE_OUT 0xfeu      /* not asked for                  */

/* Median round trip; the other direction's if this one was not measured. ST_NOT_FOUND. */
MUST_CHECK status_t query_distance(const struct store *s, core_id from, core_id to, uint64_t *ns);

/* Up to k cores nearest to `from`, nearest first; cores at unknown distance are left out.
 * Returns how many. Equal distances: lower index first. */
unsigned query_nearest(const struct store *s, core_id from, unsigned k, core_id *out);

struct tree_plan {
    uint8_t parent[CORES_MAX];  /* TREE_ROOT, TREE_OUT, or who tells it                */
    uint8_t rank[CORES_MAX];    /* in which order they come to know: root 0; a parent
                                   sends to its children in the order of their ranks    */
    uint64_t cost_ns;           /* until the last one knows                             */
    uint64_t flat_ns, binary_ns; /* what those would cost                              */
    const char *shape;          /* which candidate it is                               */
};

/*
 * How `root` best tells all cores of `mask`. ST_NOT_FOUND: a distance on the way is not
 * known; ST_INVALID: root not in mask.
 */
MUST_CHECK status_t query_tree(const struct store *s, core_id root, uint64_t mask,
                               struct tree_plan *out);

/* The cost of any tree in this model (for tests and for comparing). UINT64_MAX: not a tree. */
uint64_t query_tree_cost(const struct store *s, core_id root, uint64_t mask,
                         const uint8_t parent[CORES_MAX], const uint8_t rank[CORES_MAX]);

/* The device whose name (compatible) is `name`, the index-th of them. ST_NOT_FOUND. */
MUST_CHECK status_t query_device(const struct store *s, const char *name, unsigned index,
                                 struct fact *out);
