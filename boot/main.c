/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/main - the first core: from a device tree to a machine cut into shares.
 *
 * boot_main is the list of steps. Each ends in order or in boot_fatal, which says in one
 * sentence what is wrong and ends the run.
 */
#include <string.h>
#include "boot/console.h"
#include "boot/cut.h"
#include "boot/dtb.h"
#include "boot/early_map.h"
#include "boot/end.h"
#include "boot/fatal.h"
#include "boot/gic.h"
#include "boot/load.h"
#include "boot/phase.h"
#include "boot/record.h"
#include "boot/say.h"
#include "boot/secondary.h"
#include "boot/slots.h"
#include "boot/start.h"
#include "lib/aarch64/cache.h"
#include "lib/base/check.h"
#include "lib/fdt/tree.h"

#define CURRENTEL_EL FIELD(3, 2)

/* All that the first core's boot knows; gone when it enters its CPU driver. */
static struct {
    struct machine machine;
    struct cut cut;
    struct measure measure;
    struct range dtb;
    uint64_t reset_ticks, mpidr;
    uint32_t spis;
    char why_text[320];
    struct text why;
} boot;

static void must(status_t st)
{
    if (st != ST_OK)
        boot_fatal(boot.why_text);
}

static void must_map(paddr_t pa, uint64_t bytes, enum map_kind kind, const char *what)
{
    if (early_map_more(pa, bytes, kind) != ST_OK)
        must(refuse(&boot.why, ST_MAPPED, STR(what), STR(" at "), HEX(pa),
                    STR(" overlaps something else or is out of reach: check the device tree")));
}

static struct bootinfo *info_of(uint32_t core)
{
    return (struct bootinfo *)(uintptr_t)boot.cut.share[core][0].base;
}

/* --- phases: what each measures --------------------------------------------------------------- */

static void measure(enum boot_phase phase, const void *bytes, size_t n)
{
    CHECK(phase_begin(&boot.measure, phase) == ST_OK);
    CHECK(phase_bytes(&boot.measure, bytes, n) == ST_OK);
    CHECK(phase_end(&boot.measure, read_cntvct_el0()) == ST_OK);
}

/* The bootinfo that is handed over, but for what depends on the measurement or on time. */
static void measure_handoff(const struct bootinfo *b)
{
    const uint8_t *p = (const uint8_t *)b;
    size_t stop = offsetof(struct bootinfo, reset_ticks), go = offsetof(struct bootinfo, kernel);
    size_t end = offsetof(struct bootinfo, entry_ticks);

    CHECK(phase_begin(&boot.measure, PHASE_Handoff) == ST_OK);
    CHECK(phase_bytes(&boot.measure, p, stop) == ST_OK);
    CHECK(phase_bytes(&boot.measure, p + go, end - go) == ST_OK);
    CHECK(phase_end(&boot.measure, read_cntvct_el0()) == ST_OK);
}

/*
 * The log area is not built yet; its place in what is hashed is an empty range, so that a
 * later one changes the measurement.
 */
static void measure_witness(void)
{
    struct {
        char bootargs[BOOTARGS_BYTES];
        struct range log;
    } used = {.log = {0, 0}};

    memcpy(used.bootargs, boot.machine.bootargs, sizeof used.bootargs);
    measure(PHASE_WitnessInit, &used, sizeof used);
}

/* --- the steps -------------------------------------------------------------------------------- */

/* Where an error can be heard, and how to end: from whatever of the tree can be read. */
static void find_console(const void *dtb)
{
    const struct machine *m = &boot.machine;

    dtb_lifeline(dtb, &boot.machine);
    if (m->reset.bytes)
        must_map(m->reset.base, m->reset.bytes, MAP_DEVICE, "the reset block");
    end_ways(m);
    must(console_open(m, &boot.why));
}

static void check_tree(const void *dtb)
{
    if (dtb == NULL || (uintptr_t)dtb % 8 != 0 || (uintptr_t)dtb >= PHYS_LIMIT)
        must(refuse(&boot.why, ST_FORMAT, STR("x0 is not the address of a device tree")));
    must(tree_check_header(dtb, TREE_BYTES_MAX, &boot.why));
    find_console(dtb);
    must(tree_check(dtb, TREE_BYTES_MAX, &boot.why));
    if (read_cntfrq_el0() == 0)
        must(refuse(&boot.why, ST_STATE, STR("the firmware left CNTFRQ_EL0 zero")));
}

