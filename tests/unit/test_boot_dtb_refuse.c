/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/dtb: what it says about trees that are wrong, and what is harmless and left out. */
#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/fdt/tree.h"
#include "tests/support/dtb_case.h"

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
    struct tree_spec s = tree_eight;
    void *fdt;

    s.gic = r->gic;
    fdt = tree_build(&s);
    for (unsigned i = 0; i < ARRAY_LEN(r->edit); i++)
        apply(fdt, &r->edit[i]);
    if (!r->sentence) {
        dtb_must_read(fdt);
        return;
    }
    ck_assert_msg(dtb_read_tree(fdt) != ST_OK, "row %d (%s) was accepted", _i, r->sentence);
    ck_assert_msg(strstr(why_buf, r->sentence) != NULL, "row %d: \"%s\" does not say \"%s\"", _i,
                  why_buf, r->sentence);
}
END_TEST

START_TEST(a_gicv2_with_more_than_eight_cores_is_refused)
{
    struct tree_spec s = {.cores = 9, .gic = 2, .ram = GIB};

    ck_assert_int_eq(dtb_read_tree(tree_build(&s)), ST_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(why_buf, "9 cores and a GICv2, which serves 8"));
}
END_TEST

START_TEST(more_cores_than_we_drive_are_refused)
{
    struct tree_spec s = {.cores = 300, .gic = 3, .ram = GIB};

    ck_assert_int_eq(dtb_read_tree(tree_build(&s)), ST_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(why_buf, "300 cores; this kernel drives at most 64"));
}
END_TEST

START_TEST(no_core_at_all_is_refused)
{
    struct tree_spec s = {.cores = 0, .gic = 3, .ram = GIB};

    ck_assert_int_eq(dtb_read_tree(tree_build(&s)), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "no core has affinity"));
}
END_TEST

START_TEST(too_many_pieces_and_too_deep_trees_are_refused)
{
    void *fdt = tree_build(&tree_eight);
    char path[400] = "";

    for (unsigned i = 0; i <= RESERVED_MAX; i++)
        ck_assert_int_eq(fdt_add_mem_rsv(fdt, 0x50000000 + i * 0x1000, 0x1000), 0);
    ck_assert_int_eq(dtb_read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "reserves more than"));

    fdt = tree_build(&tree_eight);
    for (unsigned i = 0; i < TREE_DEPTH_MAX; i++) {
        strcat(path, "/deeper");
        tree_set_string(fdt, path, "a", "b");
    }
    ck_assert_int_eq(dtb_read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "nested deeper than 32"));

    uint32_t cell[4] = {0, 0x80000000, 0, 0x1000};

    fdt = tree_build(&tree_eight);
    for (unsigned i = 0; i < RAM_MAX; i++) {
        snprintf(path, sizeof path, "/memory@%x", cell[1]);
        tree_set_string(fdt, path, "device_type", "memory");
        tree_set_cells(fdt, path, "reg", cell, 4);
        cell[1] += 0x2000;
    }
    ck_assert_int_eq(dtb_read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "more than 32 pieces of memory"));
}
END_TEST

START_TEST(bytes_that_are_no_tree_are_refused)
{
    uint64_t nothing[8] = {0};
    void *fdt = tree_build(&tree_eight);

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
    Suite *s = suite_create("boot_dtb_refuse");
    TCase *tc = tcase_create("refuse");
    SRunner *sr;
    int failed;

    tcase_add_loop_test(tc, what_is_wrong_is_named_and_what_is_harmless_is_left_out, 0, (int)ARRAY_LEN(rows));
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
