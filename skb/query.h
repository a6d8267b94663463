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
 *     Q4  what a placement costs is the sum of weight x distance; more is never taken for less
 *         because a number ended (it stays at the largest)
 *
 * Pure.
 */
#pragma once
#include "skb/plan.h"
#include "skb/store.h"

/* Median round trip; the other direction's if this one was not measured. ST_NOT_FOUND. */
MUST_CHECK status_t query_distance(const struct store *s, core_id from, core_id to, uint64_t *ns);

/* Up to k cores nearest to `from`, nearest first; cores at unknown distance are left out.
 * Returns how many. Equal distances: lower index first. */
unsigned query_nearest(const struct store *s, core_id from, unsigned k, core_id *out);

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
/* The smallest device whose registers hold `address`. ST_NOT_FOUND. */
MUST_CHECK status_t query_device_at(const struct store *s, uint64_t address, struct fact *out);

/* Two that talk, by number in a placement, and how much. */
struct talk {
    uint16_t a, b;
    uint32_t weight;
};

/*
 * What it costs that number i runs on core[i]: the sum of weight x distance (ns) over all who
 * talk; on one core the distance is 0. ST_NOT_FOUND: a distance is not known. ST_INVALID: a
 * number is not below n.
 */
MUST_CHECK status_t query_placement(const struct store *s, const core_id *core, unsigned n,
                                    const struct talk *talk, size_t ntalk, uint64_t *cost);
