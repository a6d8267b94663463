/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb: what it reads from trees that are right, and what it says about those that are not.
 * The properties D1 to D6 are checked by tests/support/machine_sound.
 */
#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boot/dtb.h"
#include "boot/slots.h"
#include "lib/aarch64/brcm_pm.h"
#include "lib/fdt/tree.h"
#include "tests/support/machine_sound.h"
#include "tests/support/tree_build.h"

static const struct tree_spec eight = {.cores = 8, .gic = 3, .clusters = 2, .ram = 512 * MIB};
static struct machine m;
static char why_buf[320];
static struct text why;

static status_t read_tree(void *fdt)
{
    status_t st;

    text_init(&why, why_buf, sizeof why_buf);
    st = tree_check(fdt, TREE_ROOM, &why);
    if (st == ST_OK)
        st = dtb_read(fdt, 0, &m, &why);
    free(fdt);
    return st;
}

static void must_read(void *fdt)
{
    const char *bad;
    status_t st = read_tree(fdt);

    ck_assert_msg(st == ST_OK, "%s", why_buf);
    bad = machine_unsound(&m, 0);
    ck_assert_msg(!bad, "%s", bad ? bad : "");
}

/* --- trees that are right --------------------------------------------------------------------- */

START_TEST(everything_boot_asks_about_is_read)
{
    must_read(tree_build(&eight));
    ck_assert_str_eq(m.board, "skerry,test-board");
    ck_assert_str_eq(m.bootargs, "skerry.exit=semihosting quiet");
    ck_assert(m.semihosting && !m.emulated && m.cores_wanted == 0);
    ck_assert_uint_eq(m.nram, 1);
    ck_assert_uint_eq(m.ram[0].base, 0x40000000);
    ck_assert_uint_eq(m.ram[0].bytes, 512 * MIB);
    ck_assert_uint_eq(m.nreserved, 2);
    ck_assert_uint_eq(m.reserved[1].bytes, 0x234567);
    ck_assert_uint_eq(m.bundle.base, 0x48000000);
    ck_assert_uint_eq(m.bundle.bytes, 0x12345);
    ck_assert_uint_eq(m.ncores, 8);
    ck_assert_int_eq(m.start, START_PSCI_HVC);
    ck_assert_uint_eq(m.gic.version, 3);
    ck_assert_uint_eq(m.gic.nredist, 2);
    ck_assert_uint_eq(m.gic.redist[1].base, 0x4000000000);
    ck_assert_uint_eq(m.timer_virt, 27);
    ck_assert_uint_eq(m.timer_hyp, 26);
    ck_assert_uint_eq(m.console_kind, 1);
    ck_assert_uint_eq(m.console.base, 0x9000000);
    ck_assert_uint_eq(m.console_intid, 33);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(m.cores[i].mpidr, i);
        ck_assert_uint_eq(m.cores[i].cluster, i / 4);
        ck_assert_uint_eq(m.cores[i].present, 1);
    }
}
END_TEST

START_TEST(devices_are_found_also_through_their_bus)
{
    unsigned clock = 0, spi = 0;

    must_read(tree_build(&eight));
    ck_assert_uint_eq(m.ndevices, 2);
    for (unsigned i = 0; i < m.ndevices; i++) {
        const struct boot_device *d = &m.device[i];

        if (!strcmp(d->compatible, "arm,pl031")) {
            clock++;
            ck_assert_uint_eq(d->regs.base, 0x9010000);
            ck_assert_uint_eq(d->intid, 34);
            ck_assert_uint_eq(d->edge, 0);
        } else {
            spi++;
            ck_assert_str_eq(d->compatible, "arm,pl022");
            ck_assert_uint_eq(d->regs.base, 0x10c004000);
            ck_assert_uint_eq(d->intid, 41);
        }
        ck_assert_uint_eq(d->virtio_id, 0);
    }
    ck_assert(clock == 1 && spi == 1);
}
END_TEST

/* Behind slot _i is a disk, behind the one before it something else; the rest is empty. */
static int disk_slot;
static unsigned looks;

static uint32_t look(const struct range *regs)
{
    uint64_t slot = (regs->base - 0xa000000) / 0x200;

    looks++;
    return slot == (uint64_t)disk_slot ? 2 : slot + 1 == (uint64_t)disk_slot ? 1 : 0;
}

START_TEST(only_slots_of_virtio_with_a_device_behind_them_are_listed)
{
    unsigned disks = 0;

    must_read(tree_build(&eight));
    ck_assert_uint_eq(m.nvirtio, 10);
    disk_slot = _i;
    looks = 0;
    slots_keep(&m, look);
    ck_assert_uint_eq(looks, 10);
    ck_assert_uint_eq(m.ndevices, _i == 0 ? 3 : 4);
    for (unsigned i = 0; i < m.ndevices; i++) {
        const struct boot_device *d = &m.device[i];

        ck_assert_int_eq(d->virtio_id != 0, !strcmp(d->compatible, "virtio,mmio"));
        if (d->virtio_id != 2)
            continue;
        disks++;
        ck_assert_uint_eq(d->regs.base, 0xa000000 + 0x200 * (unsigned)_i);
        ck_assert_uint_eq(d->intid, 32 + 16 + (unsigned)_i);
        ck_assert_uint_eq(d->edge, 1);
    }
    ck_assert_uint_eq(disks, 1);
}
END_TEST

