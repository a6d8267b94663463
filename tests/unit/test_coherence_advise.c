/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/advise: what is worth a move and what is not, to the digit; who rests, who is under way; split and merge. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "coherence/advise.h"
#include "tests/support/graph_case.h"

#define NODES 16u
#define CORES 4u

static struct graph_case g;
static struct advise *a;
static void *memory;
static struct advise_limits limits;
static struct advise_input in;
static uint32_t load[NODES], score[NODES], distance[CORES * CORES];
static uint64_t allowed[NODES], total[NODES];
static core_id at[NODES];
static const struct advice *list;

static void start(void)
{
    size_t bytes = advise_bytes(NODES, NODES * (NODES - 1), CORES);

    free(memory);
    memory = malloc(bytes);
    memset(memory, 0x77, bytes);
    ck_assert_int_eq(advise_init(&limits, NODES, NODES * (NODES - 1), CORES, memory, bytes, &a),
                     ST_OK);
}

static void setup(void)
{
    graph_case_new(&g, NODES);
    limits = advise_usual;
    in = (struct advise_input){.view = &g.view, .load = load, .allowed = allowed, .current = at};
    for (uint32_t v = 0; v < NODES; v++) {
        load[v] = 1;
        allowed[v] = (1 << CORES) - 1;
        at[v] = PLACE_NOWHERE;
        score[v] = 5000;
        total[v] = 1000;
    }
    for (uint32_t i = 0; i < CORES * CORES; i++)
        distance[i] = i % (CORES + 1) != 0;
    start();
}

static void teardown(void)
{
    graph_case_free(&g);
    free(memory);
    memory = NULL;
}

static void again(void)
{
    teardown();
    setup();
}

/* Nodes from..to on a core, each talking with each. */
static void group(uint32_t from, uint32_t to, core_id core, uint64_t weight)
{
    for (uint32_t v = from; v < to; v++) {
        at[v] = core;
        for (uint32_t u = from; u < v; u++)
            graph_case_add(&g, v, u, weight);
    }
}

static uint32_t epoch(void)
{
    graph_case_view(&g);
    ck_assert_int_eq(advise_begin(a, &in), ST_OK);
    while (!advise_run(a, 1000))
        ;
    return advise_list(a, &list);
}

static void act(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i].kind == ADVICE_MOVE) {
            ck_assert_uint_eq(at[list[i].node], list[i].from);
            at[list[i].node] = list[i].to;
        }
}

/* Three on each of two cores, one of the first talks with the second as well. */
static void astray(uint64_t inside, uint64_t outside)
{
    limits.slack_bp = 20000;
    start();
    group(0, 3, 0, 1000);
    group(3, 6, 1, 1000);
    at[6] = 0;
    graph_case_add(&g, 6, 0, inside);
    graph_case_add(&g, 6, 3, outside);
    for (uint32_t v = 0; v < 6; v++)
        allowed[v] = 1u << at[v];
}

START_TEST(a_node_goes_where_it_talks_and_the_figures_are_those_of_the_graph)
{
    astray(100, 300);
    ck_assert_uint_eq(epoch(), 1);
    ck_assert_uint_eq(list[0].kind, ADVICE_MOVE);
    ck_assert_uint_eq(list[0].reason, REASON_TRAFFIC);
    ck_assert_uint_eq(list[0].node, 6);
    ck_assert_uint_eq(list[0].from, 0);
    ck_assert_uint_eq(list[0].to, 1);
    ck_assert_int_eq(list[0].made_local, 200);
    ck_assert_int_eq(list[0].saved, 200);
    ck_assert_uint_eq(list[0].load_from, 4);
    ck_assert_uint_eq(list[0].load_to, 3);
    ck_assert_uint_eq(list[0].load_from_after, 3);
    ck_assert_uint_eq(list[0].load_to_after, 4);
}
END_TEST

START_TEST(what_is_saved_counts_distance)
{
    for (uint32_t i = 0; i < CORES * CORES; i++)
        distance[i] *= 7;
    in.distance = distance;
    astray(100, 300);
    ck_assert_uint_eq(epoch(), 1);
    ck_assert_int_eq(list[0].made_local, 200);
    ck_assert_int_eq(list[0].saved, 1400);
}
END_TEST

