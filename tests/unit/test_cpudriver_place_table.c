/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A table of capabilities, listed on one CPU driver and built anew on another: CAP_LIST, CAP_TABLE_AS, CAP_PLACE. */
#include <stdlib.h>
#include <string.h>
#include "tests/support/place_side.h"

/* ---- a whole table ---- */

#define EVER 2000u

static struct {
    handle_t all[EVER]; /* ever given out by the table here */
    unsigned n;
} ever;

static bool was_given(handle_t h)
{
    for (unsigned i = 0; i < ever.n; i++)
        if (ever.all[i] == h)
            return true;
    return false;
}

static void churn(struct side *s, handle_t src, unsigned rounds)
{
    for (unsigned i = 0; i < rounds && ever.n < EVER; i++) {
        handle_t h;

        if (s->t->nfree > SLOTS / 2 && random() % 2) {
            h = side_done(s, CAP_COPY, src, s->table, RIGHTS_ALL, 0);
            ck_assert(!was_given(h));
            ever.all[ever.n++] = h;
        } else {
            h = ever.all[(unsigned long)random() % ever.n];
            if (side_find(s, h) == ST_OK)
                side_delete(s, h);
        }
    }
}

static void build(struct side *s, struct entry *e, unsigned n, handle_t src)
{
    for (unsigned i = n; i > 1; i--) { /* in any order */
        unsigned j = (unsigned)random() % i;
        struct entry swap = e[i - 1];

        e[i - 1] = e[j];
        e[j] = swap;
    }
    for (unsigned i = 0; i < n; i++)
        ck_assert_int_eq(
            side_place(s, e[i].x[1], e[i].x[2] ? side_done(s, CAP_COPY, src, 0, RIGHTS_ALL, 0) : 0),
            ST_OK);
}

START_TEST(every_handle_means_there_what_it_meant_here)
{
    handle_t src = side_make(&here, CAP_FRAME, PAGE_BYTES),
             other = side_make(&there, CAP_FRAME, PAGE_BYTES);
    struct entry e[SLOTS];
    unsigned n;

    ever.n = 0;
    ck_assert_int_eq(CALL(&here, CAP_TABLE_AS, here.island, here.table, TAG), ST_OK);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, TAG), ST_OK);
    ever.all[ever.n++] = side_done(&here, CAP_COPY, src, here.table, RIGHTS_ALL, 0);
    churn(&here, src, 20u + 10u * (unsigned)_i);
    n = side_list(&here, e);
    build(&there, e, n, other);
    ck_assert_uint_eq(there.t->nfree, here.t->nfree);
    for (unsigned i = 0; i < ever.n; i++) {
        ck_assert_uint_eq(HANDLE_GENERATION(ever.all[i]) >> GENERATION_BITS, TAG);
        ck_assert_int_eq(side_find(&there, ever.all[i]), side_find(&here, ever.all[i]));
    }
    churn(&there, other, 400); /* and none is ever given again */
    while (there.t->nfree) {
        handle_t h = side_done(&there, CAP_COPY, other, there.table, RIGHTS_ALL, 0);

        ck_assert(!was_given(h));
        ck_assert_int_eq(side_find(&there, h), ST_OK);
    }
    ck_assert_int_eq(CALL(&there, CAP_COPY, other, there.table, RIGHTS_ALL), ST_TABLE_FULL);
}
END_TEST

/* ---- what CAP_LIST says ---- */

static void only(struct side *s, struct entry *e)
{
    struct entry all[SLOTS];

    ck_assert_uint_eq(side_list(s, all), 1);
    *e = all[0];
    side_delete(s, e->x[1]);
    side_table(s, SLOTS); /* one in which nothing was */
}