START_TEST(a_slot_that_is_not_empty_comes_before_the_last_of_the_others)
{
    must_read(tree_build(&eight));
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        m.device[i] = (struct boot_device){.intid = 100 + i};
    m.ndevices = DEVICES_MAX;
    disk_slot = 9;
    slots_keep(&m, look);
    ck_assert_uint_eq(m.ndevices, DEVICES_MAX);
    ck_assert_uint_eq(m.device[DEVICES_MAX - 3].intid, 100 + DEVICES_MAX - 3);
    ck_assert_uint_eq(m.device[DEVICES_MAX - 2].virtio_id, 2); /* the tree lists the last slot first */
    ck_assert_uint_eq(m.device[DEVICES_MAX - 1].virtio_id, 1);
}
END_TEST

static uint32_t full(const struct range *regs)
{
    return regs->base == 0xa000000 ? 0 : 3;
}

START_TEST(more_devices_behind_slots_than_there_is_room_for_are_left_out)
{
    must_read(tree_build(&eight));
    slots_keep(&m, full);
    ck_assert_uint_eq(m.ndevices, DEVICES_MAX);
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        ck_assert_uint_eq(m.device[i].regs.base, 0xa000000 + 0x200 * (9 - i));
}
END_TEST

START_TEST(every_number_of_cores_from_1_to_64_is_read)
{
    struct tree_spec s = {.cores = (unsigned)_i, .gic = 3, .ram = GIB};

    must_read(tree_build(&s));
    ck_assert_uint_eq(m.ncores, (unsigned)_i);
    /* Affinity 1 of 16 cores and more makes clusters, without a cpu-map too. */
    for (unsigned i = 0; i < m.ncores; i++)
        ck_assert_uint_eq(m.cores[i].cluster, i / 16);
}
END_TEST

START_TEST(cores_that_differ_in_affinity_1_only_are_one_cluster)
{
    struct tree_spec s = {.cores = 4, .gic = 2, .ram = GIB};
    static const char *const path[] = {"/cpus/cpu@0", "/cpus/cpu@1", "/cpus/cpu@2", "/cpus/cpu@3"};
    void *fdt = tree_build(&s);

    for (uint32_t i = 0; i < 4; i++)
        tree_set_cells(fdt, path[i], "reg", (const uint32_t[]){i << 8}, 1);
    must_read(fdt);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(m.cores[i].mpidr, i << 8);
        ck_assert_uint_eq(m.cores[i].cluster, 0);
    }
}
END_TEST

START_TEST(the_core_we_run_on_comes_first)
{
    void *fdt = tree_build(&eight);

    text_init(&why, why_buf, sizeof why_buf);
    ck_assert_int_eq(dtb_read(fdt, 0x80000005, &m, &why), ST_OK);
    free(fdt);
    ck_assert_ptr_null(machine_unsound(&m, 5));
    static const uint64_t order[] = {5, 0, 1, 2, 3, 4, 6, 7};

    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(m.cores[i].mpidr, order[i]);
    ck_assert_uint_eq(m.cores[0].cluster, m.cores[7].cluster);
    ck_assert_uint_ne(m.cores[0].cluster, m.cores[1].cluster);
}
END_TEST

START_TEST(a_spin_table_is_read)
{
    struct tree_spec s = {.cores = 4, .gic = 2, .spin = true, .ram = GIB};

    must_read(tree_build(&s));
    ck_assert_int_eq(m.start, START_SPIN_TABLE);
    ck_assert_uint_eq(m.cores[3].release, 0xf0);
    ck_assert_uint_eq(m.gic.cpu.base, 0x8010000);
}
END_TEST

START_TEST(a_disabled_core_keeps_its_number_and_is_not_present)
{
    void *fdt = tree_build(&eight);

    tree_set_string(fdt, "/cpus/cpu@3", "status", "disabled");
    tree_delete_prop(fdt, "/cpus/cpu@3", "enable-method");
    must_read(fdt);
    ck_assert_uint_eq(m.ncores, 8);
    ck_assert_uint_eq(m.cores[3].present, 0);
    ck_assert_uint_eq(m.cores[4].present, 1);
}
END_TEST

START_TEST(skerry_cores_takes_the_first_ones)
{
    struct tree_spec s = {.cores = 100, .gic = 2, .ram = GIB};
    void *fdt = tree_build(&s);

    tree_set_string(fdt, "/chosen", "bootargs", "a skerry.cores=5 b");
    must_read(fdt);
    ck_assert_uint_eq(m.ncores, 5);
    ck_assert_uint_eq(m.cores[4].mpidr, 4);
}
END_TEST

