/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/kmap - see kmap.h. */
#include "boot/kmap.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"

static status_t map_segments(struct pagetable *pt, const struct elf_plan *plan, paddr_t base)
{
    status_t st;

    for (uint32_t i = 0; i < plan->nsegments; i++) {
        const struct elf_segment *s = &plan->segment[i];
        vaddr_t first = ALIGN_DOWN(s->va, PAGE_BYTES);
        vaddr_t end = ALIGN_UP(s->va + s->mem_bytes, PAGE_BYTES);

        st = pt_map(pt, elf_at(plan, first, base), end - first,
                    s->perm & PERM_EXECUTE ? MAP_RX : MAP_RO);
        if (st != ST_OK)
            return st;
    }
    return ST_OK;
}

static status_t map_device(struct pagetable *pt, const struct range *r)
{
    paddr_t base = ALIGN_DOWN(r->base, PAGE_BYTES);

    return pt_map(pt, base, ALIGN_UP(r->base + r->bytes, PAGE_BYTES) - base, MAP_DEVICE);
}

static status_t map_devices(struct pagetable *pt, const struct bootinfo *b)
{
    const struct boot_gic *g = &b->gic;
    status_t st;

    if ((st = map_device(pt, &g->dist)) != ST_OK)
        return st;
    if ((st = map_device(pt, g->version == 2 ? &g->cpu : &g->redist)) != ST_OK)
        return st;
    if (b->reset.bytes && (st = map_device(pt, &b->reset)) != ST_OK)
        return st;
    return b->console_kind ? map_device(pt, &b->console) : ST_OK;
}

/* Only the first core starts others. */
static status_t map_release_words(struct pagetable *pt, const struct bootinfo *b)
{
    status_t st;

    for (uint32_t i = 0; b->core == 0 && i < b->ncores; i++)
        if (b->cores[i].release && (st = pt_map(pt, ALIGN_DOWN(b->cores[i].release, PAGE_BYTES),
                                                PAGE_BYTES, MAP_RW)) != ST_OK)
            return st;
    return ST_OK;
}

/* share[0] up to the tables. */
static status_t map_kernel(struct pagetable *pt, const struct bootinfo *b,
                           const struct kmap_plan *plan)
{
    paddr_t after = plan->handover + PAGE_BYTES;
    status_t st;

    if ((st = pt_map(pt, b->share[0].base, BOOTINFO_BYTES, MAP_RO)) != ST_OK)
        return st;
    if ((st = map_segments(pt, &plan->kernel, b->kernel.base)) != ST_OK)
        return st;
    if ((st = pt_map(pt, plan->handover, PAGE_BYTES, MAP_RX)) != ST_OK)
        return st;
    return pt_map(pt, after, plan->tables - after, MAP_RW);
}

/* The tables map themselves, so they come last, when it is known how many they are. */
static status_t map_tables_and_rest(struct pagetable *pt, const struct bootinfo *b,
                                    struct kmap_plan *plan)
{
    paddr_t end = b->share[0].base + b->share[0].bytes;
    paddr_t blocks = ALIGN_UP(plan->tables + KMAP_TABLE_PAGES * PAGE_BYTES, BLOCK_BYTES);
    status_t st;

    CHECK(blocks <= end); /* a share is whole blocks, and the tables are inside */
    if ((st = pt_map(pt, blocks, end - blocks, MAP_RW)) != ST_OK)
        return st;
    if ((st = pt_prepare(pt, plan->tables, blocks - plan->tables)) != ST_OK)
        return st;
    /* The empty table comes first, then those used. */
    plan->free = plan->tables + (1 + (uint64_t)pt->used) * PAGE_BYTES;
    if ((st = pt_map(pt, plan->tables, plan->free - plan->tables, MAP_RO)) != ST_OK)
        return st;
    return pt_map(pt, plan->free, blocks - plan->free, MAP_RW);
}

static status_t build(struct pagetable *pt, const struct bootinfo *b, struct kmap_plan *plan)
{
    status_t st;

    if ((st = map_devices(pt, b)) != ST_OK)
        return st;
    if ((st = map_release_words(pt, b)) != ST_OK)
        return st;
    for (unsigned i = 1; i < SHARE_RANGES; i++)
        if ((st = pt_map(pt, b->share[i].base, b->share[i].bytes, MAP_RW)) != ST_OK)
            return st;
    if ((st = map_kernel(pt, b, plan)) != ST_OK)
        return st;
    return map_tables_and_rest(pt, b, plan);
}

status_t kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why)
{
    struct pagetable empty, pt;
    status_t st;

    /* One page for the table that maps nothing, then the kernel half. */
    pt_init(&empty, (void *)(uintptr_t)plan->tables, 1);
    plan->empty = plan->tables;
    pt_init(&pt, (void *)(uintptr_t)(plan->tables + PAGE_BYTES), KMAP_TABLE_PAGES - 1);
    b->kernel_root = plan->tables + PAGE_BYTES;

    st = build(&pt, b, plan);
    if (st != ST_OK)
        return refuse(
            why, st, STR("the kernel half of core "), DEC(b->core), STR(" cannot be mapped ("),
            STR(status_text(st)),
            STR("): a device and a share overlap, or there are too many pieces of memory"));
    return ST_OK;
}
