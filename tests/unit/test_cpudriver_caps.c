/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The CPU driver's capabilities through its system calls, the same C as on the core:
 * handles, rights, copies, retype, revoke; then random calls with the invariants of
 * cpudriver/cap.h checked on the way and everything given back at the end.
 */
#include "tests/support/fake_core.h"
#include "lib/base/bits.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARE (8u * 1024u * 1024u)

static struct world w;

static void setup(void)
{
    world_make(&w, SHARE);
}

static void teardown(void)
{
    world_check(&w);
    world_free(&w);
}

#define CALL(n, op, ...) world_call(&w, n, op, (uint64_t[8]){__VA_ARGS__})

static status_t retype(enum cap_type type, uint64_t bytes, handle_t table, handle_t *h)
{
    uint64_t x[8] = {w.ram, type, bytes, table};
    status_t st;

    do {
        uint64_t y[8];

        memcpy(y, x, sizeof y);
        st = world_call(&w, SYS_cap_grant, CAP_RETYPE, y);
        *h = y[1];
    } while (st == ST_AGAIN);
    return st;
}

static status_t copy(handle_t src, uint64_t rights, handle_t *h)
{
    uint64_t x[8] = {src, 0, rights};
    status_t st = world_call(&w, SYS_cap_grant, CAP_COPY, x);

    *h = x[1];
    return st;
}

static status_t revoke(handle_t h)
{
    status_t st;
    unsigned n = 0;

    do {
        st = CALL(SYS_cap_grant, CAP_REVOKE, h);
        ck_assert_uint_lt(++n, 1000000);
    } while (st == ST_AGAIN);
    return st;
}

static void identify(handle_t h, uint64_t x[8])
{
    memset(x, 0, 8 * sizeof x[0]);
    x[0] = h;
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_IDENTIFY, x), ST_OK);
}

static uint64_t ram_free(void)
{
    uint64_t x[8];

    identify(w.ram, x);
    return x[5];
}

START_TEST(a_deleted_handle_is_stale_and_a_forged_one_invalid)
{
    handle_t e, f;

    ck_assert_int_eq(retype(CAP_ENDPOINT, 0, 0, &e), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, e), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, e), ST_STALE_HANDLE);
    ck_assert_int_eq(retype(CAP_ENDPOINT, 0, 0, &f), ST_OK);
    ck_assert_uint_ne(e, f); /* the slot is the same, its generation is not */
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, e), ST_STALE_HANDLE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, HANDLE(HANDLE_INDEX(f), 0)),
                     ST_INVALID_HANDLE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, HANDLE(100000, 1)), ST_INVALID_HANDLE);
    for (uint64_t i = 0; i < CAPTABLE_FIRST; i++) /* the table's own header is no slot */
        ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, HANDLE(i, 1)), ST_INVALID_HANDLE);
}
END_TEST

START_TEST(generations_wrap_past_zero)
{
    handle_t e;
    struct cap *c;

    ck_assert_int_eq(retype(CAP_ENDPOINT, 0, 0, &e), ST_OK);
    c = (struct cap *)(void *)w.table + HANDLE_INDEX(e);
    c->generation = GENERATION_MASK;
    e = HANDLE(HANDLE_INDEX(e), GENERATION_MASK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, e), ST_OK);
    ck_assert_uint_eq(c->generation, 1);
}
END_TEST

START_TEST(rights_only_shrink_and_depth_ends_at_eight)
{
    handle_t h, c;
    uint64_t x[8];

    ck_assert_int_eq(retype(CAP_ENDPOINT, 0, 0, &h), ST_OK);
    ck_assert_int_eq(copy(h, RIGHT_READ | RIGHT_GRANT, &c), ST_OK);
    ck_assert_int_eq(copy(c, RIGHTS_ALL, &c), ST_OK);
    identify(c, x);
    ck_assert_uint_eq(x[1] >> 8 & 0xff, RIGHT_READ | RIGHT_GRANT);
    for (unsigned depth = 2; depth < DEPTH_MAX; depth++)
        ck_assert_int_eq(copy(c, RIGHTS_ALL, &c), ST_OK);
    ck_assert_int_eq(copy(c, RIGHTS_ALL, &c), ST_DEPTH);
}
END_TEST

