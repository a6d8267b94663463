/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skb/feed_dtb: the facts of a tree of ours, owners and clusters, and trees with flipped bits. */
#include <check.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include "skb/feed_dtb.h"
#include "skb/query.h"
#include "tests/support/args.h"
#include "tests/support/tree_build.h"

static const struct tree_spec spec = { .cores = 8, .gic = 3, .clusters = 2, .ram = 512 * MIB };
static struct store s;
static void *memory, *tree;
static struct feed_count count;
static struct text why;
static char sentence[160];

static void setup(void)
{
    memory = malloc(store_bytes(2000));
    store_init(&s, memory, 2000);
    tree = tree_build(&spec);
    text_init(&why, sentence, sizeof sentence);
}

static void teardown(void)
{
    free(memory);
    free(tree);
}

static status_t feed(void)
{
    return feed_dtb(&s, tree, TREE_ROOM, &count, &why);
}

START_TEST(memory_and_devices_become_facts)
{
    struct fact uart;

    ck_assert_int_eq(feed(), ST_OK);
    ck_assert_uint_eq(count.facts, s.n);
    ck_assert_uint_eq(store_get(&s, FACT_MEMORY, 0, 0)->v[0], 0x40000000);
    ck_assert_uint_eq(store_get(&s, FACT_MEMORY, 0, 0)->v[1], 512 * MIB);
    ck_assert_int_eq(query_device(&s, "arm,pl011", 0, &uart), ST_OK);
    ck_assert_uint_eq(uart.v[0], 0x9000000);
    ck_assert_uint_eq(uart.v[2], 33);
    ck_assert_uint_eq(uart.v[3], FACT_NO_CORE);
    ck_assert_uint_eq(store_get(&s, FACT_INTERRUPT, 33, 0)->v[0], uart.a);
}
END_TEST

START_TEST(caches_of_a_core_become_facts)
{
    const uint32_t bytes = 65536, line = 64, sets = 256;
    const struct fact *c;

    tree_set_cells(tree, "/cpus/cpu@0", "d-cache-size", &bytes, 1);
    tree_set_cells(tree, "/cpus/cpu@0", "d-cache-line-size", &line, 1);
    tree_set_cells(tree, "/cpus/cpu@0", "d-cache-sets", &sets, 1);
    ck_assert_int_eq(feed(), ST_OK);
    ck_assert_ptr_nonnull(c = store_get(&s, FACT_CACHE, 1, 0));
    ck_assert(c->v[0] == bytes && c->v[1] == line && c->v[2] == sets && c->v[3] == 1);
    ck_assert_ptr_null(store_get(&s, FACT_CACHE, 1, 1));
}
END_TEST

START_TEST(a_cache_belongs_to_the_core_whose_node_says_so)
{
    const uint32_t bytes = 32768;

    tree_set_cells(tree, "/cpus/cpu@1", "i-cache-size", &bytes, 1);
    ck_assert_int_eq(feed(), ST_OK);
    ck_assert_ptr_nonnull(store_get(&s, FACT_CACHE, 0x101, 1));
    ck_assert_uint_eq(store_get(&s, FACT_CACHE, 0x101, 1)->v[0], bytes);
    ck_assert_ptr_null(store_get(&s, FACT_CACHE, 0x101, 0));
    ck_assert_ptr_null(store_get(&s, FACT_CACHE, 1, 1)); /* that is the data cache */
}
END_TEST

START_TEST(an_owner_is_told_by_address)
{
    struct fact uart;

    ck_assert_int_eq(feed(), ST_OK);
    ck_assert_int_eq(feed_owner(&s, 0x9000000, 5, 33), ST_OK);
    ck_assert_int_eq(query_device(&s, "arm,pl011", 0, &uart), ST_OK);
    ck_assert_uint_eq(uart.v[3], 5);
    ck_assert_uint_eq(store_get(&s, FACT_INTERRUPT, 33, 0)->v[1], 5);
    ck_assert_int_eq(feed_owner(&s, 0x9000004, 5, 33), ST_NOT_FOUND);
}
END_TEST

START_TEST(clusters_come_from_the_cores)
{
    for (uint16_t i = 0; i < 6; i++) {
        struct fact c = { .kind = FACT_CORE, .a = i, .v = { i, i / 4u } };

        ck_assert_int_eq(store_put(&s, &c), ST_OK);
    }
    ck_assert_int_eq(feed_clusters(&s), ST_OK);
    ck_assert_int_eq(feed_clusters(&s), ST_OK); /* twice is as good */
    ck_assert_uint_eq(store_get(&s, FACT_CLUSTER, 0, 0)->v[0], 4);
    ck_assert_uint_eq(store_get(&s, FACT_CLUSTER, 0, 0)->v[1], 0x0f);
    ck_assert_uint_eq(store_get(&s, FACT_CLUSTER, 1, 0)->v[0], 2);
    ck_assert_uint_eq(store_get(&s, FACT_CLUSTER, 1, 0)->v[1], 0x30);
}
END_TEST

START_TEST(what_is_no_tree_is_refused_with_a_reason)
{
    memset(tree, 0, 4);
    ck_assert_int_eq(feed(), ST_FORMAT);
    ck_assert_uint_gt(strlen(sentence), 10);
    ck_assert_uint_eq(s.n, 0);
}
END_TEST

START_TEST(a_full_store_is_told)
{
    free(memory);
    memory = malloc(store_bytes(3));
    store_init(&s, memory, 3);
    ck_assert_int_eq(feed(), ST_TABLE_FULL);
    ck_assert_uint_eq(s.n, 3);
}
END_TEST

/* Whatever the bits say: an answer, no fault, and only facts of known kinds. */
START_TEST(trees_with_flipped_bits_are_read_or_refused)
{
    uint32_t bytes = fdt_totalsize(tree), at = 0;
    const struct fact *f;
    status_t st;

    for (int n = 1 + rand() % 4; n > 0; n--)
        ((uint8_t *)tree)[(uint32_t)rand() % bytes] ^= (uint8_t)(1u << rand() % 8);
    st = feed();
    ck_assert(st == ST_OK || st == ST_FORMAT || st == ST_TABLE_FULL);
    while ((f = store_next(&s, 0, at, &at)) != NULL)
        ck_assert_ptr_nonnull(fact_name(f->kind));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("skb/feed_dtb");
    TCase *t = tcase_create("feed");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, memory_and_devices_become_facts);
    tcase_add_test(t, caches_of_a_core_become_facts);
    tcase_add_test(t, a_cache_belongs_to_the_core_whose_node_says_so);
    tcase_add_test(t, an_owner_is_told_by_address);
    tcase_add_test(t, clusters_come_from_the_cores);
    tcase_add_test(t, what_is_no_tree_is_refused_with_a_reason);
    tcase_add_test(t, a_full_store_is_told);
    tcase_add_loop_test(t, trees_with_flipped_bits_are_read_or_refused, 0, 300);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
