/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/slices - which slices of a core's RAM are out, and which are free again.
 *
 * RAM is cut from the front of a share in slices whose size is a power of two (64 KiB and
 * up); a slice that comes back is kept for its size and never merged, because the kernel
 * makes a RAM capability whole only when all that was made from it is gone. So the memory
 * a size needs at its peak stays with that size.
 *
 *     S1  a slice is out to one holder or in one free list, never both
 *     S2  bytes never cut + bytes free + bytes out = bytes of all shares, always
 *
 * Pure: handles are numbers here; cutting and revoking are the caller's (monitor/ram.c).
 */
#pragma once
#include "lib/abi/cap.h"
#include "lib/base/status.h"

#define SLICE_MIN_SHIFT 16u
#define SLICE_CLASSES 17u   /* 64 KiB .. 4 GiB */
#define SLICES_MAX 1024u

struct slice_entry {
    handle_t ram;           /* 0: entry not in use                                  */
    uint16_t next;          /* in the free list of its class or of unused entries; index + 1 */
    uint8_t class;
    uint8_t out;
};

struct slices {
    uint64_t bytes_out, bytes_free;     /* of slices that were cut */
    uint16_t free[SLICE_CLASSES];       /* index + 1               */
    uint16_t unused;
    struct slice_entry entry[SLICES_MAX];
};

void slices_init(struct slices *s);

/* The class whose slices hold `bytes`; SLICE_CLASSES if none does. */
unsigned slice_class(uint64_t bytes);
static inline uint64_t slice_bytes(unsigned class)
{
    return 1ull << (class + SLICE_MIN_SHIFT);
}

/* A free slice of exactly this class. ST_NOT_FOUND: cut one and slices_add it. */
MUST_CHECK status_t slices_take(struct slices *s, unsigned class, handle_t *ram);
/* A slice just cut: it is out. ST_TABLE_FULL. */
MUST_CHECK status_t slices_add(struct slices *s, unsigned class, handle_t ram);
/* It is whole again. ST_INVALID_HANDLE: no such slice is out. */
MUST_CHECK status_t slices_give(struct slices *s, handle_t ram);
