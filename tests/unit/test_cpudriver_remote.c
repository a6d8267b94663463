/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Copies of RAM, and what the monitor needs for other cores: cpudriver/remote.h, cap.h D5 to D7. */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/remote.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)
#define OWN 0x40000000ull           /* where bootinfo says that the share lies */
#define ELSEWHERE 0x100000000ull    /* memory of another core */

static struct world w;
static handle_t island;

static status_t call(enum cap_op op, uint64_t x[8])
{
    return world_call(&w, SYS_cap_grant, op, x);
}
#define CALL(op, ...) call(op, (uint64_t[8]){ __VA_ARGS__ })

static struct cap *cap_of(handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(w.table, h, CAP_NULL, 0, &c), ST_OK);
    return c;
}

static void setup(void)
{
    world_make(&w, SHARE);
    w.info->free = (struct range){ OWN + (1u << 20), SHARE - (1u << 20) };
    w.info->share[0] = (struct range){ OWN, SHARE };
    w.k->root = w.root;
    island = world_give(&w, CAP_ISLAND, 0, 0, RIGHTS_ALL);
}

static void teardown(void)
{
    world_check(&w);
    ck_assert_uint_eq(w.k->nrevoking, 0);
    world_free(&w);
}

/* ---- shorthand: each answers the handle, or 0 and the status in `st` ---- */

static status_t st;

static handle_t make(handle_t from, enum cap_type type, uint64_t bytes)
{
    uint64_t x[8];

    do {
        memcpy(x, (uint64_t[8]){ from, type, bytes }, sizeof x);
        st = call(CAP_RETYPE, x);
    } while (st == ST_AGAIN);
    return st == ST_OK ? x[1] : 0;
}

static handle_t copy(handle_t from, uint8_t rights)
{
    uint64_t x[8] = { from, 0, rights };

    st = call(CAP_COPY, x);
    return st == ST_OK ? x[1] : 0;
}

static status_t delete(handle_t h)
{
    while ((st = CALL(CAP_DELETE, h)) == ST_AGAIN)
        ;
    return st;
}

static status_t revoke(handle_t h)
{
    while ((st = CALL(CAP_REVOKE, h)) == ST_AGAIN)
        ;
    return st;
}

static handle_t export(handle_t h, unsigned rights, unsigned how)
{
    uint64_t x[8] = { island, 0, h, rights | how << 8 };

    st = call(CAP_EXPORT, x);
    return st == ST_OK ? x[1] : 0;
}

static handle_t import(enum cap_type type, uint64_t base, uint64_t bytes, handle_t *given)
{
    uint64_t x[8] = { island, w.own_table, CAP_WHAT(type, RIGHTS_ALL, 1), base, bytes };

    st = call(CAP_IMPORT, x);
    *given = x[2];
    return st == ST_OK ? x[1] : 0;
}

static status_t settle(handle_t proxy, bool commit)
{
    return CALL(CAP_SETTLE, island, proxy, commit);
}

static status_t recall(handle_t h, bool forced, handle_t *met)
{
    uint64_t x[8] = { island, 0, h, forced };

    do {
        memcpy(x, (uint64_t[8]){ island, 0, h, forced }, sizeof x);
        st = call(CAP_RECALL, x);
    } while (st == ST_AGAIN);
    *met = x[1];
    return st;
}

static handle_t idle(void)
{
    uint64_t x[8] = { island };

    return call(CAP_IDLE, x) == ST_OK ? x[1] : 0;
}

static uint64_t free_of(handle_t ram)
{
    uint64_t x[8] = { ram };

    ck_assert_int_eq(call(CAP_IDENTIFY, x), ST_OK);
    return x[5];
}

/* ---- copies of RAM ---- */

