/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/place, what it says: who stays, who goes near, how much a core carries, and what is refused. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/place_case.h"

static bool same_core(const struct job *j, uint32_t a, uint32_t b)
{
    return j->current[a] == j->current[b];
}

START_TEST(it_is_never_worse_than_where_the_nodes_are_and_stays_when_that_is_the_answer)
{
    for (unsigned i = 0; i < 60; i++) {
        struct place_answer got;
        uint64_t cost, over;
        struct job j;

        job_random(&j, 4 + (uint32_t)(job_draw() % 40), 2 + (uint32_t)(job_draw() % 6), i % 2);
        for (uint32_t v = 0; v < j.g.view.nodes; v++)
            do
                j.current[v] = (core_id)(job_draw() % j.in.cores);
            while ((j.allowed[v] >> j.current[v] & 1) == 0);
        job_run(&j, 5000, &got);
        cost = place_cost(&j.in, j.current);
        over = job_over(&j, j.current, got.limit);
        ck_assert(got.over < over || (got.over == over && got.cost <= cost));
        /* once more from there: equally good is no reason to move */
        memcpy(j.current, got.core, j.g.view.nodes * sizeof *j.current);
        cost = got.cost;
        over = got.over;
        job_run(&j, 5000, &got);
        if (got.cost == cost && got.over == over)
            ck_assert_mem_eq(got.core, j.current, j.g.view.nodes * sizeof *j.current);
        job_free(&j);
    }
}
END_TEST

START_TEST(the_names_of_cores_are_chosen_so_that_most_may_stay)
{
    struct place_answer got;
    struct job j;

    /* four groups of four that are already together, but one node of each is astray */
    job_new(&j, 16, 4);
    for (uint32_t v = 0; v < 16; v++) {
        for (uint32_t u = v - v % 4; u < v; u++)
            graph_case_add(&j.g, v, u, 100);
        j.current[v] = (core_id)(3 - v / 4);
    }
    for (uint32_t c = 0; c < 4; c++)
        j.current[4 * c] = (core_id)((3 - c + 1) % 4);
    job_ready(&j);
    job_run(&j, UINT64_MAX / 2, &got);
    ck_assert_uint_eq(got.cost, 0);
    for (uint32_t v = 0; v < 16; v++)
        ck_assert_uint_eq(got.core[v], 3 - v / 4);
    ck_assert(!same_core(&j, 0, 1));
    job_free(&j);
}
END_TEST

START_TEST(who_talks_far_is_put_on_near_cores)
{
    struct place_answer got;
    struct job j;

    /* a chain of eight heavy pairs; cores in a line, but numbered without order */
    static const uint32_t at[8] = {3, 6, 0, 5, 7, 1, 4, 2};

    job_new(&j, 16, 8);
    for (uint32_t v = 0; v < 16; v++)
        if (v > 0)
            graph_case_add(&j.g, v, v - 1, v % 2 ? 1000 : 10);
    for (uint32_t a = 0; a < 8; a++)
        for (uint32_t b = 0; b < 8; b++)
            j.distance[a * 8 + b] = 100 * (at[a] > at[b] ? at[a] - at[b] : at[b] - at[a]);
    job_ready(&j);
    job_run(&j, UINT64_MAX / 2, &got);
    ck_assert_uint_eq(got.cost, 7 * 10 * 100);
    job_free(&j);
}
END_TEST

START_TEST(both_ways_of_a_distance_count)
{
    struct place_answer got;
    struct job j;

    job_new(&j, 2, 3);
    graph_case_add(&j.g, 0, 1, 5);
    j.allowed[0] = 1;
    j.allowed[1] = 6;
    j.distance[0 * 3 + 1] = 1; /* near there, far back */
    j.distance[1 * 3 + 0] = 20;
    j.distance[0 * 3 + 2] = 6;
    j.distance[2 * 3 + 0] = 7;
    job_ready(&j);
    job_run(&j, UINT64_MAX / 2, &got);
    ck_assert_uint_eq(got.core[1], 2);
    ck_assert_uint_eq(got.cost, 5 * 7);
    job_free(&j);
}
END_TEST

START_TEST(the_limit_is_kept_though_all_talk_with_all)
{
    struct place_answer got;
    struct job j;

    job_new(&j, 32, 8);
    for (uint32_t a = 0; a < 32; a++)
        for (uint32_t b = 0; b < a; b++)
            graph_case_add(&j.g, a, b, 1000);
    job_ready(&j);
    job_run(&j, UINT64_MAX / 2, &got);
    ck_assert_uint_eq(got.limit, 4);
    ck_assert_uint_eq(got.heaviest, 4);
    ck_assert_uint_eq(got.over, 0);
    job_free(&j);
}
END_TEST