static void read_tree(const void *dtb)
{
    must(dtb_read(dtb, boot.mpidr, &boot.machine, &boot.why));
    must(console_choose(&boot.machine, &boot.why));
    if (boot.machine.bundle.bytes == 0)
        must(refuse(&boot.why, ST_NOT_FOUND,
                    STR("there is no bundle of programs: start with -initrd build/bundle.cpio")));
    boot.dtb = (struct range){(paddr_t)(uintptr_t)dtb, tree_bytes(dtb)};
    measure(PHASE_HalInit, dtb, tree_used_bytes(dtb));
}

static void cut_memory(void)
{
    const struct range keep[] = {
        {(paddr_t)(uintptr_t)image_start, (uint64_t)(image_end - image_start)},
        boot.dtb,
        boot.machine.bundle,
    };
    const struct cut *cut = &boot.cut;

    must(cut_ram(&boot.machine, keep, ARRAY_LEN(keep), &boot.cut, &boot.why));
    CHECK(phase_begin(&boot.measure, PHASE_MemoryInit) == ST_OK);
    CHECK(phase_bytes(&boot.measure, cut->share, boot.machine.ncores * sizeof cut->share[0]) ==
          ST_OK);
    CHECK(phase_bytes(&boot.measure, &cut->mesh, sizeof cut->mesh) == ST_OK);
    CHECK(phase_end(&boot.measure, read_cntvct_el0()) == ST_OK);
}

/* Our own share; of the others only where bootinfo and scratch are. */
static void map_memory(void)
{
    for (uint32_t i = 0; i < boot.machine.ncores; i++) {
        struct range r = boot.cut.share[i][0];

        if (i == 0 || r.bytes == 0) {
            must_map(r.base, r.bytes, MAP_RW, "a share");
            continue;
        }
        must_map(r.base, BLOCK_BYTES, MAP_RW, "a share");
        must_map(r.base + r.bytes - BLOCK_BYTES, BLOCK_BYTES, MAP_RW, "a share");
    }
    must_map(boot.cut.mesh.base, boot.cut.mesh.bytes, MAP_RW, "the mesh");
    must_map(boot.machine.bundle.base, boot.machine.bundle.bytes, MAP_RO, "the bundle");

    /* Rings start empty, which is zero. */
    memory_zero(boot.cut.mesh.base, boot.cut.mesh.bytes);
}

static void check_bundle(void)
{
    const struct range *r = &boot.machine.bundle;
    char inner[160];
    struct text why;

    text_init(&why, inner, sizeof inner);
    if (cpio_check((const void *)(uintptr_t)r->base, r->bytes, &why) != ST_OK)
        must(refuse(&boot.why, ST_FORMAT, STR("the bundle (initrd) at "), HEX(r->base), STR(", "),
                    DEC(r->bytes), STR(" bytes, is not what cpio -H newc writes: "), STR(inner)));
}

static void start_gic(void)
{
    const struct machine_gic *g = &boot.machine.gic;

    must_map(g->dist.base, g->dist.bytes, MAP_DEVICE, "the interrupt distributor");
    for (uint32_t i = 0; i < g->nredist; i++)
        must_map(g->redist[i].base, g->redist[i].bytes, MAP_DEVICE, "the redistributors");
    must(gic_distributor(g, boot.mpidr, &boot.spis, &boot.why));
}

/* Slots come many to a page, which is mapped when it is met first. False: something else is there. */
static bool map_slot(paddr_t page)
{
    static paddr_t mapped[VIRTIO_MAX];
    static uint32_t n;

    for (uint32_t i = 0; i < n; i++)
        if (mapped[i] == page)
            return true;
    if (early_map_more(page, PAGE_BYTES, MAP_DEVICE) != ST_OK)
        return false;
    mapped[n++] = page;
    return true;
}

