/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/advise - which partitions should move, split or merge now, and why.
 *
 * Advice only: who acts on it checks it, may refuse, and tells nothing back. Whether a move was made is seen in the next
 * input, where the partition is then somewhere else.
 *
 *      every epoch:   advise_begin(input)  ->  advise_run(budget)  ->  advise_finish  ->  advise_list
 *
 *      STIRRED --- `quiet` epochs: nobody rests, nothing is worth it ---> SETTLED
 *         ^                                                            |
 *         +-- a partition's traffic goes elsewhere (wake_bp: sum of ----+
 *             what its shares are off), one came or went, a core carries far too much
 *
 *     A1  a move gains at least gain_bp of what the group that moves says to others, and gain_least; twice that if one of
 *         them moved not long ago. A group is those that go the same way and talk with each other: one by one they
 *         would lose. Or a core carries a tenth more than its limit, and the moves mend that
 *     A2  a partition that moved stays for `cooldown` epochs; so does one whose move did not happen
 *     A3  never more than `flight_max` moves under way; what belongs together goes on in the next epochs
 *     A4  what is settled stays so under noise: with nothing awake there is no advice at all
 *     A5  a split or merge is advised once; again only when the reason has gone and come back
 *     A6  same input, same advice
 *
 * Pure: the caller gives the memory.
 */
#pragma once
#include "coherence/place.h"

enum advice_kind { ADVICE_MOVE = 1, ADVICE_SPLIT = 2, ADVICE_MERGE = 3 };

/* Why. Numbers are written to the log: append, never renumber. */
enum advice_reason {
    REASON_TRAFFIC = 1,  /* move: it talks with that core                                  */
    REASON_TOGETHER = 2, /* move: with others of its group                                 */
    REASON_EXCHANGE = 3, /* move: others make room for it by going the other way           */
    REASON_LOAD = 4,     /* move: its core carries too much                                */
    REASON_PRESSURE = 5, /* split: most of what it says goes out                           */
    REASON_MUTUAL = 6,   /* merge: each whole in itself, and they talk mostly to each other */
};

struct advice {
    uint8_t kind, reason;
    core_id from, to;     /* move                                                        */
    uint32_t node, other; /* other: merge with it; move: the lowest number of its group  */
    int64_t made_local;   /* move: weight that is between cores now and will be on one   */
    int64_t saved;        /* move: weight x distance saved by the whole group            */
    uint64_t load_from, load_to, load_from_after,
        load_to_after;    /* of both cores, with all that was advised */
    uint32_t pressure_bp; /* split                                                       */
    uint32_t mutual_bp;   /* merge                                                       */
};

struct advise_limits {
    uint32_t gain_bp;    /* 2500 */
    uint64_t gain_least; /* weight x distance */
    uint32_t cooldown;   /* epochs: 16 */
    uint32_t patience;   /* epochs until a move not made is given up: 8 */
    uint32_t flight_max; /* 4 */
    uint32_t quiet;      /* epochs: 24, three times what traffic is smoothed over */
    uint32_t wake_bp;    /* 2000 */
    uint32_t slack_bp;   /* 500 */
    uint32_t rounds;     /* of placing: 4 */
};
extern const struct advise_limits advise_usual; /* the numbers above; gain_least 1 */

#define SPLIT_PRESSURE_BP 8000u
#define MERGE_SCORE_BP    7000u
#define MERGE_MUTUAL_BP   4000u
#define SCORE_BACK_BP     1000u /* so far on the other side the reason has gone */

/* A node keeps its number from epoch to epoch. A number that is not in use: no edges, load 0, current PLACE_NOWHERE. */
struct advise_input {
    const struct graph_view *view;
    const uint32_t *load;
    const uint64_t *allowed;  /* NULL: all                                          */
    const core_id *current;   /* PLACE_NOWHERE: not in use                          */
    const uint32_t *distance; /* NULL: 1 everywhere                                 */
    const uint32_t *score_bp; /* NULL: no advice to split or merge                  */
    const uint64_t *total;    /* all traffic of each, within it too; with score_bp  */
};

struct advise;

size_t advise_bytes(uint32_t nodes, uint32_t entries, uint32_t cores);

/* For graphs of exactly `nodes` nodes and up to `entries` in peer[]. ST_INVALID, ST_NOMEM. */
MUST_CHECK status_t advise_init(const struct advise_limits *limits, uint32_t nodes,
                                uint32_t entries, uint32_t cores, void *memory, size_t bytes,
                                struct advise **out);

/*
 * A new epoch; what was not finished is forgotten. `in` must stay as it is until advise_finish, or until advise_run was
 * true. ST_INVALID: another number of nodes, or more entries, than it was made for; a node in use that is allowed nowhere;
 * a diagonal that is not 0; scores without totals; weight x distance, summed, above 62 bits. Nothing has changed then.
 */
MUST_CHECK status_t advise_begin(struct advise *a, const struct advise_input *in);

/* True: done. As place_run; the end of it, choosing among what place found, is not cut up (a few looks at each edge). */
bool advise_run(struct advise *a, uint64_t budget);
/* No more time in this epoch: what was found so far is what counts. */
void advise_finish(struct advise *a);

/* What to do now; the list stays until the next advise_begin. */
uint32_t advise_list(const struct advise *a, const struct advice **list);

/* This number now means another partition. */
void advise_forget(struct advise *a, uint32_t node);

bool advise_settled(const struct advise *a);
/* Of a merge: what they say to each other, which each of them counts (decision 0011; the weight of their edge is what one counts),
 * against all that the one that says less says. Basis points, 10000 at most. */
uint32_t advise_mutual_bp(uint64_t weight, uint64_t total_a, uint64_t total_b);