START_TEST(two_copies_of_ram_never_make_two_objects_of_its_bytes)
{
    handle_t ram = make(w.ram, CAP_RAM, 4 * PAGE_BYTES), one = copy(ram, RIGHTS_ALL);
    handle_t two = copy(one, RIGHTS_ALL), f;

    ck_assert_uint_ne(f = make(two, CAP_FRAME, 3 * PAGE_BYTES), 0);
    ck_assert_uint_eq(free_of(ram), PAGE_BYTES);
    ck_assert_uint_eq(free_of(one), PAGE_BYTES);
    ck_assert_uint_eq(make(one, CAP_FRAME, 2 * PAGE_BYTES), 0);
    ck_assert_int_eq(st, ST_NOMEM);
    ck_assert_uint_ne(make(one, CAP_FRAME, PAGE_BYTES), 0);
    ck_assert_uint_eq(make(ram, CAP_FRAME, PAGE_BYTES), 0);
    ck_assert_int_eq(delete(f), ST_OK);
    ck_assert_uint_eq(free_of(two), 0); /* the other one is still there */
    ck_assert_int_eq(revoke(one), ST_OK);
    ck_assert_uint_eq(free_of(ram), 4 * PAGE_BYTES);
}
END_TEST

START_TEST(what_was_made_through_a_copy_goes_with_its_revoke_and_not_with_its_end)
{
    handle_t ram = make(w.ram, CAP_RAM, 4 * PAGE_BYTES), c = copy(ram, RIGHTS_ALL);
    handle_t f = make(c, CAP_FRAME, PAGE_BYTES);

    ck_assert_int_eq(delete(c), ST_OK);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, f), ST_OK);
    ck_assert_uint_eq(free_of(ram), 3 * PAGE_BYTES);
    c = copy(ram, RIGHTS_ALL);
    f = make(c, CAP_FRAME, PAGE_BYTES);
    ck_assert_int_eq(revoke(c), ST_OK);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, f), ST_STALE_HANDLE);
    ck_assert_int_eq(revoke(ram), ST_OK);
    ck_assert_uint_eq(free_of(ram), 4 * PAGE_BYTES);
}
END_TEST

START_TEST(a_copy_whose_original_is_gone_makes_nothing)
{
    uint64_t whole = free_of(w.ram);
    handle_t ram = make(w.ram, CAP_RAM, 4 * PAGE_BYTES), c = copy(ram, RIGHTS_ALL);
    handle_t f = make(c, CAP_FRAME, PAGE_BYTES);

    ck_assert_int_eq(delete(ram), ST_OK);
    ck_assert_uint_eq(make(c, CAP_FRAME, PAGE_BYTES), 0);
    ck_assert_int_eq(st, ST_STATE);
    ck_assert_uint_lt(free_of(w.ram), whole); /* the frame still has its bytes */
    ck_assert_int_eq(delete(f), ST_OK);
    ck_assert_uint_eq(free_of(w.ram), whole);
    ck_assert_int_eq(delete(c), ST_OK);
}
END_TEST

START_TEST(ram_is_split_no_deeper_than_can_be_walked)
{
    handle_t ram = w.ram;
    unsigned n = 0;

    while ((ram = make(ram, CAP_RAM, PAGE_BYTES)) != 0)
        n++;
    ck_assert_int_eq(st, ST_DEPTH);
    ck_assert_uint_eq(n, LEVEL_MAX);
    ck_assert_int_eq(revoke(w.ram), ST_OK);
}
END_TEST

/* ---- revoke ends ---- */

START_TEST(nothing_is_made_below_what_is_being_revoked)
{
    handle_t ram = make(w.ram, CAP_RAM, 64 * PAGE_BYTES), f, last = 0, x;

    f = make(ram, CAP_FRAME, PAGE_BYTES);
    for (unsigned i = 0; i < 50; i++)
        last = copy(f, RIGHTS_ALL);
    ck_assert_int_eq(CALL(CAP_REVOKE, ram), ST_AGAIN);
    for (unsigned i = 0;; i++) { /* between any two slices somebody tries */
        x = copy(last, RIGHTS_ALL);
        ck_assert_uint_eq(x, 0);
        ck_assert(st == ST_REVOKED || st == ST_STALE_HANDLE);
        ck_assert_uint_eq(make(ram, CAP_FRAME, PAGE_BYTES), 0);
        ck_assert_int_eq(st, ST_REVOKED);
        ck_assert_uint_lt(i, 1000);
        if (CALL(CAP_REVOKE, ram) == ST_OK)
            break;
    }
    ck_assert_uint_ne(make(ram, CAP_FRAME, PAGE_BYTES), 0);
}
END_TEST

