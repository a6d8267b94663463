/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is placed in a table, or replaced there: CAP_PLACE, CAP_REPLACE. Whole tables are in test_cpudriver_place_table.c. */
#include "cpudriver/irq.h"
#include <stdlib.h>
#include <string.h>
#include "tests/support/place_side.h"

/* ---- CAP_PLACE ---- */

START_TEST(a_frame_stays_mapped_where_it_is)
{
    uint64_t x[8] = {there.w.space, 0x400000};
    handle_t frame = side_make(&there, CAP_FRAME, 2 * PAGE_BYTES), h = HANDLE(9, 3);
    const struct cap *c = side_cap(there.w.table, frame);
    uint64_t pa = c->object;
    struct entry e[SLOTS];

    ck_assert_int_eq(world_call(&there.w, SYS_region_map, MAP_MAP,
                                (uint64_t[8]){frame, there.w.space, 0x400000, PERM_READ, 0, 2}),
                     ST_OK);
    ck_assert_int_eq(side_place(&there, h, frame), ST_OK);
    ck_assert_int_eq(CALL(&there, CAP_IDENTIFY, frame), ST_STALE_HANDLE);
    ck_assert_int_eq(world_call(&there.w, SYS_region_map, MAP_QUERY, x), ST_OK);
    ck_assert_uint_eq(x[1], pa);
    ck_assert_uint_eq(side_list(&there, e), 1);
    ck_assert(e[0].x[1] == h && e[0].x[6] == 0x400000);
    side_delete(&there, h);
    ck_assert_int_eq(
        world_call(&there.w, SYS_region_map, MAP_QUERY, (uint64_t[8]){there.w.space, 0x400000}),
        ST_NOT_MAPPED);
}
END_TEST

START_TEST(what_may_not_be_given_away_is_placed_as_it_is)
{
    handle_t frame = side_make(&there, CAP_FRAME, PAGE_BYTES),
             less = side_done(&there, CAP_COPY, frame, 0, RIGHT_READ, 0);

    ck_assert_int_eq(CALL(&there, CAP_MOVE, less, there.table), ST_DENIED);
    ck_assert_int_eq(side_place(&there, HANDLE(5, 1), less), ST_OK);
    ck_assert_uint_eq(side_cap(there.t, HANDLE(5, 1))->rights, RIGHT_READ);
    ck_assert_uint_eq(side_cap(there.t, HANDLE(5, 1))->depth, 1);
    while (CALL(&there, CAP_REVOKE, frame) == ST_AGAIN) /* it is where it was in the tree */
        ;
    ck_assert_int_eq(side_find(&there, HANDLE(5, 1)), ST_STALE_HANDLE);
}
END_TEST

START_TEST(an_object_lives_by_the_capability_that_was_placed)
{
    handle_t table = side_make(&there, CAP_CAPTABLE, 8);
    struct object *o = object_of(side_cap(there.w.table, table));

    ck_assert_int_eq(side_place(&there, HANDLE(5, 1), table), ST_OK);
    ck_assert(o->refs == 1 && !o->dying);
    side_delete(&there, HANDLE(5, 1));
    ck_assert(o->refs == 0 && o->dying);
}
END_TEST

