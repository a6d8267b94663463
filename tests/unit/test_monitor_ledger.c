/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/ledger: L1-L3, against a plain map with one entry for each page.
 *
 * The map decides what a change must answer by looking at every page of it; the ledger must
 * answer the same, and afterwards both must say the same of every page.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "monitor/ledger.h"
#include "tests/support/args.h"

#define PAGES    96u /* the world; two shares are in it, apart */
#define BASE     0x40000000ull
#define AT(page) (BASE + (page)*PAGE_BYTES)

static const struct range shares[] = {{AT(8), 32 * PAGE_BYTES}, {AT(50), 20 * PAGE_BYTES}};

struct page {
    enum ledger_state state;
    uint64_t who;
    unsigned first, n; /* the range it came with */
};

static struct ledger l;
static struct page map[PAGES + 16]; /* a wrong range may reach behind the world */

static int share_of(unsigned page)
{
    for (unsigned i = 0; i < ARRAY_LEN(shares); i++)
        if (AT(page) >= shares[i].base && AT(page) < shares[i].base + shares[i].bytes)
            return (int)i;
    return -1;
}

static void sound(void)
{
    const char *why = ledger_wrong(&l);

    ck_assert_msg(why == NULL, "%s", why);
}

static void begin(void)
{
    memset(map, 0, sizeof map);
    ledger_init(&l);
    for (unsigned i = 0; i < ARRAY_LEN(shares); i++)
        ck_assert_int_eq(ledger_share(&l, shares[i].base, shares[i].bytes), ST_OK);
    for (unsigned p = 0; p < ARRAY_LEN(map); p++)
        map[p].state = share_of(p) >= 0 ? LEDGER_FREE : LEDGER_NONE;
    sound();
}

static status_t change(unsigned first, unsigned n, enum ledger_state from, uint64_t whose,
                       enum ledger_state to, uint64_t who)
{
    struct ledger_range is = {AT(first), n * PAGE_BYTES, whose, from};

    return ledger_change(&l, &is, to, who);
}

/* Which changes there are, written down a second time. */
static bool may(enum ledger_state from, enum ledger_state to)
{
    if (from == LEDGER_FREE)
        return to == LEDGER_OUT || to == LEDGER_LENT || to == LEDGER_OWN;
    if (to == LEDGER_FREE)
        return from == LEDGER_OUT || from == LEDGER_LENT || from == LEDGER_RETURNING;
    return (from == LEDGER_OUT && to == LEDGER_RETURNING) ||
           (from == LEDGER_NONE && to == LEDGER_BORROWED) ||
           (from == LEDGER_BORROWED && to == LEDGER_NONE);
}

static bool gap(enum ledger_state s)
{
    return s == LEDGER_NONE || s == LEDGER_FREE;
}

/* What the answer must be, page by page. */
static status_t expected(unsigned first, unsigned n, enum ledger_state from, uint64_t whose,
                         enum ledger_state to)
{
    bool ours = from != LEDGER_NONE && from != LEDGER_BORROWED, taken = false;
    const struct page *lowest = NULL;

    if (n == 0 || from >= LEDGER_STATES || to >= LEDGER_STATES)
        return ST_INVALID;
    if (!may(from, to))
        return ST_STATE;
    for (unsigned p = first; p < first + n; p++) {
        if (ours ? share_of(p) < 0 || share_of(p) != share_of(first) : share_of(p) >= 0)
            return ST_FOREIGN;
        if (!gap(map[p].state) && !taken) {
            taken = true;
            lowest = &map[p];
        }
    }
    if (taken == gap(from))
        return ST_STATE;
    if (!taken)
        return ST_OK;
    if (lowest->first != first || lowest->n != n)
        return ST_INVALID;
    if (lowest->state != from)
        return ST_STATE;
    return lowest->who == whose ? ST_OK : ST_DENIED;
}

static void compare(void)
{
    struct ledger_range r;
    unsigned p = 0;

    for (paddr_t at = BASE; ledger_next(&l, at, &r) == ST_OK; at = r.base + r.bytes) {
        ck_assert(r.base >= at && r.bytes > 0);
        for (; AT(p) < r.base; p++)
            ck_assert_int_eq(map[p].state, LEDGER_NONE);
        for (; AT(p) < r.base + r.bytes; p++) {
            ck_assert_int_eq(map[p].state, r.state);
            ck_assert(r.state == LEDGER_FREE || map[p].who == r.who);
        }
    }
    for (; p < ARRAY_LEN(map); p++)
        ck_assert_int_eq(map[p].state, LEDGER_NONE);
}