START_TEST(one_that_is_removed_while_being_revoked_is_no_longer)
{
    handle_t ram = make(w.ram, CAP_RAM, 64 * PAGE_BYTES), f = make(ram, CAP_FRAME, PAGE_BYTES), c;

    c = copy(f, RIGHTS_ALL);
    copy(c, RIGHTS_ALL);
    copy(c, RIGHTS_ALL);
    ck_assert_int_eq(CALL(CAP_REVOKE, c), ST_AGAIN);
    ck_assert_uint_eq(w.k->nrevoking, 1);
    ck_assert_int_eq(revoke(ram), ST_OK);
    ck_assert_uint_eq(w.k->nrevoking, 0);
}
END_TEST

/* ---- export, settle, derive ---- */

START_TEST(a_copy_for_another_core_keeps_the_memory_taken)
{
    handle_t ram = make(w.ram, CAP_RAM, 4 * PAGE_BYTES), f = make(ram, CAP_FRAME, PAGE_BYTES), p, met;

    ck_assert_uint_ne(p = export(f, RIGHTS_ALL, CAP_COPY_OF), 0);
    ck_assert_int_eq(settle(p, true), ST_OK);
    ck_assert_int_eq(revoke(f), ST_REMOTE);
    ck_assert_int_eq(revoke(ram), ST_REMOTE);
    ck_assert_uint_eq(free_of(ram), 3 * PAGE_BYTES);
    ck_assert_int_eq(recall(ram, false, &met), ST_REMOTE);
    ck_assert_uint_eq(met, p);
    ck_assert_int_eq(recall(ram, false, &met), ST_BUSY); /* told once */
    ck_assert_int_eq(delete(p), ST_OK);
    ck_assert_int_eq(recall(ram, false, &met), ST_OK);
    ck_assert_uint_eq(free_of(ram), 4 * PAGE_BYTES);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, f), ST_STALE_HANDLE);
}
END_TEST

START_TEST(every_proxy_below_is_told_once_whatever_stands_between)
{
    handle_t ram = make(w.ram, CAP_RAM, 8 * PAGE_BYTES), f = make(ram, CAP_FRAME, PAGE_BYTES), c = f, met;
    unsigned told = 0;

    for (unsigned i = 0; i < 6; i++) {
        c = copy(c, RIGHTS_ALL);
        ck_assert_uint_ne(export(c, RIGHTS_ALL, CAP_COPY_OF), 0);
        ck_assert_uint_ne(export(f, RIGHTS_ALL, CAP_COPY_OF), 0);
    }
    ck_assert_int_eq(recall(c, false, &met), ST_REMOTE); /* an inner revoke has begun */
    while (recall(ram, false, &met) == ST_REMOTE) {
        told++;
        if (told % 2)
            ck_assert_int_eq(delete(met), ST_OK);
    }
    ck_assert_int_eq(st, ST_BUSY);
    ck_assert_uint_eq(told, 11); /* and that one is not told again */
    ck_assert_int_eq(recall(ram, true, &met), ST_OK);
}
END_TEST

