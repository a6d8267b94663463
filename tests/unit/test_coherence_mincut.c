/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The minimum cut: the weight against three algorithms that share nothing with it, the sides against the weight, and the
 * same answer however it is sliced.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "coherence/mincut.h"
#include "tests/support/args.h"
#include "tests/support/metis.h"
#include "tests/support/slow_cut.h"

#define NODES_MAX 160u
#define LONG      20000u

/* ---- random graphs ---- */

static uint64_t seed;

static uint64_t random64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1dull;
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)((random64() >> 33) % n);
}

static struct host_edge edges[NODES_MAX * NODES_MAX];
static uint32_t nedges;

static void edge(uint32_t a, uint32_t b, uint64_t weight)
{
    edges[nedges++] = (struct host_edge){a, b, weight};
}

/* All 1: ties everywhere; few values; many; huge; from 1 to huge. */
enum weights { ONES, FEW, MANY, HUGE_ONES, MIXED, WEIGHTS };

static uint64_t some_weight(enum weights kind)
{
    switch (kind) {
    case FEW:
        return 1 + below(3);
    case MANY:
        return 1 + below(1000);
    case HUGE_ONES:
        return VIEW_WEIGHT_MAX - below(4);
    case MIXED:
        return 1 + (random64() >> (24 + below(40)));
    default:
        return 1;
    }
}

static void random_graph(struct host_graph *g, uint32_t nodes, uint32_t percent, enum weights kind)
{
    nedges = 0;
    for (uint32_t a = 0; a < nodes; a++)
        for (uint32_t b = a + 1; b < nodes; b++)
            if (below(100) < percent)
                edge(a, b, some_weight(kind));
    graph_of_edges(g, nodes, edges, nedges);
}

/* Groups that are dense inside and have few edges between them, in shuffled order. */
static void clustered_graph(struct host_graph *g, uint32_t nodes, uint32_t groups,
                            enum weights kind)
{
    uint32_t of[NODES_MAX];

    nedges = 0;
    for (uint32_t v = 0; v < nodes; v++)
        of[v] = below(groups);
    for (uint32_t a = 0; a < nodes; a++)
        for (uint32_t b = a + 1; b < nodes; b++)
            if (below(100) < (of[a] == of[b] ? 80u : 4u))
                edge(a, b, some_weight(kind) * (of[a] == of[b] && kind < HUGE_ONES ? 20 : 1));
    graph_of_edges(g, nodes, edges, nedges);
}

/* ---- one answer ---- */

struct answer {
    uint64_t weight, side[VIEW_NODES_MAX / 64];
    uint32_t slices;
};

/* The memory is not clean, and ends where mincut_bytes says (the sanitizer looks). */
static void solve(const struct graph_view *v, uint32_t budget, struct answer *out)
{
    size_t bytes = mincut_bytes(v->nodes, v->first[v->nodes]);
    void *memory = malloc(bytes);
    struct mincut m;

    ck_assert_ptr_nonnull(memory);
    memset(memory, 0xa5, bytes);
    memset(&m, 0xa5, sizeof m);
    memset(out, 0, sizeof *out);
    ck_assert_int_eq(mincut_start(&m, v, memory), ST_OK);
    while (out->slices++, mincut_run(&m, budget) ==
                              ST_AGAIN) /* a ck_assert that holds is written to a file, too */
        if (m.left < -(int64_t)(MINCUT_OVER + v->nodes / 8) || out->slices > 100000000)
            ck_abort_msg("slice %u of %u passed its budget by %ld", out->slices, budget,
                         (long)-m.left);
    out->weight = m.weight;
    for (uint32_t i = 0; i < v->nodes; i++)
        out->side[i / 64] |= (uint64_t)mincut_side(&m, i) << i % 64;
    free(memory);
}

static bool far_side(const struct answer *a, uint32_t v)
{
    return a->side[v / 64] >> v % 64 & 1;
}

