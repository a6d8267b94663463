/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A table of capabilities, listed on one CPU driver and built anew on another: CAP_LIST, CAP_TABLE_AS, CAP_PLACE, CAP_REPLACE. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/irq.h"
#include "cpudriver/object.h"
#include "tests/support/fake_core.h"

#define SHARE (16u << 20)
#define SLOTS 40u
#define TAG 5u /* the core that the table is from: not this one, whose handles have tag 0 */

struct side {
    struct world w;
    handle_t island, table;
    struct captable *t;
};
static struct side here, there;

static status_t call(struct side *s, unsigned op, uint64_t x[8])
{
    return world_call(&s->w, SYS_cap_grant, op, x);
}
#define CALL(s, op, ...) call(s, op, (uint64_t[8]){ __VA_ARGS__ })

static handle_t done(struct side *s, unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){ a, b, c, d }, sizeof x);
        st = call(s, op, x);
    } while (st == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    return x[1];
}

static handle_t make(struct side *s, enum cap_type type, uint64_t bytes)
{
    return done(s, CAP_RETYPE, s->w.ram, type, bytes, 0);
}

static handle_t give(struct side *s, enum cap_type type, uint64_t object, uint64_t value)
{
    struct cap *c;

    ck_assert_int_eq(cap_take_slot(s->w.table, &c), ST_OK);
    c->table = ref_of(s->w.k, s->w.table);
    cap_fill(s->w.k, c, type, object, value, RIGHTS_ALL, NULL);
    return cap_handle(s->w.k, c);
}

static struct cap *cap_of(struct captable *t, handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(t, h, CAP_NULL, 0, &c), ST_OK);
    return c;
}

static void table_of(struct side *s, unsigned slots)
{
    s->table = make(s, CAP_CAPTABLE, slots);
    s->t = (struct captable *)(void *)object_of(cap_of(s->w.table, s->table));
}

static void make_side(struct side *s)
{
    world_make(&s->w, SHARE);
    s->w.k->root = s->w.root;
    s->island = give(s, CAP_ISLAND, 0, 0);
    table_of(s, SLOTS);
}

static void setup(void)
{
    make_side(&here);
    make_side(&there);
    srandom(11);
}

static void teardown(void)
{
    world_check(&here.w);
    world_check(&there.w);
    world_free(&here.w);
    world_free(&there.w);
}

static status_t place(struct side *s, handle_t h, handle_t own)
{
    status_t st;

    while ((st = CALL(s, CAP_PLACE, s->island, s->table, h, own)) == ST_AGAIN)
        ;
    return st;
}

static status_t find(struct side *s, handle_t h)
{
    struct cap *c;

    return cap_find(s->t, h, CAP_NULL, 0, &c);
}

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

static void delete_in(struct side *s, handle_t h)
{
    status_t st = cap_remove(s->w.k, cap_of(s->t, h));

    ck_assert_int_eq(st, ST_OK);
}

static void churn(struct side *s, handle_t src, unsigned rounds)
{
    for (unsigned i = 0; i < rounds && ever.n < EVER; i++) {
        handle_t h;

        if (s->t->nfree > SLOTS / 2 && random() % 2) {
            h = done(s, CAP_COPY, src, s->table, RIGHTS_ALL, 0);
            ck_assert(!was_given(h));
            ever.all[ever.n++] = h;
        } else {
            h = ever.all[(unsigned long)random() % ever.n];
            if (find(s, h) == ST_OK)
                delete_in(s, h);
        }
    }
}

struct entry {
    uint64_t x[8];
};

