/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/main - bring-up of one core: from what boot handed over to its monitor at EL0.
 *
 * The first capabilities are made here, by hand, because there is nobody yet to ask for
 * them: all memory that is left of the share, the devices, this core's pairs of the mesh. They go
 * to the monitor, which is the root of all authority on this core.
 */
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/aarch64/pte.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/gate.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/panic.h"
#include "cpudriver/retype.h"
#include "cpudriver/space.h"
#include "cpudriver/task.h"
#include "lib/abi/program.h"
#include "lib/base/check.h"
#include <string.h>

#define MONITOR_SLOTS 12288u
#define MONITOR_SPACE_PAGES 128u
#define MONITOR_STACK_PAGES 16u
#define SLICE_NS 2000000u
#define LOG_BYTES (16u * MIB)
#define LOG_LEAST 1024u     /* records */
#define RECOVERY_MOST 16384u /* to map the logs of 64 cores, twice, and what else two programs need */
#define SEGMENT_LEAST 8u

_Noreturn void kernel_main(const struct bootinfo *info, struct kcb *k);

/* The share below the first RAM capability: taken from the front, cleared. */
struct early {
    struct kcb *k;
    paddr_t next, end;
    struct captable *table;
};

static void clear(uint8_t *p, uint64_t bytes)
{
    for (; bytes >= PAGE_BYTES; bytes -= PAGE_BYTES, p += PAGE_BYTES)
        clear_page((uint64_t *)(void *)p);
    memset(p, 0, bytes);
}

static void *take(struct early *e, uint64_t bytes, uint64_t align)
{
    paddr_t at = ALIGN_UP(e->next, align);

    if (at + bytes > e->end)
        panic(e->k, "this core's share of memory is too small for its monitor", NULL);
    e->next = at + bytes;
    clear(kva(at), bytes);
    return kva(at);
}

static handle_t give(struct early *e, enum cap_type type, uint64_t object, uint64_t value,
                     uint8_t rights, struct cap **out)
{
    struct cap *c;

    if (cap_take_slot(e->table, &c) != ST_OK)
        panic(e->k, "the monitor's capability table is too small", NULL);
    c->table = ref_of(e->k, e->table);
    cap_fill(e->k, c, type, object, value, rights, NULL);
    emit_cap(e->k, NULL, WITNESS_CAPABILITY_GRANT, 0, NULL, c);
    if (out)
        *out = c;
    return cap_handle(e->k, c);
}

static void map_all(struct early *e, struct cap *frame, struct space *s, vaddr_t va, uint32_t perm)
{
    uint64_t pages = frame->value / PAGE_BYTES;

    for (uint64_t first = 0; first < pages; first += MAP_SLICE) {
        uint64_t n = pages - first < MAP_SLICE ? pages - first : MAP_SLICE;

        if (space_map(e->k, frame, s, va, perm, first, n) != ST_OK)
            panic(e->k, "the monitor cannot be mapped", NULL);
    }
}

static handle_t give_frame(struct early *e, const struct range *r, uint8_t rights)
{
    return give(e, CAP_FRAME, r->base, ALIGN_UP(r->bytes, PAGE_BYTES), rights, NULL);
}

static void map_new(struct early *e, struct space *s, paddr_t pa, uint64_t bytes, vaddr_t va,
                    uint32_t perm)
{
    struct cap *frame;

    give(e, CAP_FRAME, pa, bytes, RIGHTS_ALL, &frame);
    map_all(e, frame, s, va, perm);
}

/* --- the KCB ------------------------------------------------------------------------------- */

static void init_kcb(struct kcb *k, const struct bootinfo *info)
{
    uint64_t hz = read_cntfrq_el0(), lowest = UINT64_MAX;

    k->stack_top = (uint64_t)(uintptr_t)k + KCB_BYTES;
    k->panic_frame = &k->panic_area;
    k->panic_stack_top = (uint64_t)(uintptr_t)k->panic_stack + sizeof k->panic_stack;
    k->version = KCB_VERSION;
    k->bytes = KCB_BYTES;
    k->info = info;
    k->to_ns = scale_factor(1000000000u, hz);
    k->to_ticks = scale_factor(hz, 1000000000u);
    for (unsigned i = 0; i < SHARE_RANGES; i++)
        if (info->share[i].bytes && info->share[i].base < lowest)
            lowest = info->share[i].base;
    k->ref_base = KERNEL_BASE + lowest - sizeof(struct cap); /* so that no reference is 0 */
    runq_init(&k->runq, k->edf_slots, k->fair_slots, k->renew_slots, TASKS_MAX,
              (uint32_t)scale(SLICE_NS, k->to_ticks));
    k->runq.grain = (uint8_t)priority_grain(hz);
    heap_init(&k->timers, k->timer_slots, TASKS_MAX);
    list_init(&k->dying);
    list_init(&k->asid_lru);
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&k->bucket[i].sleepers);
}