/* What the sides say the cut weighs; both have a node, and node 0 is on the near one. */
static uint64_t weight_of_sides(const struct graph_view *v, const struct answer *a)
{
    uint64_t sum = 0;
    uint32_t nfar = 0;

    for (uint32_t i = 0; i < v->nodes; i++) {
        nfar += far_side(a, i);
        for (uint32_t e = v->first[i]; e < v->first[i + 1]; e++)
            if (far_side(a, i) && !far_side(a, v->peer[e]))
                sum += v->weight[e];
    }
    ck_assert(!far_side(a, 0));
    ck_assert_uint_gt(nfar, 0);
    ck_assert_uint_lt(nfar, v->nodes);
    return sum;
}

/* The far side begins at `cut`. */
static void check_sides(const struct answer *a, uint32_t cut, uint32_t nodes)
{
    for (uint32_t v = 0; v < nodes; v++)
        if (far_side(a, v) != (v >= cut))
            ck_abort_msg("node %u of %u is on the wrong side", v, nodes);
}

static void check_answer(const struct graph_view *v, uint64_t expected)
{
    static struct answer whole, sliced;
    uint32_t budget = below(4) ? 1 + below(300) : 1 + below(3);

    const char *broken = view_sound(v);

    ck_assert_msg(broken == NULL, "%s", broken);
    solve(v, UINT32_MAX, &whole);
    ck_assert_msg(whole.weight == expected, "%u nodes: a cut of %lu, it should be %lu", v->nodes,
                  (unsigned long)whole.weight, (unsigned long)expected);
    ck_assert_uint_eq(weight_of_sides(v, &whole), expected);
    solve(v, budget, &sliced);
    ck_assert_msg(sliced.weight == whole.weight &&
                      memcmp(sliced.side, whole.side, sizeof whole.side) == 0,
                  "%u nodes, slices of %u: another cut", v->nodes, budget);
}

static void check_against_peers(const struct graph_view *v)
{
    uint64_t expected = slow_cut_stoer_wagner(v);

    if (v->nodes <= 10)
        ck_assert_uint_eq(slow_cut_subsets(v), expected);
    if (v->nodes <= 16)
        ck_assert_uint_eq(slow_cut_flows(v), expected);
    check_answer(v, expected);
}

/* ---- tests ---- */

START_TEST(random_graphs_of_2_to_64_nodes)
{
    static const uint32_t percents[] = {5, 15, 30, 60, 100};
    struct host_graph g;
    uint64_t rounds = test_number("SKERRY_ROUNDS", 1) * 2;

    seed = 0x9e3779b97f4a7c15ull * test_seed();
    for (uint64_t r = 0; r < rounds; r++)
        for (uint32_t n = 2; n <= 64; n++)
            for (unsigned p = 0; p < ARRAY_LEN(percents); p++)
                for (enum weights w = ONES; w < WEIGHTS; w++) {
                    random_graph(&g, n, percents[p], w);
                    check_against_peers(&g.view);
                    host_graph_free(&g);
                }
}
END_TEST

START_TEST(random_groups_of_nodes)
{
    struct host_graph g;
    uint64_t rounds = test_number("SKERRY_ROUNDS", 1);

    seed = 0xd1342543de82ef95ull * test_seed();
    for (uint64_t r = 0; r < rounds; r++)
        for (uint32_t n = 8; n <= NODES_MAX; n += n < 24 ? 4 : 15)
            for (uint32_t groups = 2; groups <= n / 4; groups *= 2)
                for (enum weights w = ONES; w < WEIGHTS; w++) {
                    clustered_graph(&g, n, groups, w);
                    check_against_peers(&g.view);
                    host_graph_free(&g);
                }
}
END_TEST

START_TEST(paths_stars_rings_and_complete_graphs)
{
    struct host_graph g;

    seed = 5;
    for (uint32_t n = 2; n <= NODES_MAX; n += n < 20 ? 1 : 6)
        for (enum weights w = ONES; w < WEIGHTS; w++) {
            nedges = 0;
            for (uint32_t v = 1; v < n; v++)
                edge(v - 1, v, some_weight(w));
            graph_of_edges(&g, n, edges, nedges);
            check_against_peers(&g.view);
            host_graph_free(&g);
            if (n > 2) {
                edge(n - 1, 0, some_weight(w));
                graph_of_edges(&g, n, edges, nedges);
                check_against_peers(&g.view);
                host_graph_free(&g);
            }
            nedges = 0;
            for (uint32_t v = 1; v < n; v++)
                edge(n - 1, v - 1, some_weight(w));
            graph_of_edges(&g, n, edges, nedges);
            check_against_peers(&g.view);
            host_graph_free(&g);
            random_graph(&g, n, 100, w);
            check_against_peers(&g.view);
            host_graph_free(&g);
        }
}
END_TEST

