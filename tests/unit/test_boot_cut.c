/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/cut: shares are disjoint, in RAM, free of what is kept, and as large as they can be.
 * S1 to S3 are checked by tests/support/machine_sound on thousands of random machines.
 */
#include <check.h>
#include <string.h>
#include "boot/cut.h"
#include "tests/support/args.h"
#include "tests/support/machine_sound.h"

static struct machine m;
static struct cut cut;
static char why_buf[320];
static struct text why;

static void machine(uint32_t ncores, uint64_t ram)
{
    text_init(&why, why_buf, sizeof why_buf);
    memset(&m, 0, sizeof m);
    m.nram = 1;
    m.ram[0] = (struct range){0x40000000, ram};
    m.ncores = ncores;
    for (uint32_t i = 0; i < ncores; i++)
        m.cores[i].present = 1;
}

static status_t cut_it(const struct range *keep, unsigned n)
{
    status_t st = cut_ram(&m, keep, n, &cut, &why);
    const char *bad = st == ST_OK ? cut_unsound(&m, keep, n, &cut) : NULL;

    ck_assert_msg(!bad, "%s", bad ? bad : "");
    return st;
}

/* As QEMU lays it out: image 2 MiB above the start, bundle and tree at half the RAM or 128 MiB. */
static const struct range qemu_keep[] = {
    {0x40200000, 0x200000}, {0x48000000, 0x93000}, {0x48200000, 0x100000}};

START_TEST(every_number_of_cores_shares_512_mib_fairly)
{
    uint64_t least = UINT64_MAX, most = 0;

    machine((uint32_t)_i, 512 * MIB);
    ck_assert_msg(cut_it(qemu_keep, 3) == ST_OK, "%s", why_buf);
    for (int c = 0; c < _i; c++) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < SHARE_RANGES; i++)
            sum += cut.share[c][i].bytes;
        least = sum < least ? sum : least;
        most = sum > most ? sum : most;
    }
    /* What is left over goes to who has least, so nobody is ahead by more than a piece. */
    ck_assert_uint_le(most - least, most / 4 + 4 * MIB);
}
END_TEST

START_TEST(with_one_core_there_is_no_mesh)
{
    machine(1, 64 * MIB);
    ck_assert_int_eq(cut_it(NULL, 0), ST_OK);
    ck_assert_uint_eq(cut.mesh.bytes, 0);
    ck_assert_uint_eq(cut.share[0][0].bytes, 64 * MIB);
}
END_TEST

START_TEST(the_mesh_has_a_piece_for_each_pair)
{
    machine(8, 512 * MIB);
    ck_assert_int_eq(cut_it(qemu_keep, 3), ST_OK);
    ck_assert_uint_eq(cut.mesh.bytes, 28 * 512 * KIB);
}
END_TEST

START_TEST(too_little_ram_is_refused_with_the_figures)
{
    machine(8, 32 * MIB);
    ck_assert_int_eq(cut_it(NULL, 0), ST_NOMEM);
    ck_assert_str_eq(why_buf,
                     "too little RAM: 18 MiB are free, and each of 8 cores needs 4 MiB in one "
                     "piece: boot with more RAM or fewer cores (skerry.cores=N)");
    machine(64, 64 * MIB);
    ck_assert_int_eq(cut_it(NULL, 0), ST_NOMEM);
    ck_assert_ptr_nonnull(strstr(why_buf, "for the channels of 64 cores"));
}
END_TEST

START_TEST(ram_that_is_all_reserved_is_refused)
{
    machine(1, 64 * MIB);
    m.nreserved = 1;
    m.reserved[0] = (struct range){0, PHYS_LIMIT};
    ck_assert_int_eq(cut_it(NULL, 0), ST_NOMEM);
    m.reserved[0] = (struct range){0x10000000, UINT64_MAX - 0x10000000};
    ck_assert_int_eq(cut_it(NULL, 0), ST_NOMEM);
}
END_TEST

START_TEST(a_core_that_is_not_present_gets_nothing)
{
    machine(4, 256 * MIB);
    m.cores[2].present = 0;
    ck_assert_int_eq(cut_it(NULL, 0), ST_OK);
    ck_assert_uint_eq(cut.share[2][0].bytes, 0);
    ck_assert_uint_gt(cut.share[3][0].bytes, 64 * MIB);
}
END_TEST

START_TEST(one_reserved_byte_keeps_its_block_out)
{
    machine(2, 64 * MIB);
    m.nreserved = 1;
    m.reserved[0] = (struct range){0x41ffffff, 1};
    ck_assert_int_eq(cut_it(NULL, 0), ST_OK);
    m.reserved[0] = (struct range){0x41ffffff, 2}; /* two blocks touched by two bytes */
    ck_assert_int_eq(cut_it(NULL, 0), ST_OK);
}
END_TEST

