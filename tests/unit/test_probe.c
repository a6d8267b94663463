/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/probe, the pure parts: which pair is next, when a series is full, results as messages. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "services/probe/plan.h"
#include "services/probe/series.h"

/* ---- plan ---- */

static unsigned seen[8][8];

static void walk(struct plan *p)
{
    memset(seen, 0, sizeof seen);
    while (plan_next(p)) {
        ck_assert_uint_lt(p->from, 8);
        ck_assert_uint_lt(p->to, 8);
        seen[p->from][p->to]++;
        plan_measured(p);
    }
}

START_TEST(every_ordered_pair_of_present_cores_comes_once)
{
    /* every set of eight cores */
    for (uint64_t present = 0; present < 256; present++) {
        struct plan p;
        unsigned n = (unsigned)__builtin_popcountll(present);

        plan_begin(&p, 8, present);
        ck_assert_uint_eq(p.total, n * (n ? n - 1 : 0));
        walk(&p);
        for (unsigned i = 0; i < 8; i++)
            for (unsigned j = 0; j < 8; j++)
                ck_assert_uint_eq(seen[i][j], i != j && present >> i & 1 && present >> j & 1);
        ck_assert_uint_eq(p.measured, p.total);
        ck_assert_uint_eq(p.skipped, 0);
        ck_assert(!plan_next(&p));
    }
}
END_TEST

START_TEST(cores_outside_the_machine_are_not_present)
{
    struct plan p;

    plan_begin(&p, 2, UINT64_MAX);
    ck_assert_uint_eq(p.total, 2);
    plan_begin(&p, 64, UINT64_MAX);
    ck_assert_uint_eq(p.total, 64 * 63);
    plan_begin(&p, 1, 1);
    ck_assert(!plan_next(&p));
}
END_TEST

/* After `_i` pairs core 3 is given up. */
START_TEST(a_core_given_up_has_no_further_pair_and_all_are_accounted_for)
{
    struct plan p;
    int n = 0;

    plan_begin(&p, 8, 0xff);
    while (plan_next(&p)) {
        ck_assert(n <= _i || (p.from != 3 && p.to != 3));
        if (n == _i) {
            plan_failed(&p);
            plan_give_up(&p, 3);
        } else {
            plan_measured(&p);
        }
        n++;
    }
    ck_assert_uint_eq(p.measured + p.failed + p.skipped, 56);
    ck_assert_uint_eq(p.failed, 1);
    ck_assert_int_eq(n, (int)(p.measured + p.failed));
}
END_TEST

START_TEST(a_share_of_the_time_stays_between_its_bounds)
{
    ck_assert_uint_eq(plan_share(12000, 56, 10, 250), 214);
    ck_assert_uint_eq(plan_share(12000, 4032, 10, 250), 10);
    ck_assert_uint_eq(plan_share(12000, 2, 10, 250), 250);
    ck_assert_uint_eq(plan_share(12000, 0, 10, 250), 250);
}
END_TEST

/* ---- series ---- */

#define NS_16 (16ull << 32) /* 62.5 MHz */
static struct series s;

START_TEST(a_sample_is_the_mean_of_its_batch_to_the_nearest_ns)
{
    struct series_result r;

    series_begin(&s, NS_16, 3, 0, 8, UINT64_MAX);
    series_add(&s, 8);  /* 128 ns: 16 each    */
    series_add(&s, 9);  /* 144 ns: 18 each    */
    series_add(&s, 21); /* 336 ns: 42 each    */
    series_end(&s, &r);
    ck_assert_uint_eq(r.stats.min, 16);
    ck_assert_uint_eq(r.stats.p50, 18);
    ck_assert_uint_eq(r.stats.max, 42);
    ck_assert_uint_eq(r.hist.n, 3);
    series_begin(&s, 3ull << 32, 2, 0, 2, UINT64_MAX);
    series_add(&s, 1); /* 3 ns: 1.5 each, is 2 */
    series_end(&s, &r);
    ck_assert_uint_eq(r.stats.min, 2);
}
END_TEST

START_TEST(warm_up_is_dropped_and_nothing_else_is)
{
    struct series_result r;

    series_begin(&s, NS_16, 200, 5, 1, UINT64_MAX);
    for (unsigned i = 0; series_more(&s, 0); i++)
        series_add(&s, i < 5 ? 1000000 : i == 30 ? 500000 : 10);
    series_end(&s, &r);
    ck_assert_uint_eq(r.stats.n, 200);
    ck_assert_uint_eq(r.stats.max, 8000000); /* the late one stays */
    ck_assert_uint_eq(r.stats.outliers, 1);
    ck_assert_uint_eq(r.stats.p99, 160);
}
END_TEST

START_TEST(when_time_is_up_there_are_still_the_least_samples)
{
    struct series_result r;

    series_begin(&s, NS_16, 500, 3, 8, 100);
    while (series_more(&s, 100))
        series_add(&s, 8);
    series_end(&s, &r);
    ck_assert_uint_eq(r.stats.n, SERIES_LEAST);
    series_begin(&s, NS_16, 4, 3, 8, 100); /* fewer were asked for */
    while (series_more(&s, 100))
        series_add(&s, 8);
    ck_assert_uint_eq(s.n, 4);
}
END_TEST

