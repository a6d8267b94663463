/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skb/store and skb/fact: put, get, go through, print. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "skb/store.h"
#include "tests/support/args.h"

static struct store s;
static void *memory;

static void open_store(uint32_t max)
{
    free(memory);
    memory = malloc(store_bytes(max)); /* exactly: the sanitizer sees a byte too far */
    store_init(&s, memory, max);
}

static status_t put(enum fact_kind kind, unsigned a, unsigned b, uint64_t v)
{
    struct fact f = { .kind = (uint8_t)kind, .a = (uint16_t)a, .b = (uint16_t)b, .v = { v } };

    return store_put(&s, &f);
}

START_TEST(a_fact_is_found_by_its_name_and_no_other)
{
    open_store(10);
    ck_assert_int_eq(put(FACT_DISTANCE, 1, 2, 77), ST_OK);
    ck_assert_uint_eq(store_get(&s, FACT_DISTANCE, 1, 2)->v[0], 77);
    ck_assert_ptr_null(store_get(&s, FACT_DISTANCE, 2, 1));
    ck_assert_ptr_null(store_get(&s, FACT_ONEWAY, 1, 2));
    ck_assert_ptr_null(store_get(&s, FACT_DISTANCE, 1, 3));
}
END_TEST

START_TEST(a_fact_put_again_replaces_the_one_before)
{
    open_store(1);
    ck_assert_int_eq(put(FACT_CORE, 3, 0, 1), ST_OK);
    ck_assert_int_eq(put(FACT_CORE, 3, 0, 2), ST_OK);
    ck_assert_uint_eq(store_get(&s, FACT_CORE, 3, 0)->v[0], 2);
    ck_assert_uint_eq(s.n, 1);
    ck_assert_int_eq(put(FACT_CORE, 4, 0, 1), ST_TABLE_FULL);
    ck_assert_ptr_null(store_get(&s, FACT_CORE, 4, 0));
}
END_TEST

START_TEST(the_version_rises_with_what_changes_and_only_then)
{
    struct fact read = { .kind = FACT_CORE, .a = 3, .next = 9, .zero = 1, .v = { 2 } };

    open_store(2);
    ck_assert_uint_eq(s.version, 0);
    ck_assert_int_eq(put(FACT_CORE, 3, 0, 1), ST_OK);
    ck_assert_uint_eq(s.version, 1);
    ck_assert_int_eq(put(FACT_CORE, 3, 0, 1), ST_OK); /* known */
    ck_assert_uint_eq(s.version, 1);
    ck_assert_int_eq(put(FACT_CORE, 3, 0, 2), ST_OK);
    ck_assert_uint_eq(s.version, 2);
    ck_assert_int_eq(store_put(&s, &read), ST_OK); /* the same, as an answer to NEXT has it */
    ck_assert_uint_eq(s.version, 2);
    ck_assert_uint_eq(store_get(&s, FACT_CORE, 3, 0)->next, 0);
    ck_assert_int_eq(put(FACT_CORE, 4, 0, 0), ST_OK);
    ck_assert_int_eq(put(FACT_CORE, 5, 0, 1), ST_TABLE_FULL); /* refused: nothing changed */
    ck_assert_int_eq(put((enum fact_kind)8, 0, 0, 1), ST_INVALID);
    ck_assert_uint_eq(s.version, 3);
}
END_TEST

