/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/args: program_info.args cut into argv. */
#include <check.h>
#include <string.h>
#include "lib/rt/info.h"

static char text[PROGRAM_ARGS_BYTES], buffer[PROGRAM_ARGS_BYTES];
static const char *argv[ARGS_MAX];

static int split(const char *args)
{
    memset(text, 0, sizeof text);
    memcpy(text, args, strlen(args));
    memset(buffer, 'j', sizeof buffer); /* what was there before is not to be trusted */
    for (unsigned i = 0; i < ARGS_MAX; i++)
        argv[i] = "junk";
    return args_split("prog", text, buffer, argv);
}

START_TEST(words_are_cut_at_blanks)
{
    ck_assert_int_eq(split("  one two\tthree=4  "), 4);
    ck_assert_str_eq(argv[0], "prog");
    ck_assert_str_eq(argv[1], "one");
    ck_assert_str_eq(argv[2], "two");
    ck_assert_str_eq(argv[3], "three=4");
    ck_assert_ptr_null(argv[4]);
}
END_TEST

START_TEST(no_arguments_leave_the_name)
{
    ck_assert_int_eq(split(""), 1);
    ck_assert_ptr_null(argv[1]);
    ck_assert_int_eq(split(" \t "), 1);
}
END_TEST

START_TEST(more_words_than_fit_are_left_out)
{
    char many[PROGRAM_ARGS_BYTES] = "";

    for (int i = 0; i < 60; i++)
        strcat(many, "w ");
    ck_assert_int_eq(split(many), ARGS_MAX - 1);
    ck_assert_str_eq(argv[ARGS_MAX - 2], "w");
    ck_assert_ptr_null(argv[ARGS_MAX - 1]);
}
END_TEST

START_TEST(a_text_without_an_end_stays_in_its_field)
{
    memset(text, 'x', sizeof text);
    memset(buffer, 'j', sizeof buffer);
    ck_assert_int_eq(args_split("prog", text, buffer, argv), 2);
    ck_assert_uint_eq(strlen(argv[1]), PROGRAM_ARGS_BYTES - 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lib/rt/args");
    TCase *t = tcase_create("args");
    SRunner *r;
    int failed;

    tcase_add_test(t, words_are_cut_at_blanks);
    tcase_add_test(t, no_arguments_leave_the_name);
    tcase_add_test(t, more_words_than_fit_are_left_out);
    tcase_add_test(t, a_text_without_an_end_stays_in_its_field);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