START_TEST(our_own_core_has_a_place_even_if_listed_after_64_others)
{
    struct tree_spec s = {.cores = 80, .gic = 3, .ram = GIB};
    void *fdt = tree_build(&s);

    tree_set_string(fdt, "/chosen", "bootargs", "skerry.cores=64");
    text_init(&why, why_buf, sizeof why_buf);
    ck_assert_int_eq(dtb_read(fdt, 0x40f, &m, &why), ST_OK);
    free(fdt);
    ck_assert_uint_eq(m.cores[0].mpidr, 0x40f);
    ck_assert_uint_eq(m.cores[1].mpidr, 0);
    ck_assert_uint_eq(m.ncores, 64);
    ck_assert_ptr_null(machine_unsound(&m, 0x40f));
}
END_TEST

START_TEST(memory_in_pieces_is_sorted_and_joined)
{
    void *fdt = tree_build(&eight);

    tree_set_string(fdt, "/memory@80000000", "device_type", "memory");
    tree_set_cells(fdt, "/memory@80000000", "reg",
                   (const uint32_t[]){0, 0x90000000, 0, 0x1000000, 0, 0x80000000, 0, 0, 0,
                                      0x60000000, 0, 0x1000000},
                   12);
    must_read(fdt);
    ck_assert_uint_eq(m.nram, 2);
    ck_assert_uint_eq(m.ram[0].bytes, 0x21000000);
    ck_assert_uint_eq(m.ram[1].base, 0x90000000);
}
END_TEST

/* The longest that fits leaves room for its end, and a sign that it was not cut. */
START_TEST(bootargs_of_254_characters_fit_and_longer_ones_are_refused)
{
    static const size_t lengths[] = {253, 254, 255, 256, 257, 1000};
    char args[1001];

    for (unsigned i = 0; i < ARRAY_LEN(lengths); i++) {
        void *fdt = tree_build(&eight);

        memset(args, 'x', lengths[i]);
        memcpy(args, "skerry.", 7);
        args[lengths[i]] = 0;
        tree_set_string(fdt, "/chosen", "bootargs", args);
        if (lengths[i] <= 254) {
            must_read(fdt);
            ck_assert_str_eq(m.bootargs, args);
        } else {
            ck_assert_int_eq(read_tree(fdt), ST_FORMAT);
            ck_assert_str_eq(why_buf, "the boot arguments skerry.* are longer than 254 characters");
        }
    }
}
END_TEST

/* As the firmware of a Raspberry Pi writes them: its own words first and last, ours from cmdline.txt. */
START_TEST(of_bootargs_too_long_ours_are_kept)
{
    char args[1000];
    void *fdt = tree_build(&eight);
    size_t n = 0;

    for (unsigned i = 0; i < 20; i++)
        n += (size_t)sprintf(args + n, "vc_mem.mem_base=0x3fc0000%u%s ", i % 10, i == 3 ? "  skerry.cores=3" : "");
    sprintf(args + n, "x.skerry.cores=5 skerry.exit=semihosting");
    tree_set_string(fdt, "/chosen", "bootargs", args);
    must_read(fdt);
    ck_assert_str_eq(m.bootargs, "skerry.cores=3 skerry.exit=semihosting");
    ck_assert_uint_eq(m.ncores, 3);
    ck_assert(m.semihosting);
}
END_TEST

/* Cut at each place where a word may end: refused, or whole, never a shorter value that looks right. */
START_TEST(ours_too_long_are_refused_wherever_they_are_cut)
{
    for (unsigned pad = 0; pad < 300; pad++) {
        char args[1000];
        void *fdt = tree_build(&eight);
        size_t n = (size_t)sprintf(args, "other=");

        memset(args + n, 'y', 300);
        n += 300;
        n += (size_t)sprintf(args + n, " skerry.x=");
        memset(args + n, 'z', pad);
        sprintf(args + n + pad, " skerry.cores=12");
        tree_set_string(fdt, "/chosen", "bootargs", args);
        if (10 - 1 + pad + 16 <= 254) {
            must_read(fdt);
            ck_assert_uint_eq(m.cores_wanted, 12);
        } else {
            ck_assert_int_eq(read_tree(fdt), ST_FORMAT);
        }
    }
}
END_TEST

START_TEST(a_list_of_reserved_memory_that_wraps_is_refused)
{
    void *fdt = tree_build(&eight);

    ck_assert_int_eq(fdt_add_mem_rsv(fdt, 0x41000000, UINT64_MAX), 0);
    ck_assert_int_eq(read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "reserves memory at 0x41000000"));
}
END_TEST

START_TEST(registers_too_few_for_a_pl011_are_no_console)
{
    void *fdt = tree_build(&eight);

    tree_set_cells(fdt, "/pl011@9000000", "reg", (const uint32_t[]){0, 0x9000000, 0, 0x4c}, 4);
    must_read(fdt);
    ck_assert_uint_eq(m.console_kind, 0);
}
END_TEST

/* _i: how many come before those we ask for; lib/fdt/tree keeps the first 24. */
START_TEST(a_node_may_have_any_number_of_properties)
{
    void *fdt = tree_build(&eight);
    char name[16];

    for (int i = 0; i < _i; i++) { /* libfdt adds a property before the others */
        snprintf(name, sizeof name, "x%d", i);
        tree_set_string(fdt, "/memory@40000000", name, "");
    }
    must_read(fdt);
    ck_assert_uint_eq(m.ram[0].bytes, 512 * MIB);
}
END_TEST

