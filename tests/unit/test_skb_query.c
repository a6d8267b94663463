/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skb/query: nearest against sorting by hand; trees against the model, the fixed ones, and the best there is. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "skb/query.h"
#include "tests/support/args.h"

#define FACTS 20000u

static struct store s;
static void *memory;

static void setup(void)
{
    memory = malloc(store_bytes(FACTS));
    store_init(&s, memory, FACTS);
}

static void teardown(void)
{
    free(memory);
}

static void put(enum fact_kind kind, unsigned a, unsigned b, uint64_t v0, uint64_t v1)
{
    struct fact f = { .kind = (uint8_t)kind, .a = (uint16_t)a, .b = (uint16_t)b, .v = { v0, v1 } };

    ck_assert_int_eq(store_put(&s, &f), ST_OK);
}

/* One way and stream between two cores, both directions. */
static void link(unsigned a, unsigned b, uint64_t away, uint64_t send)
{
    put(FACT_ONEWAY, a, b, 0, away);
    put(FACT_ONEWAY, b, a, 0, away);
    put(FACT_THROUGHPUT, a, b, 1000000000u / send, 0);
    put(FACT_THROUGHPUT, b, a, 1000000000u / send, 0);
}

START_TEST(a_distance_not_measured_is_that_of_the_way_back)
{
    uint64_t ns;

    put(FACT_DISTANCE, 1, 2, 5, 70);
    ck_assert_int_eq(query_distance(&s, 1, 2, &ns), ST_OK);
    ck_assert_uint_eq(ns, 70);
    ck_assert_int_eq(query_distance(&s, 2, 1, &ns), ST_OK);
    ck_assert_uint_eq(ns, 70);
    put(FACT_DISTANCE, 2, 1, 5, 90);
    ck_assert_int_eq(query_distance(&s, 2, 1, &ns), ST_OK);
    ck_assert_uint_eq(ns, 90);
    ck_assert_int_eq(query_distance(&s, 1, 3, &ns), ST_NOT_FOUND);
}
END_TEST

START_TEST(the_nearest_are_the_first_when_sorted)
{
    core_id all[CORES_MAX], some[CORES_MAX];
    uint64_t before = 0, ns;
    unsigned n = 0, k = (unsigned)rand() % 20, got;

    for (unsigned to = 1; to < 16; to++)
        if (rand() % 4) {
            put(FACT_DISTANCE, 0, to, 0, (uint64_t)rand() % 6);
            n++;
        }
    ck_assert_uint_eq(query_nearest(&s, 0, CORES_MAX, all), n);
    for (unsigned i = 0; i < n; i++) {
        ck_assert_int_eq(query_distance(&s, 0, all[i], &ns), ST_OK);
        ck_assert(ns > before || i == 0 || (ns == before && all[i] > all[i - 1]));
        before = ns;
    }
    got = query_nearest(&s, 0, k, some);
    ck_assert_uint_eq(got, k < n ? k : n);
    ck_assert_mem_eq(some, all, got * sizeof all[0]);
}
END_TEST

static void check_tree(core_id root, uint64_t mask, const struct tree_plan *p)
{
    ck_assert_uint_eq(query_tree_cost(&s, root, mask, p->parent, p->rank), p->cost_ns); /* Q1 */
    ck_assert_uint_le(p->cost_ns, p->flat_ns);                                        /* Q2 */
    ck_assert_uint_le(p->cost_ns, p->binary_ns);
    for (core_id i = 0; i < CORES_MAX; i++)
        ck_assert_int_eq(p->parent[i] == TREE_OUT, !(mask >> i & 1));
}

START_TEST(a_tree_reaches_all_and_is_never_above_the_fixed_ones)
{
    unsigned n = 1 + (unsigned)rand() % 24;
    struct tree_plan p, q;
    uint64_t mask = 0;
    core_id root;

    for (unsigned a = 0; a < n; a++)
        for (unsigned b = 0; b < a; b++)
            link(a, b, 10 + (uint64_t)rand() % 1000, 1 + (uint64_t)rand() % 400);
    for (unsigned i = 0; i < n; i++)
        mask |= (uint64_t)(rand() % 4 != 0) << i;
    root = (core_id)((unsigned)rand() % n);
    mask |= 1ull << root;
    ck_assert_int_eq(query_tree(&s, root, mask, &p), ST_OK);
    check_tree(root, mask, &p);
    ck_assert_int_eq(query_tree(&s, root, mask, &q), ST_OK); /* Q3 */
    ck_assert_mem_eq(p.parent, q.parent, sizeof p.parent);
    ck_assert_mem_eq(p.rank, q.rank, sizeof p.rank);
}
END_TEST

