/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb against whole trees: those QEMU makes, and those that bits fell out of.
 *
 * T7 of the test programme. A mutated tree is either refused with a sentence or read as a
 * machine that satisfies D1..D6 and S1..S4; anything else, or an access outside the tree
 * (address sanitizer), fails. The short round flips every bit of a tree of our own and a
 * part of those of others; SKERRY_SECONDS=n flips all and goes on with several at a time.
 */
#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "lib/fdt/tree.h"
#include "tests/support/args.h"
#include "tests/support/machine_sound.h"
#include "tests/support/scratch.h"
#include "tests/support/tree_build.h"

static char why_buf[320];
static struct text why;
static uint64_t accepted, refused;

/* In a buffer of exactly its size, so that the sanitizer sees a byte too far. */
static void judge(const uint8_t *tree, size_t bytes, uint64_t which)
{
    void *fdt = malloc(bytes);
    const char *bad;
    status_t st;

    memcpy(fdt, tree, bytes);
    bad = tree_unsound(fdt, bytes, &st, &why);
    free(fdt);
    ck_assert_msg(!bad, "mutation %llu: %s", (unsigned long long)which, bad ? bad : "");
    if (st == ST_OK)
        accepted++;
    else
        refused++;
}

static void flip(uint8_t *tree, uint64_t bit)
{
    tree[bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

static void flip_each(uint8_t *tree, size_t bytes, uint64_t step)
{
    accepted = refused = 0;
    text_init(&why, why_buf, sizeof why_buf);
    for (uint64_t bit = 0; bit < bytes * 8; bit += step) {
        flip(tree, bit);
        judge(tree, bytes, bit);
        flip(tree, bit);
    }
    /* Were nearly all refused the walk would have tried little; and some must be. */
    ck_assert(accepted > 0 && refused > 0);
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Values that arithmetic trips over, written over one to eight places. */
static void disturb(uint8_t *tree, size_t bytes, uint64_t *seed)
{
    static const uint8_t values[] = {0, 1, 3, 4, 0x7f, 0x80, 0xfe, 0xff};

    for (uint64_t n = 1 + next(seed) % 8; n > 0; n--) {
        uint64_t at = next(seed) % bytes, run = 1 + next(seed) % 8;

        for (; run > 0 && at < bytes; run--, at++)
            tree[at] = next(seed) % 4 ? values[next(seed) % sizeof values] : (uint8_t)next(seed);
    }
}

static void disturb_for(const uint8_t *tree, size_t bytes, uint64_t rounds, uint64_t seconds)
{
    uint64_t seed = test_seed() * 0x9e3779b97f4a7c15u + 1;
    uint8_t *copy = malloc(bytes);
    time_t end = time(NULL) + (time_t)seconds;

    text_init(&why, why_buf, sizeof why_buf);
    for (uint64_t i = 0; i < rounds || time(NULL) < end; i++) {
        memcpy(copy, tree, bytes);
        disturb(copy, bytes, &seed);
        judge(copy, bytes, i);
    }
    free(copy);
}

/* --- our own tree ------------------------------------------------------------------------------ */

static uint8_t *own_tree(unsigned gic, size_t *bytes)
{
    struct tree_spec s = {
        .cores = 2, .gic = gic, .clusters = 1, .spin = gic == 2, .few = true, .ram = GIB};
    void *fdt = tree_build(&s);

    ck_assert_int_eq(fdt_pack(fdt), 0);
    *bytes = fdt_totalsize(fdt);
    return fdt;
}

/* _i: GIC version; with 2 also a spin table. */
START_TEST(every_bit_of_our_own_tree_may_flip)
{
    size_t bytes;
    uint8_t *tree = own_tree((unsigned)_i, &bytes);

    flip_each(tree, bytes, _i == 3 || test_seconds(0) ? 1 : 7);
    free(tree);
}
END_TEST

START_TEST(every_truncation_of_our_own_tree_is_refused)
{
    size_t bytes;
    uint8_t *tree = own_tree((unsigned)_i, &bytes);

    accepted = 0;
    text_init(&why, why_buf, sizeof why_buf);
    for (size_t n = 1; n < bytes; n += test_seconds(0) ? 1 : 5)
        judge(tree, n, n);
    ck_assert_uint_eq(accepted, 0);
    free(tree);
}
END_TEST

START_TEST(several_bytes_of_our_own_tree_may_be_anything)
{
    size_t bytes;
    uint8_t *tree = own_tree((unsigned)_i, &bytes);

    disturb_for(tree, bytes, 4000, test_seconds(0));
    free(tree);
}
END_TEST

/* --- QEMU's trees -------------------------------------------------------------------------------- */

struct qemu_row {
    const char *machine, *smp, *cpu;
    unsigned cores, gic, clusters;
    enum start_method start;
};

static const struct qemu_row qemu[] = {
    {"gic-version=2", "1", "cortex-a76", 1, 2, 1, START_PSCI_HVC},
    {"gic-version=2", "8", "cortex-a76", 8, 2, 1, START_PSCI_HVC},
    {"gic-version=2,virtualization=on", "4", "cortex-a72", 4, 2, 1, START_PSCI_SMC},
    {"gic-version=3", "2", "max", 2, 3, 1, START_PSCI_HVC},
    {"gic-version=3", "8,clusters=2,cores=4", "cortex-a76", 8, 3, 2, START_PSCI_HVC},
    {"gic-version=3", "8,sockets=2,cores=4", "cortex-a76", 8, 3, 2, START_PSCI_HVC},
    {"gic-version=3,virtualization=on", "8", "cortex-a76", 8, 3, 1, START_PSCI_SMC},
    {"gic-version=3,virtualization=on", "18", "cortex-a76", 18, 3, 1, START_PSCI_SMC},
    {"gic-version=3,highmem=off", "18", "cortex-a53", 18, 3, 1, START_PSCI_HVC},
    {"gic-version=3", "64", "cortex-a76", 64, 3, 1, START_PSCI_HVC},
};

/* A tree of QEMU's, packed to what is used; NULL if there is no QEMU on this machine. */
static uint8_t *qemu_tree(const struct qemu_row *r, size_t *bytes)
{
    char dir[SCRATCH_BYTES], path[SCRATCH_BYTES + 8], command[SCRATCH_BYTES + 512];
    uint8_t *tree = NULL;
    FILE *f;

    if (!mkdtemp(scratch(dir, "skerry-trees")))
        return NULL;
    snprintf(path, sizeof path, "%s/dtb", dir);
    snprintf(command, sizeof command,
             "qemu-system-aarch64 -M virt,%s,dumpdtb=%s -smp %s -cpu %s -m 1G -nodefaults "
             "-display none -nic none >/dev/null 2>&1",
             r->machine, path, r->smp, r->cpu);
    if (system(command) == 0 && (f = fopen(path, "rb"))) {
        tree = malloc(TREE_BYTES_MAX);
        *bytes = fread(tree, 1, TREE_BYTES_MAX, f);
        fclose(f);
        ck_assert_int_eq(fdt_pack(tree), 0);
        *bytes = fdt_totalsize(tree);
        tree = realloc(tree, *bytes);
    }
    unlink(path);
    rmdir(dir);
    return tree;
}

START_TEST(trees_of_qemu_are_read)
{
    const struct qemu_row *r = &qemu[_i];
    static struct machine m;
    size_t bytes;
    uint8_t *tree = qemu_tree(r, &bytes);
    uint32_t clusters = 0;
    const char *bad;

    if (!tree) {
        fprintf(stderr, "trees_of_qemu_are_read: no qemu-system-aarch64 here, not tried\n");
        return;
    }
    text_init(&why, why_buf, sizeof why_buf);
    ck_assert_msg(tree_check(tree, bytes, &why) == ST_OK, "%s", why_buf);
    ck_assert_msg(dtb_read(tree, 0, &m, &why) == ST_OK, "%s", why_buf);
    bad = machine_unsound(&m, 0);
    ck_assert_msg(!bad, "%s", bad ? bad : "");
    free(tree);

    ck_assert_str_eq(m.board, "linux,dummy-virt");
    ck_assert(m.emulated);
    ck_assert_uint_eq(m.ncores, r->cores);
    ck_assert_uint_eq(m.gic.version, r->gic);
    ck_assert_int_eq(m.start, r->start);
    ck_assert_uint_eq(m.nram, 1);
    ck_assert_uint_eq(m.ram[0].base, 0x40000000);
    ck_assert_uint_eq(m.ram[0].bytes, GIB);
    ck_assert_uint_eq(m.console.base, 0x9000000);
    ck_assert_uint_eq(m.console_intid, 33);
    ck_assert_uint_eq(m.timer_virt, 27);
    ck_assert_uint_eq(m.timer_hyp, 26);
    ck_assert(m.ndevices >= 2 && m.ndevices <= DEVICES_MAX);
    ck_assert_uint_eq(m.nvirtio, 32);
    for (uint32_t i = 0; i < m.ncores; i++) {
        ck_assert_uint_eq(m.cores[i].mpidr, i / 16 << 8 | i % 16);
        if (m.cores[i].cluster >= clusters)
            clusters = m.cores[i].cluster + 1;
    }
    ck_assert_uint_eq(clusters, r->clusters);
}
END_TEST

START_TEST(bits_of_qemus_tree_may_flip)
{
    size_t bytes;
    uint8_t *tree = qemu_tree(&qemu[_i], &bytes);

    if (!tree)
        return; /* said above */
    flip_each(tree, bytes, test_seconds(0) ? 1 : 23);
    disturb_for(tree, bytes, 1000, test_seconds(0));
    free(tree);
}
END_TEST

/* --- those of boards ----------------------------------------------------------------------------- */

/* Packed; NULL if it was not fetched. */
static uint8_t *board_tree(const char *path, size_t *bytes)
{
    uint8_t *tree = NULL;
    FILE *f = fopen(path, "rb");

    if (!f) {
        fprintf(stderr, "test_boot_trees: no %s (make pi-dtbs), not tried\n", path);
        return NULL;
    }
    tree = malloc(TREE_BYTES_MAX);
    *bytes = fread(tree, 1, TREE_BYTES_MAX, f);
    fclose(f);
    ck_assert_int_eq(fdt_pack(tree), 0);
    *bytes = fdt_totalsize(tree);
    return realloc(tree, *bytes);
}

START_TEST(bits_of_a_raspberry_pi_5s_tree_may_flip)
{
    size_t bytes;
    uint8_t *tree = board_tree("build/pi-dtbs/bcm2712-rpi-5-b.dtb", &bytes);

    if (!tree)
        return;
    flip_each(tree, bytes, test_seconds(0) ? 1 : 11);
    disturb_for(tree, bytes, 2000, test_seconds(0));
    free(tree);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_trees");
    TCase *tc = tcase_create("trees");
    SRunner *sr;
    int failed;

    tcase_set_timeout(tc, test_seconds(0) ? 0 : 60); /* 0: whoever asked for long waits */
    tcase_add_loop_test(tc, every_bit_of_our_own_tree_may_flip, 2, 4);
    tcase_add_loop_test(tc, every_truncation_of_our_own_tree_is_refused, 2, 4);
    tcase_add_loop_test(tc, several_bytes_of_our_own_tree_may_be_anything, 2, 4);
    tcase_add_loop_test(tc, trees_of_qemu_are_read, 0, (int)ARRAY_LEN(qemu));
    tcase_add_loop_test(tc, bits_of_qemus_tree_may_flip, 1, 2);
    tcase_add_test(tc, bits_of_a_raspberry_pi_5s_tree_may_flip);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
