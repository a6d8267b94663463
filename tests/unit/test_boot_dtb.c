/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb: what it reads from trees that are right, of memory, cores and boot arguments. Devices are in test_boot_dtb_devices.c,
 * what is wrong in test_boot_dtb_refuse.c.
 */
#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include "tests/support/dtb_case.h"

START_TEST(everything_boot_asks_about_is_read)
{
    dtb_must_read(tree_build(&tree_eight));
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

START_TEST(every_number_of_cores_from_1_to_64_is_read)
{
    struct tree_spec s = {.cores = (unsigned)_i, .gic = 3, .ram = GIB};

    dtb_must_read(tree_build(&s));
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
    dtb_must_read(fdt);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(m.cores[i].mpidr, i << 8);
        ck_assert_uint_eq(m.cores[i].cluster, 0);
    }
}
END_TEST

START_TEST(the_core_we_run_on_comes_first)
{
    void *fdt = tree_build(&tree_eight);

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

    dtb_must_read(tree_build(&s));
    ck_assert_int_eq(m.start, START_SPIN_TABLE);
    ck_assert_uint_eq(m.cores[3].release, 0xf0);
    ck_assert_uint_eq(m.gic.cpu.base, 0x8010000);
}
END_TEST

START_TEST(a_disabled_core_keeps_its_number_and_is_not_present)
{
    void *fdt = tree_build(&tree_eight);

    tree_set_string(fdt, "/cpus/cpu@3", "status", "disabled");
    tree_delete_prop(fdt, "/cpus/cpu@3", "enable-method");
    dtb_must_read(fdt);
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
    dtb_must_read(fdt);
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

START_TEST(a_boards_name_that_is_too_long_is_cut)
{
    char name[BOARD_BYTES + 8];

    memset(name, 'b', sizeof name);
    for (unsigned n = BOARD_BYTES - 1; n < sizeof name; n++) {
        void *fdt = tree_build(&tree_eight);

        name[n] = 0;
        tree_set_string(fdt, "/", "compatible", name);
        dtb_must_read(fdt);
        ck_assert_uint_eq(strnlen(m.board, sizeof m.board), BOARD_BYTES - 1);
        name[n] = 'b';
    }
}
END_TEST

START_TEST(memory_in_pieces_is_sorted_and_joined)
{
    void *fdt = tree_build(&tree_eight);

    tree_set_string(fdt, "/memory@80000000", "device_type", "memory");
    tree_set_cells(fdt, "/memory@80000000", "reg",
                   (const uint32_t[]){0, 0x90000000, 0, 0x1000000, 0, 0x80000000, 0, 0, 0,
                                      0x60000000, 0, 0x1000000},
                   12);
    dtb_must_read(fdt);
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
        void *fdt = tree_build(&tree_eight);

        memset(args, 'x', lengths[i]);
        memcpy(args, "skerry.", 7);
        args[lengths[i]] = 0;
        tree_set_string(fdt, "/chosen", "bootargs", args);
        if (lengths[i] <= 254) {
            dtb_must_read(fdt);
            ck_assert_str_eq(m.bootargs, args);
        } else {
            ck_assert_int_eq(dtb_read_tree(fdt), ST_FORMAT);
            ck_assert_str_eq(why_buf, "the boot arguments skerry.* are longer than 254 characters");
        }
    }
}
END_TEST

/* As the firmware of a Raspberry Pi writes them: its own words first and last, ours from cmdline.txt. */
START_TEST(of_bootargs_too_long_ours_are_kept)
{
    char args[1000];
    void *fdt = tree_build(&tree_eight);
    size_t n = 0;

    for (unsigned i = 0; i < 20; i++)
        n += (size_t)sprintf(args + n, "vc_mem.mem_base=0x3fc0000%u%s ", i % 10, i == 3 ? "  skerry.cores=3" : "");
    sprintf(args + n, "x.skerry.cores=5 skerry.exit=semihosting");
    tree_set_string(fdt, "/chosen", "bootargs", args);
    dtb_must_read(fdt);
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
        void *fdt = tree_build(&tree_eight);
        size_t n = (size_t)sprintf(args, "other=");

        memset(args + n, 'y', 300);
        n += 300;
        n += (size_t)sprintf(args + n, " skerry.x=");
        memset(args + n, 'z', pad);
        sprintf(args + n + pad, " skerry.cores=12");
        tree_set_string(fdt, "/chosen", "bootargs", args);
        if (10 - 1 + pad + 16 <= 254) {
            dtb_must_read(fdt);
            ck_assert_uint_eq(m.cores_wanted, 12);
        } else {
            ck_assert_int_eq(dtb_read_tree(fdt), ST_FORMAT);
        }
    }
}
END_TEST

START_TEST(a_list_of_reserved_memory_that_wraps_is_refused)
{
    void *fdt = tree_build(&tree_eight);

    ck_assert_int_eq(fdt_add_mem_rsv(fdt, 0x41000000, UINT64_MAX), 0);
    ck_assert_int_eq(dtb_read_tree(fdt), ST_FORMAT);
    ck_assert_ptr_nonnull(strstr(why_buf, "reserves memory at 0x41000000"));
}
END_TEST

/* _i: how many come before those we ask for; lib/fdt/tree keeps the first 24. */
START_TEST(a_node_may_have_any_number_of_properties)
{
    void *fdt = tree_build(&tree_eight);
    char name[16];

    for (int i = 0; i < _i; i++) { /* libfdt adds a property before the others */
        snprintf(name, sizeof name, "x%d", i);
        tree_set_string(fdt, "/memory@40000000", name, "");
    }
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.ram[0].bytes, 512 * MIB);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_dtb");
    TCase *tc = tcase_create("read");
    SRunner *sr;
    int failed;

    tcase_add_test(tc, everything_boot_asks_about_is_read);
    tcase_add_loop_test(tc, every_number_of_cores_from_1_to_64_is_read, 1, 65);
    tcase_add_test(tc, cores_that_differ_in_affinity_1_only_are_one_cluster);
    tcase_add_test(tc, the_core_we_run_on_comes_first);
    tcase_add_test(tc, a_spin_table_is_read);
    tcase_add_test(tc, a_disabled_core_keeps_its_number_and_is_not_present);
    tcase_add_test(tc, skerry_cores_takes_the_first_ones);
    tcase_add_test(tc, our_own_core_has_a_place_even_if_listed_after_64_others);
    tcase_add_test(tc, a_boards_name_that_is_too_long_is_cut);
    tcase_add_test(tc, memory_in_pieces_is_sorted_and_joined);
    tcase_add_test(tc, bootargs_of_254_characters_fit_and_longer_ones_are_refused);
    tcase_add_test(tc, of_bootargs_too_long_ours_are_kept);
    tcase_add_test(tc, ours_too_long_are_refused_wherever_they_are_cut);
    tcase_add_test(tc, a_list_of_reserved_memory_that_wraps_is_refused);
    tcase_add_loop_test(tc, a_node_may_have_any_number_of_properties, 20, 30);
    suite_add_tcase(s, tc);
    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
