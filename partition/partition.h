/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/partition - the unit of isolation, as its home core knows it.
 *
 * A partition is tasks, memory, channels and leases that belong together. Its home core's monitor keeps one struct partitions for
 * all that it made, wherever they run (decision 0008). Outside this folder a partition is named by its id, never by a pointer.
 *
 *     create --> partition_life(START, SUSPEND, RESUME) --> partition_life(DESTROY) --> partition_settle until ST_NOT_FOUND
 *
 * This decides; the monitor performs. Every change comes back as a struct partition_do: what to do, in the order of
 * LIFE_ACTIONS, and the record that is written with it. Room for that record is asked for before the call: no witness, no change.
 *
 * What was destroyed keeps its place until everything it had is given back: partition_settle() names one such thing after the
 * other, takes it out of the table, and at last frees the place. Meanwhile its name is stale for everybody.
 *
 * Everything is checked before anything is changed, so what is refused leaves no trace. Pure: no clock, no allocation. The
 * invariants of the whole table are partition/invariant.h.
 */
#pragma once
#include "partition/edge.h"
#include "partition/ids.h"
#include "partition/lease.h"
#include "partition/life_sm.h"
#include "partition/page_own.h"
#include "partition/quota.h"
#include "partition/region.h"
#include "partition/snapshot.h"

#define PARTITION_TASKS 8u
#define PARTITION_NAME  SNAPSHOT_NAME /* with its terminating 0 */
#define PARTITION_COOLDOWN                                                                         \
    10u /* epochs without an operation behind one that ended or was aborted */
#define PARTITION_COHERENCE_NEW 10000u

struct partition {
    partition_id id;       /* 0: free                                                         */
    uint16_t generation;   /* of the place                                                    */
    uint8_t state, before; /* enum life_state; before: of the operation, if it is in one      */
    core_id core, to_core; /* where it runs; where it goes, while it migrates                 */
    uint8_t ntasks;
    uint32_t
        task[PARTITION_TASKS]; /* the kernel's numbers; 0: hibernated                         */
    uint16_t region, nregions; /* the first of them, REGION_NIL                                   */
    uint16_t coherence_bp;
    uint32_t cooldown;       /* no operation before this epoch                                  */
    partition_id supervisor; /* who gets its faults; 0: its monitor                             */
    partition_id kin[2];     /* in a split or merge: what comes of it, or what it comes from    */
    bool born;               /* it is what comes of it                                          */
    uint64_t owned_bytes;
    struct quota quota;
    char name[PARTITION_NAME];
};

/* Places for everything; the caller's, and never touched by him. */
struct partitions_memory {
    struct partition *partition;
    struct region *region;
    struct page_range *range;
    struct edge *edge;
    struct lease_slot *lease;
    uint32_t npartitions, nregions, nranges, nedges, nleases;
};

struct partitions {
    core_id home;
    uint32_t ncores, epoch;
    struct partition *partition;
    uint32_t room, n; /* places; of them taken, those being settled included */
    struct region *region;
    uint32_t nregions;
    uint16_t free_region;
    struct page_table pages;
    struct edge_table edges;
    struct lease_table leases;
};

struct partition_do {
    uint16_t action; /* LIFE_DO_..., in their order               */
    uint8_t record;  /* enum witness_kind; 0: none                */
    uint16_t flags;
    uint64_t target, payload; /* of the record */
};

/* No more partitions than this home may have (partition/ids.h), whatever memory there is. */
void partitions_init(struct partitions *t, const struct partitions_memory *m, core_id home,
                     uint32_t ncores);

/* ST_INVALID: no name, or too long a one, no such core; ST_...HANDLE, ST_STATE: the supervisor; ST_TABLE_FULL. */
MUST_CHECK status_t partition_create(struct partitions *t, const char *name, core_id core,
                                     partition_id supervisor, partition_id *id,
                                     struct partition_do *todo);

/*
 * START, SUSPEND, RESUME, DESTROY; LOST for one whose core died. ST_FOREIGN: another core is its home; ST_INVALID_HANDLE;
 * ST_STALE_HANDLE; ST_STATE; ST_INVALID: other events belong to partition/operation.h. An operation that a lost
 * partition is in must have been aborted first if its other partitions live on (ST_BUSY).
 */
MUST_CHECK status_t partition_life(struct partitions *t, partition_id id, enum life_event event,
                                   struct partition_do *todo);

/* For reading. ST_FOREIGN, ST_INVALID_HANDLE, ST_STALE_HANDLE. Valid until the table changes. */
MUST_CHECK status_t partition_find(const struct partitions *t, partition_id id,
                                   const struct partition **out);

/* clang-format off */
#define PARTITION_DEBTS(X)                                                                         \
    X(LEASE,    "end the lease: unmap its device")                                                 \
    X(EDGE,     "close the channel")                                                               \
    X(REGION,   "unmap the region")                                                                \
    X(BORROWED, "unmap what it had borrowed: the lender has it back")                              \
    X(LENT,     "unmap it at the borrower")                                                        \
    X(PAGES,    "the memory is the monitor's again")
/* clang-format on */

enum partition_debt_kind {
#define X(name, text) DEBT_##name,
    PARTITION_DEBTS(X)
#undef X
        DEBT_KINDS
};

struct partition_debt {
    enum partition_debt_kind kind;
    union {
        struct lease lease;
        struct edge edge;
        struct region region;
        struct page_range range;
    };
};

/*
 * The next thing to give back of one that is destroyed, or of one that hibernates: its regions and pages. ST_NOT_FOUND: nothing is left,
 * and if it was destroyed neither is it; ST_STATE: it lives.
 */
MUST_CHECK status_t partition_settle(struct partitions *t, partition_id id,
                                     struct partition_debt *out);

/* ST_STATE: its supervisor would be itself, or somebody whose supervisor it is; and the refusals of partition_find. */
MUST_CHECK status_t partition_set_supervisor(struct partitions *t, partition_id id,
                                             partition_id supervisor);

/* Said by the coherence engine. ST_INVALID: above 10000. */
MUST_CHECK status_t partition_set_coherence(struct partitions *t, partition_id id, uint32_t bp);

/* Another limit for one kind. ST_INVALID; ST_STATE: it is in an operation, or more is held of a stock. */
MUST_CHECK status_t partition_limit(struct partitions *t, partition_id id, enum quota_kind kind,
                                    uint32_t limit);
/* So much of a flow, or nothing: the answer of partition/quota.h for the kind. ST_INVALID: it is none. */
MUST_CHECK status_t partition_charge(struct partitions *t, partition_id id, enum quota_kind kind,
                                     uint32_t want);

/* The same of what was used without asking: it counts, up to 2^32 - 1. True: the limit is reached. */
bool partition_spend(struct partitions *t, partition_id id, enum quota_kind kind, uint64_t used);

/* A new epoch: quotas of flows begin anew, regions age. Leases that expired are asked for with lease_expired(). */
void partitions_epoch(struct partitions *t);
