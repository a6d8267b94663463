/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/slab - a region cut into slots of one size, each with a generation.
 *
 * A slot is named by its index and generation. Giving it back raises the generation, so that whoever still has the name gets
 * `stale_handle` and never somebody else's slot. Taking and giving are constant time. What this file writes (the
 * heads) lies in memory the caller gives, outside the slots: what is written into a slot cannot break the list.
 *
 *     S1  a slot is either taken or on the free list once
 *     S2  no name is given out twice, until 2^32 - 1 uses of one slot
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define SLAB_NIL       UINT32_MAX
#define SLAB_TAKEN     (UINT32_MAX - 1)
#define SLAB_SLOTS_MAX (UINT32_MAX - 2)

struct slab_head {
    uint32_t generation; /* never 0 */
    uint32_t next;       /* free: the next free one or SLAB_NIL; else SLAB_TAKEN */
};

struct slab {
    struct slab_head *head;
    uint32_t nslots, slot_bytes;
    uint32_t first, free; /* free list, and its length */
};

struct slab_name {
    uint32_t index, generation;
};

/* How many slots a region has. ST_INVALID: none, or a slot is not a multiple of 8 bytes. */
MUST_CHECK status_t slab_slots(uint64_t region_bytes, uint32_t slot_bytes, uint32_t *nslots);

/* `nslots` heads; all slots are free. ST_INVALID as above. */
MUST_CHECK status_t slab_init(struct slab *s, struct slab_head *heads, uint32_t nslots,
                              uint32_t slot_bytes);

/* The same, with heads as they were, of which `first` was the first free one. ST_FORMAT: they are no such thing. */
MUST_CHECK status_t slab_adopt(struct slab *s, struct slab_head *heads, uint32_t nslots,
                               uint32_t slot_bytes, uint32_t first);

/* ST_NOMEM: none is free. */
MUST_CHECK status_t slab_take(struct slab *s, struct slab_name *out);

/* ST_INVALID_HANDLE: no such slot; ST_STALE_HANDLE: given back already, or taken anew since. */
MUST_CHECK status_t slab_give(struct slab *s, struct slab_name name);

/* Where it begins in the region; the same refusals. */
MUST_CHECK status_t slab_at(const struct slab *s, struct slab_name name, uint64_t *offset);

/* The name of what does not hold, or NULL. */
const char *slab_wrong(const struct slab *s);
