/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/place, how it works: its promises L1 to L5 at every slice, its books after every move, and what joining keeps. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/place_case.h"

START_TEST(at_every_slice_there_is_an_answer_that_keeps_to_what_is_allowed)
{
    for (unsigned i = 0; i < 30; i++) {
        struct place_answer got;
        struct place *p;
        struct job j;
        bool done;

        job_random(&j, 20 + (uint32_t)(job_draw() % 30), 2 + (uint32_t)(job_draw() % 5), true);
        ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_OK);
        do {
            place_answer(p, &got);
            ck_assert(job_keeps_to_allowed(&j, got.core));
            done = place_run(p, 200);
        } while (!done);
        place_answer(p, &got);
        ck_assert(job_keeps_to_allowed(&j, got.core));
        ck_assert_uint_eq(got.over, job_over(&j, got.core, got.limit));
        job_free(&j);
    }
}
END_TEST

START_TEST(in_slices_and_at_once_and_again_it_is_the_same_answer)
{
    static const uint64_t slice[] = {1, 2, 17, 1000, UINT64_MAX};

    for (unsigned i = 0; i < 20; i++) {
        core_id first[64];
        uint64_t steps = 0;
        struct place_answer got;
        struct job j;

        job_random(&j, 40, 6, i % 2);
        for (unsigned s = 0; s < ARRAY_LEN(slice); s++) {
            memset(j.memory, (int)job_draw(), j.bytes);
            job_run(&j, slice[s], &got);
            if (s > 0) {
                ck_assert_mem_eq(first, got.core, 40 * sizeof *first);
                ck_assert_uint_eq(steps, got.steps);
            }
            memcpy(first, got.core, sizeof first[0] * 40);
            steps = got.steps;
        }
        job_free(&j);
    }
}
END_TEST

START_TEST(a_slice_is_not_much_longer_than_its_budget)
{
    struct place_answer before = {.steps = 0}, after;
    struct place *p;
    struct job j;
    bool done = false;

    job_random(&j, 60, 8, true);
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_OK);
    while (!done) {
        done = place_run(p, 100);
        place_answer(p, &after);
        ck_assert_uint_le(after.steps - before.steps, 100 + 60 * 8 * 2);
        before = after;
    }
    job_free(&j);
}
END_TEST

/* What is kept up with every move, counted anew. */
static void check_books(const struct place *p)
{
    const struct place_level *l = &p->level[p->here];
    uint64_t carried[CORES_MAX] = {0}, over = 0;
    int64_t cost = 0;

    for (uint32_t v = 0; v < l->nodes; v++) {
        carried[p->part[v]] += l->load[v];
        for (uint32_t c = 0; c < p->in.cores; c++) {
            int64_t row = 0;

            for (uint32_t e = l->first[v]; e < l->first[v + 1]; e++)
                row += l->weight[e] * p->distance[c * p->in.cores + p->part[l->peer[e]]];
            ck_assert_int_eq(p->table[v * p->in.cores + c], row);
            cost += c == p->part[v] ? row : 0;
        }
    }
    ck_assert_int_eq(p->now.cost, cost / 2);
    for (uint32_t c = 0; c < p->in.cores; c++) {
        ck_assert_uint_eq(p->carried[c], carried[c]);
        if (p->pass_start.over == 0) /* as much as is let through on the way, no more */
            ck_assert_uint_le(carried[c], p->limit[c] + p->beyond);
        over += carried[c] > p->limit[c] ? carried[c] - p->limit[c] : 0;
    }
    ck_assert_uint_eq(p->now.over, over);
}

START_TEST(after_every_move_the_table_is_as_if_counted_anew)
{
    for (unsigned i = 0; i < 6; i++) {
        struct place *p;
        struct job j;

        job_random(&j, 30, 5, i % 2);
        j.in.rounds = 3;
        ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_OK);
        while (!place_run(p, 1))
            if ((p->phase == PHASE_STAGE || p->phase == PHASE_IMPROVE ||
                 p->phase == PHASE_CURRENT) &&
                (p->improve == IMPROVE_MOVE || p->improve == IMPROVE_BACK))
                check_books(p);
        job_free(&j);
    }
}
END_TEST

