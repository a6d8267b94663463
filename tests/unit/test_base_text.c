/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/base/text: pieces become a sentence; what does not fit is cut off; input cannot forge lines. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/text.h"

static char buf[100];
static struct text t;

static void setup(void)
{
    text_init(&t, buf, sizeof buf);
}

START_TEST(pieces_become_a_sentence)
{
    text_put(&t, STR("n "), DEC(0), STR(" "), DEC(UINT64_MAX), STR(" "), HEX(0), STR(" "),
             HEX(UINT64_MAX));
    ck_assert_str_eq(buf, "n 0 18446744073709551615 0x0 0xffffffffffffffff");
    ck_assert_uint_eq(t.len, strlen(buf));
}
END_TEST

START_TEST(a_refusal_replaces_what_was_said_and_is_its_status)
{
    text_put(&t, STR("before"));
    ck_assert_int_eq(refuse(&t, ST_NOMEM, STR("no "), DEC(7)), ST_NOMEM);
    ck_assert_str_eq(buf, "no 7");
    ck_assert_int_eq(refuse((struct text *)NULL, ST_BUSY, STR("nobody listens")), ST_BUSY);
}
END_TEST

START_TEST(control_characters_and_other_bytes_become_question_marks)
{
    text_put(&t, STR("a\n\x1e{\xff\x7f"));
    ck_assert_str_eq(buf, "a??{??");
}
END_TEST

START_TEST(json_strings_cannot_be_left_from_inside)
{
    text_put(&t, JSON("say \"x\\y\"\n"));
    ck_assert_str_eq(buf, "say \\\"x\\\\y\\\"?");
}
END_TEST

/* _i: size of the buffer. */
START_TEST(what_does_not_fit_is_cut_off_and_the_end_is_there)
{
    static const char whole[] = "0123456789abc18446744073709551615";
    size_t size = (size_t)_i;
    char *small = malloc(size); /* of its own, so that a byte too far is seen */

    text_init(&t, small, size);
    text_put(&t, STR("0123456789abc"), DEC(UINT64_MAX));
    ck_assert_uint_eq(strlen(small), size - 1 < sizeof whole - 1 ? size - 1 : sizeof whole - 1);
    ck_assert_int_eq(strncmp(small, whole, size - 1), 0);
    free(small);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base_text");
    TCase *tc = tcase_create("text");
    SRunner *sr;
    int failed;

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, pieces_become_a_sentence);
    tcase_add_test(tc, a_refusal_replaces_what_was_said_and_is_its_status);
    tcase_add_test(tc, control_characters_and_other_bytes_become_question_marks);
    tcase_add_test(tc, json_strings_cannot_be_left_from_inside);
    tcase_add_loop_test(tc, what_does_not_fit_is_cut_off_and_the_end_is_there, 1, 40);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
