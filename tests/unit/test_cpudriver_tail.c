/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Small tasks: FP registers and used nonces that lie in the space, for one of its tasks (cpudriver/tail.h). */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/space.h"
#include "cpudriver/tail.h"
#include "cpudriver/task_state.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)

static struct world w;

struct small {
    handle_t h;
    struct task *t;
};

static handle_t make(enum cap_type type, uint64_t bytes)
{
    uint64_t x[8];

    do {
        memcpy(x, (uint64_t[8]){ w.ram, type, bytes }, sizeof x);
        (void)world_call(&w, SYS_cap_grant, CAP_RETYPE, x);
    } while (x[0] == ST_AGAIN);
    ck_assert_uint_eq(x[0], ST_OK);
    return x[1];
}

static status_t task_call(enum task_op op, uint64_t a, uint64_t b, uint64_t c)
{
    return world_call(&w, SYS_task_spawn, op, (uint64_t[8]){ a, b, c });
}

static struct space *space_at(handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(w.table, h, CAP_SPACE, 0, &c), ST_OK);
    return (struct space *)(void *)object_of(c);
}

static struct small small_in(handle_t space)
{
    struct small s = { make(CAP_TASK, TASK_SMALL), NULL };
    struct cap *c;

    ck_assert_int_eq(cap_find(w.table, s.h, CAP_TASK, 0, &c), ST_OK);
    s.t = CONTAINER_OF(object_of(c), struct task, object);
    ck_assert_int_eq(task_call(TASK_CONFIG, s.h, w.own_table, space), ST_OK);
    ck_assert_int_eq(task_call(TASK_START, s.h, 0x1000, 0), ST_OK);
    ck_assert_int_eq(task_call(TASK_STOP, s.h, 0, 0), ST_OK);
    return s;
}

static handle_t a_space(void)
{
    return make(CAP_SPACE, 4 * PAGE_BYTES);
}

static uint64_t peek(struct small s, unsigned word)
{
    uint64_t x[8] = { s.h, word };

    ck_assert_int_eq(world_call(&w, SYS_task_spawn, TASK_PEEK, x), ST_OK);
    return x[1];
}

static status_t poke(struct small s, unsigned first, uint64_t a, uint64_t b)
{
    return world_call(&w, SYS_task_spawn, TASK_POKE, (uint64_t[8]){ s.h, first, a, b });
}

static void setup(void)
{
    world_make(&w, SHARE);
}

static void teardown(void)
{
    world_check(&w);
    world_free(&w);
}

START_TEST(a_small_task_takes_half_of_what_a_large_one_takes)
{
    uint64_t x[8] = { w.ram }, before, small, large;

    (void)make(CAP_ENDPOINT, 0); /* the first object is where the RAM begins */
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_IDENTIFY, x), ST_OK);
    before = x[5];
    (void)make(CAP_TASK, TASK_SMALL);
    x[0] = w.ram;
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_IDENTIFY, x), ST_OK);
    small = before - x[5];
    before = x[5];
    (void)make(CAP_TASK, 0);
    x[0] = w.ram;
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_IDENTIFY, x), ST_OK);
    large = before - x[5];
    ck_assert(2 * small <= large && small >= sizeof(struct task) && large >= sizeof(struct large_task));
    ck_assert(small + 16 * sizeof(struct cap) < 2048);
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_RETYPE, (uint64_t[8]){ w.ram, CAP_TASK, TASK_SMALL + 1 }),
                     ST_INVALID);
}
END_TEST

START_TEST(a_tail_is_for_one_task_of_a_space_and_for_the_next_when_that_is_gone)
{
    handle_t space = a_space();
    struct small a = small_in(space), b = small_in(space);

    ck_assert(a.t->tail == NULL && b.t->tail == NULL); /* nobody needed one */
    ck_assert(tail_attach(a.t) && a.t->tail == &space_at(space)->tail && tail_attach(a.t));
    ck_assert(!tail_attach(b.t) && b.t->tail == NULL);
    memset(a.t->tail, 0x5a, sizeof *a.t->tail);
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_DELETE, (uint64_t[8]){ a.h }), ST_OK);
    ck_assert(tail_attach(b.t));
    for (unsigned i = 0; i < sizeof *b.t->tail; i++) /* nothing of the other's is in it */
        ck_assert_uint_eq(((uint8_t *)b.t->tail)[i], 0);
}
END_TEST

START_TEST(a_large_task_leaves_the_tail_of_its_space_to_a_small_one)
{
    struct small a = small_in(w.space);

    ck_assert(tail_attach(w.root) && w.root->tail != &w.root->space->tail);
    ck_assert(tail_attach(a.t) && a.t->tail == &w.root->space->tail);
    tail_detach(w.k, w.root);
    ck_assert_ptr_nonnull(w.root->tail);
    ck_assert_ptr_nonnull(a.t->tail);
}
END_TEST

