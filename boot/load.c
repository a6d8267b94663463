/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/load - see load.h. */
#include "boot/load.h"
#include <string.h>
#include "boot/kmap.h"
#include "boot/start.h"
#include "lib/aarch64/cache.h"
#include "lib/aarch64/mmu.h"
#include "lib/base/bits.h"
#include "lib/load/elf.h"

/* handover.S */
_Noreturn void handover(vaddr_t info, vaddr_t entry, paddr_t ttbr1, paddr_t ttbr0, uint64_t tcr,
                        vaddr_t copy);
extern __attribute__((visibility("hidden"))) const char handover_copy[], handover_copy_end[];

/* What is left of share[0] between bootinfo and scratch. */
struct room {
    paddr_t at, end;
};

static void *memory(paddr_t pa)
{
    return (void *)(uintptr_t)pa;
}

static status_t take(struct room *room, const struct bootinfo *b, uint64_t bytes, const char *what,
                     struct range *r, struct text *why)
{
    uint64_t pages = ALIGN_UP(bytes, PAGE_BYTES);

    if (bytes > b->share[0].bytes || pages > room->end - room->at)
        return refuse(why, ST_NOMEM, STR(what), STR(" ("), DEC(bytes / KIB),
                      STR(" KiB) does not fit into the "), DEC(b->share[0].bytes / KIB),
                      STR(" KiB share of core "), DEC(b->core), STR(": boot with more RAM"));
    *r = (struct range){room->at, pages};
    room->at += pages;
    return ST_OK;
}

/* The sentence of a reader, with the name of the file before it. */
static status_t about_file(const char *name, status_t st, struct text *why)
{
    char inner[160];
    struct text copy;

    if (!why)
        return st;
    text_init(&copy, inner, sizeof inner);
    text_put(&copy, STR(why->buf));
    return refuse(why, st, STR("file "), STR(name), STR(" of the bundle: "), STR(inner));
}

status_t load_find(const struct range *bundle, const char *name, struct cpio_file *f,
                   struct text *why)
{
    status_t st = cpio_find(memory(bundle->base), bundle->bytes, name, f, why);

    if (st == ST_NOT_FOUND)
        return refuse(why, st, STR("the bundle (initrd) holds no file "), STR(name),
                      STR(": make it with tools/bundle.sh"));
    return st == ST_OK ? ST_OK : about_file(name, st, why);
}

static status_t find_program(const struct bootinfo *b, const char *name, struct cpio_file *f,
                             struct elf_plan *plan, struct text *why)
{
    status_t st;

    if ((st = load_find(&b->bundle, name, f, why)) != ST_OK)
        return st;
    if ((st = elf_check(f->data, f->bytes, plan, why)) != ST_OK)
        return about_file(name, st, why);
    return ST_OK;
}

/* --- the CPU driver --------------------------------------------------------------------------- */

static status_t check_kernel(const struct elf_plan *plan, struct text *why)
{
    const struct elf_segment *s = &plan->segment[plan->entry_segment];

    for (uint32_t i = 0; i < plan->nsegments; i++)
        if ((plan->segment[i].perm & PERM_WRITE) && !plan->segment[i].relro)
            return refuse(why, ST_FORMAT,
                          STR("file " CPU_DRIVER_NAME " of the bundle: it has "
                              "writable data at "),
                          HEX(plan->segment[i].va),
                          STR("; all that a CPU driver writes must be in its control block"));
    if (plan->entry - s->va + sizeof(struct kernel_header) > s->file_bytes)
        return refuse(why, ST_FORMAT,
                      STR("file " CPU_DRIVER_NAME " of the bundle: its entry point "
                          "is not a kernel header"));
    return ST_OK;
}

static status_t check_kernel_header(const struct elf_plan *plan, const struct kernel_header *h,
                                    struct text *why)
{
    vaddr_t entry = plan->entry + h->entry;

    if (h->magic != KERNEL_HEADER_MAGIC)
        return refuse(why, ST_FORMAT,
                      STR("file " CPU_DRIVER_NAME " of the bundle: no kernel header "
                          "at its entry point"));
    if (h->version != BOOTINFO_VERSION)
        return refuse(why, ST_FORMAT,
                      STR("file " CPU_DRIVER_NAME " of the bundle expects bootinfo "
                          "version "),
                      DEC(h->version), STR("; this boot image makes version "),
                      DEC(BOOTINFO_VERSION), STR(": build both from the same source"));
    for (uint32_t i = 0; i < plan->nsegments; i++) {
        const struct elf_segment *s = &plan->segment[i];

        if ((s->perm & PERM_EXECUTE) && entry % 4 == 0 && entry >= s->va &&
            entry - s->va < s->file_bytes)
            return ST_OK;
    }
    return refuse(why, ST_FORMAT,
                  STR("file " CPU_DRIVER_NAME " of the bundle: its kernel header "
                      "names an entry outside its code"));
}