static uint32_t look_at_slot(const struct range *regs)
{
    enum { MAGIC = 0, DEVICE_ID = 2, MAGIC_VALUE = 0x74726976 }; /* virtio 1.2, 4.2.2: words */
    paddr_t page = ALIGN_DOWN(regs->base, PAGE_BYTES);
    const volatile uint32_t *word = (const volatile uint32_t *)(uintptr_t)regs->base;

    if (regs->base % 4 != 0 || regs->bytes < (DEVICE_ID + 1) * 4 || !map_slot(page) ||
        ALIGN_DOWN(regs->base + regs->bytes - 1, PAGE_BYTES) != page)
        return 0;
    return word[MAGIC] == MAGIC_VALUE ? word[DEVICE_ID] : 0;
}

/* Unlike what the others look like, each core's info names its own things only. */
static void fill_info(struct bootinfo *b, core_id core)
{
    const struct machine *m = &boot.machine;
    bool el2 = FIELD_GET(CURRENTEL_EL, read_currentel()) == 2;

    memset(b, 0, sizeof *b);
    b->magic = BOOTINFO_MAGIC;
    b->version = BOOTINFO_VERSION;
    b->flags = (el2 ? BOOT_EL2 : 0u) | (m->semihosting ? BOOT_SEMIHOSTING : 0u);
    b->core = core;
    b->ncores = (core_id)m->ncores;
    b->start_method = m->start;
    memcpy(b->share, boot.cut.share[core], sizeof b->share);
    b->mesh = boot.cut.mesh;
    b->pair_bytes = cut_pair_bytes(m->ncores);
    b->bundle = m->bundle;
    b->dtb = boot.dtb;
    b->secondary_entry = (paddr_t)(uintptr_t)secondary_entry;
    b->gic = (struct boot_gic){
        .version = m->gic.version, .spis = boot.spis, .dist = m->gic.dist, .cpu = m->gic.cpu};
    if (m->gic.version == 3)
        must(gic_redistributor(&m->gic, m->cores[core].mpidr, &b->gic.redist, &boot.why));
    b->timer_intid = el2 ? m->timer_hyp : m->timer_virt;
    b->console_kind = m->console_kind;
    b->console = m->console;
    b->console_intid = m->console_intid;
    b->reset = m->reset;
    if (core == 0) { /* the devices are all the first core's share */
        b->ndevices = m->ndevices;
        memcpy(b->device, m->device, sizeof b->device);
    }
    memcpy(b->cores, m->cores, sizeof b->cores[0] * m->ncores);
    memcpy(b->bootargs, m->bootargs, sizeof b->bootargs);
    b->reset_ticks = boot.reset_ticks;
}

/* What would end the run if it were the first core's. */
static void say_left_out(void)
{
    paddr_t uart = boot.machine.console_kind ? boot.machine.console.base : 0;

    say(uart, "boot: ");
    say(uart, boot.why_text);
    say(uart, ": it is left out\n");
    text_clear(&boot.why);
}

/*
 * A core that has no redistributor gets no interrupt, and could not be stopped: the rest go on without it.
 * Its memory has been cut already and lies idle.
 */
static void leave_out_cores_without_redistributor(void)
{
    struct machine *m = &boot.machine;
    struct range r;

    for (uint32_t i = 0; m->gic.version == 3 && i < m->ncores; i++) {
        if (!m->cores[i].present ||
            gic_redistributor(&m->gic, m->cores[i].mpidr, &r, &boot.why) == ST_OK)
            continue;
        if (i == 0)
            must(ST_NOT_FOUND);
        m->cores[i].present = 0;
        say_left_out();
    }
}

static void fill_infos(void)
{
    struct machine *m = &boot.machine;

    if (FIELD_GET(CURRENTEL_EL, read_currentel()) == 2 && m->timer_hyp == 0)
        must(refuse(&boot.why, ST_UNSUPPORTED,
                    STR("the device tree names no interrupt of the hypervisor's timer, which is "
                        "the one to use at EL2")));
    leave_out_cores_without_redistributor();
    for (uint32_t i = 0; i < m->ncores; i++)
        m->cores[i].info = boot.cut.share[i][0].base;
    for (uint32_t i = 0; i < m->ncores; i++)
        if (m->cores[i].present)
            fill_info(info_of(i), (core_id)i);
}