/* Mostly something that is there, else anything. */
static void random_change(unsigned *first, unsigned *n, enum ledger_state *from, uint64_t *whose)
{
    const struct page *p = &map[(unsigned)rand() % PAGES];

    *first = (unsigned)rand() % (PAGES - 8);
    *n = (unsigned)rand() % 8;
    *from = (enum ledger_state)(rand() % (LEDGER_STATES + 1));
    *whose = (uint64_t)rand() % 3;
    if (rand() % 4 == 0)
        return;
    *from = p->state;
    if (gap(p->state)) {
        *first = (unsigned)(p - map) < PAGES - 8 ? (unsigned)(p - map) : PAGES - 8;
    } else {
        *first = p->first;
        *n = p->n;
        *whose = p->who;
    }
    switch (rand() % 16) { /* and sometimes one thing wrong */
    case 0:
        *n += 1;
        break;
    case 1:
        *n -= *n > 0;
        break;
    case 2:
        *first += 1;
        break;
    case 3:
        *whose += 1;
        break;
    default:
        break;
    }
}

START_TEST(it_answers_what_a_map_of_all_pages_says)
{
    unsigned count[ST_COUNT] = {0};

    begin();
    for (int i = 0; i < 150000; i++) {
        uint64_t whose, who = (uint64_t)rand() % 3;
        enum ledger_state from, to = (enum ledger_state)(rand() % (LEDGER_STATES + 1));
        unsigned first, n;
        status_t want;

        random_change(&first, &n, &from, &whose);
        while (rand() % 4 != 0 && from < LEDGER_STATES && from != LEDGER_OWN && !may(from, to))
            to = (enum ledger_state)(rand() % LEDGER_STATES);
        if (to == LEDGER_OWN && rand() % 5000 != 0) /* it would be all there is, soon */
            to = LEDGER_FREE;
        want = expected(first, n, from, whose, to);
        ck_assert_int_eq(change(first, n, from, whose, to, who), want);
        count[want]++;
        for (unsigned p = first; want == ST_OK && p < first + n; p++)
            map[p] = gap(to) ? (struct page){.state = to} : (struct page){to, who, first, n};
        if (i % 32 == 0) {
            sound();
            compare();
        }
    }
    ck_assert_uint_gt(count[ST_OK], 20000); /* all of it was tried */
    ck_assert_uint_gt(count[ST_INVALID], 1000);
    ck_assert_uint_gt(count[ST_STATE], 1000);
    ck_assert_uint_gt(count[ST_FOREIGN], 1000);
    ck_assert_uint_gt(count[ST_DENIED], 100);
}
END_TEST

START_TEST(each_mistake_has_its_own_error)
{
    begin();
    ck_assert_int_eq(change(10, 4, LEDGER_FREE, 0, LEDGER_OUT, 7), ST_OK);
    ck_assert_int_eq(change(10, 4, LEDGER_FREE, 0, LEDGER_OUT, 8), ST_STATE);   /* twice */
    ck_assert_int_eq(change(13, 4, LEDGER_FREE, 0, LEDGER_LENT, 2), ST_STATE);  /* in part */
    ck_assert_int_eq(change(10, 4, LEDGER_OUT, 8, LEDGER_FREE, 0), ST_DENIED);  /* another's */
    ck_assert_int_eq(change(10, 3, LEDGER_OUT, 7, LEDGER_FREE, 0), ST_INVALID); /* less */
    ck_assert_int_eq(change(10, 5, LEDGER_OUT, 7, LEDGER_FREE, 0), ST_INVALID); /* more */
    ck_assert_int_eq(change(11, 3, LEDGER_OUT, 7, LEDGER_FREE, 0), ST_INVALID);
    ck_assert_int_eq(change(10, 4, LEDGER_LENT, 7, LEDGER_FREE, 0), ST_STATE);
    ck_assert_int_eq(change(10, 4, LEDGER_OUT, 7, LEDGER_FREE, 0), ST_OK);
    ck_assert_int_eq(change(10, 4, LEDGER_OUT, 7, LEDGER_FREE, 0), ST_STATE);   /* double free */
    ck_assert_int_eq(change(0, 4, LEDGER_OUT, 7, LEDGER_FREE, 0), ST_FOREIGN);  /* not ours */
    ck_assert_int_eq(change(38, 4, LEDGER_FREE, 0, LEDGER_OUT, 7), ST_FOREIGN); /* ours in part */
    ck_assert_int_eq(change(38, 4, LEDGER_NONE, 0, LEDGER_BORROWED, 1), ST_FOREIGN);
    ck_assert_int_eq(change(40, 4, LEDGER_NONE, 0, LEDGER_BORROWED, 1), ST_OK);
    ck_assert_int_eq(change(43, 4, LEDGER_NONE, 0, LEDGER_BORROWED, 1), ST_STATE);
    ck_assert_int_eq(change(40, 4, LEDGER_BORROWED, 2, LEDGER_NONE, 0), ST_DENIED);
    sound();
    ck_assert_uint_eq(l.bytes[LEDGER_BORROWED], 4 * PAGE_BYTES);
    ck_assert_uint_eq(l.bytes[LEDGER_FREE], 52 * PAGE_BYTES);
}
END_TEST

