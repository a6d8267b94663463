/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/pagetable - build the tables of boot's identity map and of a CPU driver's half.
 *
 * Both have the same shape: the low 39 bits of the virtual address are the physical
 * address. So one function serves both, and a physical page can only be mapped once
 * in a table: mapping it again with other permissions is refused (ST_MAPPED).
 *
 *     level 1   512 x 1 GiB    table or block
 *     level 2   512 x 2 MiB    table or block
 *     level 3   512 x 4 KiB    page
 *
 * Tables come from a pool the caller gives; it must be reachable at its physical
 * address. Pure: the host's tests build tables in ordinary memory.
 */
#pragma once
#include "lib/abi/layout.h"
#include "lib/base/status.h"
#include "lib/base/types.h"

#define TABLE_ENTRIES 512u

struct pagetable {
    uint64_t *pool; /* pages, the first is the root */
    uint32_t npages, used;
};

/* What may be done there, by the kernel only. */
enum map_kind {
    MAP_RO,     /* read, never execute            */
    MAP_RW,     /* read and write, never execute  */
    MAP_RX,     /* read and execute               */
    MAP_DEVICE, /* registers: read and write      */
};

/* An empty table. pool: npages zeroable pages, page aligned; at least one. */
void pt_init(struct pagetable *pt, void *pool, uint32_t npages);

/*
 * Map whole pages, in the largest blocks that fit. ST_NOMEM: the pool is used up;
 * ST_MAPPED: something there is mapped with another kind; ST_INVALID: not whole pages
 * or above PHYS_LIMIT. What was mapped before an error stays mapped.
 */
MUST_CHECK status_t pt_map(struct pagetable *pt, paddr_t pa, uint64_t bytes, enum map_kind kind);

/* Make the tables that mapping single pages of this range would need, so that it needs no more. */
MUST_CHECK status_t pt_prepare(struct pagetable *pt, paddr_t pa, uint64_t bytes);

/* The descriptor that maps this address; 0 if none does. */
uint64_t pt_lookup(const struct pagetable *pt, paddr_t pa);
