/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/merge - one from two: whether.
 *
 * Seven things must hold, and an answer names what is missing; a refusal is recorded. That authority does not grow
 * means: for every object to which both have capabilities, one of the two has all the rights that the other has. Then nobody
 * gets a pair of rights that nobody had.
 *
 * Pure. partition/operation.h fills in what the table knows; scores, traffic, capabilities and the proof are brought by the caller.
 */
#pragma once
#include "partition/life_sm.h"
#include "partition/region.h"

/* X(NAME, status, sentence) in the order in which the first one missing is told */
/* clang-format off */
#define MERGE_LIST(X)                                                                              \
    X(EDGE,      ST_NOT_FOUND, "no channel joins the two")                                         \
    X(COHERENCE, ST_AGAIN,     "the coherence of one, or their mutual one, is too low")            \
    X(LEASES,    ST_BUSY,      "both hold a lease on one device")                                  \
    X(REGIONS,   ST_MAPPED,    "a writable region of one overlaps one of the other")               \
    X(AUTHORITY, ST_DENIED,    "together they could do to an object what neither can")             \
    X(STATE,     ST_STATE,     "one is neither running nor suspended")                             \
    X(PROOF,     ST_PROOF,     "the proof of tier 2 is missing")
/* clang-format on */

enum merge_need {
#define X(name, status, text) MERGE_##name,
    MERGE_LIST(X)
#undef X
        MERGE_NEEDS
};

#define MERGE_SCORE_BP  7000u
#define MERGE_MUTUAL_BP 4000u

struct merge_cap {
    uint64_t object;
    uint8_t rights;
};

/* Memory that one of its tasks has mapped and that is not among its regions here. */
struct merge_map {
    paddr_t base;
    uint64_t bytes;
    bool writes;
};

struct merge_side {
    enum life_state state;
    uint32_t score_bp;
    uint64_t weight, total;      /* of what it exchanges with the other; with all, and of its own tasks */
    const struct region *region; /* the pool that first_region and what is linked to it are in */
    uint16_t first_region;
    const struct merge_cap *cap; /* in the order of their objects */
    uint32_t ncaps;
    const struct merge_map *map;
    uint32_t nmaps;
};

struct merge_case {
    struct merge_side a, b;
    bool edge, lease_conflict, proof;
};

/* What is missing, one bit for each need. Capabilities not in order count as AUTHORITY. */
uint32_t merge_missing(const struct merge_case *c);

/*
 * (w_ab + w_ba) / the smaller total, as 0..10000. No traffic: 0. w_ab is what a has with b, w_ba what b has with a, as each
 * counts it: a message between the two is in both, whichever way it went (decision 0011). Otherwise 4000 could not be
 * reached by two whose scores are 7000.
 */
uint32_t merge_mutual_bp(uint64_t w_ab, uint64_t w_ba, uint64_t total_a, uint64_t total_b);

/* ST_OK, or the status of the first of the missing. */
status_t merge_status(uint32_t missing);
const char *merge_text(enum merge_need need);
const char *merge_name(enum merge_need need);