/* A Raspberry Pi 4 names its mini UART. */
START_TEST(a_console_of_another_kind_does_not_hide_the_pl011)
{
    void *fdt = tree_build(&eight);

    tree_set_string(fdt, "/aux@1", "compatible", "brcm,bcm2835-aux-uart");
    tree_set_string(fdt, "/chosen", "stdout-path", "/aux@1:115200n8");
    must_read(fdt);
    ck_assert_uint_eq(m.console_kind, 1);
    ck_assert_uint_eq(m.console.base, 0x9000000);
    ck_assert_uint_eq(m.console_intid, 33);
}
END_TEST

/* As newer trees of the Raspberry Pi 5 have it. */
START_TEST(a_pl011_on_another_bus_is_a_console)
{
    void *fdt = tree_build(&eight);
    int node = fdt_node_offset_by_compatible(fdt, -1, "arm,pl011");
    char found[64];

    ck_assert_int_eq(fdt_get_path(fdt, node, found, sizeof found), 0);
    tree_set_string(fdt, found, "compatible", "arm,pl011-axi");
    must_read(fdt);
    ck_assert_uint_eq(m.console.base, 0x9000000);
    ck_assert_uint_eq(m.console_intid, 33);
}
END_TEST

static const struct {
    const char *compatible;
    uint32_t base, bytes, used;
} resets[] = {{"brcm,bcm2712-pm", 0x9100000, 0x604, PM_BYTES}, {"brcm,bcm2835-pm-wdt", 0x9100000, 0x114, PM_BYTES},
              {"brcm,bcm2711-pm", 0x9100000, 0x28, PM_BYTES}, {"brcm,bcm2711-pm", 0x9100000, 0x24, 0},
              {"brcm,bcm2711-pm", 0x9100002, 0x114, 0},       {"brcm,bcm2711-pm", 0x9100ff0, 0x114, 0},
              {"brcm,bcm2836-pm", 0x9100000, 0x114, 0}};

START_TEST(a_raspberry_pis_reset_block_is_found_if_it_can_be_used)
{
    void *fdt = tree_build(&eight);
    uint32_t reg[4] = {0, resets[_i].base, 0, resets[_i].bytes};

    tree_set_string(fdt, "/watchdog@9100000", "compatible", resets[_i].compatible);
    tree_set_cells(fdt, "/watchdog@9100000", "reg", reg, 4);
    must_read(fdt);
    ck_assert_uint_eq(m.reset.bytes, resets[_i].used);
    ck_assert_uint_eq(m.reset.base, resets[_i].used ? resets[_i].base : 0);
}
END_TEST

START_TEST(what_shares_the_reset_blocks_page_is_given_to_nobody)
{
    void *fdt = tree_build(&eight);
    uint32_t reg[4] = {0, 0x9100000, 0, 0x114}, other[4] = {0, 0x9100800, 0, 0x100}, spi[3] = {0, 50, 4};

    tree_set_string(fdt, "/watchdog@9100000", "compatible", "brcm,bcm2712-pm");
    tree_set_cells(fdt, "/watchdog@9100000", "reg", reg, 4);
    tree_set_string(fdt, "/aaa@9100800", "compatible", "x,neighbour");
    tree_set_cells(fdt, "/aaa@9100800", "reg", other, 4);
    tree_set_cells(fdt, "/aaa@9100800", "interrupts", spi, 3);
    must_read(fdt);
    ck_assert_uint_eq(m.reset.base, 0x9100000);
    for (uint32_t i = 0; i < m.ndevices; i++)
        ck_assert_str_ne(m.device[i].compatible, "x,neighbour");
}
END_TEST

START_TEST(a_tree_without_a_console_is_read_in_silence)
{
    void *fdt = tree_build(&eight);

    tree_set_string(fdt, "/pl011@9000000", "status", "disabled");
    must_read(fdt);
    ck_assert_uint_eq(m.console_kind, 0);
}
END_TEST

/* --- trees with something wrong ----------------------------------------------------------------- */

enum op { END, CELLS, STRING, BYTES, DELETE };

struct edit {
    const char *path, *prop;
    enum op op;
    uint32_t cell[12];
    unsigned n;
    const char *string;
};

struct row {
    const char *sentence; /* what the refusal must say; NULL: it must be accepted */
    unsigned gic;
    struct edit edit[4];
};

/* clang-format off */
#define C(path, prop, ...) { path, prop, CELLS, { __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4, NULL }
#define S(path, prop, s)   { path, prop, STRING, { 0 }, 0, s }
#define B(path, prop, n)   { path, prop, BYTES, { 0 }, n, NULL }
#define D(path, prop)      { path, prop, DELETE, { 0 }, 0, NULL }
#define MEM  "/memory@40000000"
#define GIC  "/intc@8000000"
#define CPU3 "/cpus/cpu@3"
#define RSV  "/reserved-memory/secure@41000000"

