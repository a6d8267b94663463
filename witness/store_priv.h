/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* witness/store_priv - what the files of the log store share. */
#pragma once
#include "witness/store.h"

/* ---- one sector (store_sector.c) ---- */

enum sector_state {
    SECTOR_OURS,   /* whole, of this formatting, in its place                              */
    SECTOR_BEFORE, /* zeros, or whole but of another formatting: not written by this store */
    SECTOR_BROKEN, /* anything else: torn, changed, moved here, unreadable                 */
};

/* Fills in magic, id, place and sum; the rest of the trailer is set. */
void sector_finish(struct wstore_sector *x, uint64_t sector, uint32_t id, witness_block_fn *block);
/* Is it exactly what was written there? */
bool sector_whole(const struct wstore_sector *x, uint64_t sector, witness_block_fn *block);
/* What is at a place; *x is NULL if it cannot be read. It stays until the next look or write. */
enum sector_state sector_look(struct wstore *s, uint64_t sector, const struct wstore_sector **x);
/* The first n of s->out to the disk. */
MUST_CHECK status_t sector_write(struct wstore *s, uint64_t sector, unsigned n);
/* Flush, if anything was written since the last one; then all of it is durable. */
MUST_CHECK status_t sector_flush(struct wstore *s);

/* Of the next use of an extent or slot. The epoch is new with each opening for writing. */
static inline uint64_t serial_next(struct wstore *s)
{
    return (uint64_t)s->epoch << 32 | ++s->counter;
}

/* ---- segments (store_read.c) ---- */

/* The extent that knows the segment: its part 0, else (headless) another; WSTORE_NONE. */
uint32_t segment_head(const struct wstore *s, uint32_t boot, uint16_t core, uint32_t segment);

/* ---- checkpoints (store_checkpoint.c) ---- */

/* The checkpoint in a slot. text NULL: only look. *broken: there is one that is not whole. */
bool slot_read(struct wstore *s, unsigned slot, struct wstore_note *note, uint64_t *serial,
               char *text, bool *broken);

/* ---- extents (store_room.c) ---- */

static inline uint64_t extent_at(const struct wstore *s, uint32_t extent)
{
    return WSTORE_EXTENTS_AT + (uint64_t)extent * s->geometry.extent_sectors;
}

/* Part of a segment, the newest if there are two; WSTORE_NONE. */
uint32_t extent_find(const struct wstore *s, uint32_t boot, uint16_t core, uint32_t segment,
                     uint32_t part);
/* Can so many extents be had by the policy? */
bool room_for(const struct wstore *s, uint32_t extents);
/* Takes one, by giving up the oldest segment if need be. WSTORE_NONE: there is none. */
uint32_t room_take(struct wstore *s);
