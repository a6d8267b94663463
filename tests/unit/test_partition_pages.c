/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/page_own against a plain map that has, for each page and each partition, its state.
 *
 * The map is changed by the rows of the table in page_own.h, page by page and side by side. P1 and P2 are looked at in the map;
 * the table must answer the same as the map for every page and every partition.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "partition/page_own.h"
#include "tests/support/args.h"

#define PAGES    40u
#define WHO      5u /* partitions 1..4 */
#define BASE     0x40000000ull
#define AT(page) (BASE + (page)*PAGE_BYTES)
#define ROOM     16u

static struct page_range memory[ROOM], before[ROOM];
static struct page_table t;
static uint8_t map[PAGES][WHO]; /* enum page_state */

static void begin(void)
{
    page_own_init(&t, memory, ROOM);
    memset(map, 0, sizeof map);
}

static void sound(void)
{
    const char *why = page_own_wrong(&t);

    if (why != NULL)
        ck_abort_msg("%s", why);
    for (unsigned p = 0; p < PAGES; p++) {
        unsigned owners = 0, lent = 0, borrowed = 0;

        for (unsigned w = 1; w < WHO; w++) {
            if (page_own_state(&t, AT(p) + 17, w) !=
                map[p][w]) /* not ck_assert: a million of them take a minute */
                ck_abort_msg("page %u of %u is %d, not %u", p, w, page_own_state(&t, AT(p) + 17, w),
                             map[p][w]);
            owners += map[p][w] == PAGE_OWNED || map[p][w] == PAGE_LENT;
            lent += map[p][w] == PAGE_LENT;
            borrowed += map[p][w] == PAGE_BORROWED;
        }
        if (owners > 1 || lent != borrowed)
            ck_abort_msg("P1 or P2: page %u has %u owners, is lent by %u, borrowed by %u", p,
                         owners, lent, borrowed);
    }
}

enum transition { TAKE, DROP, DONATE, SHARE, RECLAIM, TRANSITIONS };

static const struct {
    enum page_state giver, giver_after, taker, taker_after;
} rows[TRANSITIONS] = {
    [TAKE] = {PAGE_NONE, PAGE_NONE, PAGE_NONE, PAGE_OWNED},
    [DROP] = {PAGE_OWNED, PAGE_NONE, PAGE_NONE, PAGE_NONE},
    [DONATE] = {PAGE_OWNED, PAGE_NONE, PAGE_NONE, PAGE_OWNED},
    [SHARE] = {PAGE_OWNED, PAGE_LENT, PAGE_NONE, PAGE_BORROWED},
    [RECLAIM] = {PAGE_LENT, PAGE_OWNED, PAGE_BORROWED, PAGE_NONE},
};

static bool known(unsigned p)
{
    for (unsigned w = 1; w < WHO; w++)
        if (map[p][w] != PAGE_NONE)
            return true;
    return false;
}

/* Does the map allow it for every page? */
static bool legal(enum transition tr, unsigned first, unsigned n, unsigned from, unsigned to)
{
    if (n == 0 || (tr != DROP && to == 0) || (tr != TAKE && from == 0) ||
        (tr != TAKE && tr != DROP && from == to))
        return false;
    for (unsigned p = first; p < first + n; p++) {
        if (tr == TAKE ? known(p) : map[p][from] != rows[tr].giver)
            return false;
        if (tr != DROP && map[p][to] != rows[tr].taker)
            return false;
    }
    return true;
}

static void change_map(enum transition tr, unsigned first, unsigned n, unsigned from, unsigned to)
{
    for (unsigned p = first; p < first + n; p++) {
        if (tr != TAKE)
            map[p][from] = (uint8_t)rows[tr].giver_after;
        if (tr != DROP)
            map[p][to] = (uint8_t)rows[tr].taker_after;
    }
}

/* Who is in the state that the transition wants at that page; or anybody. Most steps chosen blindly would be refused. */
static unsigned somebody(enum page_state state, unsigned page)
{
    if (rand() % 4 != 0)
        for (unsigned w = 1; w < WHO; w++)
            if (map[page][w] == state)
                return w;
    return (unsigned)rand() % WHO;
}

static status_t change(enum transition tr, unsigned first, unsigned n, unsigned from, unsigned to)
{
    switch (tr) {
    case TAKE:
        return page_own_take(&t, AT(first), n * PAGE_BYTES, to);
    case DROP:
        return page_own_drop(&t, AT(first), n * PAGE_BYTES, from);
    case DONATE:
        return page_own_donate(&t, AT(first), n * PAGE_BYTES, from, to);
    case SHARE:
        return page_own_share(&t, AT(first), n * PAGE_BYTES, from, to);
    default:
        return page_own_reclaim(&t, AT(first), n * PAGE_BYTES, from, to);
    }
}