static const struct row rows[] = {
    /* memory */
    { "names no memory", 3,                       { D(MEM, "device_type") } },
    { "names no memory", 3,                       { S(MEM, "status", "disabled") } },
    { "names no memory", 3,                       { C(MEM, "reg", 0, 0x40000000, 0, 0) } },
    { "memory@40000000: reg has 12 bytes; entries have 16", 3, { C(MEM, "reg", 0, 0x40000000, 0) } },
    { "memory@40000000: reg has 0 bytes", 3,      { B(MEM, "reg", 0) } },
    { "memory@40000000: reg has 13 bytes", 3,     { B(MEM, "reg", 13) } },
    { "wraps at 2^64", 3,                         { C(MEM, "reg", 0, 0x40000000, 0xffffffff, 0xffffffff) } },
    { "wraps at 2^64", 3,                         { C(MEM, "reg", 0xffffffff, 0xfffff000, 0, 0x1000) } },
    { "reaches above 0x8000000000", 3,            { C(MEM, "reg", 0, 0x40000000, 0x80, 0) } },
    { "reaches above 0x8000000000", 3,            { C(MEM, "reg", 0x80, 0, 0, 0x1000) } },
    { "overlaps memory at", 3,                    { C(MEM, "reg", 0, 0x40000000, 0, 0x2000, 0, 0x40001000, 0, 0x1000) } },
    { "overlaps memory at", 3,                    { S("/memory@0", "device_type", "memory"), C("/memory@0", "reg", 0, 0x3ffff000, 0, 0x1001) } },
    { "#address-cells or #size-cells is not 1 or 2", 3, { C("/", "#address-cells", 3) } },
    { "#address-cells or #size-cells is not 1 or 2", 3, { C("/", "#size-cells", 0) } },
    { "#address-cells or #size-cells is not 1 or 2", 3, { B("/", "#address-cells", 3) } },
    { "#address-cells or #size-cells is not 1 or 2", 3, { C("/", "#address-cells", 0xffffffff) } },
    /* reserved memory */
    { "secure@41000000: reg has 8 bytes", 3,      { C(RSV, "reg", 0, 0x41000000) } },
    { "wraps at 2^64", 3,                         { C(RSV, "reg", 0, 0x41000000, 0xffffffff, 0xffffffff) } },
    { "bus reserved-memory above it has no ranges", 3, { D("/reserved-memory", "ranges") } },
    { "ranges of a shape we do not read", 3,      { B("/reserved-memory", "ranges", 5) } },
    { "lie in no window of bus reserved-memory", 3, { C("/reserved-memory", "ranges", 0, 0, 0, 0, 0, 0x1000) } },
    { "lie in no window of bus reserved-memory", 3, { C("/reserved-memory", "ranges", 0, 0x41000000, 0, 0x41000000, 0, 0x1000) } },
    { "lie in no window of bus reserved-memory", 3, { C("/reserved-memory", "ranges", 0, 0x50000000, 0, 0, 0xffffffff, 0xffffffff) } },
    { "ranges that wrap", 3,                      { C("/reserved-memory", "ranges", 0, 0, 0xffffffff, 0xf0000000, 1, 0) } },
    { NULL, 3,                                    { S(RSV, "status", "disabled"), C(RSV, "reg", 1) } },
    { NULL, 3,                                    { C(RSV, "reg", 0x100, 0, 0, 0x1000) } },
    /* the bundle, bootargs */
    { "is not in RAM", 3,                         { C("/chosen", "linux,initrd-start", 0x30000000) } },
    { "is not in RAM", 3,                         { C("/chosen", "linux,initrd-end", 0, 0x60000001) } },
    { "is empty or out of reach", 3,              { C("/chosen", "linux,initrd-end", 0, 0x48000000) } },
    { "is empty or out of reach", 3,              { D("/chosen", "linux,initrd-end") } },
    { "linux,initrd-start has 12 bytes; it must have 4 or 8", 3, { C("/chosen", "linux,initrd-start", 0, 0, 0) } },
    { "linux,initrd-end has 1 bytes", 3,          { B("/chosen", "linux,initrd-end", 1) } },
    { NULL, 3,                                    { D("/chosen", "linux,initrd-end"), D("/chosen", "linux,initrd-start") } },
    { "skerry.exit= has an unknown value", 3,     { S("/chosen", "bootargs", "skerry.exit=never") } },
    { "skerry.exit= has an unknown value", 3,     { S("/chosen", "bootargs", "x skerry.exit=") } },
    { "skerry.cores= needs a number", 3,          { S("/chosen", "bootargs", "skerry.cores=0") } },
    { "skerry.cores= needs a number", 3,          { S("/chosen", "bootargs", "skerry.cores=4x") } },
    { "skerry.cores= needs a number", 3,          { S("/chosen", "bootargs", "skerry.cores=99999") } },
    { NULL, 3,                                    { S("/chosen", "bootargs", "skerry.coresx=0 xskerry.exit=1") } },
    { NULL, 3,                                    { B("/chosen", "bootargs", 3) } },
    /* the interrupt controller */
    { "names no interrupt controller", 3,         { S(GIC, "compatible", "arm,gic-v9") } },
    { "names no interrupt controller", 3,         { S(GIC, "status", "fail") } },
    { "intc@8000000: no phandle", 3,              { D(GIC, "phandle") } },
    { "intc@8000000: phandle has 8 bytes", 3,     { C(GIC, "phandle", 1, 1) } },
    { "#interrupt-cells is 2", 3,                 { C(GIC, "#interrupt-cells", 2) } },
    { "#interrupt-cells is 4", 2,                 { C(GIC, "#interrupt-cells", 4) } },
    { "#interrupt-cells is 0", 3,                 { D(GIC, "#interrupt-cells") } },
    { "reg does not name the distributor", 3,     { D(GIC, "reg") } },
    { "reg does not name the redistributors", 3,  { C(GIC, "reg", 0, 0x8000000, 0, 0x10000) } },
    { "reg does not name the redistributors", 3,  { C(GIC, "#redistributor-regions", 3) } },
    { "reg does not name the CPU interface", 2,   { C(GIC, "reg", 0, 0x8000000, 0, 0x10000) } },
    { "the distributor at 0x8000000 + 0x8000 is too small", 3, { C(GIC, "reg", 0, 0x8000000, 0, 0x8000) } },
    { "the distributor at 0x8000010 + 0x10000 is too small, unaligned", 2, { C(GIC, "reg", 0, 0x8000010, 0, 0x10000) } },
    { "the distributor at 0xff08000000", 2,       { C(GIC, "reg", 0xff, 0x8000000, 0, 0x10000) } },
    { "the CPU interface at 0x8010000 + 0x0", 2,  { C(GIC, "reg", 0, 0x8000000, 0, 0x1000, 0, 0x8010000, 0, 0) } },
    { "distributor and CPU interface overlap", 2, { C(GIC, "reg", 0, 0x8000000, 0, 0x1001, 0, 0x8001000, 0, 0x1000) } },
    { "0 redistributor regions", 3,               { C(GIC, "#redistributor-regions", 0) } },
    { "4294967295 redistributor regions", 3,      { C(GIC, "#redistributor-regions", 0xffffffff) } },
    { "redistributor regions overlap", 3,         { C(GIC, "reg", 0, 0x8000000, 0, 0x10000, 0, 0x8100000, 0, 0x40000, 0, 0x8120000, 0, 0x40000) } },
    { "redistributors and distributor overlap", 3, { C(GIC, "reg", 0, 0x8000000, 0, 0x10000, 0, 0x7ff0000, 0, 0x20000, 0, 0x8120000, 0, 0x40000) } },
    { "redistributor-stride 0x10000", 3,          { C(GIC, "redistributor-stride", 0x10000) } },
    { "redistributor-stride 0x20001", 3,          { C(GIC, "redistributor-stride", 0, 0x20001) } },
    { NULL, 3,                                    { C(GIC, "redistributor-stride", 0, 0x40000) } },
    /* the timer */
    { "has no timer", 3,                          { S("/timer", "compatible", "none") } },
    { "no interrupt of the virtual timer", 3,     { C("/timer", "interrupts", 1, 13, 4, 1, 14, 4) } },
    { "no interrupt of the virtual timer", 3,     { C("/timer", "interrupt-parent", 77) } },
    { "no interrupt of the virtual timer", 3,     { S("/timer", "interrupt-names", "phys") } },
    { "interrupts has 10 bytes; entries have 12", 3, { B("/timer", "interrupts", 10) } },
    { "is neither an SPI nor a PPI", 3,           { C("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 16, 4) } },
    { "is neither an SPI nor a PPI", 3,           { C("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 9, 1, 4) } },
    { "not private to its core", 3,               { C("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 0, 11, 4) } },
    { NULL, 3,                                    { C("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4) } },
    { NULL, 3,                                    { S("/timer", "interrupt-names", "virt") } },
    { NULL, 3,                                    { C("/timer", "interrupts-extended", 1, 1, 13, 4, 1, 1, 14, 4, 1, 1, 11, 4) } },
    { "no interrupt of the virtual timer", 3,     { C("/timer", "interrupts-extended", 1, 1, 13, 4, 7, 1, 14, 4, 1, 1, 11, 4) } },
    /* cores */
    { "no core has affinity 0x0", 3,              { C("/cpus/cpu@0", "reg", 0x99) } },
    { "a second core with affinity 0x2", 3,       { C(CPU3, "reg", 2) } },
    { "cpu@3: it has no reg", 3,                  { D(CPU3, "reg") } },
    { "cpu@3: reg has 8 bytes; it must have 4", 3, { C(CPU3, "reg", 0, 3) } },
    { "reg 0x80000003 is not an affinity", 3,     { C(CPU3, "reg", 0x80000003) } },
    { "its parent must have #address-cells 1 or 2", 3, { C("/cpus", "#size-cells", 1) } },
    { "its parent must have #address-cells 1 or 2", 3, { C("/cpus", "#address-cells", 3) } },
    { "reg has 4 bytes; it must have 8", 3,       { C("/cpus", "#address-cells", 2) } },
    { "cpu@3: no enable-method", 3,               { D(CPU3, "enable-method") } },
    { "enable-method \"fruitloops\" is not known", 3, { S(CPU3, "enable-method", "fruitloops") } },
    { "cpu@3: phandle has 1 bytes", 3,            { B(CPU3, "phandle", 1) } },
    { "no node arm,psci-0.2", 3,                  { S("/psci", "compatible", "arm,psci") } },
    { "no node arm,psci-0.2", 3,                  { S("/psci", "method", "svc") } },
    { "no node arm,psci-0.2", 3,                  { S("/psci", "status", "disabled") } },
    { "spin-table without a usable cpu-release-addr", 3, { S(CPU3, "enable-method", "spin-table") } },
    { "spin-table without a usable cpu-release-addr", 3, { S(CPU3, "enable-method", "spin-table"), C(CPU3, "cpu-release-addr", 0, 0xd9) } },
    { "spin-table without a usable cpu-release-addr", 3, { S(CPU3, "enable-method", "spin-table"), C(CPU3, "cpu-release-addr", 0x80, 0) } },
    { "cpu-release-addr has 3 bytes", 3,          { S(CPU3, "enable-method", "spin-table"), B(CPU3, "cpu-release-addr", 3) } },
    { "two cores have the release address 0xd8", 3, { S(CPU3, "enable-method", "spin-table"), C(CPU3, "cpu-release-addr", 0, 0xd8),
                                                      S("/cpus/cpu@4", "enable-method", "spin-table"), C("/cpus/cpu@4", "cpu-release-addr", 0, 0xd8) } },
    { "some cores are started by PSCI and some by spin-table", 3, { S(CPU3, "enable-method", "spin-table"), C(CPU3, "cpu-release-addr", 0, 0xd8) } },
    { NULL, 3,                                    { D("/cpus/cpu@0", "enable-method") } },
    { NULL, 3,                                    { C("/cpus/cpu-map/socket0/cluster0/core1", "cpu", 0x999) } },
    { NULL, 3,                                    { C("/cpus/cpu-map/socket0/cluster0/core1", "cpu", 0x100) } },
    /* devices that make no sense are left out; consoles too */
    { NULL, 3,                                    { C("/pl031@9010000", "reg", 0, 1) } },
    { NULL, 3,                                    { C("/pl031@9010000", "reg", 0xffffffff, 0xffffffff, 1, 1) } },
    { NULL, 3,                                    { C("/pl031@9010000", "reg", 0, 0x40000000, 0, 0x1000) } },
    { NULL, 3,                                    { C("/pl031@9010000", "reg", 0, 0x8000f00, 0, 0x1000) } },
    { NULL, 3,                                    { C("/pl031@9010000", "reg", 0, 0x9000800, 0, 0x100) } },
    { NULL, 3,                                    { C("/pl031@9010000", "interrupts", 0, 5000, 4) } },
    { NULL, 3,                                    { C("/soc", "ranges", 1) } },
    { NULL, 3,                                    { S("/chosen", "stdout-path", "/nothing") } },
    { NULL, 3,                                    { C("/pl011@9000000", "reg", 0x7fff, 0, 0, 0x1000) } },
    { NULL, 3,                                    { C("/pl011@9000000", "interrupts", 3, 1, 4) } },
    /* An alias that names itself: libfdt 1.6.1 would follow it for ever. */
    { NULL, 3,                                    { S("/aliases", "serial0", "serial0") } },
    { NULL, 3,                                    { S("/chosen", "stdout-path", "loop"), S("/aliases", "loop", "loop:9") } },
    { NULL, 3,                                    { B("/aliases", "serial0", 0) } },
};
/* clang-format on */

static void apply(void *fdt, const struct edit *e)
{
    static const uint8_t sixes[64] = {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6};

    switch (e->op) {
    case END:
        break;
    case CELLS:
        tree_set_cells(fdt, e->path, e->prop, e->cell, e->n);
        break;
    case STRING:
        tree_set_string(fdt, e->path, e->prop, e->string);
        break;
    case BYTES:
        tree_set_bytes(fdt, e->path, e->prop, sixes, e->n);
        break;
    case DELETE:
        tree_delete_prop(fdt, e->path, e->prop);
        break;
    }
}

START_TEST(what_is_wrong_is_named_and_what_is_harmless_is_left_out)
{
    const struct row *r = &rows[_i];
    struct tree_spec s = eight;
    void *fdt;

    s.gic = r->gic;
    fdt = tree_build(&s);
    for (unsigned i = 0; i < ARRAY_LEN(r->edit); i++)
        apply(fdt, &r->edit[i]);
    if (!r->sentence) {
        must_read(fdt);
        return;
    }
    ck_assert_msg(read_tree(fdt) != ST_OK, "row %d (%s) was accepted", _i, r->sentence);
    ck_assert_msg(strstr(why_buf, r->sentence) != NULL, "row %d: \"%s\" does not say \"%s\"", _i,
                  why_buf, r->sentence);
}
END_TEST

START_TEST(a_gicv2_with_more_than_eight_cores_is_refused)
{
    struct tree_spec s = {.cores = 9, .gic = 2, .ram = GIB};

    ck_assert_int_eq(read_tree(tree_build(&s)), ST_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(why_buf, "9 cores and a GICv2, which serves 8"));
}
END_TEST

START_TEST(more_cores_than_we_drive_are_refused)
{
    struct tree_spec s = {.cores = 300, .gic = 3, .ram = GIB};

    ck_assert_int_eq(read_tree(tree_build(&s)), ST_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(why_buf, "300 cores; this kernel drives at most 64"));
}
END_TEST

START_TEST(no_core_at_all_is_refused)
{
    struct tree_spec s = {.cores = 0, .gic = 3, .ram = GIB};

    ck_assert_int_eq(read_tree(tree_build(&s)), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "no core has affinity"));
}
END_TEST

START_TEST(too_many_pieces_and_too_deep_trees_are_refused)
{
    void *fdt = tree_build(&eight);
    char path[400] = "";

    for (unsigned i = 0; i <= RESERVED_MAX; i++)
        ck_assert_int_eq(fdt_add_mem_rsv(fdt, 0x50000000 + i * 0x1000, 0x1000), 0);
    ck_assert_int_eq(read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "reserves more than"));

    fdt = tree_build(&eight);
    for (unsigned i = 0; i < TREE_DEPTH_MAX; i++) {
        strcat(path, "/deeper");
        tree_set_string(fdt, path, "a", "b");
    }
    ck_assert_int_eq(read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "nested deeper than 32"));

    uint32_t cell[4] = {0, 0x80000000, 0, 0x1000};

    fdt = tree_build(&eight);
    for (unsigned i = 0; i < RAM_MAX; i++) {
        snprintf(path, sizeof path, "/memory@%x", cell[1]);
        tree_set_string(fdt, path, "device_type", "memory");
        tree_set_cells(fdt, path, "reg", cell, 4);
        cell[1] += 0x2000;
    }
    ck_assert_int_eq(read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "more than 32 pieces of memory"));
}
END_TEST

START_TEST(bytes_that_are_no_tree_are_refused)
{
    uint64_t nothing[8] = {0};
    void *fdt = tree_build(&eight);

    text_init(&why, why_buf, sizeof why_buf);
    ck_assert_int_eq(tree_check(nothing, sizeof nothing, &why), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "d00dfeed"));
    ck_assert_int_eq(tree_check(fdt, 20, &why), ST_FORMAT);
    ck_assert_int_eq(tree_check(fdt, fdt_totalsize(fdt) - 1, &why), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "it can have at most"));
    fdt_set_version(fdt, 16);
    ck_assert_int_eq(tree_check(fdt, TREE_ROOM, &why), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "version 16"));
    free(fdt);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_dtb");
    TCase *tc = tcase_create("read");
    SRunner *sr;
    int failed;

    tcase_add_test(tc, everything_boot_asks_about_is_read);
    tcase_add_test(tc, devices_are_found_also_through_their_bus);
    tcase_add_loop_test(tc, only_slots_of_virtio_with_a_device_behind_them_are_listed, 0, 10);
    tcase_add_test(tc, a_slot_that_is_not_empty_comes_before_the_last_of_the_others);
    tcase_add_test(tc, more_devices_behind_slots_than_there_is_room_for_are_left_out);
    tcase_add_loop_test(tc, every_number_of_cores_from_1_to_64_is_read, 1, 65);
    tcase_add_test(tc, cores_that_differ_in_affinity_1_only_are_one_cluster);
    tcase_add_test(tc, the_core_we_run_on_comes_first);
    tcase_add_test(tc, a_spin_table_is_read);
    tcase_add_test(tc, a_disabled_core_keeps_its_number_and_is_not_present);
    tcase_add_test(tc, skerry_cores_takes_the_first_ones);
    tcase_add_test(tc, our_own_core_has_a_place_even_if_listed_after_64_others);
    tcase_add_test(tc, memory_in_pieces_is_sorted_and_joined);
    tcase_add_test(tc, bootargs_of_254_characters_fit_and_longer_ones_are_refused);
    tcase_add_test(tc, of_bootargs_too_long_ours_are_kept);
    tcase_add_test(tc, ours_too_long_are_refused_wherever_they_are_cut);
    tcase_add_test(tc, a_list_of_reserved_memory_that_wraps_is_refused);
    tcase_add_test(tc, registers_too_few_for_a_pl011_are_no_console);
    tcase_add_loop_test(tc, a_node_may_have_any_number_of_properties, 20, 30);
    tcase_add_test(tc, a_console_of_another_kind_does_not_hide_the_pl011);
    tcase_add_test(tc, a_pl011_on_another_bus_is_a_console);
    tcase_add_loop_test(tc, a_raspberry_pis_reset_block_is_found_if_it_can_be_used, 0, (int)ARRAY_LEN(resets));
    tcase_add_test(tc, what_shares_the_reset_blocks_page_is_given_to_nobody);
    tcase_add_test(tc, a_tree_without_a_console_is_read_in_silence);
    suite_add_tcase(s, tc);
    tc = tcase_create("refuse");
    tcase_add_loop_test(tc, what_is_wrong_is_named_and_what_is_harmless_is_left_out, 0,
                        (int)ARRAY_LEN(rows));
    tcase_add_test(tc, a_gicv2_with_more_than_eight_cores_is_refused);
    tcase_add_test(tc, more_cores_than_we_drive_are_refused);
    tcase_add_test(tc, no_core_at_all_is_refused);
    tcase_add_test(tc, too_many_pieces_and_too_deep_trees_are_refused);
    tcase_add_test(tc, bytes_that_are_no_tree_are_refused);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