START_TEST(what_is_refused_has_moved_nothing)
{
    handle_t frame = side_make(&there, CAP_FRAME, PAGE_BYTES),
             parent = side_make(&there, CAP_FRAME, PAGE_BYTES), x[2];
    uint32_t nfree;

    x[0] = side_done(&there, CAP_COPY, frame, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(side_place(&there, HANDLE(7, 4), x[0]), ST_OK);
    (void)side_done(&there, CAP_COPY, parent, 0, RIGHTS_ALL, 0);
    nfree = there.t->nfree;
    x[0] = side_done(&there, CAP_COPY, frame, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(side_place(&there, HANDLE(7, 5), x[0]), ST_BUSY);
    ck_assert_int_eq(side_place(&there, HANDLE(7, 5), 0), ST_BUSY);
    ck_assert_int_eq(side_place(&there, HANDLE(8, 0), x[0]), ST_INVALID);
    ck_assert_int_eq(side_place(&there, HANDLE(8, TAG << GENERATION_BITS | 1), x[0]), ST_INVALID);
    ck_assert_int_eq(side_place(&there, HANDLE(0, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(side_place(&there, HANDLE(CAPTABLE_FIRST - 1, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(side_place(&there, HANDLE(SLOTS, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(side_place(&there, HANDLE(UINT32_MAX, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(side_place(&there, HANDLE(8, 1), parent), ST_STATE);
    ck_assert_int_eq(side_place(&there, HANDLE(8, 1), HANDLE(200, 9)), ST_STALE_HANDLE);
    ck_assert_int_eq(side_place(&there, HANDLE(9, 6), 0), ST_OK);
    ck_assert_int_eq(side_place(&there, HANDLE(9, 5), x[0]),
                     ST_STALE_HANDLE); /* given out already */
    ck_assert_int_eq(CALL(&there, CAP_PLACE, frame, there.table, HANDLE(8, 1), x[0]), ST_TYPE);
    ck_assert_int_eq(CALL(&there, CAP_PLACE, there.island, frame, HANDLE(8, 1), x[0]), ST_TYPE);
    ck_assert_uint_eq(there.t->nfree, nfree);
    ck_assert_int_eq(CALL(&there, CAP_IDENTIFY, x[0]), ST_OK);
    side_delete(&there, HANDLE(7, 4));
    ck_assert_int_eq(side_place(&there, HANDLE(7, 4), x[0]), ST_STALE_HANDLE);
    ck_assert_int_eq(side_place(&there, HANDLE(7, 5), x[0]), ST_OK);
}
END_TEST

/* ---- CAP_REPLACE ---- */

static status_t replace(struct side *s, handle_t h, handle_t own)
{
    status_t st;

    while ((st = CALL(s, CAP_REPLACE, s->island, s->table, h, own)) == ST_AGAIN)
        ;
    return st;
}

START_TEST(a_bell_turns_into_an_event_and_back_under_its_handle)
{
    handle_t bell = side_give(&here, CAP_DOORBELL, 3, 0),
             event = side_done(&here, CAP_MAKE_EVENT, here.w.self, 6, 0, 0),
             mine = side_done(&here, CAP_MINT, bell, 0, RIGHTS_ALL, 2),
             h = side_done(&here, CAP_COPY, event, here.table, RIGHT_WRITE, 0);
    const struct cap *c = side_cap(here.t, h);

    ck_assert_int_eq(replace(&here, h, mine), ST_OK);
    ck_assert_int_eq(side_find(&here, h), ST_OK);
    ck_assert(c->type == CAP_DOORBELL && c->object == 3 && c->value == 2 &&
              c->rights == RIGHT_WRITE);
    ck_assert_int_eq(CALL(&here, CAP_IDENTIFY, mine), ST_STALE_HANDLE);
    ck_assert_int_eq(CALL(&here, CAP_REVOKE, event),
                     ST_OK); /* it does not come from there any more */
    ck_assert_int_eq(side_find(&here, h), ST_OK);
    mine = side_done(&here, CAP_COPY, event, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(replace(&here, h, mine), ST_OK);
    ck_assert(c->type == CAP_EVENT && c->value == 6 && c->rights == RIGHT_WRITE);
    while (CALL(&here, CAP_REVOKE, event) == ST_AGAIN)
        ;
    ck_assert_int_eq(side_find(&here, h), ST_STALE_HANDLE);
}
END_TEST

START_TEST(only_bells_and_events_are_replaced_and_no_right_is_gained)
{
    handle_t frame = side_make(&here, CAP_FRAME, PAGE_BYTES),
             bell = side_give(&here, CAP_DOORBELL, 3, 0),
             h = side_done(&here, CAP_COPY, bell, here.table, RIGHTS_ALL, 0),
             f = side_done(&here, CAP_COPY, frame, here.table, RIGHTS_ALL, 0),
             src = side_done(&here, CAP_COPY, bell, 0, RIGHT_WRITE, 0),
             parent = side_done(&here, CAP_COPY, bell, 0, RIGHTS_ALL, 0);

    (void)side_done(&here, CAP_COPY, parent, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(replace(&here, f, src), ST_TYPE);
    ck_assert_int_eq(replace(&here, h, frame), ST_TYPE);
    ck_assert_int_eq(replace(&here, h, parent), ST_STATE);
    ck_assert_int_eq(replace(&here, HANDLE(30, 1), src), ST_STALE_HANDLE);
    ck_assert_int_eq(CALL(&here, CAP_REPLACE, here.island, 0, src, src), ST_INVALID);
    ck_assert_int_eq(CALL(&here, CAP_REPLACE, src, here.table, h, src), ST_TYPE);
    ck_assert_int_eq(replace(&here, h, src), ST_OK);
    ck_assert_uint_eq(side_cap(here.t, h)->rights, RIGHT_WRITE);
}
END_TEST

START_TEST(copies_of_what_is_replaced_stay_what_they_are)
{
    handle_t bell = side_give(&here, CAP_DOORBELL, 3, 0),
             other = side_give(&here, CAP_DOORBELL, 4, 0),
             h = side_done(&here, CAP_COPY, bell, here.table, RIGHTS_ALL, 0), kept = 0;

    for (unsigned i = 0; i < 20; i++) /* more than a slice */
        kept = side_done(&here, CAP_PASS, here.island, here.table, h, 0 /* own */);
    ck_assert_int_eq(replace(&here, h, other), ST_OK);
    ck_assert_uint_eq(side_cap(here.w.table, kept)->object, 3);
    ck_assert_uint_eq(side_cap(here.t, h)->object, 4);
    ck_assert_uint_eq(side_cap(here.t, h)->child, 0);
    while (CALL(&here, CAP_REVOKE, bell) == ST_AGAIN) /* they come from where it came from */
        ;
    ck_assert_int_eq(CALL(&here, CAP_IDENTIFY, kept), ST_STALE_HANDLE);
    ck_assert_int_eq(side_find(&here, h), ST_OK);
}
END_TEST

/* ---- one operation pokes either ---- */

static status_t poke(unsigned op, handle_t h, uint64_t bucket)
{
    return world_call(&here.w, SYS_queue_send, op, (uint64_t[8]){h, bucket});
}

START_TEST(both_pokes_take_both)
{
    unsigned op = _i ? SEND_SIGNAL : SEND_BELL, before = fake.sgis;
    handle_t any = side_give(&here, CAP_DOORBELL, 1, 0),
             one = side_done(&here, CAP_MINT, any, 0, RIGHTS_ALL, 3),
             event = side_done(&here, CAP_MAKE_EVENT, here.w.self, 6, 0, 0),
             deaf = side_done(&here, CAP_COPY, event, 0, RIGHT_GRANT, 0);

    here.w.root->events = 0;
    ck_assert_int_eq(poke(op, event, 99), ST_OK);
    ck_assert_uint_eq(here.w.root->events, 6);
    ck_assert_int_eq(poke(op, one, 99), ST_OK);
    ck_assert(fake.sgis == before + 1 && fake.sgi == 2 && fake.sgi_core == 1);
    ck_assert_int_eq(poke(op, any, 4), _i ? ST_INVALID : ST_OK);
    ck_assert_uint_eq(fake.sgis, before + (_i ? 1 : 2));
    ck_assert_int_eq(poke(op, any, BUCKETS), ST_INVALID);
    ck_assert_int_eq(poke(op, deaf, 0), ST_DENIED);
    ck_assert_int_eq(poke(op, here.w.ram, 0), ST_TYPE);
    ck_assert_int_eq(poke(op, 0, 0), ST_INVALID_HANDLE);
}
END_TEST

/* ---- records ---- */

static void expect(uint64_t *seq, unsigned flags, uint64_t payload)
{
    const struct witness_record *r = world_record(&there.w, *seq);

    ck_assert_uint_eq(there.w.k->log.seq, ++*seq);
    ck_assert(r->kind == WITNESS_CAPABILITY_PLACE && r->flags == flags);
    if (payload)
        ck_assert_uint_eq(r->payload, payload);
    ck_assert_uint_ne(r->capability_hash, 0);
}

START_TEST(each_leaves_its_record)
{
    handle_t bell = side_give(&there, CAP_DOORBELL, 3, 0),
             other = side_give(&there, CAP_DOORBELL, 4, 0);
    uint64_t seq = there.w.k->log.seq;

    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, 0), ST_OK);
    expect(&seq, WITNESS_F_TAG, 0);
    ck_assert_int_eq(side_place(&there, HANDLE(10, 4), 0), ST_OK);
    expect(&seq, WITNESS_F_FREE, HANDLE(10, 4));
    ck_assert_int_eq(side_place(&there, HANDLE(10, 4), bell), ST_OK);
    expect(&seq, 0, CAP_WHAT(CAP_DOORBELL, RIGHTS_ALL, 0) | 10ull << 32);
    ck_assert_int_eq(replace(&there, HANDLE(10, 4), other), ST_OK);
    expect(&seq, WITNESS_F_REPLACE, CAP_WHAT(CAP_DOORBELL, RIGHTS_ALL, 0) | 10ull << 32);
    ck_assert_int_eq(CALL(&there, CAP_LIST, there.island, there.table, 0), ST_OK);
    ck_assert_uint_eq(there.w.k->log.seq, seq);
}
END_TEST

/* ---- CAP_ATTENUATE ---- */

#define MANY (MAP_SLICE + 3u)

static uint32_t perm_at(vaddr_t va)
{
    uint64_t x[8] = { here.w.space, va };

    return world_call(&here.w, SYS_region_map, MAP_QUERY, x) == ST_OK ? (uint32_t)x[2] : 0;
}

START_TEST(what_may_less_is_the_same_capability_and_its_pages_follow)
{
    handle_t frame = side_make(&here, CAP_FRAME, MANY * PAGE_BYTES);
    uint64_t x[8] = { here.island, 0, frame, RIGHT_READ }, seq;
    const struct witness_record *r;

    for (uint64_t at = 0; at < MANY; at += MAP_SLICE)
        ck_assert_int_eq(world_call(&here.w, SYS_region_map, MAP_MAP,
                                    (uint64_t[8]){ frame, here.w.space, 0x400000, PERM_READ | PERM_WRITE, at,
                                                   MANY - at < MAP_SLICE ? MANY - at : MAP_SLICE }), ST_OK);
    seq = here.w.k->log.seq;
    ck_assert_int_eq(side_call(&here, CAP_ATTENUATE, x), ST_AGAIN);
    ck_assert_uint_eq(side_cap(here.w.table, frame)->rights, RIGHT_READ);
    r = world_record(&here.w, seq);
    ck_assert(r->kind == WITNESS_CAPABILITY_ATTENUATED && r->flags == WITNESS_F_REPLACE && (uint8_t)(r->payload >> 8) == RIGHT_READ);
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, 0, frame, RIGHT_READ, 0), ST_AGAIN);
    ck_assert_uint_eq(perm_at(0x400000), PERM_READ);
    ck_assert_uint_eq(perm_at(0x400000 + MAP_SLICE * PAGE_BYTES), PERM_READ | PERM_WRITE); /* the next slice */
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, 0, frame, RIGHT_READ, MAP_SLICE), ST_OK);
    ck_assert_uint_eq(perm_at(0x400000 + (MANY - 1) * PAGE_BYTES), PERM_READ);
    ck_assert_uint_eq(here.w.k->log.seq, seq + 3);
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, 0, frame, RIGHT_READ, MANY), ST_INVALID);
    ck_assert_int_eq(world_call(&here.w, SYS_region_map, MAP_PROTECT,
                                (uint64_t[8]){ frame, 0, 0, PERM_READ | PERM_WRITE, 0, 1 }), ST_DENIED);
}
END_TEST

START_TEST(no_right_comes_by_attenuating)
{
    handle_t frame = side_make(&here, CAP_FRAME, PAGE_BYTES), less = side_done(&here, CAP_COPY, frame, here.table, RIGHT_READ | RIGHT_GRANT, 0);
    uint64_t seq = here.w.k->log.seq;

    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, here.table, less, RIGHTS_ALL), ST_OK);
    ck_assert_uint_eq(side_cap(here.t, less)->rights, RIGHT_READ | RIGHT_GRANT);
    ck_assert_uint_eq(here.w.k->log.seq, seq); /* nothing has changed */
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, here.table, less, RIGHT_WRITE), ST_OK);
    ck_assert_uint_eq(side_cap(here.t, less)->rights, 0);
    ck_assert_uint_eq(side_cap(here.w.table, frame)->rights, RIGHTS_ALL); /* what it was made from stays */
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, here.table, HANDLE(9, 9), 0), ST_STALE_HANDLE);
    side_cap(here.w.table, frame)->flags |= CAP_F_BUSY;
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, 0, frame, 0), ST_BUSY);
    side_cap(here.w.table, frame)->flags &= (uint8_t)~CAP_F_BUSY;
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver_place");
    TCase *c = tcase_create("place");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(c, side_setup, side_teardown);
    tcase_add_test(c, a_frame_stays_mapped_where_it_is);
    tcase_add_test(c, what_may_not_be_given_away_is_placed_as_it_is);
    tcase_add_test(c, an_object_lives_by_the_capability_that_was_placed);
    tcase_add_test(c, what_is_refused_has_moved_nothing);
    tcase_add_test(c, a_bell_turns_into_an_event_and_back_under_its_handle);
    tcase_add_test(c, only_bells_and_events_are_replaced_and_no_right_is_gained);
    tcase_add_test(c, copies_of_what_is_replaced_stay_what_they_are);
    tcase_add_loop_test(c, both_pokes_take_both, 0, 2);
    tcase_add_test(c, each_leaves_its_record);
    tcase_add_test(c, what_may_less_is_the_same_capability_and_its_pages_follow);
    tcase_add_test(c, no_right_comes_by_attenuating);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
