/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place against all placements there are of small graphs, and against METIS on the fixtures. Its promises are in
 * test_coherence_place_steps.c (how it works) and test_coherence_place_answer.c (what it says).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/place_case.h"

#define SMALL_NODES     8u
#define SMALL_CORES     3u
#define GRAPHS          400u
#define WORST_FACTOR_BP 20000u /* never above twice the best there is (where it costs at all) */
#define EQUAL_BP        9500u  /* and the best itself in so many */

/* ---- against all placements ---- */

struct best {
    uint64_t over, cost;
};

static struct best best_of_all(const struct job *j, uint64_t limit)
{
    uint32_t n = j->g.view.nodes, k = j->in.cores;
    struct best best = {UINT64_MAX, UINT64_MAX};
    core_id core[SMALL_NODES];
    uint64_t ways = 1;

    for (uint32_t v = 0; v < n; v++)
        ways *= k;
    for (uint64_t way = 0; way < ways; way++) {
        uint64_t rest = way, over, cost;

        for (uint32_t v = 0; v < n; v++, rest /= k)
            core[v] = (core_id)(rest % k);
        if (!job_keeps_to_allowed(j, core))
            continue;
        over = job_over(j, core, limit);
        if (over > best.over)
            continue;
        cost = place_cost(&j->in, core);
        if (over < best.over || cost < best.cost)
            best = (struct best){over, cost};
    }
    return best;
}

START_TEST(small_graphs_are_placed_as_well_as_can_be_in_most_cases)
{
    unsigned equal = 0, over = 0;
    uint64_t worst = 10000;

    for (unsigned i = 0; i < GRAPHS; i++) {
        struct place_answer got;
        struct best best;
        struct job j;

        job_random(&j, 2 + (uint32_t)(job_draw() % (SMALL_NODES - 1)),
                   1 + (uint32_t)(job_draw() % SMALL_CORES), _i == 1);
        job_run(&j, UINT64_MAX / 2, &got);
        best = best_of_all(&j, got.limit);
        ck_assert(job_keeps_to_allowed(&j, got.core));
        ck_assert_uint_eq(got.over, job_over(&j, got.core, got.limit));
        ck_assert_uint_eq(got.cost, place_cost(&j.in, got.core));
        ck_assert(got.over > best.over || got.cost >= best.cost);
        over += got.over != best.over;
        if (got.over == best.over) {
            equal += got.cost == best.cost;
            if (best.cost > 0 && got.cost * 10000u / best.cost > worst)
                worst = got.cost * 10000u / best.cost;
            ck_assert_msg(best.cost == 0 || got.cost * 10000u <= best.cost * WORST_FACTOR_BP,
                          "graph %u: %lu, best %lu", i, (unsigned long)got.cost,
                          (unsigned long)best.cost);
        }
        job_free(&j);
    }
    printf("# %s: %u of %u the best there is, %u carry more than they must, worst cost %lu bp of "
           "the best\n",
           _i ? "everything" : "plain", equal, GRAPHS, over, (unsigned long)worst);
    ck_assert_uint_ge(equal * 10000u, GRAPHS * EQUAL_BP);
    ck_assert_uint_le(over * 100u, GRAPHS * 3);
}
END_TEST

/* ---- against METIS ---- */

/* Its recursive partitioning into 8 (libmetis 5.1, as it comes), the cut; rand-64 carries 9 on a core, rand-128 18. */
static const struct {
    const char *name;
    uint64_t metis;
} fixture[] = {
    {"cluster-8", 9919},     {"cluster-16", 16184}, {"cluster-32", 15451},  {"cluster-64", 1196},
    {"cluster-128", 1671},   {"cluster-256", 3171}, {"cluster-512", 22162}, {"cluster-1024", 11816},
    {"cluster-4096", 42943}, {"rand-8", 1880},      {"rand-16", 2762},      {"rand-64", 8734},
    {"rand-128", 17033},     {"rand-256", 32075},   {"rand-512", 64833},    {"rand-1024", 132180},
    {"rand-4096", 526658},
};

START_TEST(the_cut_is_no_worse_than_that_of_metis_with_less_imbalance)
{
    struct graph_case g;
    struct place_answer got;
    struct place *p;
    uint32_t *load, n;
    size_t bytes;
    void *memory;
    char path[128];

    snprintf(path, sizeof path, "tests/fixtures/graphs/%s.metis", fixture[_i].name);
    ck_assert_msg(graph_case_read(&g, path), "%s", path);
    n = g.view.nodes;
    load = malloc(n * sizeof *load);
    for (uint32_t v = 0; v < n; v++)
        load[v] = 1;
    bytes = place_bytes(n, g.view.first[n], 8);
    memory = malloc(bytes);
    ck_assert_int_eq(
        place_start(
            &(struct place_input){.view = &g.view, .load = load, .cores = 8, .slack_bp = 500},
            memory, bytes, &p),
        ST_OK);
    while (!place_run(p, 1000000))
        ;
    place_answer(p, &got);
    ck_assert_uint_le(got.cost, fixture[_i].metis);
    ck_assert_uint_le(got.heaviest * 8 * 100, (uint64_t)n * 105);
    free(memory);
    free(load);
    graph_case_free(&g);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence_place");
    TCase *t = tcase_create("as good");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, job_setup, NULL);
    tcase_add_loop_test(t, small_graphs_are_placed_as_well_as_can_be_in_most_cases, 0, 2);
    tcase_add_loop_test(t, the_cut_is_no_worse_than_that_of_metis_with_less_imbalance, 0,
                        ARRAY_LEN(fixture));
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
