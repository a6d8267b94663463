/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/runq - who runs next: EDF order, admission, demotion and renewal, fair shares.
 * Pure: ticks are whatever the test says.
 */
#include "cpudriver/runq.h"
#include "lib/abi/syscall.h"
#include <check.h>
#include <string.h>

#define N 16
static struct runq q;
static struct sched s[N];
static struct heap_node *edf[N], *fair[N], *renew[N];

static void setup(void)
{
    runq_init(&q, edf, fair, renew, N, 100);
    for (int i = 0; i < N; i++)
        sched_init(&s[i]);
}

START_TEST(the_earliest_deadline_goes_first_and_before_the_fair_class)
{
    for (unsigned i = 0; i < 5; i++)
        ck_assert_int_eq(runq_set_edf(&q, &s[i], 1, 1000 + (i * 7 % 5) * 10, 0), ST_OK);
    for (unsigned i = 0; i < 6; i++)
        runq_wake(&q, &s[i], 0); /* s[5] is fair */
    for (uint64_t last = 0, i = 0; i < 5; i++) {
        const struct sched *best = runq_take(&q);

        ck_assert(best->edf && best->deadline >= last);
        last = best->deadline;
    }
    ck_assert_ptr_eq(runq_take(&q), &s[5]);
    ck_assert_ptr_null(runq_take(&q));
}
END_TEST

START_TEST(admission_ends_at_the_limit_and_gives_back)
{
    ck_assert_int_eq(runq_set_edf(&q, &s[0], 500, 1000, 0), ST_OK);
    ck_assert_int_eq(runq_set_edf(&q, &s[1], 400, 1000, 0), ST_OK);
    ck_assert_int_eq(runq_set_edf(&q, &s[2], 1, 1000000, 0), ST_ADMISSION);
    ck_assert(!s[2].edf);
    ck_assert_int_eq(runq_set_edf(&q, &s[1], 401, 1000, 0), ST_ADMISSION);
    ck_assert(s[1].edf && s[1].budget == 400);
    ck_assert_int_eq(runq_set_fair(&q, &s[0], WEIGHT_DEFAULT), ST_OK);
    ck_assert_int_eq(runq_set_edf(&q, &s[2], 500, 1000, 0), ST_OK);
    ck_assert_int_eq(runq_set_edf(&q, &s[3], 0, 10, 0), ST_INVALID);
    ck_assert_int_eq(runq_set_edf(&q, &s[3], 11, 10, 0), ST_INVALID);
    ck_assert_int_eq(runq_set_fair(&q, &s[3], 0), ST_INVALID);
    ck_assert_int_eq(runq_set_fair(&q, &s[3], WEIGHT_MAX + 1), ST_INVALID);
}
END_TEST

START_TEST(a_spent_budget_is_a_miss_and_the_next_period_renews_it)
{
    ck_assert_int_eq(runq_set_edf(&q, &s[0], 10, 100, 0), ST_OK);
    runq_wake(&q, &s[0], 0);
    runq_wake(&q, &s[1], 0);
    ck_assert_ptr_eq(runq_take(&q), &s[0]);
    ck_assert_uint_eq(runq_next_look(&q, &s[0], 0), 10);
    runq_charge(&q, &s[0], 10, 10);
    ck_assert(s[0].missed == 1 && s[0].demoted);
    runq_preempted(&q, &s[0], 10);
    ck_assert_uint_eq(q.edf.n, 0);
    ck_assert_uint_eq(runq_next_look(&q, NULL, 10), 100);
    runq_renew(&q, 99);
    ck_assert_uint_eq(q.edf.n, 0);
    runq_renew(&q, 100); /* while it waits in the fair heap */
    ck_assert_uint_eq(q.edf.n, 1);
    ck_assert_ptr_eq(runq_take(&q), &s[0]);
    ck_assert(!s[0].demoted && s[0].left == 10 && s[0].deadline == 200);
}
END_TEST

START_TEST(shares_follow_weights_and_nobody_starves)
{
    uint64_t ran[3] = { 0, 0, 0 };

    ck_assert_int_eq(runq_set_fair(&q, &s[0], 64), ST_OK);
    ck_assert_int_eq(runq_set_fair(&q, &s[1], 128), ST_OK);
    ck_assert_int_eq(runq_set_fair(&q, &s[2], 256), ST_OK);
    for (int i = 0; i < 3; i++)
        runq_wake(&q, &s[i], 0);
    for (uint64_t now = 0; now < 700000; now += 100) {
        struct sched *t = runq_take(&q);

        runq_charge(&q, t, 100, now + 100);
        ran[t - s] += 100;
        runq_preempted(&q, t, now + 100);
    }
    ck_assert_uint_ge(ran[0], 99000);
    ck_assert_uint_le(ran[0], 101000);
    ck_assert_uint_ge(ran[1], 199000);
    ck_assert_uint_ge(ran[2], 399000);
}
END_TEST

START_TEST(sleeping_earns_no_credit)
{
    runq_wake(&q, &s[0], 0);
    for (int i = 0; i < 100; i++) {
        struct sched *t = runq_take(&q);

        runq_charge(&q, t, 100, 0);
        runq_preempted(&q, t, 0);
    }
    runq_wake(&q, &s[1], 0); /* slept all the while */
    ck_assert_uint_ge(s[1].vruntime + 100, s[0].vruntime);
}
END_TEST

START_TEST(equals_take_turns_by_yielding)
{
    struct sched *running;

    for (int i = 0; i < 3; i++)
        runq_wake(&q, &s[i], 0);
    running = runq_take(&q);
    for (int round = 0; round < 9; round++) {
        ck_assert_ptr_eq(running, &s[round % 3]);
        running = runq_yield(&q, running);
    }
}
END_TEST

START_TEST(yield_leaves_edf_to_the_general_way)
{
    runq_wake(&q, &s[1], 0);
    ck_assert_int_eq(runq_set_edf(&q, &s[0], 1, 10, 0), ST_OK);
    ck_assert_ptr_null(runq_yield(&q, &s[0]));
    runq_wake(&q, &s[0], 0);
    ck_assert_ptr_null(runq_yield(&q, &s[2]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("runq");
    TCase *t = tcase_create("runq");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, the_earliest_deadline_goes_first_and_before_the_fair_class);
    tcase_add_test(t, admission_ends_at_the_limit_and_gives_back);
    tcase_add_test(t, a_spent_budget_is_a_miss_and_the_next_period_renews_it);
    tcase_add_test(t, shares_follow_weights_and_nobody_starves);
    tcase_add_test(t, sleeping_earns_no_credit);
    tcase_add_test(t, equals_take_turns_by_yielding);
    tcase_add_test(t, yield_leaves_edf_to_the_general_way);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