/* 166 - 100 is less than a quarter of 266; 167 - 100 is more than a quarter of 267. */
START_TEST(a_quarter_of_what_it_says_has_to_be_gained)
{
    astray(100, 166);
    ck_assert_uint_eq(epoch(), 0);
    again();
    astray(100, 167);
    ck_assert_uint_eq(epoch(), 1);
}
END_TEST

START_TEST(and_the_least_gain)
{
    limits.gain_least = 201;
    astray(100, 300);
    ck_assert_uint_eq(epoch(), 0);
    again();
    limits.gain_least = 200;
    astray(100, 300);
    ck_assert_uint_eq(epoch(), 1);
}
END_TEST

START_TEST(who_moved_rests_and_then_needs_twice_as_much)
{
    uint32_t n;

    astray(100, 300);
    act(epoch());
    graph_case_add(&g, 6, 0,
                   500); /* now 600 there and 300 here: more than a quarter, less than half */
    for (n = 0; n < 3 * limits.cooldown; n++)
        ck_assert_uint_eq(epoch(), 0);
    again();
    astray(100, 300);
    act(epoch());
    graph_case_add(&g, 6, 0, 900); /* 1000 there and 300 here: more than half */
    ck_assert_uint_eq(epoch(), 0); /* it is seen that it has arrived: the rest begins */
    for (n = 1; epoch() == 0; n++)
        ck_assert_uint_le(n, limits.cooldown);
    ck_assert_uint_eq(n, limits.cooldown);
    ck_assert_uint_eq(list[0].node, 6);
    ck_assert_uint_eq(list[0].to, 0);
}
END_TEST

START_TEST(what_gains_wherever_it_is_comes_to_rest)
{
    unsigned moves[2] = {0, 0};

    for (unsigned e = 0; e < 6000; e++) {
        graph_case_free(&g);
        graph_case_new(&g, NODES);
        in.view = &g.view;
        at[6] = e == 0 ? 0 : at[6];
        group(0, 3, 0, 1000);
        group(3, 6, 1, 1000);
        graph_case_add(&g, 6, at[6] == 0 ? 3 : 0, 300); /* always the other core */
        if (e == 0) {
            limits.slack_bp = 20000;
            start();
        }
        for (uint32_t v = 0; v < 6; v++)
            allowed[v] = 1u << at[v];
        for (uint32_t n = epoch(), i = 0; i < n; i++)
            moves[e / 3000] += list[i].kind == ADVICE_MOVE;
        act(advise_list(a, &list));
    }
    ck_assert_uint_gt(moves[0], 4);
    ck_assert_uint_le(moves[0], 12);
    ck_assert_uint_le(moves[1], 2);
}
END_TEST

START_TEST(who_moves_now_and_then_is_followed_each_time)
{
    unsigned moves = 0;

    for (unsigned e = 0; e < 15 * 300; e++) {
        graph_case_free(&g);
        graph_case_new(&g, NODES);
        in.view = &g.view;
        at[6] = e == 0 ? 0 : at[6];
        group(0, 3, 0, 1000);
        group(3, 6, 1, 1000);
        graph_case_add(&g, 6, e / 300 % 2 == 0 ? 3 : 0, 300);
        if (e == 0) {
            limits.slack_bp = 20000;
            start();
        }
        for (uint32_t v = 0; v < 6; v++)
            allowed[v] = 1u << at[v];
        for (uint32_t n = epoch(), i = 0; i < n; i++)
            moves += list[i].kind == ADVICE_MOVE;
        act(advise_list(a, &list));
    }
    ck_assert_uint_eq(moves, 15);
}
END_TEST

START_TEST(a_move_that_is_not_made_is_given_up_and_not_asked_for_at_once)
{
    uint32_t n;

    astray(100, 300);
    ck_assert_uint_eq(epoch(), 1);
    for (n = 1; epoch() == 0; n++)
        ck_assert_uint_le(n, limits.patience + 2 * limits.cooldown);
    ck_assert_uint_eq(n, limits.patience + 2 * limits.cooldown);
    ck_assert_uint_eq(list[0].node, 6);
}
END_TEST

/* Four that talk much with each other, on two cores each two; one by one each would lose. */
static void two_halves(void)
{
    limits.slack_bp = 40000;
    start();
    group(0, 2, 0, 1000);
    group(2, 4, 1, 1000);
    graph_case_add(&g, 0, 2, 400);
    graph_case_add(&g, 1, 3, 400);
}

