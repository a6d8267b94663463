/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/start: etc/start as people write it, wrong lines, and any bytes at all. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "monitor/start.h"
#include "tests/support/args.h"

static struct start_reader reader;
static struct start_line line;
static char sentence[160];
static struct text why;

static void open_text(const char *text)
{
    text_init(&why, sentence, sizeof sentence);
    start_open(&reader, text, strlen(text));
}

static status_t next(core_id ncores)
{
    return start_next(&reader, ncores, &line, &why);
}

START_TEST(a_file_as_people_write_it)
{
    open_text("# what to start\n"
              "\n"
              "pl011   0      early,restart,device=console\n"
              "probe   all    machine,mem=2048    rounds=500  warmup=20 \t # by hand\r\n"
              "sleeper 1-3,5  -");
    ck_assert_int_eq(next(8), ST_OK);
    ck_assert_str_eq(line.program, "pl011");
    ck_assert_uint_eq(line.cores, 1);
    ck_assert_uint_eq(line.options, START_EARLY | START_RESTART | START_CONSOLE);
    ck_assert_uint_eq(line.mem_kib, START_MEM_DEFAULT_KIB);
    ck_assert_str_eq(line.args, "");
    ck_assert_uint_eq(reader.line, 3);

    ck_assert_int_eq(next(8), ST_OK);
    ck_assert_str_eq(line.program, "probe");
    ck_assert_uint_eq(line.cores, 0xff);
    ck_assert_uint_eq(line.options, START_MACHINE);
    ck_assert_uint_eq(line.mem_kib, 2048);
    ck_assert_str_eq(line.args, "rounds=500  warmup=20");

    ck_assert_int_eq(next(8), ST_OK);
    ck_assert_uint_eq(line.cores, 0x2e);
    ck_assert_uint_eq(line.options, 0);
    ck_assert_int_eq(next(8), ST_NOT_FOUND);
    ck_assert_int_eq(next(8), ST_NOT_FOUND);
}
END_TEST

START_TEST(cores_the_machine_lacks_are_left_out)
{
    static const struct {
        const char *cores;
        core_id n;
        uint64_t mask;
    } row[] = { { "all", 1, 1 },           { "all", 64, UINT64_MAX }, { "0", 4, 1 },
                { "7", 4, 0 },             { "1-7", 4, 0xe },         { "2-2", 4, 4 },
                { "0,2,63", 64, 1ull << 63 | 5 }, { "0-63", 18, 0x3ffff } };
    char text[64];

    snprintf(text, sizeof text, "p %s -\n", row[_i].cores);
    open_text(text);
    ck_assert_int_eq(next(row[_i].n), ST_OK);
    ck_assert_uint_eq(line.cores, row[_i].mask);
}
END_TEST

static const struct {
    const char *text, *says;
} bad[] = {
    { "p", "a line is" },
    { "p 0", "a line is" },
    { "a-program-with-a-name-of-32-bytes 0 -", "the program is longer" },
    { "p zero -", "cores are" },
    { "p 64 -", "cores are" },
    { "p 3-1 -", "cores are" },
    { "p 1-64 -", "cores are" },
    { "p 18446744073709551617 -", "cores are" }, /* 2^64 + 1 is not 1 */
    { "p 0 an-option-of-just-32-characters.", "no option `an-option" },
    { "p 1- -", "cores are" },
    { "p -1 -", "cores are" },
    { "p 1,,2 -", "cores are" },
    { "p 1, -", "cores are" },
    { "p 99999999999999999999 -", "cores are" },
    { "p 0 restrat", "no option `restrat'" },
    { "p 0 restart,", "no option `'" },
    { "p 0 restart,,early", "no option `'" },
    { "p 0 mem=", "no option `mem='" },
    { "p 0 mem=0", "mem= takes" },
    { "p 0 mem=x", "mem= takes" },
    { "p 0 mem=1048577", "mem= takes" },
    { "p 0 mem=4294967297", "mem= takes" },
    { "p 0 pages=0", "pages= takes a number" },
    { "p 0 pages=1048577", "pages= takes a number, 1 to 1048576" },
    { "p 0 lease=", "no option `lease='" },
    { "p 0 lease=0", "lease= takes ms" },
    { "p 0 lease=86400001", "lease= takes ms, 1 to 86400000" },
    { "p 0 an-option-that-is-a-good-deal-longer-than-any-that-exists", "no option `an-option" },
};

START_TEST(a_wrong_line_is_named_and_the_next_is_read)
{
    char text[160];
    status_t st;

    snprintf(text, sizeof text, "\n%s\ngood 0 -\n", bad[_i].text);
    open_text(text);
    st = next(4);
    ck_assert_int_eq(st, ST_FORMAT);
    ck_assert_msg(strstr(sentence, bad[_i].says) != NULL, "%s", sentence);
    ck_assert_uint_eq(reader.line, 2);
    ck_assert_int_eq(next(4), ST_OK);
    ck_assert_str_eq(line.program, "good");
}
END_TEST

START_TEST(too_many_arguments_are_refused_not_cut)
{
    char text[PROGRAM_ARGS_BYTES + 16] = "p 0 - ";

    memset(text + 6, 'x', PROGRAM_ARGS_BYTES - 1);
    open_text(text);
    ck_assert_int_eq(next(1), ST_OK);
    ck_assert_uint_eq(strlen(line.args), PROGRAM_ARGS_BYTES - 1);
    text[6 + PROGRAM_ARGS_BYTES - 1] = 'x';
    open_text(text);
    ck_assert_int_eq(next(1), ST_FORMAT);
}
END_TEST

/* The reader must end and stay inside the text (which is exactly as long as its allocation). */
START_TEST(any_bytes_are_read_to_their_end)
{
    static const char likely[] = "p 0-,\n #all=mem12\t\r";
    size_t n = (size_t)rand() % 200;
    char *text = malloc(n + !n);
    unsigned lines = 0;
    status_t st;

    for (size_t i = 0; i < n; i++)
        text[i] = rand() % 8 ? likely[(size_t)rand() % (sizeof likely - 1)] : (char)rand();
    text_init(&why, sentence, sizeof sentence);
    start_open(&reader, text, n);
    while ((st = next(8)) != ST_NOT_FOUND) {
        ck_assert(st == ST_OK || st == ST_FORMAT);
        if (st == ST_OK)
            ck_assert(line.program[0] != 0 && line.program[31] == 0 && (line.cores & ~0xffull) == 0);
        ck_assert_uint_le(++lines, n);
    }
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/start");
    TCase *t = tcase_create("start");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_test(t, a_file_as_people_write_it);
    tcase_add_loop_test(t, cores_the_machine_lacks_are_left_out, 0, 8);
    tcase_add_loop_test(t, a_wrong_line_is_named_and_the_next_is_read, 0,
                        (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(t, too_many_arguments_are_refused_not_cut);
    tcase_add_loop_test(t, any_bytes_are_read_to_their_end, 0, 500);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK); /* so that each of the random texts is another */
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
