/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/place_side.h"
#include <stdlib.h>
#include <string.h>

#define SHARE (16u << 20)

struct side here, there;

status_t side_call(struct side *s, unsigned op, uint64_t x[8])
{
    return world_call(&s->w, SYS_cap_grant, op, x);
}

handle_t side_done(struct side *s, unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){a, b, c, d}, sizeof x);
        st = side_call(s, op, x);
    } while (st == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    return x[1];
}

handle_t side_make(struct side *s, enum cap_type type, uint64_t bytes)
{
    return side_done(s, CAP_RETYPE, s->w.ram, type, bytes, 0);
}

handle_t side_give(struct side *s, enum cap_type type, uint64_t object, uint64_t value)
{
    return world_give(&s->w, type, object, value, RIGHTS_ALL);
}

struct cap *side_cap(struct captable *t, handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(t, h, CAP_NULL, 0, &c), ST_OK);
    return c;
}

void side_table(struct side *s, unsigned slots)
{
    s->table = side_make(s, CAP_CAPTABLE, slots);
    s->t = (struct captable *)(void *)object_of(side_cap(s->w.table, s->table));
}

static void make_side(struct side *s)
{
    world_make(&s->w, SHARE);
    s->w.k->root = s->w.root;
    s->island = side_give(s, CAP_ISLAND, 0, 0);
    side_table(s, SLOTS);
}

void side_setup(void)
{
    make_side(&here);
    make_side(&there);
    srandom(11);
}

void side_teardown(void)
{
    world_check(&here.w);
    world_check(&there.w);
    world_free(&here.w);
    world_free(&there.w);
}

status_t side_place(struct side *s, handle_t h, handle_t own)
{
    status_t st;

    while ((st = CALL(s, CAP_PLACE, s->island, s->table, h, own)) == ST_AGAIN)
        ;
    return st;
}

status_t side_find(struct side *s, handle_t h)
{
    struct cap *c;

    return cap_find(s->t, h, CAP_NULL, 0, &c);
}

void side_delete(struct side *s, handle_t h)
{
    status_t st = cap_remove(s->w.k, side_cap(s->t, h));

    ck_assert_int_eq(st, ST_OK);
}

unsigned side_list(struct side *s, struct entry *e)
{
    unsigned n = 0;
    uint64_t at = 0;
    status_t st;

    for (;;) {
        memcpy(e[n].x, (uint64_t[8]){s->island, s->table, at}, sizeof e[n].x);
        if ((st = side_call(s, CAP_LIST, e[n].x)) == ST_NOT_FOUND)
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
