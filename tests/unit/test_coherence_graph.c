/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The graph of partitions: against a plain matrix that fades every edge every epoch, and its limits one by one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "coherence/graph.h"
#include "tests/support/args.h"
#include "tests/support/metis.h"

#define NODES 40u
#define EDGES 200u

static struct graph g;
static void *memory;
static uint32_t first[NODES + 1], peer[2 * EDGES], name[NODES];
static uint64_t weight[2 * EDGES];
static const struct graph_room room = {first, peer, name, weight, NODES, EDGES};

static void setup(void)
{
    size_t bytes = graph_bytes(NODES, EDGES);

    memory = malloc(bytes); /* the sanitizer looks after its end */
    memset(memory, 0xa5, bytes);
    graph_init(&g, memory, NODES, EDGES);
}

static void teardown(void)
{
    free(memory);
}

static void join_first(uint32_t n)
{
    for (uint32_t v = 0; v < n; v++)
        ck_assert_int_eq(graph_join(&g, v), ST_OK);
}

static void add(uint32_t a, uint32_t b, uint64_t bytes, uint64_t messages)
{
    ck_assert_int_eq(graph_add(&g, a, b, bytes, messages), ST_OK);
}

static struct graph_view look(enum graph_which which)
{
    struct graph_view v;

    ck_assert_int_eq(graph_view(&g, which, &room, &v), ST_OK);
    ck_assert_msg(view_sound(&v) == NULL, "%s", view_sound(&v));
    return v;
}

static void epochs(uint32_t n)
{
    while (n-- > 0)
        graph_epoch(&g);
}

/* ---- weights ---- */

START_TEST(a_weight_is_bytes_and_64_for_each_message)
{
    join_first(3);
    add(0, 1, 1000, 3);
    ck_assert_uint_eq(graph_weight(&g, 0, 1), 1192);
    add(1, 0, 0, 1); /* either way */
    ck_assert_uint_eq(graph_weight(&g, 1, 0), 1256);
    ck_assert_uint_eq(graph_weight(&g, 0, 2), 0);
    add(0, 2, 0, 0); /* nothing is no edge */
    ck_assert_uint_eq(g.edges, 1);
}
END_TEST

START_TEST(an_epoch_takes_five_per_cent)
{
    join_first(2);
    add(0, 1, 1000000, 0);
    epochs(1);
    ck_assert_uint_eq(graph_weight(&g, 0, 1), 950000);
    epochs(1);
    ck_assert_uint_eq(graph_weight(&g, 0, 1), 902500);
    epochs(11); /* 0.95^13 */
    ck_assert_uint_eq(graph_weight(&g, 0, 1), 513342);
}
END_TEST

/* One byte now and then is never lost, and in the long run weighs what the sum of a geometric series does. */
START_TEST(an_edge_that_is_used_a_little_for_ever_stays)
{
    join_first(4);
    for (unsigned i = 0; i < 2000; i++) {
        add(0, 1, 1, 0);
        if (i % 200 == 0)
            add(2, 3, 1, 0);
        epochs(1);
        if (i % 7 == 0)
            graph_sweep(&g);
        ck_assert_uint_ge(graph_weight(&g, 0, 1), 1);
        ck_assert_uint_ge(graph_weight(&g, 2, 3), 1);
    }
    ck_assert_uint_ge(graph_weight(&g, 0, 1), 18); /* 19 in the limit */
    ck_assert_uint_le(graph_weight(&g, 0, 1), 19);
    ck_assert_uint_eq(g.edges, 2);
}
END_TEST

START_TEST(an_unused_edge_is_gone_in_the_end)
{
    unsigned n = 0;

    join_first(5);
    add(0, 1, VIEW_WEIGHT_MAX, 0);
    add(2, 3, 1, 0);
    while (graph_weight(&g, 2, 3) != 0 && n++ < 2000)
        epochs(1);
    ck_assert_uint_ge(n, 200);
    ck_assert_uint_le(n, 300);
    while (graph_weight(&g, 0, 1) != 0 && n++ < 2000)
        epochs(1);
    ck_assert_uint_lt(n, GRAPH_FADED); /* so that the constant loses nothing */
    ck_assert_uint_eq(g.edges, 2);     /* nobody came by */
    graph_sweep(&g);
    ck_assert_uint_eq(g.edges, 0);
    ck_assert_uint_eq(look(GRAPH_TALKING).nodes, 0);
    ck_assert_uint_eq(look(GRAPH_ALL).nodes, 5);
}
END_TEST