/* Where a scan finds little: grids that close on themselves, whole or with weak and strong places. */
START_TEST(tori_that_are_weak_in_places)
{
    struct host_graph g;
    uint64_t rounds = test_number("SKERRY_ROUNDS", 1) * 400;

    seed = 0xa0761d6478bd642full * test_seed();
    for (uint64_t r = 0; r < rounds; r++) {
        uint32_t x = 3 + below(10), y = 3 + below(10), most = 1 + below(4);
        uint32_t strong = 1 + below(6), chords = below(x * y);

        nedges = 0;
        for (uint32_t v = 0; v < x * y; v++) {
            uint32_t right = v / x * x + (v + 1) % x, down = (v + x) % (x * y);

            edge(v, right, (1 + below(most)) * (v % x % strong ? strong : 1));
            edge(v, down, (1 + below(most)) * (v / x % strong ? strong : 1));
        }
        for (uint32_t i = 0; i < chords; i++) { /* triangles */
            uint32_t v = below(x * y);

            edge(v, (v + x + 1) % (x * y), 1 + below(most));
        }
        graph_of_edges(&g, x * y, edges, nedges);
        check_answer(&g.view, slow_cut_stoer_wagner(&g.view));
        host_graph_free(&g);
    }
}
END_TEST

/* A ring through these nodes, in some order. */
static void some_ring(uint32_t first, uint32_t n)
{
    uint32_t at[NODES_MAX];

    for (uint32_t i = 0; i < n; i++)
        at[i] = first + i;
    for (uint32_t i = n - 1; i > 0; i--) {
        uint32_t j = below(i + 1), v = at[i];

        at[i] = at[j];
        at[j] = v;
    }
    for (uint32_t i = 0; i < n; i++)
        edge(at[i], at[(i + 1) % n], 1);
}

/* All degrees alike, few edges between the halves, one of them where the scan begins: it goes on in both at once. */
START_TEST(two_halves_that_look_like_one)
{
    struct host_graph g;
    uint64_t rounds = test_number("SKERRY_ROUNDS", 1) * 1500;

    seed = 0xe7037ed1a0b428dbull * test_seed();
    for (uint64_t r = 0; r < rounds; r++) {
        uint32_t half = 5 + below(60), rings = 2 + below(2), bridges = 1 + below(2 * rings);

        nedges = 0;
        for (uint32_t i = 0; i < rings; i++) {
            some_ring(0, half);
            some_ring(half, half);
        }
        for (uint32_t i = 0; i < bridges; i++)
            edge(i == 0 ? 0 : below(half), half + below(half), 1);
        graph_of_edges(&g, 2 * half, edges, nedges);
        check_answer(&g.view, slow_cut_stoer_wagner(&g.view));
        host_graph_free(&g);
    }
}
END_TEST

/* The sum of all weights is more than a matrix takes. */
START_TEST(heavy_graphs_stay_out_of_the_matrix)
{
    struct host_graph g;

    for (seed = 1; seed < 20; seed++) {
        nedges = 0;
        for (uint32_t a = 0; a < 150; a++)
            for (uint32_t b = 0; b < a; b++)
                edge(a, b, VIEW_WEIGHT_MAX - below(4) * (seed % 2 ? 1 : VIEW_WEIGHT_MAX / 8));
        graph_of_edges(&g, 150, edges, nedges);
        check_answer(&g.view, slow_cut_stoer_wagner(&g.view));
        host_graph_free(&g);
    }
}
END_TEST

