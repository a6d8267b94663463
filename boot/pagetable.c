/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/pagetable - see pagetable.h. Descriptors: Arm ARM D8.3.
 *
 * Entries are written through a volatile pointer although this is memory: the first
 * tables are made with the MMU off, when all memory behaves like a device, and the
 * compiler must not merge such stores or make a memset of them.
 */
#include "boot/pagetable.h"
#include "lib/aarch64/mmu.h"
#include "lib/base/bits.h"

/* clang-format off */
#define PT_VALID     BIT(0)
#define PT_TABLE     BIT(1)          /* table at levels 1 and 2, page at level 3 */
#define PT_ATTR      FIELD(4, 2)
#define PT_READ_ONLY BIT(7)
#define PT_INNER     FIELD_PUT(FIELD(9, 8), 3)
#define PT_ACCESSED  BIT(10)
#define PT_ADDRESS   FIELD(47, 12)
#define PT_PXN       BIT(53)
#define PT_UXN       BIT(54)
/* clang-format on */

enum { LEVEL_ROOT = 1, LEVEL_PAGE = 3 };

typedef volatile uint64_t entry_t;

static uint64_t level_bytes(unsigned level)
{
    return 1ull << (PAGE_SHIFT + 9 * (LEVEL_PAGE - level));
}

static uint64_t attributes(enum map_kind kind)
{
    const uint64_t normal =
        PT_VALID | PT_ACCESSED | PT_INNER | PT_UXN | FIELD_PUT(PT_ATTR, MMU_ATTR_NORMAL);

    switch (kind) {
    case MAP_RO:
        return normal | PT_READ_ONLY | PT_PXN;
    case MAP_RW:
        return normal | PT_PXN;
    case MAP_RX:
        return normal | PT_READ_ONLY;
    case MAP_DEVICE:
        return PT_VALID | PT_ACCESSED | PT_UXN | PT_PXN | FIELD_PUT(PT_ATTR, MMU_ATTR_DEVICE);
    }
    return 0;
}

static entry_t *take_table(struct pagetable *pt)
{
    entry_t *table;

    if (pt->used == pt->npages)
        return NULL;
    table = pt->pool + (uint64_t)TABLE_ENTRIES * pt->used++;
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        table[i] = 0;
    return table;
}

void pt_init(struct pagetable *pt, void *pool, uint32_t npages)
{
    *pt = (struct pagetable){.pool = pool, .npages = npages};
    take_table(pt);
}

static entry_t *table_at(uint64_t descriptor)
{
    return (entry_t *)(uintptr_t)(descriptor & PT_ADDRESS);
}

static entry_t *entry_of(entry_t *table, paddr_t pa, unsigned level)
{
    return &table[pa / level_bytes(level) % TABLE_ENTRIES];
}

static bool is_table(uint64_t descriptor, unsigned level)
{
    return level < LEVEL_PAGE && (descriptor & (PT_VALID | PT_TABLE)) == (PT_VALID | PT_TABLE);
}

/* The table below *e, made if there is none. ST_MAPPED if a block is there. */
static status_t descend(struct pagetable *pt, entry_t *e, unsigned level, entry_t **table)
{
    if (*e == 0) {
        if (!(*table = take_table(pt)))
            return ST_NOMEM;
        *e = (uint64_t)(uintptr_t)*table | PT_TABLE | PT_VALID;
        return ST_OK;
    }
    if (!is_table(*e, level))
        return ST_MAPPED;
    *table = table_at(*e);
    return ST_OK;
}

static bool usable(paddr_t pa, uint64_t bytes)
{
    return IS_ALIGNED(pa | bytes, PAGE_BYTES) && pa < PHYS_LIMIT && bytes <= PHYS_LIMIT - pa;
}

/* One entry, as large as alignment, size and what is there allow. */
static status_t map_one(struct pagetable *pt, paddr_t pa, uint64_t left, uint64_t attr,
                        uint64_t *mapped)
{
    entry_t *table = pt->pool;
    status_t st;

    for (unsigned level = LEVEL_ROOT;; level++) {
        uint64_t size = level_bytes(level), kind = level == LEVEL_PAGE ? PT_TABLE : 0;
        entry_t *e = entry_of(table, pa, level);

        if (*e != 0 && !is_table(*e, level)) {
            /* Already there: fine if it says the same; a block covers at least this page. */
            if ((*e & ~PT_ADDRESS) != (attr | kind))
                return ST_MAPPED;
            *mapped = size - pa % size < left ? size - pa % size : left;
            return ST_OK;
        }
        if (*e == 0 && IS_ALIGNED(pa, size) && left >= size) {
            *e = pa | attr | kind;
            *mapped = size;
            return ST_OK;
        }
        if ((st = descend(pt, e, level, &table)) != ST_OK)
            return st;
    }
}

status_t pt_map(struct pagetable *pt, paddr_t pa, uint64_t bytes, enum map_kind kind)
{
    uint64_t attr = attributes(kind), step = 0;
    status_t st;

    if (!usable(pa, bytes))
        return ST_INVALID;
    for (uint64_t done = 0; done < bytes; done += step)
        if ((st = map_one(pt, pa + done, bytes - done, attr, &step)) != ST_OK)
            return st;
    return ST_OK;
}

status_t pt_prepare(struct pagetable *pt, paddr_t pa, uint64_t bytes)
{
    status_t st;

    if (!usable(pa, bytes))
        return ST_INVALID;
    for (paddr_t at = ALIGN_DOWN(pa, BLOCK_BYTES); at < pa + bytes; at += BLOCK_BYTES) {
        entry_t *table = pt->pool;

        for (unsigned level = LEVEL_ROOT; level < LEVEL_PAGE; level++)
            if ((st = descend(pt, entry_of(table, at, level), level, &table)) != ST_OK)
                return st;
    }
    return ST_OK;
}

uint64_t pt_lookup(const struct pagetable *pt, paddr_t pa)
{
    entry_t *table = pt->pool;

    for (unsigned level = LEVEL_ROOT;; level++) {
        uint64_t e = *entry_of(table, pa, level);

        if (e == 0)
            return 0;
        if (!is_table(e, level))
            return e;
        table = table_at(e);
    }
}