START_TEST(what_could_not_be_given_is_as_it_was)
{
    handle_t f = make(w.ram, CAP_FRAME, PAGE_BYTES), once, p;

    ck_assert_uint_ne(p = export(f, RIGHTS_ALL, CAP_GIVE_AWAY), 0);
    ck_assert_uint_eq(copy(f, RIGHTS_ALL), 0);
    ck_assert_int_eq(st, ST_BUSY);
    ck_assert_int_eq(delete(f), ST_BUSY);
    ck_assert_uint_eq(export(f, RIGHTS_ALL, CAP_COPY_OF), 0);
    ck_assert_int_eq(st, ST_BUSY);
    ck_assert_int_eq(settle(p, false), ST_OK);
    ck_assert_int_eq(settle(p, false), ST_STALE_HANDLE);
    ck_assert_uint_ne(copy(f, RIGHTS_ALL), 0);

    once = copy(f, RIGHT_READ);
    cap_of(once)->rights |= RIGHT_GRANT_ONCE;
    ck_assert_uint_ne(p = export(once, RIGHTS_ALL | RIGHT_GRANT_ONCE, CAP_COPY_OF), 0);
    ck_assert_uint_eq(cap_of(p)->rights, RIGHT_READ);
    ck_assert_uint_eq(cap_of(once)->rights, RIGHT_READ);
    ck_assert_int_eq(settle(p, false), ST_OK);
    ck_assert_uint_eq(cap_of(once)->rights, RIGHT_READ | RIGHT_GRANT_ONCE);
    ck_assert_uint_ne(p = export(once, RIGHTS_ALL, CAP_COPY_OF), 0);
    ck_assert_int_eq(settle(p, true), ST_OK);
    ck_assert_int_eq(delete(p), ST_OK);
    ck_assert_uint_eq(cap_of(once)->rights, RIGHT_READ);
}
END_TEST

START_TEST(ram_given_away_is_made_into_things_there_and_not_here)
{
    uint64_t whole = free_of(w.ram);
    handle_t ram = make(w.ram, CAP_RAM, 4 * PAGE_BYTES), p = export(ram, RIGHTS_ALL, CAP_GIVE_AWAY), f;

    ck_assert_int_eq(settle(p, true), ST_OK);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, ram), ST_STALE_HANDLE);
    ck_assert_uint_ne(f = make(p, CAP_FRAME, 4 * PAGE_BYTES), 0);
    ck_assert_uint_eq(make(p, CAP_FRAME, PAGE_BYTES), 0);
    ck_assert_int_eq(delete(p), ST_OK);
    ck_assert_uint_lt(free_of(w.ram), whole);
    ck_assert_int_eq(delete(f), ST_OK);
    ck_assert_uint_eq(free_of(w.ram), whole);
}
END_TEST

START_TEST(what_a_holder_passes_on_is_a_part_of_what_it_holds)
{
    handle_t f = make(w.ram, CAP_FRAME, 4 * PAGE_BYTES), p = export(f, RIGHT_READ | RIGHT_GRANT, 0);
    uint64_t base = cap_of(f)->object, x[8];

#define DERIVE(...) (memcpy(x, (uint64_t[8]){ island, p, __VA_ARGS__ }, sizeof x), call(CAP_DERIVE, x))
    ck_assert_int_eq(DERIVE(base + PAGE_BYTES, PAGE_BYTES, RIGHTS_ALL), ST_OK);
    ck_assert_uint_eq(CAP_WHAT_RIGHTS(x[2]), RIGHT_READ | RIGHT_GRANT);
    ck_assert_uint_eq(CAP_WHAT_DEPTH(x[2]), 2);
    ck_assert_int_eq(DERIVE(base, 5 * PAGE_BYTES, RIGHTS_ALL), ST_INVALID);
    ck_assert_int_eq(DERIVE(base - PAGE_BYTES, PAGE_BYTES, RIGHTS_ALL), ST_INVALID);
    ck_assert_int_eq(DERIVE(base + 4 * PAGE_BYTES, PAGE_BYTES, RIGHTS_ALL), ST_INVALID);
    ck_assert_int_eq(DERIVE(base, ~0ull << PAGE_SHIFT, RIGHTS_ALL), ST_INVALID);
    ck_assert_int_eq(DERIVE(base, 0, RIGHTS_ALL), ST_INVALID);
    ck_assert_int_eq(DERIVE(base + 1, PAGE_BYTES, RIGHTS_ALL), ST_ALIGN);
    ck_assert_int_eq(DERIVE(base, PAGE_BYTES, RIGHTS_ALL | 9 << 8), ST_DEPTH);
    p = f;
    ck_assert_int_eq(DERIVE(base, PAGE_BYTES, RIGHTS_ALL), ST_TYPE); /* no proxy */
#undef DERIVE
}
END_TEST