/* The hand of graph_add finds it without any sweep. */
START_TEST(what_has_faded_leaves_while_others_talk)
{
    join_first(NODES);
    for (uint32_t v = 1; v < NODES; v++)
        add(0, v, 1, 0);
    ck_assert_uint_eq(g.edges, NODES - 1);
    epochs(GRAPH_FADED);
    for (uint32_t i = 0; i < NODES; i++)
        add(1, 2, 9, 0);
    ck_assert_uint_eq(g.edges, 1);
    ck_assert_uint_eq(graph_weight(&g, 1, 2), 9 * NODES);
}
END_TEST

START_TEST(a_weight_stops_at_its_largest)
{
    join_first(6);
    add(4, 5, 0, 1ull << 58); /* times 64 that is nothing again */
    ck_assert_uint_eq(graph_weight(&g, 4, 5), VIEW_WEIGHT_MAX);
    for (unsigned i = 0; i < 5; i++) {
        add(0, 1, UINT64_MAX, UINT64_MAX);
        add(2, 3, VIEW_WEIGHT_MAX / 3, VIEW_WEIGHT_MAX / 256);
    }
    ck_assert_uint_eq(graph_weight(&g, 0, 1), VIEW_WEIGHT_MAX);
    ck_assert_uint_eq(graph_weight(&g, 2, 3), VIEW_WEIGHT_MAX);
    (void)look(GRAPH_ALL);
}
END_TEST

/* ---- nodes and limits ---- */

START_TEST(only_pairs_that_are_there_have_edges)
{
    join_first(3);
    ck_assert_int_eq(graph_join(&g, 2), ST_EXISTS);
    ck_assert_int_eq(graph_join(&g, NODES), ST_INVALID);
    ck_assert_int_eq(graph_leave(&g, 3), ST_NOT_FOUND);
    ck_assert_int_eq(graph_leave(&g, NODES), ST_INVALID);
    ck_assert_int_eq(graph_add(&g, 1, 1, 5, 5), ST_INVALID);
    ck_assert_int_eq(graph_add(&g, 1, 3, 5, 5), ST_INVALID);
    ck_assert_int_eq(graph_add(&g, 1, NODES, 5, 5), ST_INVALID);
    ck_assert_int_eq(graph_add(&g, UINT32_MAX, 1, 5, 5), ST_INVALID);
    ck_assert_uint_eq(graph_weight(&g, 1, NODES), 0);
    ck_assert_uint_eq(g.edges, 0);
    ck_assert_uint_eq(graph_bytes(0, 1), 0);
    ck_assert_uint_eq(graph_bytes(1, 0), 0);
    ck_assert_uint_eq(graph_bytes(GRAPH_NODES_MAX + 1, 1), 0);
    ck_assert_uint_eq(graph_bytes(1, GRAPH_EDGES_MAX + 1), 0);
    ck_assert_uint_ne(graph_bytes(GRAPH_NODES_MAX, GRAPH_EDGES_MAX), 0);
}
END_TEST

START_TEST(who_leaves_takes_the_edges_along)
{
    join_first(5);
    for (uint32_t a = 0; a < 5; a++)
        for (uint32_t b = 0; b < a; b++)
            add(a, b, 10 * a + b, 0);
    ck_assert_int_eq(graph_leave(&g, 2), ST_OK);
    ck_assert_uint_eq(g.edges, 6);
    ck_assert_uint_eq(look(GRAPH_ALL).nodes, 4);
    ck_assert_uint_eq(name[2], 3);
    ck_assert_int_eq(graph_join(&g, 2), ST_OK);
    ck_assert_uint_eq(graph_weight(&g, 2, 4), 0);
    ck_assert_uint_eq(graph_weight(&g, 4, 3), 43);
    ck_assert_uint_eq(look(GRAPH_TALKING).nodes, 4);
}
END_TEST

START_TEST(a_full_table_says_so_and_takes_old_edges)
{
    uint32_t n = 0;

    join_first(NODES);
    for (uint32_t a = 0; a < NODES && n < EDGES; a++)
        for (uint32_t b = 0; b < a && n < EDGES; b++, n++)
            add(a, b, 100, 0);
    ck_assert_int_eq(graph_add(&g, NODES - 1, NODES - 2, 1, 0), ST_TABLE_FULL);
    ck_assert_uint_eq(g.edges, EDGES);
    add(1, 0, 100, 0);
    ck_assert_uint_eq(graph_weight(&g, 0, 1), 200);
    ck_assert_int_eq(graph_leave(&g, 1), ST_OK);
    add(NODES - 1, NODES - 2, 1, 0);
    ck_assert_uint_eq(graph_weight(&g, NODES - 1, NODES - 2), 1);
}
END_TEST

