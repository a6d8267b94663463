/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/coherence/mind - from what the monitors tell to what should move: the folder coherence/, put together.
 *
 *     PART, EDGE, EPOCH --> nodes, graph --mind_epoch--> view --+--> advise ----> moves
 *                                                               +--> mincut ----> last good cut
 *                                                               `--> score -----> pressure
 *
 * Inside a partition is what it says on its own core: as long as one is one program with one task, it says nothing to itself,
 * and what moving can change is just this. So pressure falls as placement gets better; splitting is not advised from it.
 * Pure: no clock, no messages, memory is the caller's. The same reports give the same advice, on the host too.
 */
#pragma once
#include "coherence/advise.h"
#include "coherence/graph.h"
#include "coherence/mincut.h"
#include "coherence/score.h"
#include "services/coherence/moves.h"
#include "services/coherence/nodes.h"

#define MIND_CUT_FOREVER                                                                           \
    64u /* epochs after which a cut that is not done is begun again, of the graph as it is by then */

/* After so many epochs in which nobody who may move said anything, one a second is enough: a machine at rest is left alone. */
#define MIND_QUIET        16u
#define MIND_QUIET_PERIOD 100u

#define MIND_ADVICE 32u

struct mind_cut {
    struct mincut m;
    void *memory;
    struct graph_room room;
    struct graph_view view; /* of the cut that runs, or of the last one */
    bool runs, known, over;
    uint32_t slices; /* epochs that it has taken so far */
    uint64_t weight; /* of the last good one, as the next */
    uint32_t nodes, edges;
    uint64_t done, overs;
    uint8_t *side;    /* by number of node */
    uint32_t *number; /* in the view; NODE_NONE: not in it */
};

struct mind {
    struct nodes nodes;
    struct graph graph;
    uint32_t cores;
    uint64_t epoch;
    uint64_t all, cross,
        unknown; /* messages: counted, between cores, with somebody nobody has told of */

    struct graph_room room;
    struct graph_view view;
    uint32_t *load;
    uint64_t *allowed;
    core_id *current;
    uint32_t *distance; /* cores x cores */
    uint32_t
        *near; /* the same of those that tell, as advise numbers them: without gaps, so that what */
    core_id core_of[CORES_MAX],
        number_of[CORES_MAX]; /* each may carry is a share of what is there */
    uint32_t ncores;          /* that advise was begun with */
    uint64_t numbered;        /* which */
    struct advise *advise;
    void *advise_memory;
    size_t advise_size;
    bool advising, on, dry; /* dry: advice is given, and not followed */
    uint64_t on_epoch;      /* from when on advice is followed */
    uint64_t heard;         /* epoch in which two said something, one of whom may move */
    uint64_t here;          /* cores that have told something: only those are moved to */
    struct moves moves;
    struct advice advised[MIND_ADVICE]; /* in this epoch, with cores as the machine numbers them; node and other are places */
    uint32_t nadvised;
    uint32_t *shape_bp; /* of each partition by itself, for splits and merges */
    uint64_t *shape_total;

    struct score *score;
    uint32_t busy_bp[CORES_MAX]; /* smoothed */
    struct mind_cut cut;
};

size_t mind_bytes(uint32_t nodes, uint32_t edges, uint32_t cores);
/* `memory`: mind_bytes of them, aligned to 16. Distances are 1. ST_INVALID: more than the folder coherence/ can do. */
MUST_CHECK status_t mind_init(struct mind *m, void *memory, uint32_t nodes, uint32_t edges,
                              uint32_t cores);

/* ---- what is told ---- */

/* ST_TABLE_FULL: no number for it. */
MUST_CHECK status_t mind_part(struct mind *m, core_id core, uint64_t part, uint64_t ran_ns,
                              bool fixed, const char *name);
void mind_edge(struct mind *m, uint64_t a, uint64_t b, uint64_t messages, uint64_t bytes);
/* All of a core was told. */
void mind_core(struct mind *m, core_id core, uint64_t window_ns, uint64_t idle_ns);
void mind_core_gone(struct mind *m, core_id core);
/* Of the wires: at least 1 between two cores. */
void mind_distance(struct mind *m, core_id a, core_id b, uint32_t distance);

/* ---- an epoch ---- */

/* It ends: weights fade, by as many epochs of the feed as passed; who is gone is forgotten, the graph is looked at. */
void mind_epoch(struct mind *m, uint32_t passed);
/* True: done, moves has what is to be asked for. */
bool mind_advise(struct mind *m, uint64_t budget);
/* No more time: what was found so far. */
void mind_advise_end(struct mind *m);

/* Is a cut due, or under way? It is begun if need be. */
bool mind_cut_due(struct mind *m);
/* ST_AGAIN: the budget is used up. ST_OK: done; the last good cut is this one. */
MUST_CHECK status_t mind_cut_run(struct mind *m, uint32_t budget);
/* Not in this epoch. True: this one is over its budget, and that was not said yet. */
bool mind_cut_late(struct mind *m);

/* How asking for the i-th move has ended. True: it is off the list. */
bool mind_moved(struct mind *m, uint32_t i, status_t st);

/*
 * Two parts, for a merge: how much of what each says stays within it, without smoothing beyond the weights' own; what it says in
 * all; and what the two say to each other, each message once. known: a bit for each that was told of.
 */
struct mind_pair {
    uint32_t known, score_bp[2];
    uint64_t total[2], between;
};
struct mind_pair mind_pair(struct mind *m, uint64_t a, uint64_t b);

/* What partitions are by themselves, as mind_pair says it: before advice. */
void mind_shape(struct mind *m);

/* Every how many epochs cores should tell. */
uint32_t mind_period(const struct mind *m);
uint32_t mind_busy_bp(const struct mind *m);
/* What of all that is said within the last epochs goes between cores: mean pressure. */
uint32_t mind_pressure_bp(const struct mind *m);
bool mind_settled(const struct mind *m);