/* The best of all trees and orders over cores 0..n-1, root 0, by trying them. */
static uint64_t best_of_all(unsigned n, uint8_t *parent, uint8_t *rank, unsigned told)
{
    uint64_t best = UINT64_MAX;

    if (told == n)
        return query_tree_cost(&s, 0, (1ull << n) - 1, parent, rank);
    for (unsigned to = 1; to < n; to++) {
        if (rank[to] != TREE_OUT)
            continue;
        for (unsigned by = 0; by < n; by++) {
            uint64_t c;

            if (by == to || rank[by] == TREE_OUT)
                continue;
            rank[to] = (uint8_t)told;
            parent[to] = (uint8_t)by;
            c = best_of_all(n, parent, rank, told + 1);
            best = c < best ? c : best;
            rank[to] = TREE_OUT;
        }
    }
    return best;
}

/* Where all ways are alike telling the earliest first is the best there is. */
START_TEST(on_a_uniform_machine_the_tree_is_the_best_there_is)
{
    static const struct {
        uint64_t away, send;
    } shape[] = { { 100, 1 }, { 100, 50 }, { 100, 100 }, { 1, 100 }, { 500, 120 } };
    uint8_t parent[CORES_MAX], rank[CORES_MAX];
    struct tree_plan p;
    const unsigned n = 5;

    for (unsigned a = 0; a < n; a++)
        for (unsigned b = 0; b < a; b++)
            link(a, b, shape[_i].away, shape[_i].send);
    memset(parent, TREE_OUT, sizeof parent);
    memset(rank, TREE_OUT, sizeof rank);
    parent[0] = TREE_ROOT;
    rank[0] = 0;
    ck_assert_int_eq(query_tree(&s, 0, (1u << n) - 1, &p), ST_OK);
    check_tree(0, (1u << n) - 1, &p);
    ck_assert_uint_eq(p.cost_ns, best_of_all(n, parent, rank, 1));
}
END_TEST

/*
 * Machines on which the binary tree is strictly the best are rare (one of 300), and only there its being
 * among the candidates keeps Q2. They are looked for, so that Q2 is tried where it can fail.
 */
START_TEST(where_a_fixed_tree_is_the_best_it_is_chosen)
{
    unsigned best[TREE_FARTHEST + 1] = { 0 };

    for (unsigned i = 0; i < 5000; i++) {
        unsigned n = 4 + (unsigned)rand() % 4;
        struct tree_plan p;

        for (unsigned a = 0; a < n; a++)
            for (unsigned b = 0; b < n; b++)
                if (a != b) {
                    put(FACT_ONEWAY, a, b, 0, 1u << rand() % 12);
                    put(FACT_THROUGHPUT, a, b, 1000000000u / (1u << rand() % 12), 0);
                }
        ck_assert_int_eq(query_tree(&s, 0, (1u << n) - 1, &p), ST_OK);
        if (p.cost_ns > p.flat_ns || p.cost_ns > p.binary_ns) /* an assertion each time is slow */
            ck_abort_msg("cost %u, flat %u, binary %u", (unsigned)p.cost_ns, (unsigned)p.flat_ns,
                         (unsigned)p.binary_ns);
        best[p.shape]++;
    }
    ck_assert_uint_gt(best[TREE_BINARY], 0);
}
END_TEST

/* Two clusters, slow between them: one message crosses, the rest stays inside. */
START_TEST(a_slow_link_is_crossed_once)
{
    struct tree_plan p;
    unsigned crossings = 0;

    for (unsigned a = 0; a < 8; a++)
        for (unsigned b = 0; b < a; b++)
            link(a, b, a / 4 == b / 4 ? 60 : 2000, a / 4 == b / 4 ? 20 : 500);
    ck_assert_int_eq(query_tree(&s, 0, 0xff, &p), ST_OK);
    check_tree(0, 0xff, &p);
    for (unsigned i = 1; i < 8; i++)
        crossings += p.parent[i] / 4 != i / 4;
    ck_assert_uint_eq(crossings, 1);
    ck_assert_uint_lt(p.cost_ns, p.flat_ns);
    ck_assert_uint_lt(p.cost_ns, p.binary_ns);
}
END_TEST

START_TEST(what_is_not_a_tree_has_no_cost)
{
    struct tree_plan p;

    for (unsigned a = 0; a < 4; a++)
        for (unsigned b = 0; b < a; b++)
            link(a, b, 10, 1);
    ck_assert_int_eq(query_tree(&s, 1, 0xf, &p), ST_OK);
    p.parent[2] = 2;
    ck_assert_uint_eq(query_tree_cost(&s, 1, 0xf, p.parent, p.rank), UINT64_MAX);
    ck_assert_int_eq(query_tree(&s, 1, 0xf, &p), ST_OK);
    p.rank[2] = p.rank[3];
    ck_assert_uint_eq(query_tree_cost(&s, 1, 0xf, p.parent, p.rank), UINT64_MAX);
    ck_assert_int_eq(query_tree(&s, 1, 0xf, &p), ST_OK);
    p.parent[1] = 0;
    ck_assert_uint_eq(query_tree_cost(&s, 1, 0xf, p.parent, p.rank), UINT64_MAX);
}
END_TEST

