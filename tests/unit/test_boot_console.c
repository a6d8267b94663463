/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/dtb_console: which UART is the console, whatever the tree names, and where another may be that is asked for. */
#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include "tests/support/dtb_case.h"

/* A Raspberry Pi 4 names its mini UART. */
START_TEST(a_console_of_another_kind_does_not_hide_the_pl011)
{
    void *fdt = tree_build(&tree_eight);

    tree_set_string(fdt, "/aux@1", "compatible", "brcm,bcm2835-aux-uart");
    tree_set_string(fdt, "/chosen", "stdout-path", "/aux@1:115200n8");
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.console_kind, 1);
    ck_assert_uint_eq(m.console.base, 0x9000000);
    ck_assert_uint_eq(m.console_intid, 33);
}
END_TEST

/* As newer trees of the Raspberry Pi 5 have it. */
START_TEST(a_pl011_on_another_bus_is_a_console)
{
    void *fdt = tree_build(&tree_eight);
    int node = fdt_node_offset_by_compatible(fdt, -1, "arm,pl011");
    char found[64];

    ck_assert_int_eq(fdt_get_path(fdt, node, found, sizeof found), 0);
    tree_set_string(fdt, found, "compatible", "arm,pl011-axi");
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.console.base, 0x9000000);
    ck_assert_uint_eq(m.console_intid, 33);
}
END_TEST

/* Behind a bus that has no window for it, as the UART of a Raspberry Pi 5's header is: not silence. _i: also when it is named by alias. */
START_TEST(a_console_out_of_reach_does_not_hide_the_one_that_is_not)
{
    static const uint32_t reg[] = {0xc0, 0x40030000, 0, 0x100}, three = 3;
    void *fdt = tree_build(&tree_eight);

    tree_set_cells(fdt, "/aaa@1", "#address-cells", &three, 1); /* as PCI has */
    tree_set_string(fdt, "/aaa@1/rp1", "compatible", "simple-bus");
    tree_set_string(fdt, "/aaa@1/rp1/serial@30000", "compatible", "arm,pl011-axi");
    tree_set_cells(fdt, "/aaa@1/rp1/serial@30000", "reg", reg, 4);
    tree_set_string(fdt, "/aliases", "serial0", "/aaa@1/rp1/serial@30000");
    tree_set_string(fdt, "/chosen", "stdout-path", _i ? "serial0" : "/aaa@1/rp1/serial@30000:115200n8");
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.console_kind, 1);
    ck_assert_uint_eq(m.console.base, 0x9000000);
    ck_assert_uint_eq(m.console_intid, 33);
}
END_TEST

static const struct {
    const char *args;
    int uart;
    uint64_t at;
} uarts[] = {{"skerry.uart=header", UART_OF_HEADER, 0},
             {"a skerry.uart=0x1c00030000 b", UART_AT, 0x1c00030000},
             {"skerry.uart=0xABCDef01", UART_AT, 0xabcdef01},
             {"skerry.uart=0xffffffffffffffff", UART_AT, UINT64_MAX},
             {"skerry.uarts=x", UART_OF_TREE, 0},
             {"skerry.uart=", -1, 0},
             {"skerry.uart=0x", -1, 0},
             {"skerry.uart=0x0", -1, 0},
             {"skerry.uart=9000000", -1, 0},
             {"skerry.uart=0x90000g0", -1, 0},
             {"skerry.uart=0x/000000", -1, 0},
             {"skerry.uart=0x1ffffffffffffffff", -1, 0},
             {"skerry.uart=headers", -1, 0},
             {"skerry.uart=head", -1, 0}};

START_TEST(another_uart_is_asked_for_or_refused)
{
    void *fdt = tree_build(&tree_eight);

    tree_set_string(fdt, "/chosen", "bootargs", uarts[_i].args);
    if (uarts[_i].uart < 0) {
        ck_assert_int_eq(dtb_read_tree(fdt), ST_FORMAT);
        ck_assert_ptr_nonnull(strstr(why_buf, "skerry.uart= is \"header\""));
        return;
    }
    dtb_must_read(fdt);
    ck_assert_int_eq((int)m.uart, uarts[_i].uart);
    ck_assert_uint_eq(m.uart_at, uarts[_i].at);
    ck_assert_uint_eq(m.console.base, 0x9000000); /* so far */
}
END_TEST

