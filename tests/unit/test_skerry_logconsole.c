/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a console log carries is read by the names and with the bytes of a directory (tools/skerry/logconsole.h), and a
 * console of which a line is missing, twice, out of order or changed is not taken.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include "tests/support/skerry_case.h"
#include "tests/support/witness_sample.h"
#include "tools/skerry/logconsole.h"

#define CORES    3u
#define SEGMENTS 3u
#define EACH     30u
#define PIECE    448u
#define LINES    512u

static struct witness_sample sample;
static struct sample_files files;
static struct buf line[LINES];
static size_t lines;

static void add_line(struct buf *t)
{
    ck_assert_uint_lt(lines, LINES);
    line[lines++] = *t;
}

static void add_pieces(const char *name, const struct buf *b, uint64_t *bytes)
{
    unsigned char text[PIECE * 2];

    for (size_t at = 0; at < b->n; at += PIECE) {
        size_t n = b->n - at < PIECE ? b->n - at : PIECE;
        struct buf t = {0};

        EVP_EncodeBlock(text, (const unsigned char *)b->s + at, (int)n);
        buf_put(&t, "\x1e{\"type\":\"export\",\"core\":0,\"t_ns\":%zu,\"file\":\"%s\",\"at\":%zu,\"data\":\"%s\"}\n", lines, name, at,
                (const char *)text);
        add_line(&t);
        *bytes += n;
    }
}

static void add(const char *fmt, uint64_t a, uint64_t b)
{
    struct buf t = {0};

    buf_put(&t, fmt, a, b);
    add_line(&t);
}

/* All lines but `without`; `twice` twice; changed[] as it stands in line[]. */
static void write_console(size_t without, size_t twice, size_t end)
{
    struct buf t = {0};

    for (size_t i = 0; i < lines && i < end; i++)
        for (unsigned k = 0; i != without && k < (i == twice ? 2u : 1u); k++)
            buf_bytes(&t, line[i].s, line[i].n);
    case_file("console.log", t.s ? t.s : "", t.n);
    buf_free(&t);
}

static void setup(void)
{
    uint64_t bytes = 0, n = 0;

    case_enter();
    sample_make(&sample, CORES, SEGMENTS, EACH);
    files.n = 0;
    sample_files(&sample, &files);
    lines = 0;
    add("skerry: boot %lu %lu\n", 1, 2);
    add("\x1e{\"type\":\"boot\",\"core\":0,\"t_ns\":%lu,\"format\":%lu}\n", 3, 1);
    for (size_t i = 0; i < files.n; i++)
        if (strcmp(files.file[i].name, "device.pub") != 0) {
            add_pieces(files.file[i].name, &files.file[i].bytes, &bytes);
            n++;
        }
    add("\x1e{\"type\":\"exported\",\"core\":0,\"t_ns\":9,\"files\":%lu,\"bytes\":%lu,\"dropped\":0}\n", n, bytes);
    add("\x1e{\"type\":\"end\",\"core\":0,\"t_ns\":%lu,\"status\":%lu,\"why\":\"\"}\n", 10, 0);
    files_to_disk(&files, "logs");
    write_console(LINES, LINES, LINES);
}

static void teardown(void)
{
    for (size_t i = 0; i < lines; i++)
        buf_free(&line[i]);
    sample_free(&sample);
    files_free(&files);
    case_leave();
}

static bool opens(struct complaint *bad)
{
    struct logdir d;
    bool ok = logdir_open(&d, "console.log", bad);

    logdir_close(&d);
    return ok;
}

START_TEST(every_file_is_there_with_its_bytes)
{
    struct complaint bad = {0};
    struct buf b = {0};
    struct logdir d;
    struct said s;

    ck_assert(logconsole_is("console.log"));
    ck_assert(!logconsole_is("logs/core-00-000000.log"));
    ck_assert_msg(logdir_open(&d, "console.log", &bad), "%s %s", bad.what, bad.why);
    ck_assert_uint_eq(d.n, CORES * SEGMENTS);
    for (size_t i = 0; i < files.n; i++) {
        if (strcmp(files.file[i].name, "device.pub") == 0)
            continue;
        ck_assert(logdir_read(&d, files.file[i].name, &b, &bad));
        ck_assert_uint_eq(b.n, files.file[i].bytes.n);
        ck_assert_mem_eq(b.s, files.file[i].bytes.s, b.n);
    }
    ck_assert(!logdir_read(&d, "device.pub", &b, &bad));
    buf_free(&b);
    logdir_close(&d);
    s = skerry_said("witness verify console.log --key logs/device.pub");
    ck_assert_msg(s.status == 0, "%s", s.err);
    ck_assert_int_eq(skerry_said("witness export console.log kept").status, 0);
    ck_assert_int_eq(skerry_said("witness verify kept --key logs/device.pub").status, 0);
}
END_TEST

