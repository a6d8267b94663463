/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/holding - what a partition has: tasks, pages, regions, channels, leases.
 *
 * All of it is given to, and taken from, partitions that are Created, Running or Suspended. In an operation nothing changes hands
 * but what the operation moves, so that an abort finds everything as it was.
 *
 *     pages     charged to their owner by its quota (64 KiB each, begun ones whole), whether lent or not
 *     regions   lie in pages that their partition owns or has borrowed; pages under a region are not given away
 *     channels  name a task by its place in its partition, which stays while the partition moves or hibernates
 *
 * Besides what is said at each, all answer as partition_find, and ST_STATE if the partition is in another state.
 */
#pragma once
#include "partition/partition.h"

/* A task of the kernel is the partition's. ST_INVALID: number 0; ST_TABLE_FULL: it has as many as it may. */
MUST_CHECK status_t partition_task_add(struct partitions *t, partition_id id, uint32_t number,
                                       uint32_t *place);
/* The last one goes. ST_NOT_FOUND: none; ST_BUSY: a channel ends at it. */
MUST_CHECK status_t partition_task_drop(struct partitions *t, partition_id id);

/*
 * One goes, whichever, and with it its regions, those with this `space`, and the channels that end at it; those behind it move up. Its
 * pages are given back by the caller. ST_NOT_FOUND: no such task, its regions go
 * all the same; ST_BUSY: it is the last, with which the partition ends.
 */
MUST_CHECK status_t partition_task_leave(struct partitions *t, partition_id id, uint32_t number,
                                         uint32_t space);
/* The place of a task, by the kernel's number. ST_NOT_FOUND. */
MUST_CHECK status_t partition_task_place(const struct partitions *t, partition_id id,
                                         uint32_t number, uint32_t *place);

/* Pages of this home; refusals of partition/page_own.h and of the quota: ST_NOMEM. */
MUST_CHECK status_t partition_pages_take(struct partitions *t, partition_id id, paddr_t base,
                                         uint64_t bytes);
/* ST_MAPPED: a region is there, of the giver or, for reclaim, of the borrower. */
MUST_CHECK status_t partition_pages_drop(struct partitions *t, partition_id id, paddr_t base,
                                         uint64_t bytes);
MUST_CHECK status_t partition_pages_donate(struct partitions *t, partition_id from, partition_id to,
                                           paddr_t base, uint64_t bytes);
/* The borrower may have another home: that home is asked whether it is there. */
MUST_CHECK status_t partition_pages_share(struct partitions *t, partition_id from, partition_id to,
                                          paddr_t base, uint64_t bytes);
MUST_CHECK status_t partition_pages_reclaim(struct partitions *t, partition_id from,
                                            partition_id to, paddr_t base, uint64_t bytes);

/* Memory of a partition of another home, which said yes. ST_INVALID: the lender's home is this; repay: ST_MAPPED. */
MUST_CHECK status_t partition_pages_borrow(struct partitions *t, partition_id id,
                                           partition_id lender, paddr_t base, uint64_t bytes);
MUST_CHECK status_t partition_pages_repay(struct partitions *t, partition_id id,
                                          partition_id lender, paddr_t base, uint64_t bytes);

/*
 * What a region is to be: address, memory, bytes, permission, policy; of a slab its slots' size, and heads for them. The refusals of
 * region_check; ST_DENIED: not its memory; ST_MAPPED: a region of it is there already. Two
 * regions may show the same memory.
 */
struct region_wish {
    uint32_t space;
    vaddr_t va;
    paddr_t base;
    uint64_t bytes;
    uint8_t permission;
    enum region_policy policy;
    uint32_t slot_bytes;
    struct slab_head *heads; /* slab_slots() many */
};
MUST_CHECK status_t partition_region_add(struct partitions *t, partition_id id,
                                         const struct region_wish *wish);
/*
 * One from a snapshot, over new memory: tier and recency begin anew, write position and slots are as they were. `heads` as they were saved
 * with the content. ST_FORMAT: it cannot have been one.
 */
MUST_CHECK status_t partition_region_restore(struct partitions *t, partition_id id,
                                             const struct snapshot_region *saved, paddr_t base,
                                             struct slab_head *heads);
/* ST_NOT_FOUND: no region begins there. *heads: of a slab, the caller's again; else NULL. */
MUST_CHECK status_t partition_region_drop(struct partitions *t, partition_id id, uint32_t space,
                                          vaddr_t va, struct slab_head **heads);
/* For what partition/region.h does to one. ST_NOT_FOUND. Valid until the table changes. */
MUST_CHECK status_t partition_region(struct partitions *t, partition_id id, uint32_t space,
                                     vaddr_t va, struct region **out);

/* At least one end is here; ST_NOT_FOUND: a task there is not; ST_FOREIGN: neither end is. */
MUST_CHECK status_t partition_edge_open(struct partitions *t, struct edge_end a, struct edge_end b,
                                        uint32_t incarnation, edge_id *id);

/* Refusals of lease_grant. The epoch is the table's. */
MUST_CHECK status_t partition_lease(struct partitions *t, partition_id id, uint32_t device,
                                    uint32_t epochs, bool exclusive, uint32_t *lease);