START_TEST(those_who_belong_together_go_together)
{
    two_halves();
    ck_assert_uint_eq(epoch(), 2);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_eq(list[i].reason, REASON_TOGETHER);
        ck_assert_uint_eq(list[i].other, list[0].node);
        ck_assert_int_eq(list[i].saved, 800);
        ck_assert_int_eq(list[i].made_local, 400);
    }
    ck_assert_uint_eq(list[0].to, list[1].to);
    act(2);
    for (unsigned i = 0; i < 60; i++)
        ck_assert_uint_eq(epoch(), 0);
    ck_assert(advise_settled(a));
}
END_TEST

/* Two groups of four, each with two on either core, both cores full. */
static void crossed(void)
{
    limits.slack_bp = 0;
    start();
    group(0, 4, 0, 1000);
    group(4, 8, 1, 1000);
    group(8, 12, 2, 1000);
    group(12, 16, 3, 1000);
    at[0] = 1;
    at[4] = 0;
    at[1] = 1;
    at[5] = 0;
}

START_TEST(full_cores_exchange_and_are_never_far_above_their_limit)
{
    uint32_t n, moves = 0;

    limits.flight_max = 1;
    crossed();
    for (unsigned e = 0; e < 12; e++) {
        uint32_t on[CORES] = {0};

        n = epoch();
        ck_assert_uint_le(n, 1);
        if (n == 1)
            ck_assert_uint_eq(list[0].reason, REASON_EXCHANGE);
        act(n);
        moves += n;
        for (uint32_t v = 0; v < NODES; v++)
            on[at[v]]++;
        for (uint32_t c = 0; c < CORES; c++)
            ck_assert_uint_le(on[c], 5);
    }
    ck_assert_uint_eq(moves, 4);
    for (uint32_t v = 0; v < NODES; v++)
        ck_assert_uint_eq(at[v], at[v - v % 4]);
}
END_TEST

START_TEST(no_more_are_under_way_than_may_be)
{
    limits.flight_max = 3;
    crossed();
    ck_assert_uint_eq(epoch(), 3);
    at[list[0].node] = list[0].to; /* one has arrived: one more may go */
    ck_assert_uint_eq(epoch(), 1);
    ck_assert_uint_eq(epoch(), 0);
}
END_TEST

START_TEST(a_core_that_carries_far_too_much_is_relieved)
{
    uint32_t n = 0, on = 0;

    group(0, 8, 0, 1);
    for (unsigned e = 0; e < 10; e++) {
        n = epoch();
        for (uint32_t i = 0; i < n; i++)
            ck_assert_uint_eq(list[i].reason, REASON_LOAD);
        act(n);
    }
    for (uint32_t v = 0; v < 8; v++)
        on += at[v] == 0;
    ck_assert_uint_le(on, 2);
}
END_TEST

START_TEST(who_may_not_be_elsewhere_stays)
{
    astray(100, 300);
    allowed[6] = 1;
    for (unsigned e = 0; e < 40; e++)
        ck_assert_uint_eq(epoch(), 0);
    ck_assert(advise_settled(a));
}
END_TEST

START_TEST(the_settled_wake_when_traffic_goes_elsewhere_and_not_when_it_grows)
{
    astray(300, 100);
    for (unsigned e = 0; e < 40; e++)
        ck_assert_uint_eq(epoch(), 0);
    ck_assert(advise_settled(a));
    for (uint32_t i = 0; i < NODES * NODES; i++)
        g.dense[i] *= 10;
    for (unsigned e = 0; e < 40; e++) {
        ck_assert_uint_eq(epoch(), 0);
        ck_assert(advise_settled(a));
    }
    graph_case_add(&g, 6, 3, 8000);
    ck_assert_uint_eq(epoch(), 1);
    ck_assert_uint_eq(list[0].node, 6);
}
END_TEST

START_TEST(it_takes_24_quiet_epochs_to_settle)
{
    uint32_t n = 0;

    astray(300, 100);
    do
        ck_assert_uint_eq(epoch(), 0);
    while (++n < 100 && !advise_settled(a));
    ck_assert_uint_eq(n, 24);
}
END_TEST