START_TEST(a_view_that_does_not_fit_says_so)
{
    struct graph_room few_nodes = room, few_edges = room;
    struct graph_view v;

    join_first(3);
    add(0, 1, 1, 0);
    add(2, 1, 1, 0);
    few_nodes.nodes = 2;
    few_edges.edges = 1;
    ck_assert_int_eq(graph_view(&g, GRAPH_ALL, &few_nodes, &v), ST_NOMEM);
    ck_assert_int_eq(graph_view(&g, GRAPH_ALL, &few_edges, &v), ST_NOMEM);
    few_nodes.nodes = 3;
    few_edges.edges = 2;
    ck_assert_int_eq(graph_view(&g, GRAPH_ALL, &few_nodes, &v), ST_OK);
    ck_assert_int_eq(graph_view(&g, GRAPH_ALL, &few_edges, &v), ST_OK);
}
END_TEST

/* ---- against a matrix ---- */

static uint64_t raw[NODES][NODES];
static bool there[NODES];

static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

static void matrix_epoch(void)
{
    for (uint32_t a = 0; a < NODES; a++)
        for (uint32_t b = 0; b < NODES; b++)
            raw[a][b] = raw[a][b] * 19 / 20;
}

static void compare(void)
{
    struct graph_view v = look(GRAPH_ALL);
    uint32_t nodes = 0, entries = 0;

    for (uint32_t a = 0; a < NODES; a++) {
        if (!there[a])
            continue;
        ck_assert_uint_eq(name[nodes], a);
        nodes++;
        for (uint32_t b = 0; b < NODES; b++)
            entries += raw[a][b] != 0;
    }
    ck_assert_uint_eq(v.nodes, nodes);
    ck_assert_uint_eq(v.first[nodes], entries);
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t e = v.first[i]; e < v.first[i + 1]; e++) {
            uint64_t expected = raw[name[i]][name[v.peer[e]]];

            ck_assert_uint_ne(expected, 0);
            expected >>= GRAPH_FRACTION;
            ck_assert_uint_eq(v.weight[e], expected ? expected : 1);
        }
}

/* Lazily or every epoch, looked at often or never: the same weights to the last bit. */
START_TEST(it_is_a_matrix_that_fades_every_epoch)
{
    memset(raw, 0, sizeof raw);
    memset(there, 0, sizeof there);
    seed = test_seed();
    for (unsigned step = 0; step < 20000; step++) {
        uint32_t what = below(100), a = below(NODES), b = below(NODES),
                 bytes = below(below(2) ? 3 : 100000);

        if (what < 60) {
            status_t st = graph_add(&g, a, b, bytes, what % 2);

            ck_assert_int_eq(st == ST_INVALID, a == b || !there[a] || !there[b]);
            if (st == ST_OK)
                raw[a][b] = raw[b][a] += (bytes + what % 2 * 64ull) << GRAPH_FRACTION;
        } else if (what < 80) {
            for (uint32_t n = below(5) ? 1 : below(120); n > 0; n--) {
                graph_epoch(&g);
                matrix_epoch();
            }
        } else if (what < 88) {
            ck_assert_int_eq(graph_join(&g, a), there[a] ? ST_EXISTS : ST_OK);
            there[a] = true;
        } else if (what < 90) {
            ck_assert_int_eq(graph_leave(&g, a), there[a] ? ST_OK : ST_NOT_FOUND);
            there[a] = false;
            for (b = 0; b < NODES; b++)
                raw[a][b] = raw[b][a] = 0;
        } else if (what < 92) {
            graph_sweep(&g);
        } else if (what < 94) {
            compare();
        }
    }
    compare();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence");
    TCase *t = tcase_create("graph");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_weight_is_bytes_and_64_for_each_message);
    tcase_add_test(t, an_epoch_takes_five_per_cent);
    tcase_add_test(t, an_edge_that_is_used_a_little_for_ever_stays);
    tcase_add_test(t, an_unused_edge_is_gone_in_the_end);
    tcase_add_test(t, what_has_faded_leaves_while_others_talk);
    tcase_add_test(t, a_weight_stops_at_its_largest);
    tcase_add_test(t, only_pairs_that_are_there_have_edges);
    tcase_add_test(t, who_leaves_takes_the_edges_along);
    tcase_add_test(t, a_full_table_says_so_and_takes_old_edges);
    tcase_add_test(t, a_view_that_does_not_fit_says_so);
    tcase_add_test(t, it_is_a_matrix_that_fades_every_epoch);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