/* --- random machines ---------------------------------------------------------------------------- */

static uint64_t seed;

static uint64_t below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

static void random_machine(struct range *keep, unsigned *nkeep)
{
    uint64_t at = below(4) * GIB;

    memset(&m, 0, sizeof m);
    m.nram = 1 + (uint32_t)below(5);
    for (uint32_t i = 0; i < m.nram; i++) {
        at += 1 + below(256 * MIB);
        m.ram[i] = (struct range){at, 1 + below(below(2) ? 64 * MIB : 2 * GIB)};
        at += m.ram[i].bytes;
    }
    m.nreserved = (uint32_t)below(20);
    for (uint32_t i = 0; i < m.nreserved; i++)
        m.reserved[i] = (struct range){below(at), below(below(2) ? 4096 : 40 * MIB)};
    *nkeep = (unsigned)below(KEEP_MAX + 1);
    for (unsigned i = 0; i < *nkeep; i++)
        keep[i] = (struct range){below(at), below(8 * MIB)};
    m.ncores = 1 + (uint32_t)below(below(3) ? 8 : CORES_MAX);
    for (uint32_t i = 0; i < m.ncores; i++)
        m.cores[i].present = i == 0 || below(8) != 0;
}

static bool kept(uint64_t at, const struct range *keep, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (keep[i].bytes && at < keep[i].base + keep[i].bytes && keep[i].base < at + BLOCK_BYTES)
            return true;
    return false;
}

/* How many shares of this size fit, block by block: nothing like the way cut.c counts. */
static uint64_t shares_that_fit(uint64_t size, const struct range *keep, unsigned nkeep)
{
    uint64_t n = 0, run = 0, mesh_end = cut.mesh.base + cut.mesh.bytes;

    for (uint32_t i = 0; i < m.nram; i++, run = 0) {
        uint64_t base = (m.ram[i].base + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;

        for (uint64_t at = base; at + BLOCK_BYTES <= m.ram[i].base + m.ram[i].bytes;
             at += BLOCK_BYTES) {
            bool mesh = cut.mesh.bytes && at < mesh_end && at + BLOCK_BYTES > cut.mesh.base;

            run = mesh || kept(at, m.reserved, m.nreserved) || kept(at, keep, nkeep)
                      ? 0
                      : run + BLOCK_BYTES;
            if (run == size) {
                n++;
                run = 0;
            }
        }
    }
    return n;
}

START_TEST(random_machines_are_cut_soundly_and_as_large_as_can_be)
{
    uint64_t rounds = test_seconds(0) ? 200000 : 3000, good = 0, bad = 0;
    struct range keep[KEEP_MAX];
    unsigned nkeep;

    text_init(&why, why_buf, sizeof why_buf);
    seed = test_seed() * 0x9e3779b97f4a7c15u + 1;
    for (uint64_t round = 0; round < rounds; round++) {
        uint64_t size = UINT64_MAX, present = 0;
        struct cut again;

        random_machine(keep, &nkeep);
        if (cut_it(keep, nkeep) != ST_OK) {
            bad++;
            continue;
        }
        good++;
        for (uint32_t i = 0; i < m.ncores; i++)
            if (m.cores[i].present) {
                present++;
                if (cut.share[i][0].bytes < size)
                    size = cut.share[i][0].bytes;
            }
        ck_assert_uint_lt(shares_that_fit(size + BLOCK_BYTES, keep, nkeep), present);
        ck_assert_int_eq(cut_ram(&m, keep, nkeep, &again, &why), ST_OK); /* S4 */
        ck_assert_int_eq(memcmp(&again, &cut, sizeof cut), 0);
    }
    ck_assert(good > rounds / 10 && bad > rounds / 100);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_cut");
    TCase *tc = tcase_create("cut");
    SRunner *sr;
    int failed;

    tcase_set_timeout(tc, (double)(60 + 10 * test_seconds(0)));
    tcase_add_loop_test(tc, every_number_of_cores_shares_512_mib_fairly, 1, 33);
    tcase_add_test(tc, with_one_core_there_is_no_mesh);
    tcase_add_test(tc, the_mesh_has_a_piece_for_each_pair);
    tcase_add_test(tc, too_little_ram_is_refused_with_the_figures);
    tcase_add_test(tc, ram_that_is_all_reserved_is_refused);
    tcase_add_test(tc, a_core_that_is_not_present_gets_nothing);
    tcase_add_test(tc, one_reserved_byte_keeps_its_block_out);
    tcase_add_test(tc, random_machines_are_cut_soundly_and_as_large_as_can_be);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