static unsigned list_all(struct side *s, struct entry *e)
{
    unsigned n = 0;
    uint64_t at = 0;
    status_t st;

    for (;;) {
        memcpy(e[n].x, (uint64_t[8]){ s->island, s->table, at }, sizeof e[n].x);
        if ((st = call(s, CAP_LIST, e[n].x)) == ST_NOT_FOUND)
            return n;
        if (st == ST_AGAIN) {
            ck_assert_uint_gt(e[n].x[2], at);
            at = e[n].x[2];
            continue;
        }
        ck_assert_int_eq(st, ST_OK);
        ck_assert_uint_ge(HANDLE_INDEX(e[n].x[1]), at);
        at = HANDLE_INDEX(e[n++].x[1]) + 1;
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
        ck_assert_int_eq(place(s, e[i].x[1], e[i].x[2] ? done(s, CAP_COPY, src, 0, RIGHTS_ALL, 0) : 0), ST_OK);
}

START_TEST(every_handle_means_there_what_it_meant_here)
{
    handle_t src = make(&here, CAP_FRAME, PAGE_BYTES), other = make(&there, CAP_FRAME, PAGE_BYTES);
    struct entry e[SLOTS];
    unsigned n;

    ever.n = 0;
    ck_assert_int_eq(CALL(&here, CAP_TABLE_AS, here.island, here.table, TAG), ST_OK);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, TAG), ST_OK);
    ever.all[ever.n++] = done(&here, CAP_COPY, src, here.table, RIGHTS_ALL, 0);
    churn(&here, src, 20u + 10u * (unsigned)_i);
    n = list_all(&here, e);
    build(&there, e, n, other);
    ck_assert_uint_eq(there.t->nfree, here.t->nfree);
    for (unsigned i = 0; i < ever.n; i++) {
        ck_assert_uint_eq(HANDLE_GENERATION(ever.all[i]) >> GENERATION_BITS, TAG);
        ck_assert_int_eq(find(&there, ever.all[i]), find(&here, ever.all[i]));
    }
    churn(&there, other, 400); /* and none is ever given again */
    while (there.t->nfree) {
        handle_t h = done(&there, CAP_COPY, other, there.table, RIGHTS_ALL, 0);

        ck_assert(!was_given(h));
        ck_assert_int_eq(find(&there, h), ST_OK);
    }
    ck_assert_int_eq(CALL(&there, CAP_COPY, other, there.table, RIGHTS_ALL), ST_TABLE_FULL);
}
END_TEST

/* ---- what CAP_LIST says ---- */

static void only(struct side *s, struct entry *e)
{
    struct entry all[SLOTS];

    ck_assert_uint_eq(list_all(s, all), 1);
    *e = all[0];
    delete_in(s, e->x[1]);
    table_of(s, SLOTS); /* one in which nothing was */
}

START_TEST(a_list_says_what_is_needed_to_make_it_again)
{
    handle_t frame = make(&here, CAP_FRAME, 2 * PAGE_BYTES), endpoint = make(&here, CAP_ENDPOINT, 0),
             space = make(&here, CAP_SPACE, 8 * PAGE_BYTES), table = make(&here, CAP_CAPTABLE, 77), event, child;
    struct cap *c = cap_of(here.w.table, frame);
    struct entry e, all[SLOTS];
    const uint64_t *x = e.x;

    (void)done(&here, CAP_COPY, frame, here.table, RIGHT_READ | RIGHT_GRANT, 0);
    only(&here, &e);
    ck_assert(x[2] == CAP_WHAT(CAP_FRAME, RIGHT_READ | RIGHT_GRANT, 1) && x[3] == c->object && x[4] == 2 * PAGE_BYTES);
    ck_assert(x[5] == 0 && x[6] == 0 && x[7] == 0);
    (void)done(&here, CAP_MINT, endpoint, here.table, RIGHTS_ALL, 42);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_ENDPOINT && x[3] == 0 && x[4] == 0 && x[5] == 42);
    (void)done(&here, CAP_COPY, space, here.table, RIGHTS_ALL, 0);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_SPACE && x[4] == 8 * PAGE_BYTES);
    (void)done(&here, CAP_COPY, table, here.table, RIGHTS_ALL, 0);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_CAPTABLE && x[4] == 77);
    event = done(&here, CAP_MAKE_EVENT, here.w.self, 6, 0, 0);
    (void)done(&here, CAP_COPY, event, here.table, RIGHTS_ALL, 0);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_EVENT && x[3] == here.w.root->id && x[5] == 6);
    (void)done(&here, CAP_MINT, give(&here, CAP_DOORBELL, 3, 0), here.table, RIGHTS_ALL, 4);
    only(&here, &e);
    ck_assert(CAP_WHAT_TYPE(x[2]) == CAP_DOORBELL && x[3] == 3 && x[4] == 0 && x[5] == 4);

    child = done(&here, CAP_COPY, frame, here.table, RIGHTS_ALL, 0);
    (void)done(&here, CAP_PASS, here.island, here.table, child, here.table); /* x4 = 0: no rights, a copy */
    ck_assert_uint_eq(list_all(&here, all), 2);
    ck_assert_uint_eq(all[1].x[7], all[0].x[1]);
    ck_assert_int_eq(cap_remove(here.w.k, cap_of(here.t, all[1].x[1])), ST_OK);
    ck_assert_uint_eq(list_all(&here, all), 2); /* free now: the generation it gives next */
    ck_assert(all[1].x[2] == 0 && HANDLE_GENERATION(all[1].x[1]) == 2);
}
END_TEST