START_TEST(the_console_goes_where_nothing_else_is)
{
    static const uint64_t bad[] = {0x40000000, 0x5ffff000, 0x8000000, 0x8010000, 0x8000fc0, 0x9100000, 0x9100ff0, 0x1c00030002,
                                   0x1c00030fb4, 0x8000000000, 0x7fffffffc0, UINT64_MAX, UINT64_MAX - 0x4b};
    static const uint32_t reg[4] = {0, 0x9100000, 0, 0x114};
    struct tree_spec s = tree_eight;
    void *fdt;

    s.gic = 2;
    s.ram = 512 * MIB;
    fdt = tree_build(&s);
    tree_set_string(fdt, "/watchdog@9100000", "compatible", "brcm,bcm2712-pm");
    tree_set_cells(fdt, "/watchdog@9100000", "reg", reg, 4);
    dtb_must_read(fdt);
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_msg(dtb_console_at(&m, bad[i], &why) == ST_FORMAT, "0x%llx", (unsigned long long)bad[i]);
        ck_assert(m.console_kind == 1 && m.console.base == 0x9000000 && m.console_intid == 33);
    }
    ck_assert_int_eq(dtb_console_at(&m, 0x9000000, &why), ST_OK); /* the same: with its interrupt */
    ck_assert_uint_eq(m.console_intid, 33);
    ck_assert_int_eq(dtb_console_at(&m, 0x9000800, &why), ST_OK);
    ck_assert_int_eq(dtb_console_at(&m, 0x1c00030fb0, &why), ST_OK);
    ck_assert(m.console_kind == 1 && m.console.base == 0x1c00030fb0 && m.console_intid == 0);
    m.console_kind = 0;
    ck_assert_int_eq(dtb_console_at(&m, 0x9000000, &why), ST_OK);
    ck_assert(m.console_kind == 1 && m.console_intid == 0);
}
END_TEST

/* Three root complexes, as a BCM2712 has: the one with RP1 below it, if it is on. */
START_TEST(the_root_complex_above_rp1_is_found_and_no_other)
{
    static const uint32_t reg[][4] = {{0x10, 0x100000, 0, 0x9310}, {0x10, 0x110000, 0, 0x9310}, {0x10, 0x120000, 0, 0x9310}};
    static const uint32_t low[4] = {0x10, 0x120000, 0, 0x9000}, odd[4] = {0x10, 0x120800, 0, 0x9310};
    static const char *const node[] = {"/pcie@0", "/pcie@1", "/pcie@2"};
    char path[40];

    for (unsigned with = 0; with < 3; with++)
        for (unsigned wrong = 0; wrong < 6; wrong++) {
            void *fdt = tree_build(&tree_eight);

            for (unsigned i = 0; i < 3; i++) {
                tree_set_string(fdt, node[i], "compatible", "brcm,bcm2712-pcie");
                tree_set_cells(fdt, node[i], "reg", reg[i], 4);
            }
            sprintf(path, "%s/pci@0,0", node[with]);
            tree_set_string(fdt, path, "device_type", "pci");
            strcat(path, "/dev@0,0");
            tree_set_string(fdt, path, "compatible", wrong == 1 ? "pci1de4,2" : "pci1de4,1");
            if (wrong == 2)
                tree_set_string(fdt, node[with], "status", "disabled");
            if (wrong == 3)
                tree_set_cells(fdt, node[with], "reg", low, 4);
            if (wrong == 4)
                tree_set_cells(fdt, node[with], "reg", odd, 4);
            if (wrong == 5)
                tree_set_string(fdt, path, "status", "disabled");
            dtb_must_read(fdt);
            ck_assert_uint_eq(m.rp1_root.bytes, wrong ? 0 : 0x9310);
            ck_assert_uint_eq(m.rp1_root.base, wrong ? 0 : 0x1000100000 + 0x10000 * with);
        }
}
END_TEST

START_TEST(registers_too_few_for_a_pl011_are_no_console)
{
    void *fdt = tree_build(&tree_eight);

    tree_set_cells(fdt, "/pl011@9000000", "reg", (const uint32_t[]){0, 0x9000000, 0, 0x4c}, 4);
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.console_kind, 0);
}
END_TEST

START_TEST(a_tree_without_a_console_is_read_in_silence)
{
    void *fdt = tree_build(&tree_eight);

    tree_set_string(fdt, "/pl011@9000000", "status", "disabled");
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.console_kind, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_console");
    TCase *tc = tcase_create("console");
    SRunner *sr;
    int failed;

    tcase_add_test(tc, a_console_of_another_kind_does_not_hide_the_pl011);
    tcase_add_test(tc, a_pl011_on_another_bus_is_a_console);
    tcase_add_loop_test(tc, a_console_out_of_reach_does_not_hide_the_one_that_is_not, 0, 2);
    tcase_add_loop_test(tc, another_uart_is_asked_for_or_refused, 0, ARRAY_LEN(uarts));
    tcase_add_test(tc, the_console_goes_where_nothing_else_is);
    tcase_add_test(tc, the_root_complex_above_rp1_is_found_and_no_other);
    tcase_add_test(tc, a_tree_without_a_console_is_read_in_silence);
    tcase_add_test(tc, registers_too_few_for_a_pl011_are_no_console);
    suite_add_tcase(s, tc);
    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
