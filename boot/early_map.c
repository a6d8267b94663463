/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/early_map - see early_map.h. */
#include "boot/early_map.h"
#include "boot/start.h"
#include "lib/aarch64/barrier.h"
#include "lib/base/bits.h"
#include "lib/fdt/tree.h"

_Static_assert(offsetof(struct bootinfo, share) == INFO_SHARE_BASE, "start.S finds the stack");
_Static_assert(offsetof(struct range, bytes) == INFO_SHARE_BYTES - INFO_SHARE_BASE, "as above");
_Static_assert(BOOT_STACK_BYTES + PAGE_BYTES * SCRATCH_TABLE_PAGES == SCRATCH_BYTES, "both fit");

/* Of the first core; enough for the map of 64 shares spread over all of memory. */
enum { FIRST_TABLE_PAGES = 192 };
static uint64_t first_pool[FIRST_TABLE_PAGES * TABLE_ENTRIES]
    __attribute__((aligned(4096), section(".tables")));
static struct pagetable first;

static status_t map_pages(struct pagetable *pt, paddr_t pa, uint64_t bytes, enum map_kind kind)
{
    paddr_t base = ALIGN_DOWN(pa, PAGE_BYTES);

    if (bytes == 0 || pa + bytes < pa)
        return bytes == 0 ? ST_OK : ST_INVALID;
    return pt_map(pt, base, ALIGN_UP(pa + bytes, PAGE_BYTES) - base, kind);
}

static status_t map_image(struct pagetable *pt, enum map_kind data)
{
    paddr_t start = (paddr_t)(uintptr_t)image_start, text = (paddr_t)(uintptr_t)image_text_end;
    paddr_t constants = (paddr_t)(uintptr_t)image_constants_end;
    paddr_t end = (paddr_t)(uintptr_t)image_end;
    status_t st;

    if ((st = map_pages(pt, start, text - start, MAP_RX)) != ST_OK)
        return st;
    if ((st = map_pages(pt, text, constants - text, MAP_RO)) != ST_OK)
        return st;
    return map_pages(pt, constants, end - constants, data);
}

/* Big endian, as in the header of a device tree. */
static uint32_t header_word(const void *dtb, unsigned index)
{
    uint32_t word = ((const volatile uint32_t *)dtb)[index];

    return word >> 24 | (word >> 8 & 0xff00u) | (word << 8 & 0xff0000u) | word << 24;
}

uint64_t early_map_first(const void *dtb)
{
    paddr_t at = (paddr_t)(uintptr_t)dtb;
    uint64_t bytes;

    pt_init(&first, first_pool, FIRST_TABLE_PAGES);
    if (map_image(&first, MAP_RW) != ST_OK)
        return 0;
    /* Without a tree at x0 there is nobody to tell: main finds out, with exceptions caught. */
    if (at == 0 || at % 8 != 0 || at >= PHYS_LIMIT || header_word(dtb, 0) != 0xd00dfeedu)
        return (uint64_t)(uintptr_t)first_pool;
    bytes = header_word(dtb, 1);
    if (bytes > TREE_BYTES_MAX)
        bytes = TREE_BYTES_MAX;
    if (map_pages(&first, at, bytes, MAP_RO) != ST_OK)
        return 0;
    return (uint64_t)(uintptr_t)first_pool;
}

status_t early_map_more(paddr_t pa, uint64_t bytes, enum map_kind kind)
{
    status_t st = map_pages(&first, pa, bytes, kind);

    /* New entries only, so nothing stale can be cached: the walker must just see them. */
    dsb_ish();
    isb();
    return st;
}

uint64_t early_map_secondary(const struct bootinfo *b)
{
    paddr_t pool = b->share[0].base + b->share[0].bytes - SCRATCH_BYTES;
    struct pagetable pt;

    pt_init(&pt, (void *)(uintptr_t)pool, SCRATCH_TABLE_PAGES);
    if (map_image(&pt, MAP_RO) != ST_OK ||
        map_pages(&pt, b->share[0].base, b->share[0].bytes, MAP_RW) != ST_OK ||
        map_pages(&pt, b->bundle.base, b->bundle.bytes, MAP_RO) != ST_OK)
        return 0;
    if (b->console_kind && map_pages(&pt, b->console.base, b->console.bytes, MAP_DEVICE) != ST_OK)
        return 0;
    return pool;
}
