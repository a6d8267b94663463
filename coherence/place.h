/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place - which node on which core, so that little is said over long ways.
 *
 * Minimises the sum over all edges of weight x distance between the cores of its two ends, while no core carries more
 * than the limit. Multilevel: pairs that talk most are joined until few nodes are left, those are divided among the
 * cores, and on the way back every level is improved by moving single nodes (coherence/place_priv.h has the picture).
 *
 *     L1  a node is only ever put on a core that it may be on
 *     L2  the limit of a core is the largest of (1 + slack) x mean, the mean rounded up, and the heaviest node. What the
 *         cores carry above it, summed, comes before cost: an answer with less of it is always the better one. It is 0
 *         where that was found (packing is hard, and pinned nodes may leave no choice)
 *     L3  the answer is never worse than where the nodes are now, and of equally good ones that which moves less is kept
 *     L4  same input, same answer; in slices or at once
 *     L5  at any time there is an answer, and it keeps to L1
 *
 * The distance of two cores is the mean of both ways, rounded up. Pure: the caller gives the memory, time is counted in
 * steps (about one neighbour looked at each, a few nanoseconds).
 */
#pragma once
#include "coherence/view.h"
#include "lib/base/status.h"

#define PLACE_NOWHERE 0xffffu /* as a current core: not yet on any */

struct place_input {
    const struct graph_view *view;
    const uint32_t *load;     /* of each node; 0 is allowed                             */
    const uint64_t *allowed;  /* cores each node may be on, a bit each; NULL: all       */
    const core_id *current;   /* where each node is, or PLACE_NOWHERE; NULL: all nowhere */
    const uint32_t *distance; /* cores x cores, row by row, diagonal 0; NULL: 1 everywhere */
    uint32_t cores;           /* 1 .. CORES_MAX                                         */
    uint32_t rounds;          /* how often to try; 0: 32, with over 256 nodes 16        */
    uint32_t slack_bp;        /* how much more than the mean a core may carry: 500 is 5 % */
};

struct place_answer {
    const core_id *core; /* of each node; stays until the next place_run           */
    uint64_t cost;       /* sum of weight x distance; ends at the largest number    */
    uint64_t over;       /* load above the limit, all cores                        */
    uint64_t heaviest;   /* load of the core that carries most                     */
    uint64_t limit;
    uint64_t steps; /* taken so far                                           */
};

struct place;

/* The memory that place_start needs for so many nodes, entries in peer[], and cores. */
size_t place_bytes(uint32_t nodes, uint32_t entries, uint32_t cores);

/*
 * Begin. What `in` points to must stay as it is until the last place_run. ST_INVALID: cores or nodes outside their
 * range, a diagonal that is not 0, a node that is allowed on none of the cores; ST_NOMEM: less memory than place_bytes.
 */
MUST_CHECK status_t place_start(const struct place_input *in, void *memory, size_t bytes,
                                struct place **out);

/* Go on for about `budget` steps (a little more: what was begun is ended). True: done, and further calls do nothing. */
bool place_run(struct place *p, uint64_t budget);

/* The best so far. */
void place_answer(const struct place *p, struct place_answer *out);

/* What any placement costs, as place counts it: for comparing. Ends at the largest number. A core outside: UINT64_MAX. */
uint64_t place_cost(const struct place_input *in, const core_id *core);
