/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/operation - moving, splitting, merging, sleeping: what takes a while and may be aborted.
 *
 *     begin  --->  (the monitors do it)  --->  done
 *                         `-------------->     abort: everything as it was, and a cooldown
 *
 * Between begin and done the partitions are in MIGRATING, SPLITTING or MERGING, and nothing of them changes hands
 * (partition/holding.h). What a split or a merge makes has its name from the beginning, so that its objects can be made under
 * it; it is BORN with `done` and LOST with an abort.
 *
 *     split   one X -> two new, X dies       tasks by the cut, regions and leases as the plan says, other pages and the
 *                                            supervision of others to side A
 *     merge   two X, Y -> one new, both die  tasks of X first; loans between the two are no loans any more
 *
 * A new name never means what an old one meant: whoever holds the name of X does not hold A. Flows of the quota that were
 * used in this epoch stay used on both sides, and are added up in a merge, so an operation makes no new time.
 *
 * Merged are partitions of one home that run on one core (decision 0008; who runs elsewhere is moved first).
 */
#pragma once
#include "partition/merge.h"
#include "partition/partition.h"
#include "partition/split.h"

_Static_assert(SPLIT_TASKS == PARTITION_TASKS, "a bit for each task");

/* All that begin: ST_AGAIN: the cooldown is not over. ST_INVALID: no such core, or it runs there. */
MUST_CHECK status_t partition_migrate(struct partitions *t, partition_id id, core_id to,
                                      struct partition_do *todo);
MUST_CHECK status_t partition_migrated(struct partitions *t, partition_id id,
                                       struct partition_do *todo);
MUST_CHECK status_t partition_migrate_abort(struct partitions *t, partition_id id,
                                            struct partition_do *todo);

/* ST_INVALID: it has no two tasks; ST_TABLE_FULL: no places for two more. */
MUST_CHECK status_t partition_split(struct partitions *t, partition_id id,
                                    partition_id part[SPLIT_SIDES], struct partition_do *todo);

/*
 * Which region goes where (partition/split.h), in the order of the partition's list; regions with common memory go together, as one.
 * access[n], cost[n] as there. ST_TABLE_FULL: more than `room`.
 */
struct split_access {
    uint64_t access[SPLIT_SIDES], cost[SPLIT_SIDES];
};
MUST_CHECK status_t partition_split_regions(const struct partitions *t, partition_id id,
                                            const struct split_access *access, uint32_t room,
                                            uint8_t side[]);

struct split_plan {
    uint32_t tasks_b;
    const uint8_t *region_side; /* for each region, in the order of the partition's list */
    uint32_t nregions;
    const struct split_lease {
        uint32_t lease;
        uint8_t side;
    } * lease; /* all its leases here */
    uint32_t nleases;
    /* Memory that goes to a side whole, whether regions show it or not; what is in no region and not here: A. */
    const struct split_pages {
        paddr_t base;
        uint64_t bytes;
        uint8_t side;
    } * pages;
    uint32_t npages;
};

/*
 * todo: for the one that dies, then A, then B. ST_STATE: it is not splitting; ST_INVALID: the plan is not about what it has;
 * ST_TABLE_FULL: ranges of pages; nothing changed, free some or abort. split_check: would it be refused?
 */
MUST_CHECK status_t partition_split_check(const struct partitions *t, partition_id id,
                                          const struct split_plan *plan);
MUST_CHECK status_t partition_split_done(struct partitions *t, partition_id id,
                                         const struct split_plan *plan,
                                         struct partition_do todo[3]);
/* todo: for the one that goes on, then A and B, which go. */
MUST_CHECK status_t partition_split_abort(struct partitions *t, partition_id id,
                                          struct partition_do todo[3]);

/* What the table does not know of a merge. Leases and edges kept by other homes are added to what is found here. */
struct merge_facts {
    uint64_t weight_ab, weight_ba, total_a, total_b;
    const struct merge_cap *cap_a, *cap_b;
    uint32_t ncaps_a, ncaps_b;
    bool proof, edge_elsewhere, lease_conflict_elsewhere;
    const struct merge_map *map_a, *map_b; /* what tasks mapped themselves */
    uint32_t nmaps_a, nmaps_b;
};

/*
 * *missing: a bit for each of the seven needs, and the answer that of the first. With none: ST_FOREIGN: two homes;
 * ST_INVALID: one and the same, or on two cores; ST_TABLE_FULL: too many tasks, or no place; ST_NOMEM: more pages than a quota has.
 * todo is the record of the refusal then.
 */
MUST_CHECK status_t partition_merge(struct partitions *t, partition_id a, partition_id b,
                                    const struct merge_facts *facts, uint32_t *missing,
                                    partition_id *one, struct partition_do *todo);
/* By the name of the new one. todo: for the two that die, then the new one. ST_STATE. */
MUST_CHECK status_t partition_merge_done(struct partitions *t, partition_id one,
                                         struct partition_do todo[3]);
/* todo: for the two that go on, then the new one, which goes. */
MUST_CHECK status_t partition_merge_abort(struct partitions *t, partition_id one,
                                          struct partition_do todo[3]);

/*
 * Its tasks leave the table; what it was is in the snapshot, sealed. ST_STATE, ST_BUSY, ST_DENIED,
 * ST_MAPPED: HIBERNATE_LIST, bits in *missing; ST_TABLE_FULL: more regions than `room`; ST_FORMAT: an immutable region is
 * not what it was. content[n]: what the n-th region of its list hashes to now, that its tasks are stopped. Regions and pages stay
 * until partition_settle() has named them all.
 */
struct hibernate_facts {
    uint32_t owed_replies, leases_elsewhere;
    bool loans_elsewhere;
};
MUST_CHECK status_t partition_hibernate(struct partitions *t, partition_id id,
                                        const struct hibernate_facts *facts, uint32_t *missing,
                                        struct snapshot *snapshot, struct snapshot_region *region,
                                        uint32_t room, const uint8_t content[][HASH_BYTES],
                                        witness_block_fn *block, struct partition_do *todo);

/*
 * Back to Created, without memory and regions, which are given to it next as the snapshot says; task[n]: the kernel's new number
 * for its n-th task. ST_FORMAT: a hash differs; ST_STATE: not every region was looked at, or it does not hibernate; ST_DENIED: another's
 * snapshot; ST_INVALID: a task without a number; ST_BUSY: it is not settled yet.
 */
MUST_CHECK status_t partition_reconstruct(struct partitions *t, partition_id id,
                                          const struct rebuild *rebuild, const uint32_t *task,
                                          struct partition_do *todo);
