/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/split - two from one: what goes where.
 *
 * Tasks go by the cut, which the caller brings: bit n of `tasks_b` says that task n goes to side B. Side A has the first task.
 *
 * A **region** goes to the side with the higher
 *
 *     0.5 x local access fraction + 0.3 x remote access cost avoided + 0.2 x size penalty         each 0..10000
 *
 *     local access fraction   of all its accesses, those by tasks of this side
 *     cost avoided            accesses of this side x what one would cost from afar, as part of the sum for both sides
 *     size penalty            the other side's part of the bytes given out so far: who has much gets less
 *
 * in fixed point, region by region in the order given. Where nothing is known both sides have 5000. The same score: to
 * the side with fewer bytes so far, then to A.
 *
 * A **capability** follows its object, and all capabilities to one object are treated alike:
 *
 *     used by tasks of both sides            what it has of READ, in both; recorded (0x14)
 *     else to a region or a task of ours     to that one's side, with its rights
 *     else used by one side                  to that side, with its rights
 *     else, used by nobody                   to A, with its rights
 *
 * So authority only shrinks: no side gets a right to an object that was not there, and nothing that can be written or given on is in
 * both. A shared one without READ is in neither.
 *
 * Pure: a plan. partition/operation.h carries it out in the table, the monitor on the machine.
 */
#pragma once
#include "lib/abi/cap.h"
#include "lib/base/status.h"

enum split_side { SPLIT_A, SPLIT_B, SPLIT_SIDES };

#define SPLIT_TASKS         8u
#define SPLIT_ACCESS_MAX    (1ull << 40)
#define SPLIT_COST_MAX      (1ull << 20)
#define SPLIT_BP            10000u
#define SPLIT_WEIGHT_LOCAL  5u /* tenths */
#define SPLIT_WEIGHT_REMOTE 3u
#define SPLIT_WEIGHT_SIZE   2u

/* ST_INVALID: a task there is not, a side without one, or the first task on side B. */
MUST_CHECK status_t split_check_tasks(uint32_t ntasks, uint32_t tasks_b);

/*
 * The cut that the least goes through; of several the one nearest to halves, of those the smallest number. weight[i][k], k < i: between tasks
 * i and k. ST_INVALID: no two tasks, or too many.
 */
MUST_CHECK status_t split_cut(uint64_t weight[][SPLIT_TASKS], uint32_t n, uint32_t *tasks_b);

struct split_region {
    uint64_t bytes;
    uint64_t access[SPLIT_SIDES]; /* by tasks of that side; <= SPLIT_ACCESS_MAX */
    uint64_t cost
        [SPLIT_SIDES]; /* of one access by that side if the other has the region; <= SPLIT_COST_MAX */
};

/* The score of a side, 0..100000, when so many bytes are given out already. */
uint32_t split_score(const struct split_region *r, enum split_side side,
                     const uint64_t given[SPLIT_SIDES]);

/* side[n]: where region n goes. ST_INVALID: a number above its limit. */
MUST_CHECK status_t split_regions(const struct split_region *region, uint32_t n, uint8_t side[]);

enum split_follows { SPLIT_FOLLOWS_USERS, SPLIT_FOLLOWS_TASK, SPLIT_FOLLOWS_REGION };

struct split_cap {
    uint64_t object;
    uint8_t rights;
    uint8_t users;   /* tasks that use it, one bit each               */
    uint8_t follows; /* enum split_follows                            */
    uint16_t which;  /* the task or region that the object is         */
};

struct split_share {
    uint8_t rights[SPLIT_SIDES]; /* 0: that side does not get it */
    bool record;                 /* it became less: CapabilityAttenuated */
};

/*
 * Capabilities in the order of their objects. `region_side` as split_regions said. ST_INVALID: not in that order, a user, task or region
 * there is not, or two that say of one object what else it is.
 */
MUST_CHECK status_t split_caps(const struct split_cap *cap, uint32_t n, uint32_t ntasks,
                               uint32_t tasks_b, const uint8_t *region_side, uint32_t nregions,
                               struct split_share share[]);

/* part of whole as 0..10000, rounded down; whole = 0: `otherwise`. Exact up to 2^49, then the low bits of both are left out. */
uint32_t split_bp(uint64_t part, uint64_t whole, uint32_t otherwise);