START_TEST(one_that_comes_or_goes_wakes_the_others)
{
    astray(300, 100);
    for (unsigned e = 0; e < 40; e++)
        epoch();
    ck_assert(advise_settled(a));
    at[9] = 3;
    epoch();
    ck_assert(!advise_settled(a));
    for (unsigned e = 0; e < 40; e++)
        epoch();
    ck_assert(advise_settled(a));
    at[9] = PLACE_NOWHERE;
    epoch();
    ck_assert(!advise_settled(a));
}
END_TEST

START_TEST(without_time_there_is_no_advice_and_with_some_it_is_sound)
{
    crossed();
    graph_case_view(&g);
    ck_assert_int_eq(advise_begin(a, &in), ST_OK);
    ck_assert(!advise_run(a, 1));
    advise_finish(a);
    ck_assert(advise_run(a, 1));
    ck_assert_uint_eq(advise_list(a, &list), 0);
}
END_TEST

START_TEST(slices_do_not_change_the_advice)
{
    struct advice first[8];
    uint32_t n;

    crossed();
    n = epoch();
    ck_assert_uint_eq(n, 4);
    memcpy(first, list, n * sizeof *first);
    start();
    ck_assert_int_eq(advise_begin(a, &in), ST_OK);
    while (!advise_run(a, 3))
        ;
    ck_assert_uint_eq(advise_list(a, &list), n);
    for (uint32_t i = 0; i < n; i++) {
        ck_assert_uint_eq(first[i].node, list[i].node);
        ck_assert_uint_eq(first[i].to, list[i].to);
        ck_assert_int_eq(first[i].saved, list[i].saved);
    }
}
END_TEST

/* ---- split and merge ---- */

static void shaped(void)
{
    in.score_bp = score;
    in.total = total;
    for (uint32_t v = 0; v < 4; v++)
        at[v] = (core_id)v;
}

START_TEST(a_split_is_advised_above_8000_once_until_the_reason_has_gone_and_come_back)
{
    shaped();
    score[2] = 2000; /* pressure 8000: not above */
    ck_assert_uint_eq(epoch(), 0);
    score[2] = 1999;
    ck_assert_uint_eq(epoch(), 1);
    ck_assert_uint_eq(list[0].kind, ADVICE_SPLIT);
    ck_assert_uint_eq(list[0].reason, REASON_PRESSURE);
    ck_assert_uint_eq(list[0].node, 2);
    ck_assert_uint_eq(list[0].pressure_bp, 8001);
    for (unsigned e = 0; e < 100; e++)
        ck_assert_uint_eq(epoch(), 0);
    score[2] = 2999;
    ck_assert_uint_eq(epoch(), 0);
    score[2] = 1000;
    ck_assert_uint_eq(epoch(), 0);
    score[2] = 3000;
    ck_assert_uint_eq(epoch(), 0);
    score[2] = 1000;
    ck_assert_uint_eq(epoch(), 1);
    advise_forget(a, 2);
    ck_assert_uint_eq(epoch(), 1);
}
END_TEST

START_TEST(a_merge_needs_both_scores_and_what_they_say_to_each_other)
{
    limits.gain_least = UINT64_MAX / 4; /* no moves here */
    load[0] = load[1] = 1;
    load[2] = 8;
    start();
    shaped();
    graph_case_add(&g, 0, 1, 200); /* of 1000: 700 within, 100 to others */
    score[0] = score[1] = 7000;
    total[1] = 5000;
    ck_assert_uint_eq(epoch(), 1);
    ck_assert_uint_eq(list[0].kind, ADVICE_MERGE);
    ck_assert_uint_eq(list[0].reason, REASON_MUTUAL);
    ck_assert_uint_eq(list[0].node, 0);
    ck_assert_uint_eq(list[0].other, 1);
    ck_assert_uint_eq(list[0].mutual_bp, 4000);
    for (unsigned e = 0; e < 100; e++)
        ck_assert_uint_eq(epoch(), 0);
    start();
    score[0] = 6999;
    ck_assert_uint_eq(epoch(), 0);
    score[0] = 7000;
    score[1] = 6999;
    ck_assert_uint_eq(epoch(), 0);
    score[1] = 7000;
    total[0] = 1001;
    ck_assert_uint_eq(epoch(), 0);
    total[0] = 1000;
    load[0] = 8; /* too much for one core */
    ck_assert_uint_eq(epoch(), 0);
    load[0] = 1;
    graph_case_add(&g, 0, 2, 201); /* another is closer */
    ck_assert_uint_eq(epoch(), 0);
}
END_TEST

