/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/region - a range of a partition's addresses with a purpose.
 *
 *     PLAIN      read, written and executed as its permission says
 *     IMMUTABLE  never written: its checksum, once there, stays right
 *     APPEND     written behind the write position only, which only grows; whole pages before it are mapped read-only
 *     SLAB       slots of one size (partition/slab.h), written one slot at a time
 *
 * Nothing may be written and executed both. A region is named by its
 * partition, its space (tasks of a partition may have one each) and its address there. Pure: this says what may be
 * mapped and written; who maps asks here first.
 */
#pragma once
#include "lib/abi/layout.h"
#include "partition/ids.h"
#include "partition/slab.h"
#include "partition/tier.h"

/* clang-format off */
#define REGION_POLICIES(X)                                                                         \
    X(PLAIN)                                                                                       \
    X(IMMUTABLE)                                                                                   \
    X(APPEND)                                                                                      \
    X(SLAB)
/* clang-format on */

enum region_policy {
#define X(name) REGION_##name,
    REGION_POLICIES(X)
#undef X
        REGION_POLICY_COUNT
};

#define REGION_CHECKSUM_BYTES 32u
#define REGION_NIL            UINT16_MAX

struct region {
    partition_id owner; /* 0: free                                                  */
    uint16_t next;      /* of the same partition, or the next free one; REGION_NIL  */
    uint8_t permission; /* enum perm                                                 */
    uint8_t policy;     /* enum region_policy                                       */
    uint32_t space;     /* whose addresses: a number of the caller's                 */
    uint8_t tier;       /* enum tier                                                */
    bool summed;        /* checksum holds                                           */
    struct residency residency;
    vaddr_t va;
    paddr_t base;
    uint64_t bytes;
    uint64_t position; /* APPEND: where the next byte goes                         */
    struct slab slab;  /* SLAB                                                     */
    uint8_t checksum[REGION_CHECKSUM_BYTES];
};

/*
 * Is it one that can be? ST_ALIGN: not whole pages; ST_INVALID: no bytes, not where programs have memory, no such policy or permission; ST_DENIED:
 * permission and policy do not go together, or it could be written and executed.
 */
MUST_CHECK status_t region_check(const struct region *r);

/* New, as region_check accepted it: recency, tier and position of a new one. */
void region_begin(struct region *r);

/* What the page at `offset` may be mapped with. */
uint8_t region_mapping(const struct region *r, uint64_t offset);

/*
 * May these bytes be written? ST_INVALID: outside; ST_DENIED: not here: no permission, or the policy forbids it; ST_STALE_HANDLE: no
 * slot that is taken, or over its end.
 */
MUST_CHECK status_t region_may_write(const struct region *r, uint64_t offset, uint64_t bytes);

/* Room for so many bytes behind all others. ST_STATE: not that policy; ST_INVALID: none; ST_NOMEM: the region is full. */
MUST_CHECK status_t region_append(struct region *r, uint64_t bytes, uint64_t *offset);

/* What its content hashed to. ST_STATE: an immutable region has another checksum already. */
MUST_CHECK status_t region_sum(struct region *r, const uint8_t checksum[REGION_CHECKSUM_BYTES]);

/* Whether any byte of one is a byte of the other: of their addresses in one space, of their memory. */
bool region_meets(const struct region *r, uint32_t space, vaddr_t va, uint64_t bytes);
bool region_shares(const struct region *r, paddr_t base, uint64_t bytes);

const char *region_policy_name(enum region_policy policy);

/* The name of what does not hold, or NULL. */
const char *region_wrong(const struct region *r);