START_TEST(a_list_says_what_is_needed_to_make_it_again)
{
    handle_t frame = side_make(&here, CAP_FRAME, 2 * PAGE_BYTES),
             endpoint = side_make(&here, CAP_ENDPOINT, 0),
             space = side_make(&here, CAP_SPACE, 8 * PAGE_BYTES),
             table = side_make(&here, CAP_CAPTABLE, 77), event, child;
    struct cap *c = side_cap(here.w.table, frame);
    struct entry e, all[SLOTS];
    const uint64_t *x = e.x;

    (void)side_done(&here, CAP_COPY, frame, here.table, RIGHT_READ | RIGHT_GRANT, 0);
    only(&here, &e);
    ck_assert(x[2] == CAP_WHAT(CAP_FRAME, RIGHT_READ | RIGHT_GRANT, 1) && x[3] == c->object &&
              x[4] == 2 * PAGE_BYTES);
    ck_assert(x[5] == 0 && x[6] == 0 && x[7] == 0);
    (void)side_done(&here, CAP_MINT, endpoint, here.table, RIGHTS_ALL, 42);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_ENDPOINT && x[3] == 0 && x[4] == 0 && x[5] == 42);
    (void)side_done(&here, CAP_COPY, space, here.table, RIGHTS_ALL, 0);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_SPACE && x[4] == 8 * PAGE_BYTES);
    (void)side_done(&here, CAP_COPY, table, here.table, RIGHTS_ALL, 0);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_CAPTABLE && x[4] == 77);
    event = side_done(&here, CAP_MAKE_EVENT, here.w.self, 6, 0, 0);
    (void)side_done(&here, CAP_COPY, event, here.table, RIGHTS_ALL, 0);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_EVENT && x[3] == here.w.root->id && x[5] == 6);
    (void)side_done(&here, CAP_MINT, side_give(&here, CAP_DOORBELL, 3, 0), here.table, RIGHTS_ALL,
                    4);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_DOORBELL && x[3] == 3 && x[4] == 0 && x[5] == 4);

    child = side_done(&here, CAP_COPY, frame, here.table, RIGHTS_ALL, 0);
    (void)side_done(&here, CAP_PASS, here.island, here.table, child,
                    here.table); /* x4 = 0: no rights, a copy */
    ck_assert_uint_eq(side_list(&here, all), 2);
    ck_assert_uint_eq(all[1].x[7], all[0].x[1]);
    ck_assert_int_eq(cap_remove(here.w.k, side_cap(here.t, all[1].x[1])), ST_OK);
    ck_assert_uint_eq(side_list(&here, all), 2); /* free now: the generation it gives next */
    ck_assert(all[1].x[2] == 0 && HANDLE_GENERATION(all[1].x[1]) == 2);
}
END_TEST

START_TEST(what_names_a_dead_object_is_told_as_free)
{
    handle_t task = side_make(&here, CAP_TASK, 0),
             event = side_done(&here, CAP_MAKE_EVENT, task, 1, 0, 0),
             h = side_done(&here, CAP_COPY, event, here.table, RIGHTS_ALL, 0);
    struct entry all[SLOTS];

    while (CALL(&here, CAP_DELETE, task) == ST_AGAIN)
        ;
    ck_assert_int_eq(side_find(&here, h), ST_STALE_HANDLE);
    ck_assert_uint_eq(side_list(&here, all), 1);
    ck_assert_uint_eq(all[0].x[2], 0);
    ck_assert_uint_eq(HANDLE_GENERATION(all[0].x[1]), HANDLE_GENERATION(h) + 1);
}
END_TEST

START_TEST(a_far_slot_is_reached_in_slices)
{
    handle_t frame = side_make(&there, CAP_FRAME, PAGE_BYTES);
    unsigned again = 0;
    struct entry e;

    side_table(&there, 1000);
    while (CALL(&there, CAP_PLACE, there.island, there.table, HANDLE(999, 1), frame) == ST_AGAIN)
        again++;
    ck_assert_uint_eq(again, (1000 - CAPTABLE_FIRST) / PLACE_SLICE);
    ck_assert_int_eq(side_find(&there, HANDLE(999, 1)), ST_OK);
    ck_assert_uint_eq(there.t->nfree, 1000 - CAPTABLE_FIRST - 1);
    memcpy(e.x, (uint64_t[8]){there.island, there.table, 0}, sizeof e.x);
    ck_assert_int_eq(side_call(&there, CAP_LIST, e.x), ST_AGAIN);
    ck_assert_uint_eq(e.x[2], CAPTABLE_FIRST + LIST_SLICE);
}
END_TEST

START_TEST(handles_of_a_table_are_those_of_the_core_it_is_from)
{
    handle_t frame = side_make(&there, CAP_FRAME, PAGE_BYTES),
             h = side_done(&there, CAP_COPY, frame, there.table, RIGHTS_ALL, 0);

    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, TAG), ST_STATE);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, 0, TAG), ST_STATE);
    side_delete(&there, h);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, 64), ST_INVALID);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, TAG), ST_OK);
    ck_assert_int_eq(side_find(&there, h), ST_FOREIGN);
    ck_assert_int_eq(side_place(&there, HANDLE(20, 1), frame), ST_INVALID);
    h = side_done(&there, CAP_COPY, frame, there.table, RIGHTS_ALL, 0);
    ck_assert_uint_eq(HANDLE_GENERATION(h), TAG << GENERATION_BITS | 2);
    ck_assert_int_eq(side_find(&there, h), ST_OK);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver_place_table");
    TCase *c = tcase_create("place");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(c, side_setup, side_teardown);
    tcase_add_loop_test(c, every_handle_means_there_what_it_meant_here, 0, 60);
    tcase_add_test(c, a_list_says_what_is_needed_to_make_it_again);
    tcase_add_test(c, what_names_a_dead_object_is_told_as_free);
    tcase_add_test(c, a_far_slot_is_reached_in_slices);
    tcase_add_test(c, handles_of_a_table_are_those_of_the_core_it_is_from);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