START_TEST(any_transitions_leave_what_the_map_says)
{
    static const uint8_t pages_each[8] = {0, 1, 1, 1, 1, 2, 2, 3};
    unsigned done = 0, full = 0;

    begin();
    srand((unsigned)test_seed());
    for (unsigned i = 0; i < 60000; i++) {
        enum transition tr = (enum transition)((unsigned)rand() % TRANSITIONS);
        unsigned first = (unsigned)rand() % PAGES, n = pages_each[rand() % 8];
        unsigned from = somebody(rows[tr].giver, first);
        unsigned to = tr == RECLAIM ? somebody(PAGE_BORROWED, first) : (unsigned)rand() % WHO;
        uint32_t had = t.n;
        status_t st;

        if (first + n > PAGES)
            n = PAGES - first;
        memcpy(before, memory, sizeof memory);
        st = change(tr, first, n, from, to);
        if (st == ST_TABLE_FULL) {
            full++;
            ck_assert(legal(tr, first, n, from, to) && had + 2 > ROOM);
        } else {
            ck_assert_msg((st == ST_OK) == legal(tr, first, n, from, to), "step %u: %s", i,
                          status_name(st));
        }
        if (st == ST_OK) {
            change_map(tr, first, n, from, to);
            done++;
        } else {
            ck_assert_uint_eq(t.n, had);
            ck_assert_mem_eq(before, memory, sizeof memory);
        }
        sound();
    }
    ck_assert_uint_gt(done, 3000);
    ck_assert_uint_gt(full, 10);
}
END_TEST

START_TEST(handing_over_makes_one_what_the_other_was)
{
    unsigned done = 0;

    begin();
    srand((unsigned)test_seed());
    for (unsigned i = 0; i < 40000; i++) {
        unsigned first = (unsigned)rand() % PAGES, n = 1 + (unsigned)rand() % 4;
        enum transition tr = (enum transition)((unsigned)rand() % TRANSITIONS);
        unsigned from = somebody(rows[tr].giver, first), to = 1 + (unsigned)rand() % (WHO - 1);
        status_t st;

        if (first + n > PAGES)
            n = PAGES - first;
        if (change(tr, first, n, from, to) == ST_OK)
            change_map(tr, first, n, from, to);
        from = 1 + (unsigned)rand() % (WHO - 1);
        st = page_own_hand_over(&t, AT(first), n * PAGE_BYTES, from, to);
        if (st == ST_OK)
            for (unsigned p = first; p < first + n; p++) {
                ck_assert_int_ne(map[p][from], PAGE_NONE);
                ck_assert_int_eq(map[p][to], PAGE_NONE);
                map[p][to] = map[p][from];
                map[p][from] = PAGE_NONE;
                ck_assert_int_eq(map[p][to], map[first][to]); /* all alike */
                done++;
            }
        sound();
    }
    ck_assert_uint_gt(done, 800);
}
END_TEST

START_TEST(a_new_name_dissolves_the_loans_between_the_two)
{
    for (unsigned round = 0; round < 300; round++) {
        unsigned from = 1 + (unsigned)rand() % (WHO - 1), to = 1 + (unsigned)rand() % (WHO - 1);

        begin();
        for (unsigned i = 0; i < 40; i++) {
            enum transition tr = (enum transition)((unsigned)rand() % TRANSITIONS);
            unsigned first = (unsigned)rand() % (PAGES - 4), n = 1 + (unsigned)rand() % 4;
            unsigned a = 1 + (unsigned)rand() % (WHO - 1), b = 1 + (unsigned)rand() % (WHO - 1);

            if (change(tr, first, n, a, b) == ST_OK)
                change_map(tr, first, n, a, b);
        }
        if (from == to)
            continue;
        page_own_rename(&t, from, to);
        for (unsigned p = 0; p < PAGES; p++) {
            if (map[p][from] && map[p][to])
                map[p][to] = PAGE_OWNED;
            else if (map[p][from])
                map[p][to] = map[p][from];
            map[p][from] = PAGE_NONE;
        }
        sound();
    }
}
END_TEST