START_TEST(what_names_a_dead_object_is_told_as_free)
{
    handle_t task = make(&here, CAP_TASK, 0), event = done(&here, CAP_MAKE_EVENT, task, 1, 0, 0),
             h = done(&here, CAP_COPY, event, here.table, RIGHTS_ALL, 0);
    struct entry all[SLOTS];

    while (CALL(&here, CAP_DELETE, task) == ST_AGAIN)
        ;
    ck_assert_int_eq(find(&here, h), ST_STALE_HANDLE);
    ck_assert_uint_eq(list_all(&here, all), 1);
    ck_assert_uint_eq(all[0].x[2], 0);
    ck_assert_uint_eq(HANDLE_GENERATION(all[0].x[1]), HANDLE_GENERATION(h) + 1);
}
END_TEST

/* ---- CAP_PLACE ---- */

START_TEST(a_frame_stays_mapped_where_it_is)
{
    uint64_t x[8] = { there.w.space, 0x400000 };
    handle_t frame = make(&there, CAP_FRAME, 2 * PAGE_BYTES), h = HANDLE(9, 3);
    const struct cap *c = cap_of(there.w.table, frame);
    uint64_t pa = c->object;
    struct entry e[SLOTS];

    ck_assert_int_eq(world_call(&there.w, SYS_region_map, MAP_MAP,
                                (uint64_t[8]){ frame, there.w.space, 0x400000, PERM_READ, 0, 2 }), ST_OK);
    ck_assert_int_eq(place(&there, h, frame), ST_OK);
    ck_assert_int_eq(CALL(&there, CAP_IDENTIFY, frame), ST_STALE_HANDLE);
    ck_assert_int_eq(world_call(&there.w, SYS_region_map, MAP_QUERY, x), ST_OK);
    ck_assert_uint_eq(x[1], pa);
    ck_assert_uint_eq(list_all(&there, e), 1);
    ck_assert(e[0].x[1] == h && e[0].x[6] == 0x400000);
    delete_in(&there, h);
    ck_assert_int_eq(world_call(&there.w, SYS_region_map, MAP_QUERY, (uint64_t[8]){ there.w.space, 0x400000 }), ST_NOT_MAPPED);
}
END_TEST

START_TEST(what_may_not_be_given_away_is_placed_as_it_is)
{
    handle_t frame = make(&there, CAP_FRAME, PAGE_BYTES), less = done(&there, CAP_COPY, frame, 0, RIGHT_READ, 0);

    ck_assert_int_eq(CALL(&there, CAP_MOVE, less, there.table), ST_DENIED);
    ck_assert_int_eq(place(&there, HANDLE(5, 1), less), ST_OK);
    ck_assert_uint_eq(cap_of(there.t, HANDLE(5, 1))->rights, RIGHT_READ);
    ck_assert_uint_eq(cap_of(there.t, HANDLE(5, 1))->depth, 1);
    while (CALL(&there, CAP_REVOKE, frame) == ST_AGAIN) /* it is where it was in the tree */
        ;
    ck_assert_int_eq(find(&there, HANDLE(5, 1)), ST_STALE_HANDLE);
}
END_TEST

START_TEST(an_object_lives_by_the_capability_that_was_placed)
{
    handle_t table = make(&there, CAP_CAPTABLE, 8);
    struct object *o = object_of(cap_of(there.w.table, table));

    ck_assert_int_eq(place(&there, HANDLE(5, 1), table), ST_OK);
    ck_assert(o->refs == 1 && !o->dying);
    delete_in(&there, HANDLE(5, 1));
    ck_assert(o->refs == 0 && o->dying);
}
END_TEST

