/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/log - the log of one core while it is written: a ring in memory, the open segment, the chain.
 *
 *      drained ---.                       .--- next free
 *                 v                       v
 *     |  free    | kept . . . . . . . . .|   free            |     capacity: a power of two
 *                        ^ first record of the open segment
 *
 * One writer, the CPU driver; who drains reads the ring and the head (in a page of its own, docs/spec/witness.md) through a
 * read-only mapping. A record is never overwritten before it is drained: log_room says whether there is room, and
 * who has asked may append so many. The last LOG_RESERVE records are for what makes the way out: deleting,
 * revoking, unmapping; of them the last LOG_RESERVE_ROOT are for the root task alone, and of them the last
 * LOG_RESERVE_LAST for what it does at most once for each core, and may never be refused: stopping them, and the machine.
 *
 *     I1  drained <= seq <= drained + capacity
 *     I2  a segment has at most segment_records, the closing one included
 *     I3  after log_room(l, n, ...) has said yes, n appends succeed whatever closes between
 */
#pragma once
#include "witness/chain.h"

#define LOG_MAGIC 0x30474f4c53544957ull /* "WITSLOG0" */
#define LOG_SEGMENT_RECORDS 4096u
#define LOG_RESERVE 256u
#define LOG_RESERVE_ROOT 192u
#define LOG_RESERVE_LAST 64u
#define LOG_CLOSING 2u          /* SegmentSeal and SegmentOpen that an append may bring with it */
#define LOG_HEAD_BYTES 4096u

/* In front of the ring, for who drains. `seq` and `closed` are stored with release: who acquires them may read all records below, or of
 * those segments. */
struct log_head {
    uint64_t magic;
    uint32_t core, segment_records;
    uint64_t capacity;          /* records                                       */
    uint64_t seq;               /* records so far                                */
    uint64_t drained;           /* those below may be overwritten                */
    uint64_t closed;            /* segments closed so far                        */
};
_Static_assert(sizeof(struct log_head) <= LOG_HEAD_BYTES, "one page");

/* How far somebody may go into the reserve. RECOVERY is for bringing back who stores the log: the part kept for it
 * (`recovery`) lies below that of all others but LAST. */
enum log_class { LOG_ORDINARY, LOG_URGENT, LOG_ROOT, LOG_RECOVERY, LOG_LAST };

struct witness_log {
    struct log_head *head;
    struct witness_record *ring;
    witness_block_fn *block;
    uint64_t capacity, seq, drained;
    uint64_t first;             /* sequence of the open segment's SegmentOpen    */
    uint32_t segment;           /* its number                                    */
    uint32_t segment_records;
    uint32_t recovery;          /* records kept for LOG_RECOVERY; log_init: none */
    uint32_t h[8];              /* the chain                                     */
    uint8_t seal[WITNESS_SEAL_BYTES]; /* of the segment closed last; zero: none  */
    uint16_t core;
    bool full;                  /* somebody was refused since the last drain     */
};

/* `memory` holds the head and then the ring: LOG_HEAD_BYTES + capacity * WITNESS_BYTES. Opens segment 0. */
void log_init(struct witness_log *l, void *memory, uint64_t capacity, uint32_t segment_records,
              uint16_t core, uint64_t now_ns, witness_block_fn *block);

/* May n records (at most segment_records - 2) be appended now? */
bool log_room(const struct witness_log *l, uint32_t n, enum log_class class);

/* What is new in a record; the rest is the log's. */
struct log_entry {
    uint64_t target, payload;
    uint32_t actor, capability_hash;
    uint16_t flags;
    uint8_t kind, proof_tier;
    uint32_t pad;
};

/* Is the open segment full? Then log_turn, which closes it and opens the next, comes before what is appended. */
static inline bool log_at_end(const struct witness_log *l)
{
    return l->seq - l->first + 1 >= l->segment_records;
}
void log_turn(struct witness_log *l, uint64_t now_ns);

/* The next record of the ring, with what every record has. */
static inline struct witness_record *log_next(struct witness_log *l, uint64_t now_ns)
{
    struct witness_record *r = &l->ring[l->seq & (l->capacity - 1)];

    r->sequence = l->seq;
    r->timestamp_ns = now_ns;
    r->core = l->core;
    r->reserved = 0;
    return r;
}

/* It is written: it joins the chain, and then others may see it. */
static inline void log_commit(struct witness_log *l, const struct witness_record *r)
{
    l->block(l->h, r);
    l->seq++;
    __atomic_store_n(&l->head->seq, l->seq, __ATOMIC_RELEASE); /* acquired by who drains */
}

/* Appends it. The caller has asked for room, and the segment is not at its end. Inline: an entry is written once, in its place. */
static inline void log_append(struct witness_log *l, const struct log_entry *from, uint64_t now_ns)
{
    struct witness_record *r = log_next(l, now_ns);

    r->kind = from->kind;
    r->proof_tier = from->proof_tier;
    r->flags = from->flags;
    r->actor = from->actor;
    r->target = from->target;
    r->capability_hash = from->capability_hash;
    r->payload = from->payload;
    chain_link(l->h, r->link);
    log_commit(l, r);
}

/* Closes the open segment if anything but its SegmentOpen is in it, and opens the next. Needs room for LOG_CLOSING. */
bool log_close(struct witness_log *l, uint64_t now_ns);

/*
 * Seal of closed segment number `segment`, and the sequence behind it, as the SegmentOpen of the next one names it. False:
 * it is not closed, or that record was overwritten (never while it is not drained). A step for each segment behind it.
 */
bool log_seal_of(const struct witness_log *l, uint32_t segment, uint8_t seal[WITNESS_SEAL_BYTES], uint64_t *end);

/* Records below `to` are safe elsewhere. False, and nothing is changed: not between drained and seq. */
bool log_drain(struct witness_log *l, uint64_t to);