START_TEST(words_without_a_tail_are_zero_and_may_be_written_so)
{
    struct small a = small_in(a_space());

    for (unsigned i = 0; i < TW_COUNT; i++)
        if (i == TW_FPCR || i == TW_FPSR || (i >= TW_Q && i < TW_EVENTS) || i >= TW_NONCE_TOP)
            ck_assert_uint_eq(peek(a, i), 0);
    ck_assert_int_eq(poke(a, TW_Q, 0, 0), ST_OK);
    ck_assert_int_eq(poke(a, TW_NONCE_TOP, 0, 0), ST_OK);
    ck_assert_ptr_null(a.t->tail);
    ck_assert_int_eq(poke(a, TW_Q + 58, 0, 7), ST_OK);
    ck_assert_ptr_nonnull(a.t->tail);
    ck_assert_uint_eq(peek(a, TW_Q + 59), 7);
    ck_assert_int_eq(poke(a, TW_NONCE_TOP, 5, 1 << 5), ST_OK);
    ck_assert(peek(a, TW_NONCE_TOP) == 5 && !nonce_fresh(&a.t->tail->nonces, 5) && nonce_fresh(&a.t->tail->nonces, 4));
}
END_TEST

START_TEST(words_for_which_there_is_no_place_are_refused_and_nothing_is_written)
{
    static const unsigned word[] = { TW_FPCR, TW_FPSR, TW_Q, TW_Q + 58, TW_NONCE_TOP, TW_NONCE_USED, TW_NONCE_USED + 63 };
    handle_t space = a_space();
    struct small a = small_in(space), b = small_in(space);

    ck_assert(tail_attach(a.t));
    for (unsigned i = 0; i < ARRAY_LEN(word); i++)
        ck_assert_int_eq(poke(b, word[i], 1, 0), ST_NOMEM);
    ck_assert_int_eq(poke(b, TW_TLS, 77, 1), ST_NOMEM); /* TLS has a place, FPCR behind it has none */
    ck_assert(b.t->tls == 0 && b.t->tail == NULL && peek(b, TW_NONCE_TOP) == 0);
}
END_TEST

START_TEST(with_its_space_a_task_loses_its_fp_registers_and_no_used_nonce)
{
    handle_t space = a_space(), other = a_space();
    struct small a = small_in(space);

    ck_assert(tail_attach(a.t));
    a.t->tail->fp.q[3] = 3;
    nonce_use(&a.t->tail->nonces, 100);
    w.k->fp_owner = a.t;
    if (_i == 0)
        ck_assert_int_eq(task_call(TASK_CONFIG, a.h, 0, other), ST_OK);
    else
        ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_DELETE, (uint64_t[8]){ space }), ST_OK);
    ck_assert_ptr_null(a.t->tail);
    ck_assert_ptr_null(w.k->fp_owner); /* else its registers are saved to nowhere */
    ck_assert_uint_eq(peek(a, TW_NONCE_TOP), 100);
    ck_assert_uint_eq(peek(a, TW_NONCE_USED + 63), ~0ull);
    ck_assert_int_eq(poke(a, TW_NONCE_TOP, 99, 0), ST_INVALID);
    ck_assert_int_eq(task_call(TASK_CONFIG, a.h, 0, other), ST_OK);
    ck_assert(tail_attach(a.t) && a.t->tail == &space_at(other)->tail && a.t->tail->fp.q[3] == 0);
    for (uint64_t n = 0; n <= 100; n++)
        ck_assert_uint_eq(nonce_fresh(&a.t->tail->nonces, n), 0);
    ck_assert(nonce_fresh(&a.t->tail->nonces, 101));
}
END_TEST

START_TEST(the_same_space_once_more_changes_nothing)
{
    handle_t space = a_space();
    struct small a = small_in(space);

    ck_assert(tail_attach(a.t));
    a.t->tail->fp.q[3] = 3;
    ck_assert_int_eq(task_call(TASK_CONFIG, a.h, 0, space), ST_OK);
    ck_assert(a.t->tail != NULL && peek(a, TW_Q + 3) == 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tail");
    TCase *c = tcase_create("small tasks");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_small_task_takes_half_of_what_a_large_one_takes);
    tcase_add_test(c, a_tail_is_for_one_task_of_a_space_and_for_the_next_when_that_is_gone);
    tcase_add_test(c, a_large_task_leaves_the_tail_of_its_space_to_a_small_one);
    tcase_add_test(c, words_without_a_tail_are_zero_and_may_be_written_so);
    tcase_add_test(c, words_for_which_there_is_no_place_are_refused_and_nothing_is_written);
    tcase_add_loop_test(c, with_its_space_a_task_loses_its_fp_registers_and_no_used_nonce, 0, 2);
    tcase_add_test(c, the_same_space_once_more_changes_nothing);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