/* The number behind `name` in the boot arguments, at most 65,536; `otherwise` if it is not there. */
static uint32_t argument(const struct kcb *k, const char *name, uint32_t otherwise)
{
    const char *at = strstr(k->info->bootargs, name);
    uint32_t n = 0;

    if (!at)
        return otherwise;
    for (at += strlen(name); *at >= '0' && *at <= '9' && n < 65536; at++)
        n = n * 10 + (uint32_t)(*at - '0');
    return n;
}

/* "skerry.epoch=N" makes epochs of N ms, 0 none.
 * "skerry.asids=N", N >= 2, makes address-space ids scarce, to test that they are only a cache; "skerry.segment=N" makes
 * segments of the witness log short, "skerry.log=N" the log itself (records). */
static void read_bootargs(struct kcb *k)
{
    uint32_t n = argument(k, "skerry.asids=", 0);

    if (n >= 2 && n < k->nasids)
        k->nasids = n;
    n = argument(k, "skerry.segment=", LOG_SEGMENT_RECORDS);
    k->segment_records = n < SEGMENT_LEAST ? SEGMENT_LEAST : n;
}

/* ---- the witness log ---- */

/* A sixteenth of the memory of this core and at most LOG_BYTES, in records a power of two. */
static uint64_t log_records(const struct kcb *k)
{
    uint64_t most = k->info->share[0].bytes / 16, n = argument(k, "skerry.log=", 0);
    uint64_t records = LOG_LEAST;

    if (n != 0)
        most = n * WITNESS_BYTES;
    while (records * 2 * WITNESS_BYTES <= most && records * 2 * WITNESS_BYTES <= LOG_BYTES)
        records *= 2;
    return records;
}

/* The first core's log is stored by programs of the first core: to start them again needs some of it. */
static uint32_t recovery_records(const struct kcb *k)
{
    uint64_t quarter = k->log.capacity / 4;

    return k->info->core != 0 ? 0 : quarter < RECOVERY_MOST ? (uint32_t)quarter : RECOVERY_MOST;
}

/* Not cleared: what was not written yet is told by the head. First of all records: what was booted. */
static void open_log(struct early *e, struct program_info *p)
{
    struct kcb *k = e->k;
    uint64_t bytes = LOG_HEAD_BYTES + log_records(k) * WITNESS_BYTES, half[4];
    struct range log = { ALIGN_UP(e->next, PAGE_BYTES), bytes };

    if (log.base + bytes > e->end)
        panic(k, "this core's share of memory is too small for its witness log", NULL);
    e->next = log.base + bytes;
    emit_init(k, kva(log.base), bytes);
    k->log.recovery = recovery_records(k);
    memcpy(half, k->info->measurement, sizeof half);
    emit(k, NULL, WITNESS_BOOT_ATTESTATION, 0, 0, half[0], half[1]);
    emit(k, NULL, WITNESS_BOOT_COMPLETE, 0, 0, half[2], half[3]);
    p->witness = give_frame(e, &log, RIGHT_READ | RIGHT_GRANT);
}

/* --- the monitor --------------------------------------------------------------------------- */

static void give_memory(struct early *e, struct program_info *p)
{
    const struct bootinfo *b = e->k->info;
    struct range info = { kpa(b), BOOTINFO_BYTES };

    p->bootinfo = give_frame(e, &info, RIGHT_READ | RIGHT_GRANT);
    p->bundle = give_frame(e, &b->bundle, RIGHT_READ | RIGHT_EXECUTE | RIGHT_GRANT);
    p->dtb = give_frame(e, &b->dtb, RIGHT_READ | RIGHT_GRANT);
    for (unsigned i = 1; i < SHARE_RANGES; i++)
        if (b->share[i].bytes)
            p->share[i] = give(e, CAP_RAM, b->share[i].base, b->share[i].bytes, RIGHTS_ALL, NULL);
}

static void give_devices(struct early *e, struct program_info *p)
{
    const struct bootinfo *b = e->k->info;
    const uint8_t rights = RIGHT_READ | RIGHT_WRITE | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_PROVE;

    for (unsigned i = 0; i < b->ndevices; i++) {
        const struct boot_device *d = &b->device[i];

        p->device[i] = give(e, CAP_DEVICE, ALIGN_DOWN(d->regs.base, PAGE_BYTES),
                            ALIGN_UP(d->regs.bytes, PAGE_BYTES), rights, NULL);
        if (d->intid)
            p->irq[i] = give(e, CAP_IRQ, d->intid, 0, rights, NULL);
    }
    if (b->core == 0 && b->console_kind) {
        p->console_device = give(e, CAP_DEVICE, b->console.base,
                                 ALIGN_UP(b->console.bytes, PAGE_BYTES), rights, NULL);
        if (b->console_intid)
            p->console_irq = give(e, CAP_IRQ, b->console_intid, 0, rights, NULL);
    }
    gate_init(e->k, p->proof_secret);
    p->coreboot = give(e, CAP_COREBOOT, 0, 0, RIGHTS_ALL, NULL);
    p->island = give(e, CAP_ISLAND, b->core, 0, RIGHTS_ALL, NULL);
    p->machine = give(e, CAP_MACHINE, 0, 0, RIGHTS_ALL, NULL);
}

