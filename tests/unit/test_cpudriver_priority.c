/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/priority - P1 to P5 of its header, and the same in a run queue: order of deadlines is exact whatever the
 * boosts, a boost counts among equals, modes, degraded, and nobody starves.
 */
#include "cpudriver/runq.h"
#include <check.h>

#define N 64
static struct runq q;
static struct sched s[N];
static struct heap_node *edf[N], *fair[N], *renew[N];
static uint64_t dice = 20261121;

/* An assertion of Check costs a microsecond: in the long loops what is broken is counted, and looked at behind. */
static unsigned broken;
#define HOLDS(x) (broken += !(x))

static uint64_t any(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice;
}

static void setup(void)
{
    runq_init(&q, edf, fair, renew, N, 100);
    for (int i = 0; i < N; i++)
        sched_init(&s[i]);
}

/* ---- the numbers ---- */

START_TEST(P1_the_urgency_never_rises_with_the_time_left)
{
    uint32_t last = URGENCY_MAX + 1;

    for (uint64_t us = 0; us < 300000; us++) {
        uint32_t u = priority_urgency(us);

        HOLDS(u <= (us < 32768 ? last - 1 : last) && u > 0);
        last = u;
    }
    for (unsigned bit = 19; bit < 64; bit++)
        for (int around = -1; around <= 1; around++) {
            uint32_t u = priority_urgency(((uint64_t)1 << bit) + (uint64_t)around);

            HOLDS(u <= last);
            last = u;
        }
    for (int i = 0; i < 20000; i++) {
        uint64_t a = any() >> any() % 64, b = any() >> any() % 64;

        HOLDS(a <= b ? priority_urgency(a) >= priority_urgency(b) : priority_urgency(a) <= priority_urgency(b));
    }
    ck_assert_uint_eq(priority_urgency(0), URGENCY_MAX);
    ck_assert_uint_eq(priority_urgency(NO_DEADLINE), 0);
    ck_assert_uint_eq(priority_urgency(32767), priority_urgency(32768) + 1); /* no step where the two parts meet */
    ck_assert_uint_eq(broken, 0);
}
END_TEST

/* Clocks of 1 MHz to 10 GHz: a microsecond is never lost, and a grain is never more than one. */
START_TEST(P2_a_microsecond_decides_whatever_the_boosts)
{
    static const uint64_t mhz[] = { 1, 2, 19, 24, 50, 62, 100, 1000, 10000 };

    for (unsigned c = 0; c < sizeof mhz / sizeof mhz[0]; c++) {
        uint64_t hz = mhz[c] * 1000000 + (mhz[c] == 62 ? 500000 : 0), us = (hz + 999999) / 1000000;
        unsigned grain = priority_grain(hz);

        ck_assert_uint_le((1ull << grain) * 1000000, hz);
        ck_assert_uint_gt((2ull << grain) * 1000000 + 1000000, hz);
        for (int i = 0; i < 20000; i++) {
            uint64_t d = any() >> 15;

            HOLDS(priority_rank(d, grain, 0) < priority_rank(d + us, grain, BOOST_MAX));
        }
    }
    ck_assert_uint_eq(priority_grain(999999), 0);
    ck_assert_uint_eq(priority_grain(0), 0);
    ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(P3_among_equals_the_larger_priority_ranks_first)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t d = any() >> 20;
        uint32_t a = priority_boost((uint32_t)(any() % 10001)), b = priority_boost((uint32_t)(any() % 10001));

        HOLDS((priority_of(d, a) > priority_of(d, b)) == (priority_rank(d, 4, a) < priority_rank(d, 4, b)));
    }
    for (uint32_t bp = 1; bp <= 10000; bp++)
        HOLDS(priority_boost(bp) > priority_boost(bp - 1));
    ck_assert_uint_eq(priority_boost(0), 0);
    ck_assert_uint_eq(priority_boost(10000), BOOST_MAX);
    ck_assert_uint_eq(priority_boost(UINT32_MAX), BOOST_MAX);
    ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(P4_a_deadline_is_before_all_that_has_none)
{
    ck_assert_uint_gt(priority_of(EDF_PERIOD_MAX_NS / 1000, 0), priority_of(NO_DEADLINE, BOOST_MAX));
}
END_TEST

