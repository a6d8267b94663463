/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/cutdisk - a disk that loses power, and logs to store on it.
 *
 * The disk remembers every sector written and every flush, in order. cutdisk_cut() makes of that
 * what may be left when power goes after `bytes` bytes were written:
 *
 *     CUTDISK_ORDERED    every whole sector before the cut
 *     CUTDISK_REORDERED  every sector before the last flush; each one after it is there or not, by the seed
 *     CUTDISK_TORN       as ordered, and the first part of the sector under way
 *     CUTDISK_BOTH       as reordered, and those that are there may be torn, at a seeded place, from either end
 */
#pragma once
#include "witness/store.h"

struct cutdisk_op {
    uint64_t sector; /* CUTDISK_FLUSH: it was a flush */
    uint8_t bytes[WSTORE_SECTOR];
};
#define CUTDISK_FLUSH (~0ull)

struct cutdisk {
    uint64_t sectors;
    uint8_t *now;      /* what a read finds                       */
    uint8_t *at_start; /* when the trace began                    */
    struct cutdisk_op *op;
    size_t ops, room;
    bool tracing;
    uint64_t writes_left; /* the disk fails behind so many; ~0: none */
    bool fail_but_write;  /* the one that fails reaches the medium   */
};

enum cutdisk_model {
    CUTDISK_ORDERED,
    CUTDISK_REORDERED,
    CUTDISK_TORN,
    CUTDISK_BOTH,
    CUTDISK_MODELS
};

void cutdisk_make(struct cutdisk *d, uint64_t sectors);
void cutdisk_free(struct cutdisk *d);
struct wstore_disk cutdisk_disk(struct cutdisk *d);
void cutdisk_trace(struct cutdisk *d);         /* from here on                            */
size_t cutdisk_bytes(const struct cutdisk *d); /* written in the trace so far    */
/*
 * The operation under way after so many bytes: at the end of a sector, what comes behind it, be it
 * a flush.
 */
size_t cutdisk_op_at(const struct cutdisk *d, size_t bytes);
void cutdisk_cut(const struct cutdisk *d, size_t bytes, enum cutdisk_model model, uint64_t seed,
                 struct cutdisk *left);

uint64_t cutdisk_random(uint64_t *state);

/*
 * In place of SHA-256 where a test opens a store ten thousand times and asks about order, not about
 * secrets.
 */
void cutdisk_quick_block(uint32_t h[8], const void *block);

/*
 * A log of one core as witness/chain.h says it is. each: records of a segment, SegmentOpen and
 * SegmentSeal included.
 */
struct cutlog {
    struct witness_record *record;
    unsigned n, room;
    uint16_t core;
    unsigned each;
    uint32_t h[8], segment, in_segment;
    uint8_t seal[WITNESS_SEAL_BYTES]; /* of the segment closed last */
    uint64_t salt;
    witness_block_fn *block;
};

void cutlog_start(struct cutlog *l, uint16_t core, unsigned each, uint64_t salt,
                  witness_block_fn *block);
/* So that there are n records; salt makes another log of it. */
void cutlog_grow(struct cutlog *l, unsigned n);
void cutlog_free(struct cutlog *l);