static status_t load_kernel(struct bootinfo *b, struct room *room, struct kmap_plan *map,
                            struct handover *h, struct text *why)
{
    struct elf_plan *plan = &map->kernel;
    struct kernel_header header;
    struct range page;
    struct cpio_file f;
    status_t st;

    if ((st = find_program(b, CPU_DRIVER_NAME, &f, plan, why)) != ST_OK)
        return st;
    if ((st = check_kernel(plan, why)) != ST_OK)
        return st;
    if ((st = take(room, b, plan->high - plan->low, "the CPU driver", &b->kernel, why)) != ST_OK)
        return st;
    elf_load(plan, f.data, memory(b->kernel.base), KERNEL_BASE + b->kernel.base);
    memcpy(&header, memory(elf_at(plan, plan->entry, b->kernel.base)), sizeof header);
    if ((st = check_kernel_header(plan, &header, why)) != ST_OK)
        return st;
    h->entry = KERNEL_BASE + elf_at(plan, plan->entry, b->kernel.base) + header.entry;

    if ((st = take(room, b, PAGE_BYTES, "the hand-over page", &page, why)) != ST_OK)
        return st;
    memset(memory(page.base), 0, PAGE_BYTES);
    memcpy(memory(page.base), handover_copy, (size_t)(handover_copy_end - handover_copy));
    map->handover = page.base;
    h->code = KERNEL_BASE + page.base;

    if ((st = take(room, b, header.kcb_bytes, "the kernel control block", &b->kcb, why)) != ST_OK)
        return st;
    memory_zero(b->kcb.base, b->kcb.bytes);
    return ST_OK;
}

/* --- the monitor ------------------------------------------------------------------------------ */

static status_t load_monitor(struct bootinfo *b, struct room *room, struct text *why)
{
    struct elf_plan plan;
    struct range whole;
    struct cpio_file f;
    status_t st;

    if ((st = find_program(b, MONITOR_NAME, &f, &plan, why)) != ST_OK)
        return st;
    if (!(plan.segment[plan.entry_segment].perm & PERM_EXECUTE))
        return refuse(why, ST_FORMAT,
                      STR("file " MONITOR_NAME " of the bundle: its entry point is "
                          "not code"));
    if ((st = take(room, b, plan.high - plan.low, "the monitor", &whole, why)) != ST_OK)
        return st;
    elf_load(&plan, f.data, memory(whole.base), USER_IMAGE);

    memset(b->segment, 0, sizeof b->segment);
    b->nsegments = plan.nsegments;
    for (uint32_t i = 0; i < plan.nsegments; i++) {
        const struct elf_segment *s = &plan.segment[i];
        vaddr_t first = ALIGN_DOWN(s->va, PAGE_BYTES);

        b->segment[i] = (struct boot_segment){
            .base = elf_at(&plan, first, whole.base),
            .va = elf_at(&plan, first, USER_IMAGE),
            .bytes = ALIGN_UP(s->va + s->mem_bytes, PAGE_BYTES) - first,
            .perm = s->relro ? PERM_READ : s->perm,
        };
    }
    b->monitor_entry = elf_at(&plan, plan.entry, USER_IMAGE);
    cache_sync_code(whole.base, whole.bytes);
    return ST_OK;
}
_Static_assert(ELF_SEGMENTS_MAX == MONITOR_SEGMENTS, "a monitor with all its segments fits");

/* --- both, and the way into it ---------------------------------------------------------------- */

status_t load_core(struct bootinfo *b, struct handover *h, struct text *why)
{
    struct room room = {b->share[0].base + BOOTINFO_BYTES,
                        b->share[0].base + b->share[0].bytes - SCRATCH_BYTES};
    struct range tables;
    struct kmap_plan map;
    struct cpio_file start;
    status_t st;

    memset(h, 0, sizeof *h);
    /* Without it the monitors would start nothing, not even a console to say so. */
    if ((st = load_find(&b->bundle, "etc/start", &start, why)) != ST_OK)
        return st;
    if ((st = load_kernel(b, &room, &map, h, why)) != ST_OK)
        return st;
    if ((st = load_monitor(b, &room, why)) != ST_OK)
        return st;
    if ((st = take(&room, b, KMAP_TABLE_PAGES * PAGE_BYTES, "the page tables", &tables, why)) !=
        ST_OK)
        return st;
    map.tables = tables.base;
    if ((st = kmap_build(b, &map, why)) != ST_OK)
        return st;

    b->free = (struct range){map.free, b->share[0].base + b->share[0].bytes - map.free};
    cache_sync_code(b->kernel.base, map.handover + PAGE_BYTES - b->kernel.base);
    h->info = KERNEL_BASE + b->share[0].base;
    h->kernel_root = b->kernel_root;
    h->empty_root = map.empty;
    return ST_OK;
}

_Noreturn void load_enter(const struct handover *h)
{
    dsb_ish(); /* the tables are complete before the walker reads them */
    handover(h->info, h->entry, h->kernel_root, h->empty_root,
             mmu_tcr(read_id_aa64mmfr0_el1(), MMU_T0SZ), h->code);
}