START_TEST(P5_a_boost_is_less_than_twice_and_recovery_a_quarter)
{
    for (uint32_t w = 1; w <= WEIGHT_MAX; w++) {
        uint32_t plain = priority_cost(w, MODE_FLOW, 0), last = plain;

        HOLDS(priority_cost(w, MODE_RECOVERY, 10000) == 4 * plain);
        HOLDS(priority_cost(w, MODE_REFLEX, 10000) == plain);
        for (uint32_t bp = 0; bp <= 10000; bp += 100) {
            uint32_t cost = priority_cost(w, MODE_FLOW, bp);

            HOLDS(cost <= last && 2 * cost + 1 >= plain && cost > 0);
            last = cost;
        }
        HOLDS(2 * last < plain + plain / 100 + 2); /* and all of it is near to twice */
    }
    ck_assert_uint_eq(priority_cost(WEIGHT_DEFAULT, MODE_FLOW, 0), 1u << 16);
    ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(modes_fit_classes)
{
    static const bool fits[4][3] = { { 1, 1, 0 }, { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 0 } };

    for (unsigned mode = 0; mode < 4; mode++)
        for (unsigned class = 0; class < 3; class++)
            ck_assert_int_eq(priority_mode_fits(class, mode), fits[mode][class]);
    ck_assert(!priority_mode_fits(CLASS_EDF, 256 + MODE_FLOW));
}
END_TEST

/* ---- in the queue ---- */

/* Deadlines 1 us apart, in any order and with any boosts, leave in the order of deadlines. */
START_TEST(the_order_of_deadlines_is_exact_whatever_the_boosts)
{
    const uint64_t us = 63; /* of 62.5 MHz */

    q.grain = (uint8_t)priority_grain(62500000);
    for (int round = 0; round < 300; round++) {
        uint64_t base = any() >> 16, last = 0;
        unsigned n = 2 + (unsigned)(any() % (N - 2));

        for (int i = 0; i < N; i++)
            sched_init(&s[i]);
        q.load_ppm = 0;
        q.grain = (uint8_t)priority_grain(62500000);
        for (unsigned i = 0; i < n; i++) {
            uint64_t period = 1000 * us + (i * 37 % 64) * us;

            HOLDS(runq_set_edf(&q, &s[i], 1, period, base) == ST_OK);
            HOLDS(runq_set_boost(&q, &s[i], (uint32_t)(any() % 10001)) == ST_OK);
            if (any() % 4 == 0)
                runq_set_mode(&q, &s[i], MODE_REFLEX);
            runq_wake(&q, &s[i], base);
        }
        for (unsigned i = 0; i < n; i++) {
            const struct sched *first = runq_take(&q);

            HOLDS(first->deadline > last);
            last = first->deadline;
        }
    }
    ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(with_one_deadline_the_larger_boost_goes_first_and_reflex_has_none)
{
    static const uint32_t bp[5] = { 100, 9000, 0, 10000, 9000 };

    for (unsigned i = 0; i < 5; i++) {
        ck_assert_int_eq(runq_set_edf(&q, &s[i], 1, 1000, 0), ST_OK);
        ck_assert_int_eq(runq_set_boost(&q, &s[i], bp[i]), ST_OK);
    }
    runq_set_mode(&q, &s[3], MODE_REFLEX); /* the largest does not count */
    for (unsigned i = 0; i < 5; i++)
        runq_wake(&q, &s[i], 0);
    ck_assert_ptr_eq(runq_take(&q), &s[1]);
    ck_assert_ptr_eq(runq_take(&q), &s[4]);
    ck_assert_ptr_eq(runq_take(&q), &s[0]);
    ck_assert_ptr_eq(runq_take(&q), &s[2]); /* equals: who came first */
    ck_assert_ptr_eq(runq_take(&q), &s[3]);
}
END_TEST

START_TEST(a_boost_given_while_it_waits_counts_at_once)
{
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(runq_set_edf(&q, &s[i], 1, 1000, 0), ST_OK);
        runq_wake(&q, &s[i], 0);
    }
    ck_assert_int_eq(runq_set_boost(&q, &s[2], 5000), ST_OK);
    ck_assert(runq_preempts(&q, &s[0], false) && runq_preempts(&q, &s[1], false));
    ck_assert_ptr_eq(runq_take(&q), &s[2]);
    ck_assert(!runq_preempts(&q, &s[2], false));
}
END_TEST

START_TEST(a_new_period_keeps_the_boost)
{
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(runq_set_edf(&q, &s[i], 10, 1000, 0), ST_OK);
    ck_assert_int_eq(runq_set_boost(&q, &s[1], 1), ST_OK);
    runq_wake(&q, &s[0], 5000);
    runq_wake(&q, &s[1], 5000);
    ck_assert_uint_eq(s[0].deadline, s[1].deadline);
    ck_assert_ptr_eq(runq_take(&q), &s[1]);
}
END_TEST

/* What each of n fair entities gets of `rounds` slices. */
static void share(unsigned n, unsigned rounds, uint64_t got[])
{
    for (unsigned i = 0; i < n; i++) {
        got[i] = 0;
        runq_wake(&q, &s[i], 0);
    }
    for (unsigned i = 0; i < rounds; i++) {
        struct sched *t = runq_take(&q);

        runq_charge(&q, t, 100, i);
        got[t - s]++;
        runq_preempted(&q, t, i);
    }
}

START_TEST(a_boost_is_a_larger_share_and_recovery_a_quarter_and_nobody_starves)
{
    uint64_t got[4];

    ck_assert_int_eq(runq_set_boost(&q, &s[1], 10000), ST_OK);
    runq_set_mode(&q, &s[2], MODE_RECOVERY);
    ck_assert_int_eq(runq_set_boost(&q, &s[2], 10000), ST_OK); /* has no effect */
    share(4, 17000, got);                                      /* 4 : 8 : 1 : 4 */
    ck_assert(got[0] > 3950 && got[0] < 4050 && got[3] > 3950 && got[3] < 4050);
    ck_assert(got[1] > 7900 && got[1] < 8050);
    ck_assert(got[2] > 980 && got[2] < 1020);
}
END_TEST

START_TEST(one_without_a_boost_among_many_with_the_largest_gets_half_of_an_equal_share)
{
    uint64_t got[16];

    for (unsigned i = 1; i < 16; i++)
        ck_assert_int_eq(runq_set_boost(&q, &s[i], 10000), ST_OK);
    share(16, 31000, got);
    ck_assert(got[0] > 980 && got[0] < 1020);
}
END_TEST

START_TEST(a_class_brings_flow_and_keeps_the_boost)
{
    runq_set_mode(&q, &s[0], MODE_RECOVERY);
    ck_assert_int_eq(runq_set_boost(&q, &s[0], 7), ST_OK);
    ck_assert_int_eq(runq_set_edf(&q, &s[0], 1, 1000, 0), ST_OK);
    ck_assert(s[0].mode == MODE_FLOW && s[0].boost_bp == 7);
    runq_set_mode(&q, &s[0], MODE_REFLEX);
    ck_assert_int_eq(runq_set_fair(&q, &s[0], 128), ST_OK);
    ck_assert(s[0].mode == MODE_FLOW && s[0].boost_bp == 7 && s[0].inverse == priority_cost(128, MODE_FLOW, 7));
    ck_assert_int_eq(runq_set_boost(&q, &s[0], 10001), ST_INVALID);
    ck_assert_uint_eq(s[0].boost_bp, 7);
}
END_TEST

START_TEST(degraded_takes_all_boosts_in_slices_and_lets_none_come)
{
    for (unsigned i = 0; i < 40; i++) {
        if (i % 2)
            ck_assert_int_eq(runq_set_edf(&q, &s[i], 1, 1000, 0), ST_OK);
        ck_assert_int_eq(runq_set_boost(&q, &s[i], 1 + i), ST_OK);
        runq_wake(&q, &s[i], 0);
    }
    ck_assert(!runq_degrade(&q, 30));
    ck_assert_int_eq(runq_set_boost(&q, &s[50], 1), ST_STATE);
    ck_assert_int_eq(runq_set_boost(&q, &s[39], 0), ST_OK);
    ck_assert(runq_degrade(&q, 30));
    for (unsigned i = 0; i < 40; i++)
        ck_assert(s[i].boost_bp == 0 && s[i].inverse == 1u << 16 && s[i].rank == priority_rank(s[i].deadline, 0, 0));
    for (unsigned i = 0; i < 20; i++)
        ck_assert(runq_take(&q)->edf);
    runq_recover(&q);
    ck_assert_int_eq(runq_set_boost(&q, &s[50], 1), ST_OK);
}
END_TEST

START_TEST(misses_of_all_are_counted)
{
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(runq_set_edf(&q, &s[i], 10, 100, 0), ST_OK);
        runq_wake(&q, &s[i], 0);
        (void)runq_take(&q);
        runq_charge(&q, &s[i], i == 1 ? 9 : 10, 10);
    }
    ck_assert_uint_eq(q.missed, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("priority");
    TCase *t = tcase_create("priority");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, P1_the_urgency_never_rises_with_the_time_left);
    tcase_add_test(t, P2_a_microsecond_decides_whatever_the_boosts);
    tcase_add_test(t, P3_among_equals_the_larger_priority_ranks_first);
    tcase_add_test(t, P4_a_deadline_is_before_all_that_has_none);
    tcase_add_test(t, P5_a_boost_is_less_than_twice_and_recovery_a_quarter);
    tcase_add_test(t, modes_fit_classes);
    tcase_add_test(t, the_order_of_deadlines_is_exact_whatever_the_boosts);
    tcase_add_test(t, with_one_deadline_the_larger_boost_goes_first_and_reflex_has_none);
    tcase_add_test(t, a_boost_given_while_it_waits_counts_at_once);
    tcase_add_test(t, a_new_period_keeps_the_boost);
    tcase_add_test(t, a_boost_is_a_larger_share_and_recovery_a_quarter_and_nobody_starves);
    tcase_add_test(t, one_without_a_boost_among_many_with_the_largest_gets_half_of_an_equal_share);
    tcase_add_test(t, a_class_brings_flow_and_keeps_the_boost);
    tcase_add_test(t, degraded_takes_all_boosts_in_slices_and_lets_none_come);
    tcase_add_test(t, misses_of_all_are_counted);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
