/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* migration.html: figures of all records, as many rows and steps as a person can look at, and no text of a record is markup. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/moves_case.h"

START_TEST(text_of_a_record_is_no_markup)
{
    struct buf t = {0};
    json_t *d;

    moves_move(1, "0x1", 0, 1, "</script><script>alert(1)", 1);
    d = moves_made();
    migration_page(&t, d, "");
    ck_assert_ptr_null(strstr(t.s, "</script><script>alert"));
    ck_assert_ptr_nonnull(strstr(t.s, "\\u003c/script>"));
    buf_free(&t);
    json_decref(d);
}
END_TEST

START_TEST(steps_are_the_first_the_last_and_even_between)
{
    json_t *d, *drawn;
    const json_t *steps;
    int64_t last = -1;

    for (int e = 0; e < 1001; e++)
        moves_cut(e);
    d = moves_made();
    drawn = migration_drawn(d);
    steps = json_object_get(drawn, "cuts");
    ck_assert_int_eq(moves_number(drawn, "cuts_all"), 1001);
    ck_assert_uint_eq(json_array_size(steps), 120);
    ck_assert_int_eq(moves_number(json_array_get(steps, 0), "epoch"), 0);
    ck_assert_int_eq(moves_number(json_array_get(steps, 119), "epoch"), 1000);
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *s = json_array_get(steps, i),
                     *node = json_array_get(json_object_get(s, "nodes"), 0);

        ck_assert_int_eq(moves_number(s, "nth"), moves_number(s, "epoch") + 1);
        ck_assert_int_eq(moves_number(s, "t_ns"), moves_number(s, "epoch") + 1000);
        ck_assert_int_eq(json_integer_value(json_array_get(node, 1)), moves_number(s, "epoch"));
        ck_assert(moves_number(s, "epoch") > last && moves_number(s, "epoch") - last <= 9);
        last = moves_number(s, "epoch");
    }
    json_decref(drawn);
    json_decref(d);
}
END_TEST

START_TEST(few_steps_are_all_there)
{
    json_t *d, *drawn;

    moves_cut(5);
    moves_cut(8);
    d = moves_made();
    drawn = migration_drawn(d);
    ck_assert_uint_eq(json_array_size(json_object_get(drawn, "cuts")), 2);
    ck_assert_int_eq(moves_number(json_array_get(json_object_get(drawn, "cuts"), 1), "epoch"), 8);
    json_decref(drawn);
    json_decref(d);
}
END_TEST

static int64_t cell(const json_t *o, const char *key, size_t row, size_t column)
{
    return json_integer_value(json_array_get(json_array_get(json_object_get(o, key), row), column));
}

START_TEST(the_page_of_4096_partitions_is_bounded_and_says_what_is_left_out)
{
    struct buf t = {0};
    json_t *d, *drawn;
    char part[16];

    for (int i = 0; i < 10000; i++) {
        SAY(part, "0x%x0001", i % 4096 + 1);
        moves_move(1000000 + 1000 * i, part, i / 4096, i / 4096 + 1, "success", 500);
    }
    for (int i = 0; i < 300; i++)
        moves_cut(i);
    d = moves_made();
    drawn = migration_drawn(d);
    ck_assert_int_eq(moves_number(drawn, "parts_all"), 4096);
    ck_assert_int_eq(moves_number(drawn, "moves_all"), 10000);
    ck_assert_uint_eq(json_array_size(json_object_get(drawn, "parts")), 256);
    ck_assert_uint_eq(json_array_size(json_object_get(drawn, "moves")), 256 * 3);
    /* All of them are somewhere all the time. */
    ck_assert_uint_eq(json_array_size(json_object_get(drawn, "crowd_hundredths")), 4);
    for (size_t bucket = 0; bucket < 160; bucket++) {
        int64_t sum = 0;

        for (size_t core = 0; core < 4; core++)
            sum += cell(drawn, "crowd_hundredths", core, bucket);
        ck_assert_msg(sum > 409500 && sum < 409700, "%d", (int)sum);
    }
    migration_page(&t, d, "");
    ck_assert_uint_lt(t.n, 300000);
    buf_free(&t);
    json_decref(drawn);
    json_decref(d);
}
END_TEST

START_TEST(rows_are_of_who_moved_most_and_whole)
{
    json_t *d, *drawn;
    char part[16];

    for (int i = 0; i < 300; i++) {
        SAY(part, "0x%x", 1000 - i);
        moves_move(10 + i, part, 0, 1, "success", 1);
    }
    moves_move(900, "0x2c0", 1, 4, "success", 3);
    d = moves_made();
    drawn = migration_drawn(d);
    ck_assert_uint_eq(json_array_size(json_object_get(drawn, "parts")), 256);
    for (size_t i = 0, found = 0; i < 256; i++) {
        const char *name = json_string_value(json_array_get(json_object_get(drawn, "parts"), i));

        found += strcmp(name, "0x2c0") == 0;
        ck_assert(i < 255 || found == 1);
        ck_assert(i == 0 || strtoul(name, NULL, 16) >
                                strtoul(json_string_value(
                                            json_array_get(json_object_get(drawn, "parts"), i - 1)),
                                        NULL, 16));
    }
    ck_assert_uint_eq(json_array_size(json_object_get(drawn, "moves")), 257);
    json_decref(drawn);
    json_decref(d);
}
END_TEST

START_TEST(traffic_is_added_up_between_records)
{
    const char *form = "\x1e{\"type\":\"coherence\",\"core\":0,\"t_ns\":%d,\"epoch\":1,\"on\":%s,"
                       "\"messages\":%d,\"cross\":%d}\n";
    json_t *d, *drawn;
    int64_t all = 0, cross = 0;

    for (int i = 0; i < 1001; i++) {
        struct buf b = {0};

        buf_put(&b, form, 1000 * (i + 1), i < 500 ? "false" : "true", i ? 10 : 77777, i ? 3 : 77);
        moves_take(b.s);
        buf_free(&b);
    }
    d = moves_made();
    drawn = migration_drawn(d);
    ck_assert_uint_le(json_array_size(json_object_get(drawn, "traffic")), 400);
    for (size_t i = 0; i < json_array_size(json_object_get(drawn, "traffic")); i++) {
        all += cell(drawn, "traffic", i, 2);
        cross += cell(drawn, "traffic", i, 3);
        ck_assert(i == 0 || cell(drawn, "traffic", i, 0) == cell(drawn, "traffic", i - 1, 1));
    }
    /* Since when the first counts, nobody knows. */
    ck_assert_int_eq(all, 10000);
    ck_assert_int_eq(cross, 3000);
    ck_assert_int_eq(cell(drawn, "traffic", 0, 0), 1000);
    json_decref(drawn);
    json_decref(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_drawn");
    TCase *t = tcase_create("skerry_drawn");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, moves_begin, moves_end);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, text_of_a_record_is_no_markup);
    tcase_add_test(t, steps_are_the_first_the_last_and_even_between);
    tcase_add_test(t, few_steps_are_all_there);
    tcase_add_test(t, the_page_of_4096_partitions_is_bounded_and_says_what_is_left_out);
    tcase_add_test(t, rows_are_of_who_moved_most_and_whole);
    tcase_add_test(t, traffic_is_added_up_between_records);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
