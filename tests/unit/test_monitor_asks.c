/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Requests that another monitor answers (monitor/asks.h). */
#include "monitor/asks.h"
#include <check.h>
#include <stdlib.h>

#define SIZE 4u

static struct ask_kept kept[SIZE];
static struct asks asks;

static void setup(void)
{
    for (unsigned i = 0; i < SIZE; i++)
        kept[i] = (struct ask_kept){0};
    asks = (struct asks){.kept = kept, .size = SIZE};
}

static uint64_t begin(core_id to, uint64_t client, uint64_t deadline_ns)
{
    uint64_t ref;

    ck_assert_int_eq(asks_begin(&asks, &(struct ask){.to = to, .client = client}, deadline_ns, &ref), ST_OK);
    return ref;
}

START_TEST(an_answer_ends_one_request_and_only_by_whom_it_was_asked_of)
{
    uint64_t a = begin(1, 10, 100), b = begin(2, 20, 200);
    struct ask was;

    ck_assert(!asks_take(&asks, 2, a, &was) && !asks_take(&asks, 1, SIZE, &was) && !asks_take(&asks, 1, UINT64_MAX, &was));
    ck_assert(asks_take(&asks, 1, a, &was));
    ck_assert_uint_eq(was.client, 10);
    ck_assert(!asks_take(&asks, 1, a, &was));
    ck_assert(asks_take(&asks, 2, b, &was) && asks.n == 0);
}
END_TEST

START_TEST(a_late_answer_is_for_nobody_though_its_place_is_taken_again)
{
    uint64_t a = begin(1, 10, 100), b;
    struct ask was;

    ck_assert(asks_take(&asks, 1, a, &was));
    b = begin(1, 11, 100);
    ck_assert_uint_eq((uint32_t)a, (uint32_t)b);
    ck_assert(!asks_take(&asks, 1, a, &was));
    ck_assert(asks_take(&asks, 1, b, &was) && was.client == 11);
}
END_TEST

START_TEST(a_full_table_refuses_and_keeps_what_it_has)
{
    uint64_t ref;

    for (unsigned i = 0; i < SIZE; i++)
        (void)begin(1, i, 100 + i);
    ck_assert_int_eq(asks_begin(&asks, &(struct ask){.to = 1}, 1, &ref), ST_TABLE_FULL);
    ck_assert_uint_eq(asks.n, SIZE);
    ck_assert_uint_eq(asks_next(&asks), 100);
}
END_TEST

START_TEST(who_is_late_is_kept_until_its_death_and_the_own_core_is_not)
{
    struct ask was;

    (void)begin(1, 10, 100);
    (void)begin(0, 20, 100);
    ck_assert(!asks_late(&asks, 0, 99, 500, &was));
    ck_assert(asks_late(&asks, 0, 100, 500, &was) && was.to == 1);
    ck_assert(asks_late(&asks, 0, 100, 500, &was) && was.to == 0);
    ck_assert(!asks_late(&asks, 0, 100, 500, &was));
    ck_assert(asks.n == 1 && asks_next(&asks) == 500);
    ck_assert(!asks_take_dead(&asks, 2, &was));
    ck_assert(asks_take_dead(&asks, 1, &was) && was.client == 10);
    ck_assert(!asks_take_dead(&asks, 1, &was));
    ck_assert_uint_eq(asks_next(&asks), UINT64_MAX);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor_asks");
    TCase *c = tcase_create("asks");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, an_answer_ends_one_request_and_only_by_whom_it_was_asked_of);
    tcase_add_test(c, a_late_answer_is_for_nobody_though_its_place_is_taken_again);
    tcase_add_test(c, a_full_table_refuses_and_keeps_what_it_has);
    tcase_add_test(c, who_is_late_is_kept_until_its_death_and_the_own_core_is_not);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