/* ---- import ---- */

START_TEST(an_import_without_users_is_told_once)
{
    handle_t a, b, i = import(CAP_FRAME, ELSEWHERE, PAGE_BYTES, &a), j, p;

    j = import(CAP_FRAME, ELSEWHERE + PAGE_BYTES, PAGE_BYTES, &b);
    ck_assert_uint_eq(idle(), 0);
    ck_assert_uint_ne(p = export(a, RIGHTS_ALL, CAP_COPY_OF), 0);
    ck_assert_int_eq(delete(a), ST_OK);
    ck_assert_int_eq(delete(b), ST_OK);
    ck_assert(w.root->events & EVENT_CAPS);
    ck_assert_uint_eq(idle(), j);
    ck_assert_uint_eq(idle(), i); /* a proxy is no user */
    ck_assert_uint_eq(idle(), 0);
    ck_assert_int_eq(delete(p), ST_OK);
    ck_assert_int_eq(delete(i), ST_OK);
    ck_assert_int_eq(delete(j), ST_OK);
}
END_TEST

START_TEST(an_import_that_goes_first_is_not_told)
{
    handle_t h[3], i[3];

    for (unsigned n = 0; n < 3; n++) {
        i[n] = import(CAP_FRAME, ELSEWHERE + n * PAGE_BYTES, PAGE_BYTES, &h[n]);
        ck_assert_int_eq(delete(h[n]), ST_OK);
    }
    ck_assert_int_eq(delete(i[1]), ST_OK); /* from the middle of the list */
    ck_assert_uint_eq(idle(), i[2]);
    ck_assert_uint_eq(idle(), i[0]);
    ck_assert_uint_eq(idle(), 0);
    ck_assert_int_eq(delete(i[0]), ST_OK);
    ck_assert_int_eq(delete(i[2]), ST_OK);
}
END_TEST

START_TEST(an_import_comes_whole_or_not_at_all)
{
    handle_t f = make(w.ram, CAP_FRAME, PAGE_BYTES), h, i;

    while (w.table->nfree > 1) /* one slot: for the import, and none for what the program gets */
        ck_assert_uint_ne(copy(f, RIGHT_READ), 0);
    ck_assert_uint_eq(import(CAP_FRAME, ELSEWHERE, PAGE_BYTES, &h), 0);
    ck_assert_int_eq(st, ST_TABLE_FULL);
    ck_assert_uint_eq(w.table->nfree, 1);
    ck_assert_int_eq(revoke(f), ST_OK);
    ck_assert_uint_ne(i = import(CAP_FRAME, ELSEWHERE, PAGE_BYTES, &h), 0);
    ck_assert_int_eq(delete(h), ST_OK);
    ck_assert_int_eq(delete(i), ST_OK);
}
END_TEST

START_TEST(memory_of_another_core_is_not_retyped_here)
{
    handle_t h, i = import(CAP_RAM, ELSEWHERE, 4 * PAGE_BYTES, &h), c, met;

    c = copy(h, RIGHTS_ALL);
    ck_assert_uint_eq(make(h, CAP_FRAME, PAGE_BYTES), 0);
    ck_assert_int_eq(st, ST_REMOTE);
    ck_assert_uint_eq(make(c, CAP_FRAME, PAGE_BYTES), 0);
    ck_assert_int_eq(st, ST_REMOTE);
    ck_assert_int_eq(recall(i, true, &met), ST_OK);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, h), ST_STALE_HANDLE);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, c), ST_STALE_HANDLE);
    ck_assert_int_eq(delete(i), ST_OK);
}
END_TEST

