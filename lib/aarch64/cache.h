/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/cache - cache maintenance over ranges, for those who do not see our caches.
 *
 *     cache_clean             what we wrote is in memory: readers with caches off see it
 *     cache_clean_invalidate  the same, and no line of it is left to be written back later
 *     cache_invalidate        what others wrote past the caches is what we read next;
 *                             whole lines only, else a neighbour's data is lost
 *     cache_sync_code         what we wrote as data is what this core fetches as code
 *
 * Each ends with the barrier that completes it. `at` is an address at which this core can
 * reach the memory now.
 */
#pragma once
#include "lib/aarch64/barrier.h"
#include "lib/aarch64/sysreg.h"

#define CTR_DMINLINE FIELD(19, 16)
#define CTR_IMINLINE FIELD(3, 0)

/* CTR_EL0 gives the smallest line as a power of two of four-byte words. */
static inline uint64_t cache_line_bytes(uint64_t field)
{
    return 4ull << FIELD_GET(field, read_ctr_el0());
}

#define CACHE_BY_LINE(instruction, field, at, bytes)                                               \
    do {                                                                                           \
        uint64_t line_ = cache_line_bytes(field), end_ = (at) + (bytes);                           \
        for (uint64_t p_ = ALIGN_DOWN(at, line_); p_ < end_; p_ += line_)                          \
            __asm__ volatile(instruction ", %0" : : "r"(p_) : "memory");                           \
    } while (0)

static inline void cache_clean(uint64_t at, uint64_t bytes)
{
    CACHE_BY_LINE("dc cvac", CTR_DMINLINE, at, bytes);
    /* All lines are in memory before what tells the reader so; pairs with its first read, past the caches. */
    __asm__ volatile("dsb sy" ::: "memory");
}

static inline void cache_clean_invalidate(uint64_t at, uint64_t bytes)
{
    CACHE_BY_LINE("dc civac", CTR_DMINLINE, at, bytes);
    /* The same; and nothing is written back over what the other side writes after it was told. */
    __asm__ volatile("dsb sy" ::: "memory");
}

static inline void cache_invalidate(uint64_t at, uint64_t bytes)
{
    CACHE_BY_LINE("dc ivac", CTR_DMINLINE, at, bytes);
    /* No stale line is left before our next read; pairs with the writer's store, which was before it told us. */
    __asm__ volatile("dsb sy" ::: "memory");
}

static inline void cache_sync_code(uint64_t at, uint64_t bytes)
{
    CACHE_BY_LINE("dc cvau", CTR_DMINLINE, at, bytes);
    dsb_ish(); /* the bytes are where instructions are fetched from, before old ones are forgotten */
    CACHE_BY_LINE("ic ivau", CTR_IMINLINE, at, bytes);
    dsb_ish(); /* all cores have forgotten them */
    isb();     /* and this one what it fetched already */
}

/* Large areas, whole 16 bytes: the C library's memset writes byte by byte. */
static inline void memory_zero(uint64_t at, uint64_t bytes)
{
    for (uint64_t end = at + bytes; at < end; at += 16)
        __asm__ volatile("stp xzr, xzr, [%0]" : : "r"(at) : "memory");
}