START_TEST(grant_once_is_used_up_and_not_passed_on)
{
    handle_t h, once, c;
    uint64_t x[8];

    ck_assert_int_eq(retype(CAP_ENDPOINT, 0, 0, &h), ST_OK);
    ck_assert_int_eq(copy(h, RIGHT_WRITE, &c), ST_OK);
    ck_assert_int_eq(copy(c, RIGHT_WRITE, &once), ST_DENIED);
    ((struct cap *)(void *)w.table + HANDLE_INDEX(c))->rights |= RIGHT_GRANT_ONCE;
    ck_assert_int_eq(copy(c, RIGHTS_ALL | RIGHT_GRANT_ONCE, &once), ST_OK);
    identify(once, x);
    ck_assert_uint_eq(x[1] >> 8 & 0xff, RIGHT_WRITE);
    ck_assert_int_eq(copy(c, RIGHT_WRITE, &once), ST_DENIED);
}
END_TEST

START_TEST(ram_is_whole_again_when_all_is_gone)
{
    uint64_t whole = ram_free();
    handle_t h;

    ck_assert_int_eq(retype(CAP_FRAME, 3 * PAGE_BYTES, 0, &h), ST_OK);
    ck_assert_int_eq(retype(CAP_FRAME, PAGE_BYTES + 1, 0, &h), ST_ALIGN);
    ck_assert_int_eq(retype(CAP_FRAME, 0, 0, &h), ST_ALIGN);
    ck_assert_int_eq(retype(CAP_FRAME, SHARE, 0, &h), ST_NOMEM);
    ck_assert_int_eq(retype(CAP_FRAME, ~0ull << PAGE_SHIFT, 0, &h), ST_NOMEM);
    ck_assert_int_eq(retype(CAP_CAPTABLE, ~0ull, 0, &h), ST_INVALID);
    ck_assert_int_eq(retype(CAP_IRQ, 1, 0, &h), ST_TYPE);
    ck_assert_int_eq(retype(CAP_TYPES, 1, 0, &h), ST_INVALID);
    ck_assert_uint_eq(ram_free(), whole - 3 * PAGE_BYTES);
    ck_assert_int_eq(revoke(w.ram), ST_OK);
    ck_assert_uint_eq(ram_free(), whole);
}
END_TEST

START_TEST(new_memory_is_clear_also_where_something_was)
{
    handle_t h;
    uint64_t x[8];

    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(retype(CAP_FRAME, 64 * PAGE_BYTES, 0, &h), ST_OK);
        identify(h, x);
        for (uint64_t i = 0; i < 64 * PAGE_BYTES; i++)
            ck_assert_uint_eq(((uint8_t *)kva(x[2]))[i], 0);
        memset(kva(x[2]), 0xa5, 64 * PAGE_BYTES);
        ck_assert_int_eq(revoke(w.ram), ST_OK);
    }
}
END_TEST

START_TEST(objects_from_one_ram_never_overlap)
{
    uint64_t end = 0, x[8];
    handle_t h;

    for (unsigned i = 0; i < 60; i++) {
        ck_assert_int_eq(retype(i % 2 ? CAP_FRAME : CAP_ENDPOINT, i % 2 ? PAGE_BYTES : 0, 0, &h),
                         ST_OK);
        identify(h, x);
        if (i % 2 == 0)
            continue;
        ck_assert_uint_ge(x[2], end);
        end = x[2] + x[3];
    }
}
END_TEST

/* Copies of copies, some of them deleted in between: revoke finds every one. */
START_TEST(revoke_takes_back_what_deleted_copies_left)
{
    handle_t h, a, b, c[40];

    ck_assert_int_eq(retype(CAP_ENDPOINT, 0, 0, &h), ST_OK);
    ck_assert_int_eq(copy(h, RIGHTS_ALL, &a), ST_OK);
    ck_assert_int_eq(copy(a, RIGHTS_ALL, &b), ST_OK);
    for (unsigned i = 0; i < 40; i++)
        ck_assert_int_eq(copy(b, RIGHTS_ALL, &c[i]), ST_OK);
    while (CALL(SYS_cap_grant, CAP_DELETE, b) == ST_AGAIN)
        ; /* forty children go to `a`, sixteen at a time */
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, b), ST_STALE_HANDLE);
    world_check(&w);
    ck_assert_int_eq(revoke(h), ST_OK);
    for (unsigned i = 0; i < 40; i++)
        ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, c[i]), ST_STALE_HANDLE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, h), ST_OK);
}
END_TEST