START_TEST(a_tree_needs_a_root_and_all_the_ways)
{
    struct tree_plan p;

    ck_assert_int_eq(query_tree(&s, 0, 1, &p), ST_OK); /* one core: nobody to tell */
    ck_assert_uint_eq(p.cost_ns, 0);
    ck_assert_int_eq(query_tree(&s, 0, 2, &p), ST_INVALID);
    ck_assert_int_eq(query_tree(&s, CORES_MAX, UINT64_MAX, &p), ST_INVALID);
    ck_assert_int_eq(query_tree(&s, 0, 3, &p), ST_NOT_FOUND);
    put(FACT_DISTANCE, 0, 1, 0, 200); /* half of the round trip will do */
    ck_assert_int_eq(query_tree(&s, 0, 3, &p), ST_OK);
    ck_assert_uint_eq(p.cost_ns, 100 + 25 + 25);
}
END_TEST

START_TEST(the_most_cores_there_can_be_fit)
{
    struct tree_plan p;

    for (unsigned a = 0; a < CORES_MAX; a++)
        for (unsigned b = 0; b < a; b++)
            link(a, b, 100, 30);
    ck_assert_int_eq(query_tree(&s, 63, UINT64_MAX, &p), ST_OK);
    check_tree(63, UINT64_MAX, &p);
}
END_TEST

START_TEST(devices_are_found_by_name_and_number)
{
    struct fact name = { .kind = FACT_DEVICE_NAME }, f;

    memcpy(name.v, "virtio,mmio", 12);
    for (uint16_t i = 3; i < 6; i++) {
        name.a = i;
        ck_assert_int_eq(store_put(&s, &name), ST_OK);
        put(FACT_DEVICE, i, 0, 0x1000u * i, 0x200);
    }
    ck_assert_int_eq(query_device(&s, "virtio,mmio", 1, &f), ST_OK);
    ck_assert_uint_eq(f.v[0], 0x4000);
    ck_assert_int_eq(query_device(&s, "virtio,mmio", 3, &f), ST_NOT_FOUND);
    ck_assert_int_eq(query_device(&s, "virtio", 0, &f), ST_NOT_FOUND);
}
END_TEST

START_TEST(a_device_is_found_by_an_address_inside_and_the_smallest_first)
{
    struct fact f;

    put(FACT_DEVICE, 0, 0, 0x1000, 0x1000);
    put(FACT_DEVICE, 1, 0, 0x1800, 0x100);
    put(FACT_DEVICE, 2, 0, 0x1000, 0x2000);
    put(FACT_DEVICE, 3, 0, UINT64_MAX - 0xff, 0x100); /* ends with the last byte there is */
    put(FACT_DEVICE, 4, 0, 0x9000, 0);
    ck_assert_int_eq(query_device_at(&s, 0xfff, &f), ST_NOT_FOUND);
    ck_assert_int_eq(query_device_at(&s, 0x1000, &f), ST_OK);
    ck_assert_uint_eq(f.a, 0);
    ck_assert_int_eq(query_device_at(&s, 0x18ff, &f), ST_OK);
    ck_assert_uint_eq(f.a, 1);
    ck_assert_int_eq(query_device_at(&s, 0x1900, &f), ST_OK);
    ck_assert_uint_eq(f.a, 0);
    ck_assert_int_eq(query_device_at(&s, 0x2fff, &f), ST_OK);
    ck_assert_uint_eq(f.a, 2);
    ck_assert_int_eq(query_device_at(&s, 0x3000, &f), ST_NOT_FOUND);
    ck_assert_int_eq(query_device_at(&s, UINT64_MAX, &f), ST_OK);
    ck_assert_uint_eq(f.a, 3);
    ck_assert_int_eq(query_device_at(&s, 0x9000, &f), ST_NOT_FOUND);
    put(FACT_DEVICE, 3, 0, UINT64_MAX - 0xff, 0x1000); /* nobody has checked what a fact says */
    ck_assert_int_eq(query_device_at(&s, 0x10, &f), ST_NOT_FOUND);
}
END_TEST

