/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/load/cpio: what `cpio -H newc` writes is read; what is broken is refused with a sentence. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/load/cpio.h"

static uint8_t archive[4096];
static size_t length, trailer;
static char why_buf[200];
static struct text why;

static void add(const char *name, uint32_t mode, const void *data, size_t bytes)
{
    length += (size_t)sprintf(
        (char *)archive + length, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1,
        mode, 0, 0, 1, 0, (unsigned)bytes, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
    strcpy((char *)archive + length, name);
    length = (length + strlen(name) + 1 + 3) & ~(size_t)3;
    if (bytes)
        memcpy(archive + length, data, bytes);
    length = (length + bytes + 3) & ~(size_t)3;
}

static void setup(void)
{
    memset(archive, 0, sizeof archive);
    length = 0;
    text_init(&why, why_buf, sizeof why_buf);
    add("bin", 040755, NULL, 0);
    add("./cpudriver", 0100755, "first", 5);
    add("bin/monitor", 0100755, "second!", 7);
    add("etc/start", 0100644, "", 0);
    add("cpudriver", 0100755, "again", 5);
    trailer = length;
    add("TRAILER!!!", 0, NULL, 0);
}

/* In memory of exactly its size, so that the sanitizer sees a byte too far. */
static status_t check(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    status_t st;

    memcpy(copy, data, bytes);
    text_clear(&why);
    st = cpio_check(copy, bytes, &why);
    if (st != ST_OK)
        ck_assert_uint_gt(why.len, 0);
    free(copy);
    return st;
}

START_TEST(files_are_found_by_name_with_their_bytes)
{
    struct cpio_file f;

    ck_assert_int_eq(check(archive, length), ST_OK);
    ck_assert_int_eq(cpio_find(archive, length, "bin/monitor", &f, &why), ST_OK);
    ck_assert(f.bytes == 7 && !memcmp(f.data, "second!", 7) && f.mode == 0100755);
    ck_assert_int_eq(cpio_find(archive, length, "etc/start", &f, &why), ST_OK);
    ck_assert_uint_eq(f.bytes, 0);
}
END_TEST

START_TEST(the_first_of_two_counts_and_a_leading_dot_does_not)
{
    struct cpio_file f;

    ck_assert_int_eq(cpio_find(archive, length, "cpudriver", &f, NULL), ST_OK);
    ck_assert(f.bytes == 5 && !memcmp(f.data, "first", 5));
}
END_TEST

START_TEST(what_is_no_file_or_not_there_is_not_found)
{
    struct cpio_file f;

    ck_assert_int_eq(cpio_find(archive, length, "bin", &f, &why), ST_NOT_FOUND);
    ck_assert_int_eq(cpio_find(archive, length, "bin/mon", &f, &why), ST_NOT_FOUND);
    ck_assert_str_eq(why_buf, "the archive holds no file bin/mon");
}
END_TEST

START_TEST(the_walk_gives_every_file_once)
{
    static const char *const names[] = {"bin", "cpudriver", "bin/monitor", "etc/start",
                                        "cpudriver"};
    struct cpio_file f;
    unsigned n = 0;
    struct cpio c;

    cpio_start(&c, archive, length);
    while (cpio_next(&c, &f, &why) == ST_OK)
        ck_assert_str_eq(f.name, names[n++]);
    ck_assert_uint_eq(n, ARRAY_LEN(names));
}
END_TEST

START_TEST(what_the_tool_writes_is_read)
{
    FILE *p = popen("cd /tmp && d=$(mktemp -d) && cd $d && mkdir bin && echo hello > bin/a && "
                    "seq 999 > b && find . | sort | cpio --quiet -o -H newc; rm -r $d",
                    "r");
    static uint8_t big[65536];
    struct cpio_file f;
    size_t n;

    ck_assert_ptr_nonnull(p);
    n = fread(big, 1, sizeof big, p);
    pclose(p);
    ck_assert_int_eq(check(big, n), ST_OK);
    ck_assert_int_eq(cpio_find(big, n, "bin/a", &f, &why), ST_OK);
    ck_assert(f.bytes == 6 && !memcmp(f.data, "hello\n", 6));
    ck_assert_int_eq(cpio_find(big, n, "b", &f, &why), ST_OK);
    ck_assert_uint_eq(f.bytes, 9 * 2 + 90 * 3 + 900 * 4);
}
END_TEST

/* --- broken ------------------------------------------------------------------------------------ */

/* Offset from the second header (0x74 bytes after the first), what to put there, what must be said. */
static const struct {
    size_t at;
    const char *bytes, *sentence;
} rows[] = {
    {0, "070707", "no file header"},
    {0, "\377", "no file header"},
    {6 + 8 * 1, "0000zzzz", "not hexadecimal"},
    {6 + 8 * 6, "0000000g", "not hexadecimal"},
    {6 + 8 * 6, "ffffffff", "the file is longer"},
    {6 + 8 * 6, "00001000", "the file is longer"},
    {6 + 8 * 11, "-0000001", "not hexadecimal"},
    {6 + 8 * 11, "00000000", "the name is longer"},
    {6 + 8 * 11, "ffffffff", "the name is longer"},
    {6 + 8 * 11, "00000fff", "the name is longer"},
    {6 + 8 * 11, "0000000b", "does not end where"},
    {6 + 8 * 11, "0000000d", "does not end where"},
};

START_TEST(what_is_wrong_is_said_with_its_place)
{
    memcpy(archive + 0x74 + rows[_i].at, rows[_i].bytes, strlen(rows[_i].bytes));
    ck_assert_int_eq(check(archive, length), ST_FORMAT);
    ck_assert_msg(strstr(why_buf, rows[_i].sentence) != NULL, "\"%s\" does not say \"%s\"", why_buf,
                  rows[_i].sentence);
    ck_assert_ptr_nonnull(strstr(why_buf, "at byte 116"));
}
END_TEST

START_TEST(no_truncation_is_taken_for_whole)
{
    size_t whole = trailer + 110 + sizeof "TRAILER!!!"; /* what pads it is no part of it */

    for (size_t n = 0; n < whole; n++)
        ck_assert_int_eq(check(archive, n), ST_FORMAT);
    ck_assert_int_eq(check(archive, whole), ST_OK);
}
END_TEST

START_TEST(every_flipped_bit_is_refused_or_harmless)
{
    struct cpio_file f;
    unsigned broken = 0;

    for (size_t bit = 0; bit < length * 8; bit++) {
        uint8_t *copy = malloc(length);

        memcpy(copy, archive, length);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        text_clear(&why);
        if (cpio_check(copy, length, &why) != ST_OK) {
            broken++;
            ck_assert_uint_gt(why.len, 0);
        } else if (cpio_find(copy, length, "cpudriver", &f, NULL) == ST_OK) {
            ck_assert(f.data >= copy && f.data + f.bytes <= copy + length);
        }
        free(copy);
    }
    ck_assert_uint_gt(broken, 100);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("load_cpio");
    TCase *tc = tcase_create("cpio");
    SRunner *sr;
    int failed;

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, files_are_found_by_name_with_their_bytes);
    tcase_add_test(tc, the_first_of_two_counts_and_a_leading_dot_does_not);
    tcase_add_test(tc, what_is_no_file_or_not_there_is_not_found);
    tcase_add_test(tc, the_walk_gives_every_file_once);
    tcase_add_test(tc, what_the_tool_writes_is_read);
    tcase_add_loop_test(tc, what_is_wrong_is_said_with_its_place, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(tc, no_truncation_is_taken_for_whole);
    tcase_add_test(tc, every_flipped_bit_is_refused_or_harmless);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