START_TEST(tables_that_hold_each_other_go_all_the_same)
{
    uint64_t whole = ram_free(), x[8];
    handle_t a, b;

    ck_assert_int_eq(retype(CAP_CAPTABLE, 16, 0, &a), ST_OK);
    ck_assert_int_eq(retype(CAP_CAPTABLE, 16, 0, &b), ST_OK);
    memcpy(x, ((uint64_t[8]){a, b, RIGHTS_ALL}), sizeof x);
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_COPY, x), ST_OK);
    memcpy(x, ((uint64_t[8]){b, a, RIGHTS_ALL}), sizeof x);
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_COPY, x), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, a), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, b), ST_OK);
    ck_assert_int_eq(revoke(w.ram), ST_OK);
    ck_assert_uint_eq(ram_free(), whole);
}
END_TEST

START_TEST(mapping_checks_everything_and_unmaps_with_its_frame)
{
    handle_t f;

    ck_assert_int_eq(retype(CAP_FRAME, 4 * PAGE_BYTES, 0, &f), ST_OK);
#define MAP(va, perm, first, n) CALL(SYS_region_map, MAP_MAP, f, w.space, va, perm, first, n)
    ck_assert_int_eq(MAP(KERNEL_BASE, PERM_READ, 0, 1), ST_INVALID);
    ck_assert_int_eq(MAP(0, PERM_READ, 0, 1), ST_INVALID);
    ck_assert_int_eq(MAP(USER_LIMIT - PAGE_BYTES, PERM_READ, 0, 1), ST_INVALID);
    ck_assert_int_eq(MAP(0x400001, PERM_READ, 0, 1), ST_ALIGN);
    ck_assert_int_eq(MAP(0x400000, PERM_WRITE, 0, 1), ST_INVALID);
    ck_assert_int_eq(MAP(0x400000, PERM_READ | PERM_WRITE | PERM_EXECUTE, 0, 1), ST_DENIED);
    ck_assert_int_eq(MAP(0x400000, PERM_READ, 0, 5), ST_INVALID);
    ck_assert_int_eq(MAP(0x400000, PERM_READ, 4, 1), ST_INVALID);
    ck_assert_int_eq(MAP(0x400000, PERM_READ, ~0ull, 2), ST_INVALID);
    ck_assert_int_eq(MAP(0x400000, PERM_READ, 0, 4), ST_OK);
    ck_assert_int_eq(MAP(0x400000, PERM_READ, 0, 4), ST_MAPPED);
    ck_assert_int_eq(MAP(0x800000, PERM_READ, 0, 4), ST_MAPPED);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_QUERY, w.space, 0x401000), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, f), ST_OK);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_QUERY, w.space, 0x401000), ST_NOT_MAPPED);
}
END_TEST

START_TEST(unknown_and_unbuilt_calls_say_so)
{
    for (unsigned n = SYS_rvf_mount; n < SYS_COUNT; n++)
        ck_assert_int_eq(CALL(n, 0, 0), n == SYS_attest_emit ? ST_INVALID_HANDLE : ST_UNSUPPORTED);
    ck_assert_int_eq(CALL(SYS_COUNT, 0, 0), ST_INVALID);
    ck_assert_int_eq(CALL(255, 0, 0), ST_INVALID);
    for (unsigned n = 0; n < SYS_rvf_mount; n++)
        ck_assert_int_eq(CALL(n, 200, 0), ST_INVALID);
    ck_assert_int_eq(CALL(SYS_task_spawn, MACHINE_END, w.ram, 0), ST_TYPE);
}
END_TEST

/* --- random calls ------------------------------------------------------------------------ */

static uint64_t seed;

static uint64_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

#define HELD 64
static handle_t held[HELD];

static uint64_t any_value(void)
{
    switch (rnd() % 8) {
    case 0:
        return rnd();
    case 1:
        return rnd() % 16;
    case 2:
        return (rnd() % 64) << PAGE_SHIFT;
    case 3:
        return KERNEL_BASE + (rnd() % SHARE);
    case 4:
        return HANDLE(rnd() % 300, rnd() % 4);
    default:
        return held[rnd() % HELD];
    }
}