START_TEST(a_node_heavier_than_the_mean_gets_a_core_and_the_limit_is_its_load)
{
    struct place_answer got;
    struct job j;

    job_new(&j, 9, 3);
    for (uint32_t v = 1; v < 9; v++)
        graph_case_add(&j.g, 0, v, 10);
    j.load[0] = 100;
    job_ready(&j);
    job_run(&j, UINT64_MAX / 2, &got);
    ck_assert_uint_eq(got.limit, 100);
    ck_assert_uint_eq(got.over, 0);
    for (uint32_t v = 1; v < 9; v++)
        ck_assert_uint_ne(got.core[v], got.core[0]);
    job_free(&j);
}
END_TEST

START_TEST(nodes_that_all_must_be_on_one_core_are_there_and_the_excess_is_said)
{
    struct place_answer got;
    struct job j;

    job_new(&j, 8, 4);
    for (uint32_t v = 0; v < 6; v++)
        j.allowed[v] = 1 << 2;
    job_ready(&j);
    job_run(&j, UINT64_MAX / 2, &got);
    for (uint32_t v = 0; v < 6; v++)
        ck_assert_uint_eq(got.core[v], 2);
    ck_assert_uint_ne(got.core[6], 2);
    ck_assert_uint_ne(got.core[7], 2);
    ck_assert_uint_eq(got.limit, 2);
    ck_assert_uint_eq(got.over, 4);
    ck_assert_uint_eq(got.heaviest, 6);
    job_free(&j);
}
END_TEST

START_TEST(the_heaviest_weights_over_the_longest_ways_do_not_run_over)
{
    struct place_answer got;
    struct job j;

    job_new(&j, 24, 3);
    for (uint32_t a = 0; a < 24; a++)
        for (uint32_t b = 0; b < a; b++)
            graph_case_add(&j.g, a, b, a / 8 == b / 8 ? VIEW_WEIGHT_MAX : 1);
    for (uint32_t i = 0; i < 9; i++)
        j.distance[i] = i % 4 ? UINT32_MAX : 0;
    job_ready(&j);
    job_run(&j, UINT64_MAX / 2, &got);
    ck_assert_uint_eq(got.cost, 3ull * 64 * UINT32_MAX);
    ck_assert_uint_eq(got.over, 0);
    job_free(&j);
}
END_TEST

START_TEST(sixty_four_cores_are_not_too_many)
{
    struct graph_case g;
    struct place_answer got;
    struct place *p;
    uint32_t load[256];
    void *memory;

    graph_case_new(&g, 256);
    for (uint32_t v = 0; v < 256; v++) {
        load[v] = 1;
        for (uint32_t u = v - v % 4; u < v; u++)
            graph_case_add(&g, v, u, 7);
    }
    graph_case_view(&g);
    memory = malloc(place_bytes(256, g.view.first[256], 64));
    ck_assert_int_eq(place_start(&(struct place_input){.view = &g.view, .load = load, .cores = 64},
                                 memory, place_bytes(256, g.view.first[256], 64), &p),
                     ST_OK);
    while (!place_run(p, 100000))
        ;
    place_answer(p, &got);
    ck_assert_uint_eq(got.cost, 0);
    ck_assert_uint_eq(got.heaviest, 4);
    free(memory);
    graph_case_free(&g);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
    struct place *p;
    struct job j;

    job_random(&j, 5, 3, false);
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes - 1, &p), ST_NOMEM);
    j.distance[4] = 1;
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_INVALID);
    j.distance[4] = 0;
    j.allowed[3] = 8; /* a fourth core */
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_INVALID);
    j.allowed[3] = 7;
    j.in.cores = 0;
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_INVALID);
    j.in.cores = CORES_MAX + 1;
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_INVALID);
    j.in.cores = 3;
    j.g.view.nodes = 0;
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_INVALID);
    j.g.view.nodes = 5;
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_OK);
    job_free(&j);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence_place_answer");
    TCase *t = tcase_create("answers");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, job_setup, NULL);
    tcase_add_test(t, it_is_never_worse_than_where_the_nodes_are_and_stays_when_that_is_the_answer);
    tcase_add_test(t, the_names_of_cores_are_chosen_so_that_most_may_stay);
    tcase_add_test(t, who_talks_far_is_put_on_near_cores);
    tcase_add_test(t, both_ways_of_a_distance_count);
    tcase_add_test(t, the_limit_is_kept_though_all_talk_with_all);
    tcase_add_test(t, a_node_heavier_than_the_mean_gets_a_core_and_the_limit_is_its_load);
    tcase_add_test(t, nodes_that_all_must_be_on_one_core_are_there_and_the_excess_is_said);
    tcase_add_test(t, the_heaviest_weights_over_the_longest_ways_do_not_run_over);
    tcase_add_test(t, sixty_four_cores_are_not_too_many);
    tcase_add_test(t, what_makes_no_sense_is_refused);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
