/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/explore: can it be trusted to find what is there, and all of it? */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "tests/support/explore.h"
#include "tests/support/machine.h"

/* A grid of 100 x 100 squares, one step right or up: 10,000 states, and every way is shortest. */
struct grid {
    uint32_t x, y;
};
static struct grid bad; /* a square that breaks the property; outside: none */
static bool wall;       /* no step leads on from column 5 */

static void grid_init(void *state)
{
    (void)state;
}

static size_t grid_actions(const void *state, uint32_t *list, size_t max)
{
    const struct grid *g = state;
    size_t n = 0;

    (void)max;
    if (wall && g->x == 5)
        return 0;
    if (g->x < 99)
        list[n++] = 0;
    if (g->y < 99)
        list[n++] = 1;
    return n;
}

static void grid_step(void *state, uint32_t action)
{
    struct grid *g = state;

    g->x += action == 0;
    g->y += action == 1;
}

static const char *grid_broken(const void *state)
{
    return memcmp(state, &bad, sizeof bad) == 0 ? "stepped on the bad square" : NULL;
}

static bool grid_end(const void *state)
{
    const struct grid *g = state;

    return g->x == 99 && g->y == 99;
}

static void grid_print(FILE *to, const void *state, uint32_t action)
{
    const struct grid *g = state;

    fprintf(to, "(%u,%u) %s", g->x, g->y, action == 0 ? "right" : "up");
}

static const struct explore_model grid = {"grid",    sizeof(struct grid), grid_init, grid_actions,
                                          grid_step, grid_broken,         grid_end,  grid_print,
                                          NULL};

START_TEST(it_visits_every_state_once)
{
    struct explore_result r;

    bad = (struct grid){1000, 1000};
    r = explore(&grid, 100000, NULL);
    ck_assert_int_eq(r.end, EXPLORE_ALL);
    ck_assert_uint_eq(r.states, 10000);
    ck_assert_uint_eq(r.steps, 2 * 100 * 99);
    ck_assert_ptr_null(r.broken);
}
END_TEST

START_TEST(it_finds_the_one_bad_state_by_a_shortest_way)
{
    static const struct grid square[] = {{0, 0}, {1, 0}, {17, 23}, {99, 99}};
    struct explore_result r;

    bad = square[_i];
    r = explore(&grid, 100000, NULL);
    ck_assert_int_eq(r.end, EXPLORE_BROKEN);
    ck_assert_uint_eq(r.depth, bad.x + bad.y);
    ck_assert_str_eq(r.broken, "stepped on the bad square");
}
END_TEST

START_TEST(it_prints_the_way_step_by_step)
{
    char text[4096] = "";
    FILE *f = fmemopen(text, sizeof text, "w");

    bad = (struct grid){2, 1};
    explore(&grid, 100000, f);
    fclose(f);
    ck_assert_ptr_nonnull(strstr(text, "broken after 3 steps: stepped on the bad square"));
    ck_assert_ptr_nonnull(strstr(text, "#     1  (0,0) "));
    ck_assert_ptr_nonnull(strstr(text, "#     3  ("));
    ck_assert_ptr_null(strstr(text, "#     4  ("));
}
END_TEST

START_TEST(a_state_from_which_nothing_happens_is_a_deadlock)
{
    struct explore_result r;

    bad = (struct grid){1000, 1000};
    wall = true;
    r = explore(&grid, 100000, NULL);
    ck_assert_int_eq(r.end, EXPLORE_BROKEN);
    ck_assert_uint_eq(r.depth, 5);
    ck_assert_ptr_nonnull(strstr(r.broken, "deadlock"));
}
END_TEST

START_TEST(a_limit_reached_is_not_called_success)
{
    struct explore_result r;

    bad = (struct grid){1000, 1000};
    r = explore(&grid, 500, NULL);
    ck_assert_int_eq(r.end, EXPLORE_LIMIT);
}
END_TEST

/*
 * The weakly ordered machine shows the classic outcomes that a weak order allows, and does not
 * show those that the stronger one forbids. _i: which shape, in which strength.
 */
static uint32_t x, y, missed[2];
static int shape;

/* Message passing: the second thread sees the flag y but not the word x. */
static void passing(unsigned thread, memory_order release, memory_order acquire)
{
    if (thread == 0) {
        machine_store(&x, 1, memory_order_relaxed);
        machine_store(&y, 1, release);
    } else if (thread == 1 && machine_load(&y, acquire) == 1) {
        if (machine_load(&x, memory_order_relaxed) == 0)
            machine_broken("seen");
    }
}

/* Store buffering: each of two threads misses the store of the other; a third one judges. */
static void buffering(unsigned thread, bool fence)
{
    if (thread < 2) {
        machine_store(thread == 0 ? &x : &y, 1, memory_order_release);
        if (fence)
            machine_fence();
        machine_store(&missed[thread],
                      1 + (machine_load(thread == 0 ? &y : &x, memory_order_acquire) == 0),
                      memory_order_relaxed);
    } else if (machine_load(&missed[0], memory_order_relaxed) == 2 &&
               machine_load(&missed[1], memory_order_relaxed) == 2) {
        machine_broken("seen");
    }
}

/* Load buffering: a load that a later store of its own thread overtakes. */
static void delaying(unsigned thread, memory_order release, memory_order acquire)
{
    if (thread == 0) {
        machine_late_load(&x, 0, "seen");
        machine_store(&y, 1, release);
    } else if (thread == 1 && machine_load(&y, acquire) == 1) {
        machine_store(&x, 1, memory_order_relaxed);
    }
}

static void shape_body(unsigned thread)
{
    memory_order release = shape % 2 ? memory_order_release : memory_order_relaxed;
    memory_order acquire = shape % 2 ? memory_order_acquire : memory_order_relaxed;

    if (shape < 2)
        passing(thread, release, acquire);
    else if (shape < 4)
        buffering(thread, shape % 2);
    else
        delaying(thread, release, acquire);
}

START_TEST(the_machine_allows_what_weak_order_allows_and_no_more)
{
    struct machine_program p = {
        "shape",
        3,
        shape_body,
        {"one", "two", "judge"},
        {{&x, "x"}, {&y, "y"}, {&missed[0], "missed0"}, {&missed[1], "missed1"}}};
    struct explore_result r;

    shape = _i;
    r = machine_explore(&p, 100000, NULL);
    ck_assert_int_eq(r.end, shape % 2 ? EXPLORE_ALL : EXPLORE_BROKEN);
    if (shape % 2 == 0)
        ck_assert_str_eq(r.broken, "seen");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("explore");
    TCase *t = tcase_create("explore");
    SRunner *r;
    int failed;

    tcase_add_test(t, it_visits_every_state_once);
    tcase_add_loop_test(t, it_finds_the_one_bad_state_by_a_shortest_way, 0, 4);
    tcase_add_test(t, it_prints_the_way_step_by_step);
    tcase_add_test(t, a_state_from_which_nothing_happens_is_a_deadlock);
    tcase_add_test(t, a_limit_reached_is_not_called_success);
    tcase_add_loop_test(t, the_machine_allows_what_weak_order_allows_and_no_more, 0, 6);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
