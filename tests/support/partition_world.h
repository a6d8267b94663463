/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/partition_world - a small home with every table nearly too small, and random life in it.
 *
 * world_random() does one call of the object model with arguments that are sensible most of the time. All memory of the model is in
 * struct world, so that what a refused call left unchanged is a comparison of bytes.
 */
#pragma once
#include "partition/holding.h"
#include "partition/operation.h"

#define WORLD_PARTITIONS 10u
#define WORLD_REGIONS    16u
#define WORLD_RANGES     28u
#define WORLD_EDGES      12u
#define WORLD_LEASES     6u
#define WORLD_PAGES      64u
#define WORLD_CORES      4u
#define WORLD_HOME       2u
#define WORLD_BASE       0x48000000ull
#define WORLD_HEADS      64u
#define WORLD_AT(page)   (WORLD_BASE + (page)*PAGE_BYTES)

struct world {
    struct partitions t;
    struct partition partition[WORLD_PARTITIONS];
    struct region region[WORLD_REGIONS];
    struct page_range range[WORLD_RANGES];
    struct edge edge[WORLD_EDGES];
    struct lease_slot lease[WORLD_LEASES];
};

#define WORLD_OPS(X)                                                                               \
    X(create)                                                                                      \
    X(start)                                                                                       \
    X(suspend) X(resume) X(destroy) X(lost) X(settle) X(task_add) X(task_drop) X(take) X(drop)     \
        X(donate) X(share) X(reclaim) X(borrow) X(repay) X(region_add) X(region_drop) X(edge_open) \
            X(edge_close) X(feed) X(lease) X(revoke) X(expire) X(migrate) X(migrated)              \
                X(migrate_abort) X(split) X(split_done) X(split_abort) X(merge) X(merge_done)      \
                    X(merge_abort) X(hibernate) X(reconstruct) X(supervise) X(epoch)

enum world_op {
#define X(name) WORLD_##name,
    WORLD_OPS(X)
#undef X
        WORLD_OP_COUNT
};

void world_begin(struct world *w);

/* A call that `dice` chooses; its answer. */
status_t world_random(struct world *w, uint64_t *dice, enum world_op *op);

uint64_t world_dice(uint64_t *dice); /* 64 random bits */
const char *world_op_name(enum world_op op);

/* A block function for SHA-256; what a content of a region with that address hashes to. */
extern witness_block_fn *const world_block;
void world_content(uint64_t seed, uint8_t content[HASH_BYTES]);