START_TEST(joining_changes_neither_load_nor_weight_between_those_that_stay_apart)
{
    struct place *p;
    struct job j;

    job_random(&j, 60, 3, true);
    j.in.current = NULL;
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_OK);
    while (p->phase <= PHASE_JOIN)
        ck_assert(!place_run(p, 1));
    ck_assert_uint_gt(p->top, 0);
    for (unsigned i = 0; i < p->top; i++) {
        const struct place_level *fine = &p->level[i], *few = &p->level[i + 1];
        uint64_t load[64] = {0}, may[64];
        int64_t between[64][64] = {{0}};

        memset(may, 0xff, sizeof may);
        for (uint32_t v = 0; v < fine->nodes; v++) {
            uint32_t a = fine->coarse[v];

            load[a] += fine->load[v];
            may[a] &= fine->allowed[v];
            for (uint32_t e = fine->first[v]; e < fine->first[v + 1]; e++)
                between[a][fine->coarse[fine->peer[e]]] += fine->weight[e];
        }
        for (uint32_t a = 0; a < few->nodes; a++) {
            ck_assert_uint_eq(few->load[a], load[a]);
            ck_assert_uint_eq(few->allowed[a], may[a]);
            ck_assert_uint_ne(may[a], 0);
            ck_assert(load[a] <= p->join_cap);
            for (uint32_t e = few->first[a]; e < few->first[a + 1]; e++) {
                ck_assert_int_eq(few->weight[e], between[a][few->peer[e]]);
                between[a][few->peer[e]] = 0;
            }
            between[a][a] = 0;
            for (uint32_t b = 0; b < few->nodes; b++)
                ck_assert_int_eq(between[a][b], 0);
        }
    }
    job_free(&j);
}
END_TEST

START_TEST(those_who_talk_most_are_joined_first)
{
    struct place *p;
    struct job j;

    job_new(&j, 16, 2);
    for (uint32_t v = 0; v < 16; v++)
        graph_case_add(&j.g, v, (v + 1) % 16, v % 2 ? 10 : 11);
    job_ready(&j);
    ck_assert_int_eq(place_start(&j.in, j.memory, j.bytes, &p), ST_OK);
    while (p->top == 0)
        ck_assert(!place_run(p, 1));
    ck_assert_uint_eq(p->level[1].nodes, 8);
    for (uint32_t v = 0; v < 16; v += 2)
        ck_assert_uint_eq(p->level[0].coarse[v], p->level[0].coarse[v + 1]);
    job_free(&j);
}
END_TEST

START_TEST(where_many_are_equally_good_nobody_moves)
{
    for (uint32_t turn = 0; turn < 4; turn++) {
        struct place_answer got;
        struct job j;

        job_new(&j, 24, 4);
        for (uint32_t v = 0; v < 24; v++) {
            graph_case_add(&j.g, v, (v + 1) % 24, 10);
            j.current[v] = (core_id)((v + turn) % 24 / 6);
        }
        job_ready(&j);
        job_run(&j, UINT64_MAX / 2, &got);
        ck_assert_mem_eq(got.core, j.current, 24 * sizeof *j.current);
        job_free(&j);
    }
}
END_TEST

START_TEST(no_two_cores_exchanged_would_let_more_stay)
{
    for (unsigned i = 0; i < 40; i++) {
        uint64_t stays[8][8] = {{0}};
        struct place_answer got;
        struct job j;

        job_random(&j, 40, 6, false);
        for (uint32_t v = 0; v < 40; v++)
            j.current[v] = (core_id)(job_draw() % 6);
        job_run(&j, UINT64_MAX / 2, &got);
        for (uint32_t v = 0; v < 40; v++)
            stays[got.core[v]][j.current[v]] += j.load[v];
        for (uint32_t a = 0; a < 6; a++)
            for (uint32_t b = 0; b < a; b++)
                ck_assert_uint_ge(stays[a][a] + stays[b][b], stays[a][b] + stays[b][a]);
        job_free(&j);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence_place_steps");
    TCase *t = tcase_create("steps");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, job_setup, NULL);
    tcase_add_test(t, at_every_slice_there_is_an_answer_that_keeps_to_what_is_allowed);
    tcase_add_test(t, in_slices_and_at_once_and_again_it_is_the_same_answer);
    tcase_add_test(t, a_slice_is_not_much_longer_than_its_budget);
    tcase_add_test(t, after_every_move_the_table_is_as_if_counted_anew);
    tcase_add_test(t, joining_changes_neither_load_nor_weight_between_those_that_stay_apart);
    tcase_add_test(t, those_who_talk_most_are_joined_first);
    tcase_add_test(t, where_many_are_equally_good_nobody_moves);
    tcase_add_test(t, no_two_cores_exchanged_would_let_more_stay);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