/* Never the root's own task, table or RAM as the thing taken away, nor a wait nobody ends. */
static bool forbidden(unsigned n, unsigned op, const uint64_t x[8])
{
    if (n == SYS_timer_wait || n == SYS_queue_recv)
        return true;
    if (n == SYS_queue_send && op == SEND_CALL)
        return true;
    if (n == SYS_task_spawn &&
        (op == TASK_EXIT || op == TASK_START || op == TASK_RESUME || x[0] == w.self))
        return true;
    return n == SYS_cap_grant && (op == CAP_DELETE || op == CAP_MOVE) &&
           (x[0] == w.ram || x[0] == w.self || x[0] == w.own_table || x[0] == w.space);
}

START_TEST(random_calls_break_nothing_and_all_comes_back)
{
    const char *steps = getenv("CAPS_STEPS");
    unsigned n = steps ? (unsigned)atoi(steps) : 20000;
    uint64_t whole = ram_free(), x[8], slots, spaces = w.k->nspaces, tasks = w.k->ntasks;

    seed = 0x9e3779b97f4a7c15ull * (unsigned)(_i + 1);
    memset(x, 0, sizeof x);
    ck_assert_int_eq(world_call(&w, SYS_task_spawn, CORE_QUERY, x), ST_OK);
    slots = x[4];
    held[0] = w.ram;
    held[1] = w.space;
    held[2] = w.own_table;
    held[3] = w.self;
    for (unsigned i = 0; i < n; i++) {
        unsigned number = (unsigned)(rnd() % 8), op = (unsigned)(rnd() % 12);
        status_t st;

        if (rnd() % 3)
            number = SYS_cap_grant;
        for (unsigned j = 0; j < 8; j++)
            x[j] = any_value();
        if (number == SYS_cap_grant && op == CAP_RETYPE && rnd() % 2)
            memcpy(x, ((uint64_t[8]){w.ram, rnd() % CAP_TYPES, rnd() % 2 ? 8 : 2 * PAGE_BYTES, 0}),
                   sizeof x);
        if (forbidden(number, op, x))
            continue;
        st = world_call(&w, number, op, x);
        ck_assert_int_lt(st, ST_COUNT);
        ck_assert_ptr_eq(w.k->current, w.root);
        if (st == ST_OK && number == SYS_cap_grant && op != CAP_IDENTIFY && op != CAP_DELETE &&
            op != CAP_REVOKE)
            held[4 + rnd() % (HELD - 4)] = x[1];
        if (i % 64 == 0)
            world_check(&w);
        if (w.table->nfree < 8)
            ck_assert_int_eq(revoke(w.ram), ST_OK);
    }
    /* What was made from RAM goes with it; copies of the first capabilities one by one. */
    ck_assert_int_eq(revoke(w.ram), ST_OK);
    ck_assert_int_eq(revoke(w.space), ST_OK);
    ck_assert_int_eq(revoke(w.self), ST_OK);
    ck_assert_int_eq(revoke(w.own_table), ST_OK);
    memset(x, 0, sizeof x);
    ck_assert_int_eq(world_call(&w, SYS_task_spawn, CORE_QUERY, x), ST_OK);
    ck_assert_uint_eq(x[4], slots);
    ck_assert_uint_eq(ram_free(), whole);
    ck_assert_uint_eq(w.k->nspaces, spaces);
    ck_assert_uint_eq(w.k->ntasks, tasks);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver");
    TCase *t = tcase_create("caps");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_deleted_handle_is_stale_and_a_forged_one_invalid);
    tcase_add_test(t, generations_wrap_past_zero);
    tcase_add_test(t, rights_only_shrink_and_depth_ends_at_eight);
    tcase_add_test(t, grant_once_is_used_up_and_not_passed_on);
    tcase_add_test(t, ram_is_whole_again_when_all_is_gone);
    tcase_add_test(t, new_memory_is_clear_also_where_something_was);
    tcase_add_test(t, objects_from_one_ram_never_overlap);
    tcase_add_test(t, revoke_takes_back_what_deleted_copies_left);
    tcase_add_test(t, tables_that_hold_each_other_go_all_the_same);
    tcase_add_test(t, mapping_checks_everything_and_unmaps_with_its_frame);
    tcase_add_test(t, unknown_and_unbuilt_calls_say_so);
    tcase_add_loop_test(t, random_calls_break_nothing_and_all_comes_back, 0, 8);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
