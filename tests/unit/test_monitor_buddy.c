/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/buddy: B1-B4 over random use, over a kernel that refuses any one action or several, and at
 * the ends of the tables.
 *
 * Beside it stands a kernel of a few lines that has the rules of the real one: RAM is taken from the
 * front, a capability is whole again when nothing made from it is left, a handle that was deleted
 * is never valid again. And a map of who has each 64 KiB.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "monitor/buddy.h"
#include "tests/support/args.h"

#define CAPS_MAX 8192u
#define UNITS    4096u /* 256 MiB in pieces of the smallest block */
#define BASE     0x40000000ull
#define ENOUGH   1000u

struct fake_cap {
    uint32_t generation;
    bool there;
    unsigned parent, children;
    paddr_t base;
    uint64_t bytes, used;
};

static struct fake_cap caps[CAPS_MAX];
static unsigned slots, actions, fail_at, fail_every;
static struct buddy b;

static struct fake_cap *cap_of(handle_t h)
{
    struct fake_cap *c = &caps[HANDLE_INDEX(h) % CAPS_MAX];

    ck_assert_msg(c->there && c->generation == HANDLE_GENERATION(h), "a handle that is none");
    return c;
}

static status_t make(unsigned parent, paddr_t base, uint64_t bytes, handle_t *h)
{
    for (unsigned i = 1; i < slots; i++) {
        if (caps[i].there)
            continue;
        caps[i] = (struct fake_cap){caps[i].generation + 1, true, parent, 0, base, bytes, 0};
        *h = HANDLE(i, caps[i].generation);
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

static bool fails(void)
{
    actions++;
    return actions == fail_at || (fail_every != 0 && actions % fail_every == 0);
}

static status_t cut(void *w, handle_t ram, uint64_t bytes, handle_t *part)
{
    struct fake_cap *c = cap_of(ram);
    status_t st;

    (void)w;
    if (c->children == 0)
        c->used = 0;
    ck_assert_msg(bytes <= c->bytes - c->used, "more is cut than there is");
    if (fails())
        return ST_TABLE_FULL;
    if ((st = make((unsigned)(c - caps), c->base + c->used, bytes, part)) != ST_OK)
        return st;
    c->used += bytes;
    c->children++;
    return ST_OK;
}

static status_t drop(void *w, handle_t ram)
{
    struct fake_cap *c = cap_of(ram);

    (void)w;
    ck_assert_msg(c->children == 0, "a capability is deleted from which something was made");
    if (fails())
        return ST_BUSY;
    c->there = false;
    caps[c->parent].children--;
    return ST_OK;
}

static const struct buddy_env env = {cut, drop};

static unsigned caps_there(void)
{
    unsigned n = 0;

    for (unsigned i = 1; i < CAPS_MAX; i++)
        n += caps[i].there;
    return n;
}

static void sound(void)
{
    const char *why = buddy_wrong(&b);

    ck_assert_msg(why == NULL, "%s", why);
}

/* Roots of these sizes, one behind the other. */
static void begin(unsigned nslots, unsigned nroots, const uint64_t *bytes)
{
    paddr_t base = BASE;

    memset(caps, 0, sizeof caps);
    slots = nslots;
    actions = fail_at = fail_every = 0;
    buddy_init(&b, &env, NULL);
    for (unsigned i = 0; i < nroots; i++) {
        struct buddy_piece root = {.base = base, .bytes = bytes[i]};

        ck_assert_int_eq(make(0, base, bytes[i], &root.ram), ST_OK);
        ck_assert_int_eq(buddy_add(&b, &root), ST_OK);
        base += bytes[i];
    }
    sound();
}

static void begin_one(uint64_t bytes)
{
    begin(CAPS_MAX, 1, &bytes);
}

START_TEST(a_block_is_the_smallest_that_holds_the_bytes)
{
    struct buddy_piece p;

    for (unsigned order = 0; order < BUDDY_ORDERS; order++) {
        uint64_t bytes = BUDDY_MIN_BYTES << order;

        begin_one(BUDDY_MAX_BYTES);
        ck_assert_int_eq(buddy_take(&b, bytes, &p), ST_OK);
        ck_assert_uint_eq(p.bytes, bytes);
        ck_assert_uint_eq(cap_of(p.ram)->bytes, bytes);
        ck_assert_uint_eq(cap_of(p.ram)->base, p.base);
        ck_assert_int_eq(buddy_give(&b, p.ram), ST_OK);
        ck_assert_int_eq(buddy_take(&b, bytes - BUDDY_MIN_BYTES + 1, &p), ST_OK);
        ck_assert_uint_eq(p.bytes, bytes);
        sound();
    }
    begin_one(BUDDY_MAX_BYTES);
    ck_assert_int_eq(buddy_take(&b, BUDDY_MAX_BYTES + 1, &p), ST_NOMEM);
    ck_assert_int_eq(buddy_take(&b, UINT64_MAX, &p), ST_NOMEM);
    ck_assert_int_eq(buddy_take(&b, 0, &p), ST_INVALID);
}
END_TEST

START_TEST(what_comes_back_is_whole_again)
{
    struct buddy_piece p[16];

    begin_one(MIB);
    for (unsigned i = 0; i < 16; i++)
        ck_assert_int_eq(buddy_take(&b, 1, &p[i]), ST_OK);
    ck_assert_int_eq(buddy_take(&b, 1, &p[0]), ST_NOMEM);
    ck_assert_uint_eq(buddy_largest(&b), 0);
    for (unsigned i = 0; i < 16; i++) /* every other one, then those between */
        ck_assert_int_eq(buddy_give(&b, p[(i * 2 + i / 8) % 16].ram), ST_OK);
    ck_assert_uint_eq(buddy_largest(&b), MIB);
    ck_assert_uint_eq(caps_there(), 1);
    sound();
}
END_TEST

START_TEST(what_is_not_out_is_not_taken_back)
{
    struct buddy_piece p, q, is;
    handle_t root = HANDLE(1, 1);

    begin_one(MIB);
    ck_assert_int_eq(buddy_give(&b, root), ST_STATE); /* it is free */
    ck_assert_int_eq(buddy_take(&b, 1, &p), ST_OK);
    ck_assert_int_eq(buddy_take(&b, 1, &q), ST_OK);
    ck_assert_int_eq(buddy_give(&b, root), ST_STATE); /* it is split */
    ck_assert_int_eq(buddy_give(&b, HANDLE(5000, 1)), ST_INVALID_HANDLE);
    ck_assert_int_eq(buddy_give(&b, 0), ST_INVALID_HANDLE);
    ck_assert_int_eq(buddy_look(&b, p.ram, &is), ST_OK);
    ck_assert_uint_eq(is.base, p.base);
    ck_assert_int_eq(buddy_give(&b, p.ram), ST_OK);
    ck_assert_int_eq(buddy_give(&b, p.ram), ST_STATE); /* free, and its other half is not */
    ck_assert_int_eq(buddy_give(&b, q.ram), ST_OK);
    ck_assert_int_eq(buddy_give(&b, q.ram), ST_INVALID_HANDLE); /* merged */
    ck_assert_int_eq(buddy_look(&b, q.ram, &is), ST_INVALID_HANDLE);
    sound();
}
END_TEST

START_TEST(a_root_has_one_of_the_sizes_and_is_known_once)
{
    struct buddy_piece root = {.ram = HANDLE(9, 1), .base = BASE};

    begin_one(MIB);
    for (uint64_t bytes = 0; bytes < 3 * BUDDY_MIN_BYTES; bytes += PAGE_BYTES) {
        root.bytes = bytes;
        if (bytes != BUDDY_MIN_BYTES && bytes != 2 * BUDDY_MIN_BYTES)
            ck_assert_int_eq(buddy_add(&b, &root), ST_INVALID);
    }
    root.bytes = 2 * BUDDY_MAX_BYTES;
    ck_assert_int_eq(buddy_add(&b, &root), ST_INVALID);
    root.bytes = MIB;
    root.ram = 0;
    ck_assert_int_eq(buddy_add(&b, &root), ST_INVALID);
    root.ram = HANDLE(1, 1);
    ck_assert_int_eq(buddy_add(&b, &root), ST_INVALID);
    sound();
}
END_TEST

START_TEST(a_full_table_refuses_and_loses_nothing)
{
    static handle_t out[BUDDY_BLOCKS];
    struct buddy_piece p;
    unsigned n = 0;

    begin_one(BUDDY_MAX_BYTES); /* our own table: 64 Ki blocks would be in it */
    while (buddy_take(&b, 1, &p) == ST_OK)
        out[n++] = p.ram;
    ck_assert_int_eq(buddy_take(&b, 1, &p), ST_TABLE_FULL);
    ck_assert_uint_gt(n, BUDDY_BLOCKS / 2 - 20);
    sound();
    while (n > 0)
        ck_assert_int_eq(buddy_give(&b, out[--n]), ST_OK);
    ck_assert_uint_eq(buddy_largest(&b), BUDDY_MAX_BYTES);
    sound();

    for (unsigned room = 2; room < 40; room++) { /* the kernel's */
        const uint64_t bytes = BUDDY_MAX_BYTES;

        begin(room, 1, &bytes);
        if (room < 2 + 2 * (BUDDY_ORDERS - 1)) {
            ck_assert_int_eq(buddy_take(&b, 1, &p), ST_TABLE_FULL);
        } else {
            ck_assert_int_eq(buddy_take(&b, 1, &p), ST_OK);
            ck_assert_int_eq(buddy_give(&b, p.ram), ST_OK);
        }
        ck_assert_uint_eq(buddy_largest(&b), bytes);
        ck_assert_uint_eq(caps_there(), 1);
        sound();
    }
}
END_TEST

/* What the failing actions were about: takes and gives that go through all the sizes. */
static void some_use(bool *all_good)
{
    static const uint64_t size[] = {1, 3 * MIB, 65537, 8 * MIB, 200 * KIB, 1};
    struct buddy_piece p[ARRAY_LEN(size)];
    bool got[ARRAY_LEN(size)];

    for (unsigned i = 0; i < ARRAY_LEN(size); i++) {
        status_t st = buddy_take(&b, size[i], &p[i]);

        ck_assert(st == ST_OK || st == ST_TABLE_FULL || st == ST_NOMEM);
        got[i] = st == ST_OK;
        *all_good = *all_good && got[i];
        sound();
    }
    for (unsigned i = 0; i < ARRAY_LEN(size); i++) {
        if (got[(i + 2) % ARRAY_LEN(size)])
            ck_assert_int_eq(buddy_give(&b, p[(i + 2) % ARRAY_LEN(size)].ram), ST_OK);
        sound();
    }
}

/* After everything came back and the kernel works again. */
static void all_is_whole(uint64_t bytes)
{
    struct buddy_piece p;

    fail_at = fail_every = 0;
    ck_assert(buddy_take(&b, bytes, &p) == ST_OK);
    ck_assert_int_eq(buddy_give(&b, p.ram), ST_OK);
    sound();
    ck_assert_uint_eq(b.bytes_free, bytes);
    ck_assert_uint_eq(b.bytes_lost, 0);
    ck_assert_uint_eq(buddy_largest(&b), bytes);
    ck_assert_uint_eq(caps_there(), 1);
}

START_TEST(any_one_action_may_fail)
{
    unsigned n = 0, refused = 0;
    bool good;

    do {
        begin_one(64 * MIB);
        fail_at = ++n;
        good = true;
        some_use(&good);
        refused += !good;
        ck_assert_msg(n < ENOUGH, "it takes no end");
        if (actions >= n)
            all_is_whole(64 * MIB);
    } while (actions >= n);
    ck_assert_uint_gt(n, 40); /* there were so many */
    ck_assert_uint_gt(refused, 10);
}
END_TEST

START_TEST(many_actions_may_fail)
{
    for (unsigned first = 1; first < 120; first += 3)
        for (unsigned every = 1; every < 60; every += 1 + every / 10) {
            bool good = true;

            begin_one(64 * MIB);
            fail_at = first;
            fail_every = every;
            some_use(&good);
            all_is_whole(64 * MIB);
        }
}
END_TEST

/* Beside it the plain truth: who has each unit. */
static uint16_t owner[UNITS];
static struct buddy_piece held[UNITS + 1];

static void claim(uint16_t who, const struct buddy_piece *p)
{
    for (uint64_t u = (p->base - BASE) / BUDDY_MIN_BYTES, n = p->bytes / BUDDY_MIN_BYTES; n > 0;
         n--)
        owner[u + n - 1] = who;
}

static bool is_free(const struct buddy_piece *p)
{
    for (uint64_t u = (p->base - BASE) / BUDDY_MIN_BYTES, n = p->bytes / BUDDY_MIN_BYTES; n > 0;
         n--)
        if (owner[u + n - 1] != 0)
            return false;
    return true;
}

static uint64_t random_bytes(void)
{
    return (uint64_t)(rand() % 65536 + 1) << rand() % 8;
}

START_TEST(no_byte_is_out_twice)
{
    static const uint64_t roots[] = {64 * KIB, 512 * KIB, MIB, 8 * MIB, 128 * MIB};
    uint64_t all = 0, is_out = 0;
    unsigned n = 0;

    for (unsigned i = 0; i < ARRAY_LEN(roots); i++)
        all += roots[i];
    memset(owner, 0, sizeof owner);
    begin(CAPS_MAX, ARRAY_LEN(roots), roots);
    for (int i = 0; i < 200000; i++) {
        struct buddy_piece p;

        fail_every = i / 1000 % 4 == 3 ? 7 : 0;
        if (rand() % 100 < (i / 5000 % 2 == 0 ? 60 : 40)) {
            if (buddy_take(&b, random_bytes(), &p) != ST_OK)
                continue;
            ck_assert(is_free(&p));
            held[++n] = p;
            claim((uint16_t)n, &p);
            is_out += p.bytes;
        } else if (n > 0) {
            unsigned which = (unsigned)rand() % n + 1;

            p = held[which];
            ck_assert_int_eq(buddy_give(&b, p.ram), ST_OK);
            ck_assert_int_ne(buddy_give(&b, p.ram), ST_OK);
            claim(0, &p);
            is_out -= p.bytes;
            held[which] = held[n--];
            if (which <= n)
                claim((uint16_t)which, &held[which]);
        }
        ck_assert_uint_eq(b.bytes_out, is_out);
        ck_assert_uint_eq(b.bytes_free + b.bytes_out + b.bytes_lost, all);
        if (i % 400 == 0)
            sound();
    }
    fail_every = 0;
    while (n > 0)
        ck_assert_int_eq(buddy_give(&b, held[n--].ram), ST_OK);
    sound();
    ck_assert_uint_eq(b.bytes_free, all);
    ck_assert_uint_eq(buddy_largest(&b), 128 * MIB);
    ck_assert_uint_eq(caps_there(), ARRAY_LEN(roots));
}
END_TEST

START_TEST(a_call_is_at_most_two_actions_for_each_size)
{
    struct buddy_piece p;

    begin_one(BUDDY_MAX_BYTES);
    for (int i = 0; i < 2000; i++) {
        actions = 0;
        ck_assert_int_eq(buddy_take(&b, random_bytes(), &p), ST_OK);
        ck_assert_uint_le(actions, 2 * (BUDDY_ORDERS - 1));
        actions = 0;
        ck_assert_int_eq(buddy_give(&b, p.ram), ST_OK);
        ck_assert_uint_le(actions, 2 * (BUDDY_ORDERS - 1));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/buddy");
    TCase *t = tcase_create("buddy");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_block_is_the_smallest_that_holds_the_bytes);
    tcase_add_test(t, what_comes_back_is_whole_again);
    tcase_add_test(t, what_is_not_out_is_not_taken_back);
    tcase_add_test(t, a_root_has_one_of_the_sizes_and_is_known_once);
    tcase_add_test(t, a_full_table_refuses_and_loses_nothing);
    tcase_add_test(t, any_one_action_may_fail);
    tcase_add_test(t, many_actions_may_fail);
    tcase_add_test(t, no_byte_is_out_twice);
    tcase_add_test(t, a_call_is_at_most_two_actions_for_each_size);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