START_TEST(nothing_of_this_cpu_driver_comes_in_as_somebody_elses)
{
    uint64_t share = OWN;
    handle_t h;

    ck_assert_uint_eq(import(CAP_FRAME, share, PAGE_BYTES, &h), 0);
    ck_assert_int_eq(st, ST_DENIED);
    ck_assert_uint_eq(import(CAP_FRAME, share + (1u << 20) - PAGE_BYTES, 2 * PAGE_BYTES, &h), 0);
    ck_assert_int_eq(st, ST_DENIED);
    ck_assert_uint_eq(import(CAP_FRAME, share - PAGE_BYTES, 2 * SHARE, &h), 0);
    ck_assert_uint_eq(import(CAP_FRAME, ELSEWHERE, 0, &h), 0);
    ck_assert_int_eq(st, ST_INVALID);
    ck_assert_uint_eq(import(CAP_FRAME, ~0ull << PAGE_SHIFT, 2 * PAGE_BYTES, &h), 0);
    ck_assert_uint_eq(import(CAP_FRAME, ELSEWHERE + 1, PAGE_BYTES, &h), 0);
    ck_assert_int_eq(st, ST_ALIGN);
    ck_assert_uint_eq(import(CAP_TASK, ELSEWHERE, PAGE_BYTES, &h), 0);
    ck_assert_int_eq(st, ST_TYPE);
}
END_TEST

START_TEST(only_who_holds_the_island_may)
{
    handle_t f = make(w.ram, CAP_FRAME, PAGE_BYTES), mine = island;

    for (unsigned op = CAP_EXPORT; op <= CAP_UNPLACE; op++) {
        ck_assert_int_eq(CALL(op, 0, 0, f), ST_INVALID_HANDLE);
        ck_assert_int_eq(CALL(op, f, 0, f), ST_TYPE);
    }
    island = copy(mine, RIGHT_READ);
    ck_assert_uint_eq(export(f, RIGHTS_ALL, CAP_COPY_OF), 0);
    ck_assert_int_eq(st, ST_DENIED);
    island = mine;
    ck_assert_int_eq(CALL(CAP_ATTENUATE, 0, 0, f), ST_INVALID_HANDLE);
    ck_assert_int_eq(CALL(CAP_ATTENUATE, f, 0, f), ST_TYPE);
    ck_assert_int_eq(CALL(CAP_ATTENUATE + 1, island), ST_INVALID);
}
END_TEST

START_TEST(a_handle_of_another_core_is_seen)
{
    handle_t f = make(w.ram, CAP_FRAME, PAGE_BYTES);

    ck_assert_int_eq(CALL(CAP_IDENTIFY, f | 3ull << (32 + GENERATION_BITS)), ST_FOREIGN);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, 0), ST_INVALID_HANDLE);
    ck_assert_int_eq(CALL(CAP_IDENTIFY, f), ST_OK);
}
END_TEST