START_TEST(each_mistake_has_its_own_error)
{
    struct page_range r;

    begin();
    ck_assert_int_eq(page_own_take(&t, AT(0) + 8, PAGE_BYTES, 1), ST_ALIGN);
    ck_assert_int_eq(page_own_take(&t, AT(0), 100, 1), ST_ALIGN);
    ck_assert_int_eq(page_own_take(&t, AT(0), 0, 1), ST_INVALID);
    ck_assert_int_eq(page_own_take(&t, ~0ull - PAGE_BYTES + 1, PAGE_BYTES, 1),
                     ST_INVALID); /* to 2^64 */
    ck_assert_int_eq(page_own_take(&t, AT(0), PAGE_BYTES, 0), ST_INVALID);
    ck_assert_int_eq(page_own_take(&t, AT(4), 4 * PAGE_BYTES, 1), ST_OK);
    ck_assert_int_eq(page_own_take(&t, AT(7), PAGE_BYTES, 2), ST_EXISTS);
    ck_assert_int_eq(page_own_donate(&t, AT(4), PAGE_BYTES, 2, 3), ST_DENIED);
    ck_assert_int_eq(page_own_donate(&t, AT(7), 2 * PAGE_BYTES, 1, 3), ST_NOT_FOUND);
    ck_assert_int_eq(page_own_donate(&t, AT(4), PAGE_BYTES, 1, 1), ST_INVALID);
    ck_assert_int_eq(page_own_donate(&t, AT(4), PAGE_BYTES, 1, 0), ST_INVALID);
    ck_assert_int_eq(page_own_share(&t, AT(5), 2 * PAGE_BYTES, 1, 2), ST_OK);
    ck_assert_int_eq(page_own_share(&t, AT(4), 2 * PAGE_BYTES, 1, 3), ST_STATE);
    ck_assert_int_eq(page_own_donate(&t, AT(5), PAGE_BYTES, 1, 3), ST_STATE);
    ck_assert_int_eq(page_own_drop(&t, AT(5), PAGE_BYTES, 1), ST_STATE);
    ck_assert_int_eq(page_own_reclaim(&t, AT(5), PAGE_BYTES, 1, 3), ST_STATE);
    ck_assert_int_eq(page_own_reclaim(&t, AT(4), PAGE_BYTES, 1, 2), ST_STATE);
    ck_assert_int_eq(page_own_reclaim(&t, AT(5), PAGE_BYTES, 2, 1), ST_DENIED);
    ck_assert_int_eq(page_own_hand_over(&t, AT(5), PAGE_BYTES, 1, 2), ST_STATE);
    ck_assert_int_eq(page_own_hand_over(&t, AT(5), PAGE_BYTES, 3, 4), ST_DENIED);
    ck_assert(page_own_has(&t, AT(4), 4 * PAGE_BYTES, 1));
    ck_assert(page_own_has(&t, AT(5), 2 * PAGE_BYTES, 2));
    ck_assert(!page_own_has(&t, AT(5), 3 * PAGE_BYTES, 2));
    ck_assert(!page_own_has(&t, AT(4), 5 * PAGE_BYTES, 1));
    ck_assert_int_eq(page_own_first(&t, 2, PAGE_NONE, &r), ST_OK);
    ck_assert_uint_eq(r.base, AT(5));
    ck_assert_int_eq(page_own_first(&t, 2, PAGE_OWNED, &r), ST_NOT_FOUND);
    ck_assert_int_eq(page_own_first(&t, 1, PAGE_LENT, &r), ST_OK);
    ck_assert_uint_eq(r.bytes, 2 * PAGE_BYTES);
    ck_assert_int_eq(page_own_reclaim(&t, AT(5), 2 * PAGE_BYTES, 1, 2), ST_OK);
    ck_assert_uint_eq(t.n, 1); /* P3: as if it had never been lent */
}
END_TEST

/* The checker itself: each of its sentences can be said. */
START_TEST(what_is_wrong_is_found)
{
    static const struct page_range good[2] = {{AT(0), PAGE_BYTES, 1, 0}, {AT(2), PAGE_BYTES, 1, 2}};

#define BROKEN(change)                                                                             \
    do {                                                                                           \
        memcpy(memory, good, sizeof good);                                                         \
        t.n = 2;                                                                                   \
        ck_assert_ptr_null(page_own_wrong(&t));                                                    \
        change;                                                                                    \
        ck_assert_ptr_nonnull(page_own_wrong(&t));                                                 \
    } while (0)
    begin();
    BROKEN(memory[0].bytes = 3 * PAGE_BYTES);
    BROKEN(memory[0].bytes = 0);
    BROKEN(memory[0].base += 1);
    BROKEN(memory[1].owner = 2);
    BROKEN(memory[1].owner = 0);
    BROKEN((memory[0].bytes = 2 * PAGE_BYTES, memory[1].borrower = 0));
    BROKEN(t.n = ROOM + 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/page_own");
    TCase *tc = tcase_create("pages");
    SRunner *r;
    int failed;

    printf("seed %llu\n", (unsigned long long)test_seed());
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, any_transitions_leave_what_the_map_says);
    tcase_add_test(tc, handing_over_makes_one_what_the_other_was);
    tcase_add_test(tc, a_new_name_dissolves_the_loans_between_the_two);
    tcase_add_test(tc, each_mistake_has_its_own_error);
    tcase_add_test(tc, what_is_wrong_is_found);
    suite_add_tcase(s, tc);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