/* The bridge is the cut, and the sides are the two. */
START_TEST(two_cliques_come_apart_at_their_bridge)
{
    static struct answer a;
    struct host_graph g;

    seed = 1;
    for (uint32_t half = 3; half <= NODES_MAX / 2; half++)
        for (uint64_t bridge = 1; bridge < half - 1; bridge += 1 + half / 4) {
            uint32_t at = below(half);

            nedges = 0;
            for (uint32_t x = 0; x < half; x++)
                for (uint32_t y = x + 1; y < half; y++) {
                    edge(x, y, 1);
                    edge(half + x, half + y, 1);
                }
            edge(at, half + at, bridge);
            graph_of_edges(&g, 2 * half, edges, nedges);
            check_answer(&g.view, bridge);
            solve(&g.view, 50, &a);
            check_sides(&a, half, 2 * half);
            host_graph_free(&g);
        }
}
END_TEST

START_TEST(a_graph_in_pieces_has_a_cut_of_nothing)
{
    static struct answer a;
    struct host_graph g;

    seed = 3;
    for (uint32_t n = 2; n <= NODES_MAX; n += 3)
        for (uint32_t cut = 1; cut < n; cut += 1 + n / 5) {
            nedges = 0;
            for (uint32_t x = 0; x < n; x++)
                for (uint32_t y = x + 1; y < n; y++)
                    if ((x < cut) == (y < cut) && (y == x + 1 || below(4) == 0))
                        edge(x, y, 1 + below(9));
            graph_of_edges(&g, n, edges, nedges);
            check_answer(&g.view, 0);
            solve(&g.view, 7, &a);
            check_sides(&a, cut, n);
            host_graph_free(&g);
        }
    graph_of_edges(&g, 5, edges, 0);
    check_answer(&g.view, 0);
    host_graph_free(&g);
}
END_TEST

/* Among cuts that weigh the same it is always the same one, in any memory and in slices of any size. */
START_TEST(ties_are_broken_the_same_way_each_time)
{
    static struct answer first, again;
    struct host_graph g;

    for (uint32_t n = 4; n <= NODES_MAX; n += 29) {
        nedges = 0;
        for (uint32_t v = 0; v < n; v++)
            edge(v, (v + 1) % n, 7);
        graph_of_edges(&g, n, edges, nedges);
        solve(&g.view, UINT32_MAX, &first);
        ck_assert_uint_eq(first.weight, 14);
        for (uint32_t budget = 1; budget < 100; budget++) {
            solve(&g.view, budget, &again);
            ck_assert_mem_eq(again.side, first.side, sizeof first.side);
        }
        host_graph_free(&g);
    }
}
END_TEST

/* One row as long as all others together: a hub in a ring, and one with leaves beside two small cliques with a bridge. */
static void wheel(struct host_edge *e, struct host_graph *g)
{
    for (uint32_t v = 0; v < LONG; v++) {
        e[2 * v] = (struct host_edge){LONG, v, 3};
        e[2 * v + 1] = (struct host_edge){v, (v + 1) % LONG, 1};
    }
    graph_of_edges(g, LONG + 1, e, 2 * LONG);
}

static void star(struct host_edge *e, struct host_graph *g)
{
    uint32_t n = 0;

    for (uint32_t v = 0; v < LONG; v++)
        e[n++] = (struct host_edge){LONG, v, 100};
    for (uint32_t a = LONG; a < LONG + 12; a++)
        for (uint32_t b = a + 1; b < LONG + 12; b++)
            if ((a < LONG + 6) == (b < LONG + 6))
                e[n++] = (struct host_edge){a, b, 20};
    e[n++] = (struct host_edge){LONG + 5, LONG + 6, 30};
    graph_of_edges(g, LONG + 12, e, n);
}

START_TEST(a_long_row_is_not_done_in_one_slice)
{
    static struct host_edge e[2 * LONG + 100];
    static struct answer a, b;
    struct host_graph g;

    (_i == 0 ? wheel : star)(e, &g);
    for (uint32_t budget = 1; budget < 2000; budget = budget * 5 + 1) {
        solve(&g.view, budget, &a);
        ck_assert_uint_eq(a.weight, weight_of_sides(&g.view, &a));
        ck_assert_uint_eq(a.weight, _i == 0 ? 5u : 30u);
        if (budget > 1)
            ck_assert_mem_eq(a.side, b.side, sizeof a.side);
        b = a;
    }
    host_graph_free(&g);
}
END_TEST