START_TEST(mutual_is_of_the_one_that_says_less)
{
    ck_assert_uint_eq(advise_mutual_bp(200, 1000, 4000), 4000);
    ck_assert_uint_eq(advise_mutual_bp(200, 4000, 1000), 4000);
    ck_assert_uint_eq(advise_mutual_bp(200, 0, 1000), 0);
    ck_assert_uint_eq(advise_mutual_bp(501, 1000, 1000), 10000);
    ck_assert_uint_eq(advise_mutual_bp(UINT64_MAX / 4, UINT64_MAX, UINT64_MAX), 4999);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
    struct advise *other;
    size_t bytes = advise_bytes(NODES, 40, CORES);

    graph_case_view(&g);
    ck_assert_int_eq(advise_init(&limits, NODES, 40, CORES, memory, bytes - 1, &other), ST_NOMEM);
    ck_assert_int_eq(advise_init(&limits, 0, 40, CORES, memory, bytes, &other), ST_INVALID);
    ck_assert_int_eq(advise_init(&limits, NODES, 40, 0, memory, bytes, &other), ST_INVALID);
    ck_assert_int_eq(advise_init(&limits, NODES, 40, CORES_MAX + 1, memory, bytes, &other),
                     ST_INVALID);
    ck_assert_int_eq(advise_begin(a, &in), ST_OK);
    at[3] = 0;
    allowed[3] = 0;
    ck_assert_int_eq(advise_begin(a, &in), ST_INVALID);
    allowed[3] = 1;
    in.distance = distance;
    distance[5] = 1;
    ck_assert_int_eq(advise_begin(a, &in), ST_INVALID);
    distance[5] = 0;
    in.score_bp = score;
    ck_assert_int_eq(advise_begin(a, &in), ST_INVALID);
    in.score_bp = NULL;
    g.view.nodes = NODES - 1;
    ck_assert_int_eq(advise_begin(a, &in), ST_INVALID);
    g.view.nodes = NODES;
    distance[1] = UINT32_MAX;
    graph_case_add(&g, 0, 1, VIEW_WEIGHT_MAX);
    graph_case_view(&g);
    ck_assert_int_eq(advise_begin(a, &in), ST_INVALID);
    distance[1] = 1;
    ck_assert_int_eq(advise_begin(a, &in), ST_OK);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence_advise");
    TCase *t = tcase_create("advise");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_node_goes_where_it_talks_and_the_figures_are_those_of_the_graph);
    tcase_add_test(t, what_is_saved_counts_distance);
    tcase_add_test(t, a_quarter_of_what_it_says_has_to_be_gained);
    tcase_add_test(t, and_the_least_gain);
    tcase_add_test(t, who_moved_rests_and_then_needs_twice_as_much);
    tcase_add_test(t, what_gains_wherever_it_is_comes_to_rest);
    tcase_add_test(t, who_moves_now_and_then_is_followed_each_time);
    tcase_add_test(t, a_move_that_is_not_made_is_given_up_and_not_asked_for_at_once);
    tcase_add_test(t, those_who_belong_together_go_together);
    tcase_add_test(t, full_cores_exchange_and_are_never_far_above_their_limit);
    tcase_add_test(t, no_more_are_under_way_than_may_be);
    tcase_add_test(t, a_core_that_carries_far_too_much_is_relieved);
    tcase_add_test(t, who_may_not_be_elsewhere_stays);
    tcase_add_test(t, the_settled_wake_when_traffic_goes_elsewhere_and_not_when_it_grows);
    tcase_add_test(t, it_takes_24_quiet_epochs_to_settle);
    tcase_add_test(t, one_that_comes_or_goes_wakes_the_others);
    tcase_add_test(t, without_time_there_is_no_advice_and_with_some_it_is_sound);
    tcase_add_test(t, slices_do_not_change_the_advice);
    tcase_add_test(t, a_split_is_advised_above_8000_once_until_the_reason_has_gone_and_come_back);
    tcase_add_test(t, a_merge_needs_both_scores_and_what_they_say_to_each_other);
    tcase_add_test(t, mutual_is_of_the_one_that_says_less);
    tcase_add_test(t, what_makes_no_sense_is_refused);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