static void measure_file(enum boot_phase phase, const char *name)
{
    struct cpio_file f;

    must(load_find(&boot.machine.bundle, name, &f, &boot.why));
    measure(phase, f.data, f.bytes);
}

static void measure_cores(void)
{
    const struct machine *m = &boot.machine;
    uint32_t start = m->start;

    CHECK(phase_begin(&boot.measure, PHASE_SchedulerInit) == ST_OK);
    CHECK(phase_bytes(&boot.measure, &start, sizeof start) == ST_OK);
    CHECK(phase_bytes(&boot.measure, m->cores, m->ncores * sizeof m->cores[0]) == ST_OK);
    CHECK(phase_end(&boot.measure, read_cntvct_el0()) == ST_OK);
}

/*
 * Other cores read their bootinfo with their caches off and write their scratch past the
 * caches: nothing of either may be left in ours.
 */
static void publish(void)
{
    const struct machine *m = &boot.machine;

    for (uint32_t i = 0; i < m->ncores; i++) {
        struct range r = boot.cut.share[i][0];
        struct bootinfo *b = info_of(i);

        if (!m->cores[i].present)
            continue;
        memcpy(b->phase_ticks, boot.measure.ticks, sizeof b->phase_ticks);
        memcpy(b->measurement, boot.measure.value, sizeof b->measurement);
        if (i == 0)
            continue;
        cache_clean_invalidate(r.base, BOOTINFO_BYTES);
        cache_clean_invalidate(r.base + r.bytes - SCRATCH_BYTES, SCRATCH_BYTES);
    }
    cache_clean((uint64_t)(uintptr_t)image_start, (uint64_t)(image_end - image_start));
    secondary_expect(m->cores, m->ncores);
}

/* --- what is said ------------------------------------------------------------------------------- */

static void print_records(void)
{
    struct record_facts f = {.machine = &boot.machine,
                             .info = info_of(0),
                             .counter_hz = read_cntfrq_el0(),
                             .now_ticks = read_cntvct_el0(),
                             .midr = read_midr_el1()};
    paddr_t uart = boot.machine.console_kind ? boot.machine.console.base : 0;
    static char buf[2048]; /* twice the bootargs fit, if every character needs escaping */
    struct text t;

    for (uint32_t i = 0; i < boot.machine.nram; i++)
        f.ram_bytes += boot.machine.ram[i].bytes;
    text_init(&t, buf, sizeof buf);
    record_people(&t, &f);
    say(uart, buf);
    say(uart, "\n");
    for (unsigned n = 0; n <= BOOT_PHASES; n++) {
        text_clear(&t);
        if (n == 0)
            record_boot(&t, &f);
        else
            record_phase(&t, &f, n);
        say(uart, "\x1e");
        say(uart, buf);
        say(uart, "\n");
    }
}

/* start.S: MMU on; reachable are the image and, if there is one at x0, the device tree. */
_Noreturn void boot_main(const void *dtb, uint64_t reset_ticks);
_Noreturn void boot_main(const void *dtb, uint64_t reset_ticks)
{
    struct handover h;

    text_init(&boot.why, boot.why_text, sizeof boot.why_text);
    boot.reset_ticks = reset_ticks;
    boot.mpidr = read_mpidr_el1() & MPIDR_AFFINITY;
    measure_start(&boot.measure);

    check_tree(dtb);
    read_tree(dtb);
    cut_memory();
    map_memory();
    check_bundle();
    start_gic();
    slots_keep(&boot.machine, look_at_slot);
    fill_infos();
    measure_file(PHASE_CapabilityInit, CPU_DRIVER_NAME);
    measure_witness();
    measure_cores();
    measure_file(PHASE_RootPartition, MONITOR_NAME);
    must(load_core(info_of(0), &h, &boot.why));
    measure_handoff(info_of(0));
    info_of(0)->entry_ticks = reset_ticks;
    publish();
    print_records();
    load_enter(&h);
}
