/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/names: who registers, who looks up, who waits; full tables and dead cores. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "monitor/names.h"

static struct names names;
static char field[SERVICE_NAME_BYTES];

static void setup(void)
{
    memset(&names, 0, sizeof names);
}

/* A name in its zero-padded field. */
static const char *name(const char *text)
{
    memset(field, 0, sizeof field);
    memcpy(field, text, strlen(text));
    return field;
}

static status_t look(const char *text, core_id core, uint64_t ticket, const struct service **s)
{
    return names_lookup(&names, name(text), core, ticket, s);
}

START_TEST(only_printable_names_of_1_to_31_characters_are_names)
{
    char f[SERVICE_NAME_BYTES];

    ck_assert(name_valid(name("a")));
    ck_assert(name_valid(name("0123456789012345678901234567890")));
    ck_assert(!name_valid(name("")));
    ck_assert(!name_valid(name("two words")));
    ck_assert(!name_valid(name("line\n")));
    ck_assert(!name_valid(name("\x7f")));
    memset(f, 'a', sizeof f);
    ck_assert(!name_valid(f)); /* 32 characters: no end */
    memset(f, 0, sizeof f);
    f[0] = 'a';
    f[5] = 'b';
    ck_assert(!name_valid(f)); /* something behind the end: two fields could look alike */
}
END_TEST

START_TEST(a_registered_name_is_found_at_once)
{
    const struct service *s;

    ck_assert_int_eq(names_register(&names, name("skb"), 3, 77), ST_OK);
    ck_assert_int_eq(look("skb", 1, 5, &s), ST_OK);
    ck_assert_uint_eq(s->core, 3);
    ck_assert_uint_eq(s->id, 77);
}
END_TEST

START_TEST(a_name_is_given_once)
{
    const struct service *s;

    ck_assert_int_eq(names_register(&names, name("skb"), 3, 77), ST_OK);
    ck_assert_int_eq(names_register(&names, name("skb"), 4, 78), ST_EXISTS);
    ck_assert_int_eq(look("skb", 1, 5, &s), ST_OK);
    ck_assert_uint_eq(s->core, 3);
    names_unregister(&names, 4, 77); /* another core's 77: not this one */
    ck_assert_int_eq(look("skb", 1, 5, &s), ST_OK);
    names_unregister(&names, 3, 77);
    ck_assert_int_eq(names_register(&names, name("skb"), 4, 78), ST_OK);
}
END_TEST

START_TEST(a_lookup_waits_for_its_name_and_is_answered_once)
{
    const struct service *s;
    struct lookup l;

    ck_assert_int_eq(look("late", 2, 11, &s), ST_AGAIN);
    ck_assert_int_eq(look("other", 2, 12, &s), ST_AGAIN);
    ck_assert_int_eq(look("late", 5, 13, &s), ST_AGAIN);
    ck_assert(!names_next_answer(&names, &l, &s));
    ck_assert_int_eq(names_register(&names, name("late"), 1, 9), ST_OK);
    ck_assert(names_next_answer(&names, &l, &s));
    ck_assert(l.core == 2 && l.ticket == 11 && s->id == 9);
    ck_assert(names_next_answer(&names, &l, &s));
    ck_assert(l.core == 5 && l.ticket == 13);
    ck_assert(!names_next_answer(&names, &l, &s));
}
END_TEST

START_TEST(a_cancelled_lookup_is_not_answered)
{
    const struct service *s;
    struct lookup l;

    ck_assert_int_eq(look("late", 2, 11, &s), ST_AGAIN);
    names_cancel(&names, 3, 11); /* another core's ticket of the same number */
    names_cancel(&names, 2, 12);
    ck_assert_int_eq(names_register(&names, name("late"), 1, 9), ST_OK);
    ck_assert(names_next_answer(&names, &l, &s));
    setup();
    ck_assert_int_eq(look("late", 2, 11, &s), ST_AGAIN);
    names_cancel(&names, 2, 11);
    ck_assert_int_eq(names_register(&names, name("late"), 1, 9), ST_OK);
    ck_assert(!names_next_answer(&names, &l, &s));
}
END_TEST

START_TEST(full_tables_refuse_and_keep_what_they_have)
{
    const struct service *s;
    char text[16];

    for (unsigned i = 0; i < NAMES_MAX; i++) {
        snprintf(text, sizeof text, "s%u", i);
        ck_assert_int_eq(names_register(&names, name(text), 0, i + 1), ST_OK);
    }
    ck_assert_int_eq(names_register(&names, name("more"), 0, 99), ST_TABLE_FULL);
    for (unsigned i = 0; i < LOOKUPS_MAX; i++)
        ck_assert_int_eq(look("nobody", 1, i + 1, &s), ST_AGAIN);
    ck_assert_int_eq(look("nobody", 1, 999, &s), ST_TABLE_FULL);
    ck_assert_int_eq(look("s0", 1, 999, &s), ST_OK);
    names_unregister(&names, 0, 1);
    ck_assert_int_eq(names_register(&names, name("more"), 0, 99), ST_OK);
}
END_TEST

START_TEST(a_dead_core_leaves_neither_names_nor_lookups)
{
    const struct service *s;
    struct lookup l;

    ck_assert_int_eq(names_register(&names, name("a"), 3, 1), ST_OK);
    ck_assert_int_eq(names_register(&names, name("b"), 4, 1), ST_OK);
    ck_assert_int_eq(look("c", 3, 7, &s), ST_AGAIN);
    names_drop_core(&names, 3);
    ck_assert_int_eq(look("a", 1, 8, &s), ST_AGAIN);
    ck_assert_int_eq(look("b", 1, 9, &s), ST_OK);
    ck_assert_int_eq(names_register(&names, name("c"), 4, 2), ST_OK);
    ck_assert(!names_next_answer(&names, &l, &s));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/names");
    TCase *t = tcase_create("names");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, only_printable_names_of_1_to_31_characters_are_names);
    tcase_add_test(t, a_registered_name_is_found_at_once);
    tcase_add_test(t, a_name_is_given_once);
    tcase_add_test(t, a_lookup_waits_for_its_name_and_is_answered_once);
    tcase_add_test(t, a_cancelled_lookup_is_not_answered);
    tcase_add_test(t, full_tables_refuse_and_keep_what_they_have);
    tcase_add_test(t, a_dead_core_leaves_neither_names_nor_lookups);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