START_TEST(no_slice_works_much_longer_than_it_may)
{
    static struct answer a;
    struct host_graph g;

    seed = 11;
    ck_assert_ptr_null(metis_read("tests/fixtures/graphs/rand-1024.metis", &g));
    solve(&g.view, 100, &a); /* asserts the left of each */
    ck_assert_uint_gt(a.slices, 2 * g.view.first[g.view.nodes] / 100); /* all degrees, one scan */
    host_graph_free(&g);
}
END_TEST

/* The flows of the largest take seconds: what they gave is written down, and is asked again when there are more rounds. */
static uint64_t fixture_cut(const char *name, const struct graph_view *v)
{
    static const struct {
        const char *name;
        uint64_t cut;
    } known[] = {{"cluster-4096.metis", 109}, {"rand-4096.metis", 51}};

    for (unsigned i = 0; i < ARRAY_LEN(known); i++)
        if (test_number("SKERRY_ROUNDS", 1) == 1 && strcmp(name, known[i].name) == 0)
            return known[i].cut;
    return v->nodes <= 256 ? slow_cut_stoer_wagner(v) : slow_cut_flows(v);
}

START_TEST(every_graph_of_the_fixtures)
{
    DIR *d = opendir("tests/fixtures/graphs");
    struct dirent *e;
    struct host_graph g;
    unsigned seen = 0;
    char path[300];

    ck_assert_ptr_nonnull(d);
    while ((e = readdir(d)) != NULL) {
        const char *bad;

        if (strstr(e->d_name, ".metis") == NULL)
            continue;
        snprintf(path, sizeof path, "tests/fixtures/graphs/%s", e->d_name);
        bad = metis_read(path, &g);
        ck_assert_msg(bad == NULL, "%s: %s", path, bad);
        seed = 1 + seen++;
        check_answer(&g.view, fixture_cut(e->d_name, &g.view));
        host_graph_free(&g);
    }
    closedir(d);
    ck_assert_uint_ge(seen, 18);
}
END_TEST

START_TEST(fewer_than_two_nodes_have_no_cut)
{
    static const uint32_t first[2];
    struct graph_view none = {.nodes = 0, .first = first}, one = {.nodes = 1, .first = first};
    struct mincut m;
    char memory[8];

    ck_assert_int_eq(mincut_start(&m, &none, memory), ST_INVALID);
    ck_assert_int_eq(mincut_start(&m, &one, memory), ST_INVALID);
    ck_assert_uint_eq(mincut_bytes(1, 0), 0);
    ck_assert_uint_eq(mincut_bytes(VIEW_NODES_MAX + 1, 0), 0);
    ck_assert_uint_ne(mincut_bytes(2, 0), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence/mincut");
    TCase *c = tcase_create("mincut");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(c, 120);
    tcase_add_test(c, random_graphs_of_2_to_64_nodes);
    tcase_add_test(c, random_groups_of_nodes);
    tcase_add_test(c, paths_stars_rings_and_complete_graphs);
    tcase_add_test(c, tori_that_are_weak_in_places);
    tcase_add_test(c, two_halves_that_look_like_one);
    tcase_add_test(c, heavy_graphs_stay_out_of_the_matrix);
    tcase_add_test(c, two_cliques_come_apart_at_their_bridge);
    tcase_add_test(c, a_graph_in_pieces_has_a_cut_of_nothing);
    tcase_add_test(c, ties_are_broken_the_same_way_each_time);
    tcase_add_loop_test(c, a_long_row_is_not_done_in_one_slice, 0, 2);
    tcase_add_test(c, no_slice_works_much_longer_than_it_may);
    tcase_add_test(c, every_graph_of_the_fixtures);
    tcase_add_test(c, fewer_than_two_nodes_have_no_cut);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
