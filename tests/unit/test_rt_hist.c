/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/hist: buckets without a gap, percentiles against counting by hand. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/rt/hist.h"
#include "tests/support/args.h"

START_TEST(buckets_follow_each_other_without_a_gap)
{
    for (uint32_t b = 0; b < HIST_BUCKETS; b++) {
        uint64_t low = hist_low(b);

        ck_assert_uint_eq(hist_bucket(low), b);
        if (b > 0) {
            ck_assert_uint_gt(low, hist_low(b - 1));
            ck_assert_uint_eq(hist_bucket(low - 1), b - 1);
        }
    }
    ck_assert_uint_eq(hist_bucket(UINT64_MAX), HIST_BUCKETS - 1);
}
END_TEST

START_TEST(a_bucket_is_at_most_a_quarter_of_its_value_wide)
{
    for (uint32_t b = 4; b + 1 < HIST_BUCKETS; b++)
        ck_assert_uint_le(hist_low(b + 1) - hist_low(b), hist_low(b) / 4);
}
END_TEST

/* How many of the samples are at most v: the rank definition, written out. */
static size_t at_most(const uint64_t *x, size_t n, uint64_t v)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        k += x[i] <= v;
    return k;
}

static bool is_nearest_rank(const uint64_t *x, size_t n, uint64_t v, size_t percent)
{
    bool is_sample = false;

    for (size_t i = 0; i < n; i++)
        is_sample = is_sample || x[i] == v;
    return is_sample && at_most(x, n, v) * 100 >= n * percent &&
           (v == 0 || at_most(x, n, v - 1) * 100 < n * percent);
}

START_TEST(percentiles_are_nearest_ranks_and_outliers_are_counted)
{
    uint64_t x[400], copy[400], outliers = 0;
    size_t n = 1 + (size_t)rand() % 400;
    struct stats s;

    for (size_t i = 0; i < n; i++)
        copy[i] = x[i] = rand() % 20 == 0 ? (uint64_t)rand() : (uint64_t)(rand() % 50);
    stats_of(copy, n, &s);
    ck_assert_uint_eq(s.n, n);
    ck_assert(is_nearest_rank(x, n, s.p50, 50));
    ck_assert(is_nearest_rank(x, n, s.p90, 90));
    ck_assert(is_nearest_rank(x, n, s.p99, 99));
    ck_assert_uint_eq(at_most(x, n, s.max), n);
    ck_assert(s.min == 0 || at_most(x, n, s.min - 1) == 0);
    for (size_t i = 0; i < n; i++)
        outliers += x[i] > 10 * s.p50;
    ck_assert_uint_eq(s.outliers, outliers);
}
END_TEST

START_TEST(no_samples_are_all_zero_and_one_is_everything)
{
    struct stats s, zero = { 0 };
    uint64_t one = 7;

    stats_of(NULL, 0, &s);
    ck_assert_mem_eq(&s, &zero, sizeof s);
    stats_of(&one, 1, &s);
    ck_assert(s.min == 7 && s.p50 == 7 && s.p90 == 7 && s.p99 == 7 && s.max == 7 && s.outliers == 0);
}
END_TEST

START_TEST(ten_times_the_median_is_no_outlier_and_nothing_overflows)
{
    uint64_t x[] = { 10, 10, 10, 100 }, y[] = { 10, 10, 10, 101 };
    uint64_t huge[] = { UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX };
    struct stats s;

    stats_of(x, 4, &s);
    ck_assert_uint_eq(s.outliers, 0);
    stats_of(y, 4, &s);
    ck_assert_uint_eq(s.outliers, 1);
    stats_of(huge, 3, &s);
    ck_assert_uint_eq(s.outliers, 0);
}
END_TEST

START_TEST(a_histogram_gives_the_bucket_of_the_percentile)
{
    struct hist h;
    uint64_t x[300];
    size_t n = 1 + (size_t)rand() % 300;
    struct stats s;

    hist_clear(&h);
    ck_assert_uint_eq(hist_percentile(&h, 50, 100), 0);
    for (size_t i = 0; i < n; i++) {
        x[i] = (uint64_t)rand() >> (rand() % 31);
        hist_add(&h, x[i]);
    }
    stats_of(x, n, &s);
    ck_assert_uint_eq(hist_percentile(&h, 50, 100), hist_low(hist_bucket(s.p50)));
    ck_assert_uint_eq(hist_percentile(&h, 99, 100), hist_low(hist_bucket(s.p99)));
    ck_assert_uint_eq(hist_percentile(&h, 0, 100), hist_low(hist_bucket(s.min)));
    ck_assert_uint_eq(hist_percentile(&h, 1, 1), hist_low(hist_bucket(s.max)));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lib/rt/hist");
    TCase *t = tcase_create("hist");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_test(t, buckets_follow_each_other_without_a_gap);
    tcase_add_test(t, a_bucket_is_at_most_a_quarter_of_its_value_wide);
    tcase_add_loop_test(t, percentiles_are_nearest_ranks_and_outliers_are_counted, 0, 200);
    tcase_add_test(t, no_samples_are_all_zero_and_one_is_everything);
    tcase_add_test(t, ten_times_the_median_is_no_outlier_and_nothing_overflows);
    tcase_add_loop_test(t, a_histogram_gives_the_bucket_of_the_percentile, 0, 50);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK); /* so that each random round is another */
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
