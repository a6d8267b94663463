/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Scores against long arithmetic, the smoothing against its formula, the periods at their edges. */
#include <check.h>
#include "coherence/score.h"
#include "tests/support/args.h"

__extension__ typedef unsigned __int128 wide;

START_TEST(no_traffic_is_all_of_it)
{
    struct score s = {0};

    ck_assert_uint_eq(score_bp(0, 0), 10000);
    ck_assert_uint_eq(score_smooth_bp(&s), 10000);
    ck_assert_uint_eq(score_pressure_bp(&s), 0);
}
END_TEST

START_TEST(a_score_is_internal_of_total)
{
    ck_assert_uint_eq(score_bp(1, 0), 10000);
    ck_assert_uint_eq(score_bp(0, 1), 0);
    ck_assert_uint_eq(score_bp(1, 1), 5000);
    ck_assert_uint_eq(score_bp(1, 2), 3333);
    ck_assert_uint_eq(score_bp(UINT64_MAX, 0), 10000);
    ck_assert_uint_eq(score_bp(0, UINT64_MAX), 0);
    ck_assert_uint_eq(score_bp(UINT64_MAX, UINT64_MAX), 5000);
}
END_TEST

/* Exact below 2^49; above, at most the basis point that a lost bit can make. */
START_TEST(scores_of_all_sizes_are_right)
{
    uint64_t seed = test_seed() * 0x9e3779b97f4a7c15ull;

    for (unsigned i = 0; i < 200000; i++) {
        uint64_t internal, external, exact, got, slack;

        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        internal = (seed ^ seed >> 29) >> (i % 64);
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        external = (seed ^ seed >> 29) >> (i / 64 % 64);
        exact = internal == 0 && external == 0
                    ? 10000
                    : (uint64_t)((wide)internal * 10000 / ((wide)internal + external));
        got = score_bp(internal, external);
        slack = (internal | external) >> 49 != 0;
        if (got > exact + slack || got + slack < exact)
            ck_abort_msg("%lu and %lu: %lu, not %lu", (unsigned long)internal,
                         (unsigned long)external, (unsigned long)got, (unsigned long)exact);
    }
}
END_TEST

START_TEST(a_smoothed_score_takes_a_fifth_of_the_new_one)
{
    struct score s = {0};

    ck_assert_uint_eq(score_epoch(&s, 0, 5), 0); /* the first as it is */
    ck_assert_uint_eq(score_epoch(&s, 5, 0), 2000);
    ck_assert_uint_eq(score_epoch(&s, 5, 0), 3600);
    ck_assert_uint_eq(score_epoch(&s, 5, 0), 4880);
    ck_assert_uint_eq(score_pressure_bp(&s), 5120);
    ck_assert_uint_eq(score_epoch(&s, 0, 5), 3904);
}
END_TEST

/* Rounding does not hold it back: it arrives from both sides, and stays. */
START_TEST(a_steady_score_is_reached)
{
    for (uint32_t goal = 0; goal <= 10000; goal += 7) {
        struct score low = {0}, high = {0};

        score_epoch(&low, 0, 1);
        score_epoch(&high, 1, 0);
        for (unsigned i = 0; i < 100; i++) {
            score_epoch(&low, goal, 10000 - goal);
            score_epoch(&high, goal, 10000 - goal);
        }
        ck_assert_uint_eq(score_smooth_bp(&low), goal);
        ck_assert_uint_eq(score_smooth_bp(&high), goal);
        ck_assert_uint_eq(score_pressure_bp(&low), 10000 - goal);
    }
}
END_TEST

START_TEST(traffic_that_ends_takes_the_pressure_away)
{
    struct score s = {0};

    score_epoch(&s, 0, 9);
    for (unsigned i = 0; i < 100; i++)
        score_epoch(&s, 0, 0);
    ck_assert_uint_eq(score_pressure_bp(&s), 0);
}
END_TEST

/* 0 and 1 talk, 2 to itself, 3 not at all. */
START_TEST(outside_of_a_node_is_what_its_edges_weigh)
{
    static const uint32_t first[] = {0, 1, 3, 4, 4}, peer[] = {1, 0, 2, 1};
    static const uint64_t weight[] = {30, 30, 10, 10}, internal[] = {10, 10, 10, 0};
    const struct graph_view v = {4, first, peer, weight};
    struct score s[4] = {{0}};

    score_view(s, internal, &v);
    ck_assert_uint_eq(score_smooth_bp(&s[0]), 2500);
    ck_assert_uint_eq(score_smooth_bp(&s[1]), 2000);
    ck_assert_uint_eq(score_smooth_bp(&s[2]), 5000);
    ck_assert_uint_eq(score_smooth_bp(&s[3]), 10000);
}
END_TEST

START_TEST(under_load_it_is_computed_less_often)
{
    unsigned due = 0;

    ck_assert_uint_eq(score_period(0), 1);
    ck_assert_uint_eq(score_period(5999), 1);
    ck_assert_uint_eq(score_period(6000), 2);
    ck_assert_uint_eq(score_period(8000), 2);
    ck_assert_uint_eq(score_period(8001), 4);
    ck_assert_uint_eq(score_period(20000), 4);
    for (uint64_t e = 0; e < 400; e++) {
        ck_assert(score_due(e, 5000));
        ck_assert_int_eq(score_due(e, 7000), e % 2 == 0);
        due += score_due(e, 9000);
    }
    ck_assert_uint_eq(due, 100);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence");
    TCase *t = tcase_create("score");
    SRunner *r;
    int failed;

    tcase_add_test(t, no_traffic_is_all_of_it);
    tcase_add_test(t, a_score_is_internal_of_total);
    tcase_add_test(t, scores_of_all_sizes_are_right);
    tcase_add_test(t, a_smoothed_score_takes_a_fifth_of_the_new_one);
    tcase_add_test(t, a_steady_score_is_reached);
    tcase_add_test(t, traffic_that_ends_takes_the_pressure_away);
    tcase_add_test(t, outside_of_a_node_is_what_its_edges_weigh);
    tcase_add_test(t, under_load_it_is_computed_less_often);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