START_TEST(what_is_refused_has_moved_nothing)
{
    handle_t frame = make(&there, CAP_FRAME, PAGE_BYTES), parent = make(&there, CAP_FRAME, PAGE_BYTES), x[2];
    uint32_t nfree;

    x[0] = done(&there, CAP_COPY, frame, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(place(&there, HANDLE(7, 4), x[0]), ST_OK);
    (void)done(&there, CAP_COPY, parent, 0, RIGHTS_ALL, 0);
    nfree = there.t->nfree;
    x[0] = done(&there, CAP_COPY, frame, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(place(&there, HANDLE(7, 5), x[0]), ST_BUSY);
    ck_assert_int_eq(place(&there, HANDLE(7, 5), 0), ST_BUSY);
    ck_assert_int_eq(place(&there, HANDLE(8, 0), x[0]), ST_INVALID);
    ck_assert_int_eq(place(&there, HANDLE(8, TAG << GENERATION_BITS | 1), x[0]), ST_INVALID);
    ck_assert_int_eq(place(&there, HANDLE(0, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(place(&there, HANDLE(CAPTABLE_FIRST - 1, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(place(&there, HANDLE(SLOTS, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(place(&there, HANDLE(UINT32_MAX, 1), x[0]), ST_INVALID);
    ck_assert_int_eq(place(&there, HANDLE(8, 1), parent), ST_STATE);
    ck_assert_int_eq(place(&there, HANDLE(8, 1), HANDLE(200, 9)), ST_STALE_HANDLE);
    ck_assert_int_eq(place(&there, HANDLE(9, 6), 0), ST_OK);
    ck_assert_int_eq(place(&there, HANDLE(9, 5), x[0]), ST_STALE_HANDLE); /* given out already */
    ck_assert_int_eq(CALL(&there, CAP_PLACE, frame, there.table, HANDLE(8, 1), x[0]), ST_TYPE);
    ck_assert_int_eq(CALL(&there, CAP_PLACE, there.island, frame, HANDLE(8, 1), x[0]), ST_TYPE);
    ck_assert_uint_eq(there.t->nfree, nfree);
    ck_assert_int_eq(CALL(&there, CAP_IDENTIFY, x[0]), ST_OK);
    delete_in(&there, HANDLE(7, 4));
    ck_assert_int_eq(place(&there, HANDLE(7, 4), x[0]), ST_STALE_HANDLE);
    ck_assert_int_eq(place(&there, HANDLE(7, 5), x[0]), ST_OK);
}
END_TEST

START_TEST(a_far_slot_is_reached_in_slices)
{
    handle_t frame = make(&there, CAP_FRAME, PAGE_BYTES);
    unsigned again = 0;
    struct entry e;

    table_of(&there, 1000);
    while (CALL(&there, CAP_PLACE, there.island, there.table, HANDLE(999, 1), frame) == ST_AGAIN)
        again++;
    ck_assert_uint_eq(again, (1000 - CAPTABLE_FIRST) / PLACE_SLICE);
    ck_assert_int_eq(find(&there, HANDLE(999, 1)), ST_OK);
    ck_assert_uint_eq(there.t->nfree, 1000 - CAPTABLE_FIRST - 1);
    memcpy(e.x, (uint64_t[8]){ there.island, there.table, 0 }, sizeof e.x);
    ck_assert_int_eq(call(&there, CAP_LIST, e.x), ST_AGAIN);
    ck_assert_uint_eq(e.x[2], CAPTABLE_FIRST + LIST_SLICE);
}
END_TEST

START_TEST(handles_of_a_table_are_those_of_the_core_it_is_from)
{
    handle_t frame = make(&there, CAP_FRAME, PAGE_BYTES), h = done(&there, CAP_COPY, frame, there.table, RIGHTS_ALL, 0);

    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, TAG), ST_STATE);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, 0, TAG), ST_STATE);
    delete_in(&there, h);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, 64), ST_INVALID);
    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, TAG), ST_OK);
    ck_assert_int_eq(find(&there, h), ST_FOREIGN);
    ck_assert_int_eq(place(&there, HANDLE(20, 1), frame), ST_INVALID);
    h = done(&there, CAP_COPY, frame, there.table, RIGHTS_ALL, 0);
    ck_assert_uint_eq(HANDLE_GENERATION(h), TAG << GENERATION_BITS | 2);
    ck_assert_int_eq(find(&there, h), ST_OK);
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
    handle_t bell = give(&here, CAP_DOORBELL, 3, 0), event = done(&here, CAP_MAKE_EVENT, here.w.self, 6, 0, 0),
             mine = done(&here, CAP_MINT, bell, 0, RIGHTS_ALL, 2), h = done(&here, CAP_COPY, event, here.table, RIGHT_WRITE, 0);
    const struct cap *c = cap_of(here.t, h);

    ck_assert_int_eq(replace(&here, h, mine), ST_OK);
    ck_assert_int_eq(find(&here, h), ST_OK);
    ck_assert(c->type == CAP_DOORBELL && c->object == 3 && c->value == 2 && c->rights == RIGHT_WRITE);
    ck_assert_int_eq(CALL(&here, CAP_IDENTIFY, mine), ST_STALE_HANDLE);
    ck_assert_int_eq(CALL(&here, CAP_REVOKE, event), ST_OK); /* it does not come from there any more */
    ck_assert_int_eq(find(&here, h), ST_OK);
    mine = done(&here, CAP_COPY, event, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(replace(&here, h, mine), ST_OK);
    ck_assert(c->type == CAP_EVENT && c->value == 6 && c->rights == RIGHT_WRITE);
    while (CALL(&here, CAP_REVOKE, event) == ST_AGAIN)
        ;
    ck_assert_int_eq(find(&here, h), ST_STALE_HANDLE);
}
END_TEST

START_TEST(only_bells_and_events_are_replaced_and_no_right_is_gained)
{
    handle_t frame = make(&here, CAP_FRAME, PAGE_BYTES), bell = give(&here, CAP_DOORBELL, 3, 0),
             h = done(&here, CAP_COPY, bell, here.table, RIGHTS_ALL, 0), f = done(&here, CAP_COPY, frame, here.table, RIGHTS_ALL, 0),
             src = done(&here, CAP_COPY, bell, 0, RIGHT_WRITE, 0), parent = done(&here, CAP_COPY, bell, 0, RIGHTS_ALL, 0);

    (void)done(&here, CAP_COPY, parent, 0, RIGHTS_ALL, 0);
    ck_assert_int_eq(replace(&here, f, src), ST_TYPE);
    ck_assert_int_eq(replace(&here, h, frame), ST_TYPE);
    ck_assert_int_eq(replace(&here, h, parent), ST_STATE);
    ck_assert_int_eq(replace(&here, HANDLE(30, 1), src), ST_STALE_HANDLE);
    ck_assert_int_eq(CALL(&here, CAP_REPLACE, here.island, 0, src, src), ST_INVALID);
    ck_assert_int_eq(CALL(&here, CAP_REPLACE, src, here.table, h, src), ST_TYPE);
    ck_assert_int_eq(replace(&here, h, src), ST_OK);
    ck_assert_uint_eq(cap_of(here.t, h)->rights, RIGHT_WRITE);
}
END_TEST

START_TEST(copies_of_what_is_replaced_stay_what_they_are)
{
    handle_t bell = give(&here, CAP_DOORBELL, 3, 0), other = give(&here, CAP_DOORBELL, 4, 0),
             h = done(&here, CAP_COPY, bell, here.table, RIGHTS_ALL, 0), kept = 0;

    for (unsigned i = 0; i < 20; i++) /* more than a slice */
        kept = done(&here, CAP_PASS, here.island, here.table, h, 0 /* own */);
    ck_assert_int_eq(replace(&here, h, other), ST_OK);
    ck_assert_uint_eq(cap_of(here.w.table, kept)->object, 3);
    ck_assert_uint_eq(cap_of(here.t, h)->object, 4);
    ck_assert_uint_eq(cap_of(here.t, h)->child, 0);
    while (CALL(&here, CAP_REVOKE, bell) == ST_AGAIN) /* they come from where it came from */
        ;
    ck_assert_int_eq(CALL(&here, CAP_IDENTIFY, kept), ST_STALE_HANDLE);
    ck_assert_int_eq(find(&here, h), ST_OK);
}
END_TEST

/* ---- one operation pokes either ---- */

static status_t poke(unsigned op, handle_t h, uint64_t bucket)
{
    return world_call(&here.w, SYS_queue_send, op, (uint64_t[8]){ h, bucket });
}

START_TEST(both_pokes_take_both)
{
    unsigned op = _i ? SEND_SIGNAL : SEND_BELL, before = fake.sgis;
    handle_t any = give(&here, CAP_DOORBELL, 1, 0), one = done(&here, CAP_MINT, any, 0, RIGHTS_ALL, 3),
             event = done(&here, CAP_MAKE_EVENT, here.w.self, 6, 0, 0),
             deaf = done(&here, CAP_COPY, event, 0, RIGHT_GRANT, 0);

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
    handle_t bell = give(&there, CAP_DOORBELL, 3, 0), other = give(&there, CAP_DOORBELL, 4, 0);
    uint64_t seq = there.w.k->log.seq;

    ck_assert_int_eq(CALL(&there, CAP_TABLE_AS, there.island, there.table, 0), ST_OK);
    expect(&seq, WITNESS_F_TAG, 0);
    ck_assert_int_eq(place(&there, HANDLE(10, 4), 0), ST_OK);
    expect(&seq, WITNESS_F_FREE, HANDLE(10, 4));
    ck_assert_int_eq(place(&there, HANDLE(10, 4), bell), ST_OK);
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
    handle_t frame = make(&here, CAP_FRAME, MANY * PAGE_BYTES);
    uint64_t x[8] = { here.island, 0, frame, RIGHT_READ }, seq;
    const struct witness_record *r;

    for (uint64_t at = 0; at < MANY; at += MAP_SLICE)
        ck_assert_int_eq(world_call(&here.w, SYS_region_map, MAP_MAP,
                                    (uint64_t[8]){ frame, here.w.space, 0x400000, PERM_READ | PERM_WRITE, at,
                                                   MANY - at < MAP_SLICE ? MANY - at : MAP_SLICE }), ST_OK);
    seq = here.w.k->log.seq;
    ck_assert_int_eq(call(&here, CAP_ATTENUATE, x), ST_AGAIN);
    ck_assert_uint_eq(cap_of(here.w.table, frame)->rights, RIGHT_READ);
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
    handle_t frame = make(&here, CAP_FRAME, PAGE_BYTES), less = done(&here, CAP_COPY, frame, here.table, RIGHT_READ | RIGHT_GRANT, 0);
    uint64_t seq = here.w.k->log.seq;

    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, here.table, less, RIGHTS_ALL), ST_OK);
    ck_assert_uint_eq(cap_of(here.t, less)->rights, RIGHT_READ | RIGHT_GRANT);
    ck_assert_uint_eq(here.w.k->log.seq, seq); /* nothing has changed */
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, here.table, less, RIGHT_WRITE), ST_OK);
    ck_assert_uint_eq(cap_of(here.t, less)->rights, 0);
    ck_assert_uint_eq(cap_of(here.w.table, frame)->rights, RIGHTS_ALL); /* what it was made from stays */
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, here.table, HANDLE(9, 9), 0), ST_STALE_HANDLE);
    cap_of(here.w.table, frame)->flags |= CAP_F_BUSY;
    ck_assert_int_eq(CALL(&here, CAP_ATTENUATE, here.island, 0, frame, 0), ST_BUSY);
    cap_of(here.w.table, frame)->flags &= (uint8_t)~CAP_F_BUSY;
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver_place");
    TCase *c = tcase_create("place");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, every_handle_means_there_what_it_meant_here, 0, 60);
    tcase_add_test(c, a_list_says_what_is_needed_to_make_it_again);
    tcase_add_test(c, what_names_a_dead_object_is_told_as_free);
    tcase_add_test(c, a_frame_stays_mapped_where_it_is);
    tcase_add_test(c, what_may_not_be_given_away_is_placed_as_it_is);
    tcase_add_test(c, an_object_lives_by_the_capability_that_was_placed);
    tcase_add_test(c, what_is_refused_has_moved_nothing);
    tcase_add_test(c, a_far_slot_is_reached_in_slices);
    tcase_add_test(c, handles_of_a_table_are_those_of_the_core_it_is_from);
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