START_TEST(a_walk_sees_each_once_and_knows_when_it_must_begin_again)
{
    handle_t ram = make(w.ram, CAP_RAM, 8 * PAGE_BYTES), f = make(ram, CAP_FRAME, PAGE_BYTES), c;
    uint64_t x[8], ref = 0;
    unsigned seen = 0;

    c = copy(f, RIGHTS_ALL);
    copy(c, RIGHTS_ALL);
    for (;;) {
        memcpy(x, (uint64_t[8]){ island, HANDLE_INDEX(w.ram), ref }, sizeof x);
        if ((st = call(CAP_WALK, x)) != ST_OK)
            break;
        seen++;
        ref = x[1];
    }
    ck_assert_int_eq(st, ST_NOT_FOUND);
    ck_assert_uint_eq(seen, 5);
    memcpy(x, (uint64_t[8]){ island, HANDLE_INDEX(f), 0 }, sizeof x);
    ck_assert_int_eq(call(CAP_WALK, x), ST_NOT_FOUND); /* no root */
    memcpy(x, (uint64_t[8]){ island, HANDLE_INDEX(w.ram), 0 }, sizeof x);
    ck_assert_int_eq(call(CAP_WALK, x), ST_OK);
    memcpy(x, (uint64_t[8]){ island, HANDLE_INDEX(w.ram), x[1] }, sizeof x);
    ck_assert_int_eq(call(CAP_WALK, x), ST_OK);
    ref = x[1];
    ck_assert_int_eq(revoke(w.ram), ST_OK);
    memcpy(x, (uint64_t[8]){ island, HANDLE_INDEX(w.ram), ref }, sizeof x);
    ck_assert_int_eq(call(CAP_WALK, x), ST_STALE_HANDLE);
}
END_TEST

/* A proxy that has come to hang below another capability has nothing to do with what that one exports. */
START_TEST(a_proxy_that_was_handed_over_settles_nothing_of_its_new_parent)
{
    handle_t ram = make(w.ram, CAP_RAM, 2 * PAGE_BYTES), frame = make(ram, CAP_FRAME, PAGE_BYTES), first, second;
    struct cap *c = cap_of(ram);

    c->rights = (uint8_t)((c->rights & ~RIGHT_GRANT) | RIGHT_GRANT_ONCE);
    first = export(frame, RIGHTS_ALL, CAP_COPY_OF);
    ck_assert_int_eq(delete(frame), ST_OK);
    second = export(ram, RIGHTS_ALL, CAP_COPY_OF);
    ck_assert_uint_ne(second, 0);
    ck_assert_int_eq(settle(first, _i == 0), ST_OK);
    ck_assert(!(cap_of(ram)->rights & RIGHT_GRANT_ONCE)); /* not used up twice */
    ck_assert_int_eq(settle(second, false), ST_OK);
    ck_assert(cap_of(ram)->rights & RIGHT_GRANT_ONCE);    /* and not lost */
    if (_i == 0)
        ck_assert_int_eq(settle(first, false), ST_OK);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("remote");
    TCase *c = tcase_create("remote");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, two_copies_of_ram_never_make_two_objects_of_its_bytes);
    tcase_add_test(c, what_was_made_through_a_copy_goes_with_its_revoke_and_not_with_its_end);
    tcase_add_test(c, a_copy_whose_original_is_gone_makes_nothing);
    tcase_add_test(c, ram_is_split_no_deeper_than_can_be_walked);
    tcase_add_test(c, nothing_is_made_below_what_is_being_revoked);
    tcase_add_test(c, one_that_is_removed_while_being_revoked_is_no_longer);
    tcase_add_test(c, a_copy_for_another_core_keeps_the_memory_taken);
    tcase_add_test(c, every_proxy_below_is_told_once_whatever_stands_between);
    tcase_add_test(c, what_could_not_be_given_is_as_it_was);
    tcase_add_test(c, ram_given_away_is_made_into_things_there_and_not_here);
    tcase_add_test(c, what_a_holder_passes_on_is_a_part_of_what_it_holds);
    tcase_add_test(c, an_import_without_users_is_told_once);
    tcase_add_test(c, an_import_that_goes_first_is_not_told);
    tcase_add_test(c, an_import_comes_whole_or_not_at_all);
    tcase_add_test(c, memory_of_another_core_is_not_retyped_here);
    tcase_add_test(c, nothing_of_this_cpu_driver_comes_in_as_somebody_elses);
    tcase_add_test(c, only_who_holds_the_island_may);
    tcase_add_test(c, a_handle_of_another_core_is_seen);
    tcase_add_test(c, a_walk_sees_each_once_and_knows_when_it_must_begin_again);
    tcase_add_loop_test(c, a_proxy_that_was_handed_over_settles_nothing_of_its_new_parent, 0, 2);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
