/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/advise_priv - what the files of advise share.
 *
 *     advise.c         an epoch: who is under way, who rests, whether anything is awake
 *     advise_place.c   what place is given: those in use only
 *     advise_plan.c    from a placement to groups that are worth moving
 *     advise_shape.c   split and merge
 */
#pragma once
#include "coherence/advise.h"
#include "coherence/graph.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"

#define ADVICE_MAX 64u
#define NOBODY     UINT32_MAX
#define SMOOTH     8u  /* an epoch's share of the smoothed traffic is one in so many */
#define LONG_AGO   4u  /* cooldowns for which a move counts as not long ago          */
#define CALM        8u /* rests for which a next move counts as soon           */
#define SWINGS_FREE 2u
#define SWINGS_MOST 10u
#define LOAD_PART  10u /* above the limit by one in so many is far too much          */

struct node_state {
    uint64_t rests_until; /* epoch                                                   */
    uint64_t recent_until;
    uint64_t calm_at;     /* who moves before that moves again and again             */
    uint64_t given_up_at; /* under way: when to stop waiting                         */
    core_id bound_for;    /* PLACE_NOWHERE: not under way                            */
    core_id planned;      /* part of a plan that is being carried out; PLACE_NOWHERE */
    core_id was;          /* in the last epoch                                       */
    uint8_t reason;       /* of the plan                                             */
    uint8_t swings; /* moves in a row, each soon after the one before          */
    bool split_said;
    uint32_t merge_said; /* with whom; NOBODY                                       */
};

/* Those that go the same way and talk with each other, counted at the one with the lowest number. */
struct group_sum {
    int64_t benefit; /* what it would cost more to leave them where they are    */
    int64_t outward; /* the most that what they say to others could cost        */
    uint64_t load;
    bool recent;
    bool many;
};

enum advise_phase { ADVISE_IDLE, ADVISE_PLACING, ADVISE_DONE };

struct advise {
    struct advise_limits limits;
    struct advise_input in;
    uint32_t nodes, entries, cores;
    uint64_t epoch;
    enum advise_phase phase;
    bool settled;
    uint32_t quiet; /* epochs without advice                                   */
    uint32_t flying, resting;
    uint64_t limit; /* of a core                                               */
    uint64_t carried[CORES_MAX];

    struct node_state *node;
    uint64_t *smooth,
        *seen; /* nodes x cores: traffic with each core, smoothed x SMOOTH; the same when it settled */
    uint64_t *allowed; /* as place gets it: who rests or flies stays              */
    uint32_t *load;
    core_id *current;
    struct graph_room room; /* those in use, as place numbers them: name[] is who    */
    uint32_t *number;       /* the other way                                         */
    uint32_t placed;
    struct graph_view view;
    core_id *plan;
    uint32_t *group; /* the lowest number of its group                          */
    struct group_sum *sum;
    struct place *place;
    void *place_memory;
    size_t place_size;

    uint32_t nlist;
    struct advice list[ADVICE_MAX];
};

static inline int64_t advise_way(const struct advise *a, unsigned x, unsigned y)
{
    const uint32_t *d = a->in.distance;

    if (d == NULL)
        return x != y;
    return (int64_t)(((uint64_t)d[x * a->cores + y] + d[y * a->cores + x] + 1) / 2);
}

static inline bool in_use(const struct advise *a, uint32_t v)
{
    return a->in.current[v] < a->cores;
}

/* advise_place.c: place those that are in use; what it found goes to plan[]. */
void placing_start(struct advise *a);
void placing_end(struct advise *a);

/* advise_plan.c: leave in plan[] only what is worth it; then say how much of it goes now. */
void plan_choose(struct advise *a);
void plan_say(struct advise *a);

/* advise_shape.c */
void shape_say(struct advise *a);