START_TEST(a_placement_costs_what_its_talks_cost)
{
    enum { N = 6, TALKS = 12 };
    uint64_t ns[N][N] = { { 0 } }, truth = 0, cost;
    struct talk talk[TALKS];
    core_id core[N];

    for (unsigned a = 0; a < N; a++)
        for (unsigned b = 0; b < N; b++)
            if (a != b)
                put(FACT_DISTANCE, a, b, 0, ns[a][b] = 1 + (uint64_t)rand() % 1000);
    for (unsigned i = 0; i < N; i++)
        core[i] = (core_id)(rand() % N);
    for (unsigned i = 0; i < TALKS; i++) {
        talk[i] = (struct talk){ (uint16_t)(rand() % N), (uint16_t)(rand() % N), (uint32_t)rand() % 100 };
        truth += talk[i].weight * ns[core[talk[i].a]][core[talk[i].b]];
    }
    ck_assert_int_eq(query_placement(&s, core, N, talk, TALKS, &cost), ST_OK);
    ck_assert_uint_eq(cost, truth);
    talk[3].b = N;
    ck_assert_int_eq(query_placement(&s, core, N, talk, TALKS, &cost), ST_INVALID);
    talk[3] = (struct talk){ 0, 1, 1 };
    core[0] = N;
    core[1] = 0;
    ck_assert_int_eq(query_placement(&s, core, N, talk, TALKS, &cost), ST_NOT_FOUND);
}
END_TEST

START_TEST(a_cost_too_large_to_count_is_not_small)
{
    const struct talk talk[] = { { 0, 1, 2 }, { 0, 1, 1 } };
    const core_id core[] = { 0, 1 };
    uint64_t cost;

    put(FACT_DISTANCE, 0, 1, 0, UINT64_MAX / 2); /* 2 of it fit, 3 do not */
    ck_assert_int_eq(query_placement(&s, core, 2, talk, 1, &cost), ST_OK);
    ck_assert_uint_eq(cost, UINT64_MAX - 1);
    ck_assert_int_eq(query_placement(&s, core, 2, talk, 2, &cost), ST_OK);
    ck_assert_uint_eq(cost, UINT64_MAX);
    put(FACT_DISTANCE, 0, 1, 0, UINT64_MAX / 2 + 2);
    ck_assert_int_eq(query_placement(&s, core, 2, talk, 1, &cost), ST_OK);
    ck_assert_uint_eq(cost, UINT64_MAX);
}
END_TEST

START_TEST(the_depth_of_a_tree_is_its_longest_way)
{
    struct tree_plan p;

    memset(&p, 0, sizeof p);
    memset(p.parent, TREE_OUT, sizeof p.parent);
    p.parent[5] = TREE_ROOT;
    ck_assert_uint_eq(tree_depth(&p), 0);
    p.parent[1] = 5;
    p.parent[63] = 5;
    ck_assert_uint_eq(tree_depth(&p), 1);
    p.parent[0] = 63;
    ck_assert_uint_eq(tree_depth(&p), 2);
    p.parent[5] = 0; /* a ring is no tree: still an answer */
    ck_assert_uint_eq(tree_depth(&p), CORES_MAX);
}
END_TEST

START_TEST(a_plan_names_its_shape)
{
    struct tree_plan p;

    link(0, 1, 10, 1);
    ck_assert_int_eq(query_tree(&s, 0, 3, &p), ST_OK);
    ck_assert_uint_eq(p.cost_ns, 12);
    ck_assert_uint_eq(p.flat_ns, 12);
    ck_assert_uint_eq(p.binary_ns, 12);
    ck_assert_str_eq(tree_word(p.shape), "farthest"); /* of equals the first tried */
    ck_assert_str_eq(tree_word(TREE_FLAT), "flat");
    ck_assert_str_eq(tree_word(0), "?");
    ck_assert_str_eq(tree_word(6), "?");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("skb/query");
    TCase *t = tcase_create("query");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_distance_not_measured_is_that_of_the_way_back);
    tcase_add_loop_test(t, the_nearest_are_the_first_when_sorted, 0, 50);
    tcase_add_loop_test(t, a_tree_reaches_all_and_is_never_above_the_fixed_ones, 0, 200);
    tcase_add_loop_test(t, on_a_uniform_machine_the_tree_is_the_best_there_is, 0, 5);
    tcase_add_test(t, where_a_fixed_tree_is_the_best_it_is_chosen);
    tcase_set_timeout(t, 30);
    tcase_add_test(t, a_slow_link_is_crossed_once);
    tcase_add_test(t, what_is_not_a_tree_has_no_cost);
    tcase_add_test(t, a_tree_needs_a_root_and_all_the_ways);
    tcase_add_test(t, the_most_cores_there_can_be_fit);
    tcase_add_test(t, devices_are_found_by_name_and_number);
    tcase_add_test(t, a_device_is_found_by_an_address_inside_and_the_smallest_first);
    tcase_add_loop_test(t, a_placement_costs_what_its_talks_cost, 0, 50);
    tcase_add_test(t, a_cost_too_large_to_count_is_not_small);
    tcase_add_test(t, the_depth_of_a_tree_is_its_longest_way);
    tcase_add_test(t, a_plan_names_its_shape);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