START_TEST(more_samples_than_there_is_room_for_are_not_asked_for)
{
    series_begin(&s, NS_16, UINT32_MAX, 0, 0, UINT64_MAX);
    ck_assert_uint_eq(s.batch, 1);
    while (series_more(&s, 0))
        series_add(&s, 1);
    ck_assert_uint_eq(s.n, SERIES_MOST);
}
END_TEST

/* ---- wire ---- */

static uint64_t dice = 7;

static uint64_t roll(uint64_t below)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (dice >> 33) % below;
}

static void make_series(struct series_result *r, unsigned n)
{
    series_begin(&s, 1ull << 32, n, 0, 1, UINT64_MAX);
    while (series_more(&s, 0))
        series_add(&s, 1ull << roll(62) | roll(1u << 20));
    series_end(&s, r);
}

/* As node.c sends it, as coord.c takes it. */
static unsigned carry(const struct series_result *from, enum series_id id, uint32_t session,
                      uint32_t awaited, struct result *to)
{
    struct urpc_msg m = {.kind = PROBE_STATS, .info = wire_info(id, session)};
    struct probe_STATS stats;
    struct probe_HIST hist;
    uint32_t at = 0;
    unsigned taken = 0;

    wire_stats(&from->stats, &stats);
    memcpy(m.word, &stats, sizeof stats);
    taken += wire_take(to, awaited, &m) == ST_OK;
    m.kind = PROBE_HIST;
    while (wire_hist(&from->hist, &at, &hist)) {
        memcpy(m.word, &hist, sizeof hist);
        taken += wire_take(to, awaited, &m) == ST_OK;
    }
    return taken;
}

START_TEST(a_series_arrives_as_it_was_sent)
{
    static struct result to;
    struct series_result from[SERIES_COUNT];

    result_clear(&to);
    for (unsigned i = 0; i < SERIES_COUNT; i++) {
        make_series(&from[i], (unsigned)_i);
        carry(&from[i], (enum series_id)i, 9, 9, &to);
    }
    for (unsigned i = 0; i < SERIES_COUNT; i++) {
        ck_assert_mem_eq(&to.series[i].stats, &from[i].stats, sizeof from[i].stats);
        ck_assert_mem_eq(&to.series[i].hist, &from[i].hist, sizeof from[i].hist);
    }
}
END_TEST

START_TEST(a_message_of_another_session_changes_nothing)
{
    static struct result to, empty;
    struct series_result from;

    make_series(&from, 100);
    result_clear(&to);
    for (uint32_t late = 1; late < 16; late++)
        ck_assert_uint_eq(carry(&from, SERIES_WAKE, 100, 100 + late, &to), 0);
    ck_assert_mem_eq(&to, &empty, sizeof to);
}
END_TEST

START_TEST(nonsense_is_refused_and_changes_nothing)
{
    static struct result to, empty;
    struct probe_HIST hist = {.bucket = {1, 2, HIST_BUCKETS}, .count = {1, 1, 1}};
    struct urpc_msg m = {.kind = PROBE_HIST, .info = wire_info(SERIES_RTT, 1)};

    result_clear(&to);
    memcpy(m.word, &hist, sizeof hist);
    ck_assert_int_eq(wire_take(&to, 1, &m), ST_PEER);
    m.info = wire_info((enum series_id)SERIES_COUNT, 1);
    ck_assert_int_eq(wire_take(&to, 1, &m), ST_PEER);
    m.info = wire_info(SERIES_RTT, 1);
    m.kind = PROBE_PING;
    ck_assert_int_eq(wire_take(&to, 1, &m), ST_PEER);
    ck_assert_mem_eq(&to, &empty, sizeof to);
}
END_TEST

START_TEST(a_rate_is_right_where_a_plain_product_would_overflow)
{
    ck_assert_uint_eq(per_second(1000, 1000000), 1000000);
    ck_assert_uint_eq(per_second(1ull << 40, 1000000000), 1ull << 40);
    ck_assert_uint_eq(per_second(5, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe");
    TCase *tc = tcase_create("pure");
    SRunner *sr;
    int failed;

    tcase_add_test(tc, every_ordered_pair_of_present_cores_comes_once);
    tcase_add_test(tc, cores_outside_the_machine_are_not_present);
    tcase_add_loop_test(tc, a_core_given_up_has_no_further_pair_and_all_are_accounted_for, 0, 56);
    tcase_add_test(tc, a_share_of_the_time_stays_between_its_bounds);
    tcase_add_test(tc, a_sample_is_the_mean_of_its_batch_to_the_nearest_ns);
    tcase_add_test(tc, warm_up_is_dropped_and_nothing_else_is);
    tcase_add_test(tc, when_time_is_up_there_are_still_the_least_samples);
    tcase_add_test(tc, more_samples_than_there_is_room_for_are_not_asked_for);
    tcase_add_loop_test(tc, a_series_arrives_as_it_was_sent, 0, 64);
    tcase_add_test(tc, a_message_of_another_session_changes_nothing);
    tcase_add_test(tc, nonsense_is_refused_and_changes_nothing);
    tcase_add_test(tc, a_rate_is_right_where_a_plain_product_would_overflow);
    suite_add_tcase(suite, tc);
    sr = srunner_create(suite);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