static void give_neighbours(struct early *e, struct program_info *p)
{
    const struct bootinfo *b = e->k->info;

    for (core_id i = 0; i < b->ncores; i++) {
        p->doorbell[i] = give(e, CAP_DOORBELL, i, 0, RIGHTS_ALL, NULL);
        if (i != b->core && b->mesh.bytes) {
            struct range pair = { b->mesh.base + pair_index(i, b->core) * b->pair_bytes,
                                  b->pair_bytes };

            p->pair[i] = give_frame(e, &pair, RIGHTS_ALL);
        }
    }
}

static struct space *make_space(struct early *e, struct program_info *p)
{
    paddr_t at = kpa(take(e, MONITOR_SPACE_PAGES * PAGE_BYTES, PAGE_BYTES));
    struct space *s = space_of(at);

    if (space_init(e->k, s, MONITOR_SPACE_PAGES) != ST_OK)
        panic(e->k, "no address space for the monitor", NULL);
    p->space = give(e, CAP_SPACE, (uint64_t)(uintptr_t)s, 0, RIGHTS_ALL, NULL);
    return s;
}

static void map_monitor(struct early *e, struct space *s, const struct program_info *p)
{
    const struct bootinfo *b = e->k->info;

    for (unsigned i = 0; i < b->nsegments; i++)
        map_new(e, s, b->segment[i].base, b->segment[i].bytes, b->segment[i].va,
                b->segment[i].perm);
    map_new(e, s, kpa(take(e, MONITOR_STACK_PAGES * PAGE_BYTES, PAGE_BYTES)),
            MONITOR_STACK_PAGES * PAGE_BYTES,
            USER_STACK_TOP - MONITOR_STACK_PAGES * PAGE_BYTES, PERM_READ | PERM_WRITE);
    map_new(e, s, kpa(p), PAGE_BYTES, USER_INFO, PERM_READ);
}

static void fill_info(struct early *e, struct program_info *p, const struct task *t)
{
    const struct bootinfo *b = e->k->info;

    p->magic = PROGRAM_MAGIC;
    p->core = b->core;
    p->ncores = b->ncores;
    p->counter_hz = read_cntfrq_el0();
    p->reset_ticks = b->reset_ticks;
    p->bucket = t->bucket;
    memcpy(p->name, "monitor", sizeof "monitor");
    memcpy(p->args, b->bootargs, PROGRAM_ARGS_BYTES - 1);
}

static struct task *make_monitor(struct kcb *k)
{
    const struct bootinfo *b = k->info;
    struct early e = { .k = k, .next = b->free.base, .end = b->free.base + b->free.bytes };
    struct program_info *p;
    struct space *s;
    struct large_task *l;
    struct task *t;

    e.table = take(&e, MONITOR_SLOTS * sizeof(struct cap), PAGE_BYTES);
    captable_init(k, e.table, MONITOR_SLOTS);
    p = take(&e, PAGE_BYTES, PAGE_BYTES);
    open_log(&e, p);
    l = take(&e, sizeof *l, PAGE_BYTES);
    t = &l->task;
    if (task_init(k, t, &l->tail) != ST_OK)
        panic(k, "no task for the monitor", NULL);
    t->table = e.table;
    list_append(&e.table->tasks, &t->table_link);
    p->task = give(&e, CAP_TASK, (uint64_t)(uintptr_t)&t->object, 0, RIGHTS_ALL, NULL);
    p->table = give(&e, CAP_CAPTABLE, (uint64_t)(uintptr_t)e.table, 0, RIGHTS_ALL, NULL);
    s = make_space(&e, p);
    t->space = s;
    list_append(&s->tasks, &t->space_link);
    give_memory(&e, p);
    give_devices(&e, p);
    give_neighbours(&e, p);
    fill_info(&e, p, t);
    map_monitor(&e, s, p);

    /* What is left, once nothing more is taken from it. */
    e.next = ALIGN_UP(e.next, PAGE_BYTES);
    p->share[0] = give(&e, CAP_RAM, e.next, ALIGN_DOWN(e.end, PAGE_BYTES) - e.next, RIGHTS_ALL, NULL);

    t->frame.pc = b->monitor_entry;
    t->frame.sp = USER_STACK_TOP;
    t->frame.x[0] = USER_INFO;
    return t;
}

_Noreturn void kernel_main(const struct bootinfo *info, struct kcb *k)
{
    struct task *monitor;

    init_kcb(k, info);
    cpu_init(k);
    if (info->magic != BOOTINFO_MAGIC || info->version != BOOTINFO_VERSION)
        panic(k, "boot and CPU driver are of different versions", NULL);
    read_bootargs(k);
    gic_init(k);
    monitor = make_monitor(k);
    k->root = monitor;
    epoch_init(k, scale((uint64_t)argument(k, "skerry.epoch=", EPOCH_MS) * 1000000, k->to_ticks));
    task_wake(k, monitor, (status_t)-1);
    enter_el0(task_pick(k));
}
