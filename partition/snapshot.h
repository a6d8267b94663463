/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/snapshot - what is left of a partition that hibernates, and how one finds out that it came back as it was.
 *
 * A head and one entry for each region, each with the SHA-256 of the region's content; the head has the SHA-256 of all that, so
 * a descriptor that was changed is not believed, and a region whose content hashes to something else is refused.
 * A reconstruction is complete when every region was hashed again and was the same; one that was not spoils it for good.
 *
 *     H1  nothing is reconstructed from a descriptor whose hash differs
 *     H2  nor if one region was not looked at, or looked different
 *
 * Pure: content is hashed by whoever has it mapped. The block function of SHA-256 is the caller's.
 */
#pragma once
#include "partition/quota.h"
#include "partition/region.h"
#include "witness/hash.h"

#define SNAPSHOT_MAGIC       0x70616e73u /* "snap" */
#define SNAPSHOT_VERSION     1u
#define SNAPSHOT_REGIONS_MAX 64u /* a bit each in struct rebuild */
#define SNAPSHOT_NAME        16u

struct snapshot_region {
    vaddr_t va;
    uint64_t bytes, position;
    uint32_t slot_bytes, space;
    uint32_t slab_first; /* of its free list; the heads are content, too */
    uint8_t permission, policy, zero[2];
    uint8_t content[HASH_BYTES];
};
_Static_assert(sizeof(struct snapshot_region) == 72, "no gaps: it is hashed");

struct snapshot {
    uint32_t magic, version;
    partition_id id, supervisor;
    uint32_t ntasks, nregions;
    uint32_t limit[QUOTA_KINDS];
    char name[SNAPSHOT_NAME];
    uint8_t seal[HASH_BYTES]; /* over all that is above, and the regions */
};
_Static_assert(offsetof(struct snapshot, seal) == 56, "no gaps: it is hashed");
_Static_assert(sizeof(struct snapshot) == 56 + HASH_BYTES, "nothing behind the seal");

/* What forbids it to hibernate, in the order in which it is told. */
/* clang-format off */
#define HIBERNATE_LIST(X)                                                                          \
    X(STATE,  ST_STATE,  "it is neither running nor suspended")                                    \
    X(OWED,   ST_BUSY,   "somebody waits for an answer of it")                                     \
    X(LEASES, ST_DENIED, "it holds a lease on a device")                                           \
    X(LOANS,  ST_MAPPED, "it has lent or borrowed memory")
/* clang-format on */

enum hibernate_need {
#define X(name, status, text) HIBERNATE_##name,
    HIBERNATE_LIST(X)
#undef X
        HIBERNATE_NEEDS
};

status_t hibernate_status(uint32_t missing); /* one bit for each need; ST_OK: none */
const char *hibernate_text(enum hibernate_need need);

/* One region as it is now, and what its content hashes to, behind the stop of all tasks. ST_FORMAT: it is immutable and had another checksum. */
MUST_CHECK status_t snapshot_region(const struct region *r, const uint8_t content[HASH_BYTES],
                                    struct snapshot_region *out);

/* The last step: everything else is filled in. */
void snapshot_seal(struct snapshot *s, const struct snapshot_region *region,
                   witness_block_fn *block);

/* Is it one, and as it was sealed? ST_FORMAT: no, in either case; ST_INVALID: more regions than `room`. */
MUST_CHECK status_t snapshot_check(const struct snapshot *s, const struct snapshot_region *region,
                                   uint32_t room, witness_block_fn *block);

struct rebuild {
    const struct snapshot *snapshot;
    const struct snapshot_region *region;
    uint64_t same; /* regions that were */
    bool spoiled;
};

/* Begins, if snapshot_check() accepts it; its refusals. */
MUST_CHECK status_t rebuild_begin(struct rebuild *b, const struct snapshot *s,
                                  const struct snapshot_region *region, uint32_t room,
                                  witness_block_fn *block);

/* Region n was loaded and hashes to this. ST_INVALID; ST_FORMAT: to something else, and nothing will come of it. */
MUST_CHECK status_t rebuild_region(struct rebuild *b, uint32_t n,
                                   const uint8_t content[HASH_BYTES]);

/* ST_OK: everything is as it was; ST_STATE: something was not looked at; ST_FORMAT: something is not. */
MUST_CHECK status_t rebuild_status(const struct rebuild *b);