START_TEST(kinds_that_do_not_exist_are_refused)
{
    open_store(4);
    ck_assert_int_eq(put((enum fact_kind)0, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(put((enum fact_kind)8, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(put((enum fact_kind)255, 0, 0, 0), ST_INVALID);
    ck_assert_uint_eq(s.n, 0);
}
END_TEST

START_TEST(going_through_meets_each_fact_of_the_kind_once)
{
    const struct fact *f;
    uint32_t at = 0, n = 0;

    open_store(300);
    for (unsigned i = 0; i < 100; i++) {
        ck_assert_int_eq(put(FACT_DISTANCE, i, 0, i), ST_OK);
        ck_assert_int_eq(put(FACT_WAKE, i, 0, i), ST_OK);
    }
    while ((f = store_next(&s, FACT_WAKE, at, &at)) != NULL) {
        ck_assert_uint_eq(f->kind, FACT_WAKE);
        ck_assert_uint_eq(f->a, n++);
    }
    ck_assert_uint_eq(n, 100);
    for (at = 0, n = 0; store_next(&s, 0, at, &at) != NULL;)
        n++;
    ck_assert_uint_eq(n, 200);
    ck_assert_ptr_null(store_next(&s, 0, UINT32_MAX, &at));
}
END_TEST

/* Beside it a plain array: any names, put in any order, are all there, up to the last. */
START_TEST(a_full_store_finds_everything)
{
    enum { MAX = 2000, RANGE = 60 };
    static uint64_t truth[RANGE][RANGE];
    unsigned n = 0;

    open_store(MAX);
    memset(truth, 0, sizeof truth);
    for (uint64_t i = 1; n < MAX; i++) {
        unsigned a = (unsigned)rand() % RANGE, b = (unsigned)rand() % RANGE;

        ck_assert_int_eq(put(FACT_ONEWAY, a, b, i), ST_OK);
        n += truth[a][b] == 0;
        truth[a][b] = i;
    }
    for (unsigned a = 0; a < RANGE; a++)
        for (unsigned b = 0; b < RANGE; b++) {
            const struct fact *f = store_get(&s, FACT_ONEWAY, (uint16_t)a, (uint16_t)b);

            ck_assert_uint_eq(f == NULL ? 0 : f->v[0], truth[a][b]);
        }
}
END_TEST

/* Eight names in an index of 16 meet: one must not be taken for another, whichever part differs. */
START_TEST(names_that_meet_in_the_index_are_told_apart)
{
    static const enum fact_kind kinds[] = { FACT_DISTANCE, FACT_ONEWAY, FACT_WAKE };
    unsigned part = (unsigned)_i % 3, start = (unsigned)rand();

    open_store(8);
    for (unsigned i = 0; i < (part == 0 ? ARRAY_LEN(kinds) : 8); i++)
        ck_assert_int_eq(put(kinds[part == 0 ? i : 0], part == 1 ? start + 7 * i : 5,
                             part == 2 ? start + 7 * i : 5, i),
                         ST_OK);
    ck_assert_uint_eq(s.n, part == 0 ? ARRAY_LEN(kinds) : 8);
    for (unsigned i = 0; i < s.n; i++)
        ck_assert_uint_eq(s.fact[i].v[0], i);
}
END_TEST

START_TEST(facts_print_as_one_line)
{
    struct fact d = { .kind = FACT_DISTANCE, .a = 0, .b = 3, .v = { 640, 700, 730, 782, 1878 } };
    struct fact c = { .kind = FACT_CORE, .a = 2, .v = { 0x100, 1, 0x48400000, 4096, 4 } };
    struct fact l = { .kind = FACT_LOCAL, .a = 1, .b = LOCAL_SIGNAL, .v = { 1, 2, 3, 4, 5 } };
    struct fact name = { .kind = FACT_DEVICE_NAME, .a = 7 };
    struct fact none = { .kind = 9 };
    char out[200], small[20];

    ck_assert_uint_eq(fact_print(&d, out, sizeof out), strlen(out));
    ck_assert_str_eq(out, "distance (from 0, to 3): min 640 p50 700 p90 730 p99 782 max 1878 ns");
    fact_print(&c, out, sizeof out);
    ck_assert_str_eq(out, "core (index 2): mpidr 0x100 cluster 1 share 0x48400000 share_bytes 4096 state 4");
    fact_print(&l, out, sizeof out);
    ck_assert_str_eq(out, "local (core 1, signal): min 1 p50 2 p90 3 p99 4 max 5 ns");
    memcpy(name.v, "arm,pl011", 10);
    fact_print(&name, out, sizeof out);
    ck_assert_str_eq(out, "device_name (index 7): arm,pl011");
    memset(name.v, 'x', sizeof name.v); /* no end inside the fact */
    ck_assert_uint_eq(fact_print(&name, out, sizeof out), strlen("device_name (index 7): ") + 40);
    fact_print(&none, out, sizeof out);
    ck_assert_str_eq(out, "no fact (kind 9)");
    for (size_t room = 1; room <= sizeof small; room++) {
        ck_assert_uint_eq(fact_print(&d, small, room), room - 1);
        ck_assert_uint_eq(strlen(small), room - 1);
    }
}
END_TEST

START_TEST(words_of_local_facts_are_those_of_the_record)
{
    uint16_t what;

    for (unsigned i = 0; i < LOCAL_WHATS; i++) {
        ck_assert_int_eq(local_number(local_word(i), &what), ST_OK);
        ck_assert_uint_eq(what, i);
    }
    ck_assert_int_eq(local_number("nothing", &what), ST_NOT_FOUND);
    ck_assert_str_eq(local_word(LOCAL_WHATS), "?");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("skb/store");
    TCase *t = tcase_create("store");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_test(t, a_fact_is_found_by_its_name_and_no_other);
    tcase_add_test(t, a_fact_put_again_replaces_the_one_before);
    tcase_add_test(t, the_version_rises_with_what_changes_and_only_then);
    tcase_add_test(t, kinds_that_do_not_exist_are_refused);
    tcase_add_test(t, going_through_meets_each_fact_of_the_kind_once);
    tcase_add_test(t, a_full_store_finds_everything);
    tcase_add_loop_test(t, names_that_meet_in_the_index_are_told_apart, 0, 300);
    tcase_add_test(t, facts_print_as_one_line);
    tcase_add_test(t, words_of_local_facts_are_those_of_the_record);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    free(memory);
    return failed != 0;
}