START_TEST(every_change_of_state_is_the_one_that_is_written_down)
{
    for (unsigned from = 0; from <= LEDGER_STATES; from++)
        for (unsigned to = 0; to <= LEDGER_STATES; to++) {
            enum ledger_state f = (enum ledger_state)from, t = (enum ledger_state)to;
            unsigned page = f == LEDGER_NONE || f == LEDGER_BORROWED ? 2 : 12;
            status_t want = ST_OK;

            begin();
            if (f == LEDGER_RETURNING)
                ck_assert_int_eq(change(page, 2, LEDGER_FREE, 0, LEDGER_OUT, 5), ST_OK);
            if (f == LEDGER_BORROWED)
                ck_assert_int_eq(change(page, 2, LEDGER_NONE, 0, f, 5), ST_OK);
            else if (f == LEDGER_RETURNING)
                ck_assert_int_eq(change(page, 2, LEDGER_OUT, 5, f, 5), ST_OK);
            else if (f < LEDGER_STATES && !gap(f))
                ck_assert_int_eq(change(page, 2, LEDGER_FREE, 0, f, 5), ST_OK);
            if (f == LEDGER_STATES || t == LEDGER_STATES)
                want = ST_INVALID;
            else if (!may(f, t))
                want = ST_STATE;
            ck_assert_int_eq(change(page, 2, f, gap(f) ? 0 : 5, t, 6), want);
            sound();
        }
}
END_TEST

START_TEST(a_range_is_whole_pages_and_does_not_wrap)
{
    struct ledger_range is = {AT(10), PAGE_BYTES, 0, LEDGER_FREE};

    begin();
    is.bytes = 0;
    ck_assert_int_eq(ledger_change(&l, &is, LEDGER_OUT, 1), ST_INVALID);
    is.bytes = PAGE_BYTES + 1;
    ck_assert_int_eq(ledger_change(&l, &is, LEDGER_OUT, 1), ST_INVALID);
    is.bytes = 0 - 2 * PAGE_BYTES;
    is.base = 4 * PAGE_BYTES;
    ck_assert_int_eq(ledger_change(&l, &is, LEDGER_OUT, 1), ST_INVALID);
    is.bytes = PAGE_BYTES;
    is.base = AT(10) + 8;
    ck_assert_int_eq(ledger_change(&l, &is, LEDGER_OUT, 1), ST_INVALID);
    ck_assert_int_eq(ledger_share(&l, AT(80) + 1, PAGE_BYTES), ST_INVALID);
    ck_assert_int_eq(ledger_share(&l, AT(39), 2 * PAGE_BYTES), ST_EXISTS);
    ck_assert_int_eq(change(80, 1, LEDGER_NONE, 0, LEDGER_BORROWED, 1), ST_OK);
    ck_assert_int_eq(ledger_share(&l, AT(79), 2 * PAGE_BYTES), ST_EXISTS);
    ck_assert_int_eq(ledger_share(&l, AT(81), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(ledger_share(&l, AT(83), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(ledger_share(&l, AT(85), PAGE_BYTES), ST_TABLE_FULL);
    sound();
}
END_TEST

START_TEST(a_full_ledger_refuses_and_keeps_what_it_has)
{
    ledger_init(&l);
    ck_assert_int_eq(ledger_share(&l, BASE, 3 * LEDGER_ENTRIES * PAGE_BYTES), ST_OK);
    for (unsigned i = 0; i < LEDGER_ENTRIES; i++) /* from both ends */
        ck_assert_int_eq(
            change(i % 2 ? 3 * LEDGER_ENTRIES - 2 * i : 2 * i, 1, LEDGER_FREE, 0, LEDGER_OUT, i),
            ST_OK);
    sound();
    ck_assert_int_eq(change(1, 1, LEDGER_FREE, 0, LEDGER_OUT, 1), ST_TABLE_FULL);
    ck_assert_int_eq(change(0, 1, LEDGER_OUT, 0, LEDGER_RETURNING, 0), ST_OK);
    ck_assert_int_eq(change(0, 1, LEDGER_RETURNING, 0, LEDGER_FREE, 0), ST_OK);
    ck_assert_int_eq(change(1, 1, LEDGER_FREE, 0, LEDGER_OUT, 1), ST_OK);
    sound();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/ledger");
    TCase *t = tcase_create("ledger");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_set_timeout(t, 60);
    tcase_add_test(t, it_answers_what_a_map_of_all_pages_says);
    tcase_add_test(t, each_mistake_has_its_own_error);
    tcase_add_test(t, every_change_of_state_is_the_one_that_is_written_down);
    tcase_add_test(t, a_range_is_whole_pages_and_does_not_wrap);
    tcase_add_test(t, a_full_ledger_refuses_and_keeps_what_it_has);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
