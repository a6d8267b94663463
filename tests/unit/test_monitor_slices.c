/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/slices: S1 and S2 over random use, and the ends of the tables. */
#include <check.h>
#include <stdlib.h>
#include "monitor/slices.h"
#include "tests/support/args.h"

static struct slices s;

START_TEST(a_class_is_the_smallest_that_holds_the_bytes)
{
    ck_assert_uint_eq(slice_class(1), 0);
    ck_assert_uint_eq(slice_class(65536), 0);
    ck_assert_uint_eq(slice_class(65537), 1);
    for (unsigned c = 0; c < SLICE_CLASSES; c++) {
        ck_assert_uint_eq(slice_class(slice_bytes(c)), c);
        ck_assert_uint_eq(slice_class(slice_bytes(c) - 1), c);
    }
    ck_assert_uint_eq(slice_class(slice_bytes(SLICE_CLASSES - 1) + 1), SLICE_CLASSES);
}
END_TEST

START_TEST(what_comes_back_is_given_out_again)
{
    handle_t ram = 0;

    slices_init(&s);
    ck_assert_int_eq(slices_take(&s, 3, &ram), ST_NOT_FOUND);
    ck_assert_int_eq(slices_add(&s, 3, 77), ST_OK);
    ck_assert_int_eq(slices_take(&s, 3, &ram), ST_NOT_FOUND);
    ck_assert_int_eq(slices_give(&s, 77), ST_OK);
    ck_assert_int_eq(slices_give(&s, 77), ST_INVALID_HANDLE); /* it is not out */
    ck_assert_int_eq(slices_take(&s, 2, &ram), ST_NOT_FOUND); /* another size */
    ck_assert_int_eq(slices_take(&s, 3, &ram), ST_OK);
    ck_assert_uint_eq(ram, 77);
}
END_TEST

START_TEST(nothing_that_is_not_a_slice_is_taken_or_kept)
{
    handle_t ram;

    slices_init(&s);
    ck_assert_int_eq(slices_add(&s, SLICE_CLASSES, 1), ST_INVALID);
    ck_assert_int_eq(slices_add(&s, 0, 0), ST_INVALID);
    ck_assert_int_eq(slices_take(&s, SLICE_CLASSES, &ram), ST_INVALID);
    ck_assert_int_eq(slices_give(&s, 5), ST_INVALID_HANDLE);
    for (handle_t h = 1; h <= SLICES_MAX; h++)
        ck_assert_int_eq(slices_add(&s, 0, h), ST_OK);
    ck_assert_int_eq(slices_add(&s, 0, 9999), ST_TABLE_FULL);
    ck_assert_int_eq(slices_give(&s, 1), ST_OK);
    ck_assert_int_eq(slices_take(&s, 0, &ram), ST_OK);
    ck_assert_uint_eq(ram, 1);
}
END_TEST

/* Beside it the plain truth: which handle is out, and the bytes. */
START_TEST(a_slice_is_out_or_free_and_bytes_add_up)
{
    static bool out[SLICES_MAX + 1];
    static unsigned class_of[SLICES_MAX + 1];
    handle_t next = 1;
    uint64_t is_out = 0, is_free = 0;

    slices_init(&s);
    for (int i = 0; i < 20000; i++) {
        unsigned class = (unsigned)rand() % 4;
        handle_t h = 0;

        if (rand() % 2 == 0) {
            status_t st = slices_take(&s, class, &h);

            if (st == ST_OK) {
                ck_assert(!out[h] && class_of[h] == class); /* S1 */
                is_free -= slice_bytes(class);
            } else if (next <= SLICES_MAX) {
                h = next++;
                ck_assert_int_eq(slices_add(&s, class, h), ST_OK);
                class_of[h] = class;
            } else {
                continue;
            }
            out[h] = true;
            is_out += slice_bytes(class);
        } else {
            h = 1 + (handle_t)rand() % SLICES_MAX;
            ck_assert_int_eq(slices_give(&s, h), out[h] ? ST_OK : ST_INVALID_HANDLE);
            if (out[h]) {
                is_out -= slice_bytes(class_of[h]);
                is_free += slice_bytes(class_of[h]);
            }
            out[h] = false;
        }
        ck_assert_uint_eq(s.bytes_out, is_out); /* S2 */
        ck_assert_uint_eq(s.bytes_free, is_free);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/slices");
    TCase *t = tcase_create("slices");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_test(t, a_class_is_the_smallest_that_holds_the_bytes);
    tcase_add_test(t, what_comes_back_is_given_out_again);
    tcase_add_test(t, nothing_that_is_not_a_slice_is_taken_or_kept);
    tcase_add_test(t, a_slice_is_out_or_free_and_bytes_add_up);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