START_TEST(a_line_that_is_missing_or_twice_is_noticed)
{
    struct complaint bad;

    for (size_t i = 2; i + 1 < lines; i++) {
        bad = (struct complaint){0};
        write_console(i, LINES, LINES);
        ck_assert_msg(!opens(&bad), "without line %zu", i);
        ck_assert_int_eq(bad.code, ERR_WITNESS_CUT);
        write_console(LINES, i, LINES);
        ck_assert_msg(!opens(&bad), "with line %zu twice", i);
    }
    write_console(lines - 1, LINES, LINES); /* the end of the run is somebody else's matter */
    ck_assert(opens(&bad));
}
END_TEST

START_TEST(a_console_that_was_cut_off_is_refused)
{
    struct complaint bad;

    for (size_t end = 3; end + 1 < lines; end++) {
        bad = (struct complaint){0};
        write_console(LINES, LINES, end);
        ck_assert(!opens(&bad));
        ck_assert_int_eq(bad.code, ERR_WITNESS_CUT);
    }
    write_console(LINES, LINES, 2);
    ck_assert(!opens(&bad));
    ck_assert_int_eq(bad.code, ERR_NO_LOG);
}
END_TEST

START_TEST(two_lines_that_are_swapped_are_noticed_within_a_file)
{
    struct complaint bad = {0};
    struct buf t = line[2];

    line[2] = line[3];
    line[3] = t;
    write_console(LINES, LINES, LINES);
    ck_assert(!opens(&bad));
}
END_TEST

/* In place of a piece: what no keeper writes. */
START_TEST(wrong_records_are_refused)
{
    static const char *const wrong[] = {
        "\x1e{\"type\":\"export\",\"file\":\"../etc/passwd\",\"at\":0,\"data\":\"AAAA\"}\n",
        "\x1e{\"type\":\"export\",\"file\":\"device.pub\",\"at\":0,\"data\":\"AAAA\"}\n",
        "\x1e{\"type\":\"export\",\"file\":\"core-00-000009.log\",\"at\":0,\"data\":\"AAA\"}\n",
        "\x1e{\"type\":\"export\",\"file\":\"core-00-000009.log\",\"at\":0,\"data\":\"A?AA\"}\n",
        "\x1e{\"type\":\"export\",\"file\":\"core-00-000009.log\",\"at\":0,\"data\":\"\"}\n",
        "\x1e{\"type\":\"export\",\"file\":\"core-00-000009.log\",\"at\":-1,\"data\":\"AAAA\"}\n",
        "\x1e{\"type\":\"export\",\"file\":\"core-00-000009.log\",\"data\":\"AAAA\"}\n",
        "\x1e{\"type\":\"export\",\"file\":7,\"at\":0,\"data\":\"AAAA\"}\n",
        "\x1e{\"type\":\"export\",\n",
        "\x1e{\"type\":\"exported\",\"files\":1,\"bytes\":1}\n",
    };
    struct complaint bad = {0};

    buf_clear(&line[1]);
    buf_add(&line[1], wrong[_i]);
    write_console(LINES, LINES, LINES);
    ck_assert(!opens(&bad));
    ck_assert_int_eq(bad.code, ERR_WITNESS_CUT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_logconsole");
    TCase *t = tcase_create("logconsole");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_file_is_there_with_its_bytes);
    tcase_add_test(t, a_line_that_is_missing_or_twice_is_noticed);
    tcase_add_test(t, a_console_that_was_cut_off_is_refused);
    tcase_add_test(t, two_lines_that_are_swapped_are_noticed_within_a_file);
    tcase_add_loop_test(t, wrong_records_are_refused, 0, 10);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
