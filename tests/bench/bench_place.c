/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Placement on eight cores, all nodes equal, all distances 1: then what is minimised is the cut, and METIS can be asked the
 * same. The graphs are those of tests/fixtures/graphs; the run must begin in the tree's root.
 *
 *   placement.<graph>         the cut after all rounds, at imbalance <= 1.05; peer and goal: METIS recursive
 *   placement_ns.<graph>      until the first whole answer; peer: METIS, once
 *   placement_even_ns.<graph> until the cut is no worse than that of METIS; not there if it never is
 *
 * METIS is asked with its own imbalance (1.001 for each halving) and with 1.016 (1.05 for three of them); the better cut
 * that keeps to 1.05 counts. Where neither does, its own counts, and the note says how uneven it is. The shortest of several
 * runs; graphs are taken in turn, so that no run finds the processor's predictions of the one before. Rows on stdout.
 */
#include <metis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "coherence/place.h"
#include "tests/support/graph_case.h"

#define CORES       8u
#define SLACK_BP    500u
#define REPEATS     21u
#define FEW_REPEATS 5u /* of graphs with more than MANY nodes */
#define MANY        256u
#define GOAL_NODES  64u
#define GOAL_NS     50000u
#define LOOK_STEPS  1000u

static const char *const names[] = {
    "cluster-8",   "cluster-16",   "cluster-32",   "cluster-64", "cluster-128", "cluster-256",
    "cluster-512", "cluster-1024", "cluster-4096", "rand-8",     "rand-16",     "rand-32",
    "rand-64",     "rand-128",     "rand-256",     "rand-512",   "rand-1024",   "rand-4096",
};

enum kind { FIRST, WHOLE, EVEN, METIS, KINDS };

struct item {
    struct graph_case g;
    struct place_input in;
    uint32_t *load;
    void *memory;
    size_t bytes;
    idx_t *first, *peer, *weight, *part;
    idx_t ufactor;
    uint64_t cut, first_cut, metis_cut, even_steps;
    double imbalance, metis_imbalance;
    double sample[KINDS][REPEATS];
    unsigned repeats;
};
static struct item item[ARRAY_LEN(names)];

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench_place: %s\n", what);
        exit(1);
    }
}

/* ---- ours ---- */

static double place_once(struct item *x, uint32_t rounds, uint64_t steps, struct place_answer *out)
{
    double start = now_ns();
    struct place *p;

    x->in.rounds = rounds;
    need(place_start(&x->in, x->memory, x->bytes, &p) == ST_OK, "place_start");
    place_run(p, steps);
    start = now_ns() - start;
    place_answer(p, out);
    return start;
}

/* Steps after which the answer is no worse than METIS's; 0: never. */
static uint64_t steps_until_even(struct item *x)
{
    struct place_answer got;
    struct place *p;
    bool done = false;

    x->in.rounds = 0;
    need(place_start(&x->in, x->memory, x->bytes, &p) == ST_OK, "place_start");
    while (!done) {
        done = place_run(p, LOOK_STEPS);
        place_answer(p, &got);
        if (got.over == 0 && got.cost <= x->metis_cut)
            return got.steps;
    }
    return 0;
}

/* ---- METIS ---- */

static double metis_once(struct item *x, idx_t ufactor, uint64_t *cut, double *imbalance)
{
    idx_t options[METIS_NOPTIONS], nodes = (idx_t)x->g.view.nodes, one = 1, parts = CORES,
                                   edges = 0;
    unsigned on[CORES] = {0}, most = 0;
    double start = now_ns();

    METIS_SetDefaultOptions(options);
    options[METIS_OPTION_UFACTOR] = ufactor;
    need(METIS_PartGraphRecursive(&nodes, &one, x->first, x->peer, NULL, NULL, x->weight, &parts,
                                  NULL, NULL, options, &edges, x->part) == METIS_OK,
         "METIS");
    start = now_ns() - start;
    for (idx_t v = 0; v < nodes; v++)
        if (++on[x->part[v]] > most)
            most = on[x->part[v]];
    *cut = (uint64_t)edges;
    *imbalance = (double)most * CORES / (double)nodes;
    return start;
}

static void choose_metis(struct item *x)
{
    static const idx_t ufactor[] = {1, 16};
    bool even = false;

    for (unsigned i = 0; i < ARRAY_LEN(ufactor); i++) {
        uint64_t cut;
        double imbalance;

        metis_once(x, ufactor[i], &cut, &imbalance);
        if (i == 0 || (imbalance <= 1.05 && (!even || cut < x->metis_cut))) {
            x->ufactor = ufactor[i];
            x->metis_cut = cut;
            x->metis_imbalance = imbalance;
        }
        even = even || imbalance <= 1.05;
    }
}

/* ---- all of them ---- */

static void item_new(struct item *x, const char *name)
{
    struct place_answer got;
    uint32_t n, entries;
    char path[128];

    (void)snprintf(path, sizeof path, "tests/fixtures/graphs/%s.metis", name);
    need(graph_case_read(&x->g, path), path);
    n = x->g.view.nodes;
    entries = x->g.view.first[n];
    x->load = malloc(n * sizeof *x->load);
    x->first = malloc((n + 1) * sizeof *x->first);
    x->peer = malloc(entries * sizeof *x->peer);
    x->weight = malloc(entries * sizeof *x->weight);
    x->part = malloc(n * sizeof *x->part);
    for (uint32_t v = 0; v < n; v++)
        x->load[v] = 1;
    for (uint32_t v = 0; v <= n; v++)
        x->first[v] = (idx_t)x->g.first[v];
    for (uint32_t e = 0; e < entries; e++) {
        x->peer[e] = (idx_t)x->g.peer[e];
        x->weight[e] = (idx_t)x->g.weight[e];
    }
    x->in = (struct place_input){
        .view = &x->g.view, .load = x->load, .cores = CORES, .slack_bp = SLACK_BP};
    x->bytes = place_bytes(n, entries, CORES);
    x->memory = calloc(1, x->bytes);
    x->repeats = n > MANY ? FEW_REPEATS : REPEATS;
    choose_metis(x);
    place_once(x, 1, UINT64_MAX / 2, &got);
    x->first_cut = got.cost;
    place_once(x, 0, UINT64_MAX / 2, &got);
    need(got.over == 0, "a core carries too much");
    x->cut = got.cost;
    x->imbalance = (double)got.heaviest * CORES / (double)n;
    x->even_steps = steps_until_even(x);
}

static void item_once(struct item *x, unsigned i)
{
    struct place_answer got;
    double imbalance;
    uint64_t cut;

    x->sample[FIRST][i] = place_once(x, 1, UINT64_MAX / 2, &got);
    need(got.cost == x->first_cut, "another answer");
    x->sample[WHOLE][i] = place_once(x, 0, UINT64_MAX / 2, &got);
    need(got.cost == x->cut, "another answer");
    x->sample[METIS][i] = metis_once(x, x->ufactor, &cut, &imbalance);
    x->sample[EVEN][i] = x->even_steps == 0 ? 0 : place_once(x, 0, x->even_steps, &got);
}

/* Others may have the core for a while; the shortest run is the one in which they had not. */
static double shortest(const struct item *x, enum kind k)
{
    double least = x->sample[k][0];

    for (unsigned i = 1; i < x->repeats; i++)
        least = x->sample[k][i] < least ? x->sample[k][i] : least;
    return least;
}

static void row(const char *kind, const char *graph, const char *unit, double value, double goal,
                double peer, const char *note)
{
    fprintf(stderr, "  %s.%-14s %12.0f %-6s METIS %12.0f  %s\n", kind, graph, value, unit, peer,
            note);
    printf("{\"name\":\"%s.%s\",\"unit\":\"%s\",\"value\":%.0f,\"peer\":\"METIS "
           "recursive\",\"peer_value\":%.0f,",
           kind, graph, unit, value, peer);
    if (goal > 0)
        printf("\"goal\":%.0f,", goal);
    printf("\"provenance\":\"host\",\"note\":\"%s\"}\n", note);
}

int main(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        item_new(&item[i], names[i]);
    for (unsigned r = 0; r < REPEATS; r++)
        for (unsigned i = 0; i < ARRAY_LEN(names); i++)
            if (r < item[i].repeats)
                item_once(&item[i], r);
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        struct item *x = &item[i];
        double metis = shortest(x, METIS);
        char note[160];

        (void)snprintf(note, sizeof note, "imbalance %.3f, METIS %.3f; all rounds %.0f ns",
                       x->imbalance, x->metis_imbalance, shortest(x, WHOLE));
        row("placement", names[i], "weight", (double)x->cut, (double)x->metis_cut,
            (double)x->metis_cut, note);
        (void)snprintf(note, sizeof note, "the first answer, cut %lu", (unsigned long)x->first_cut);
        row("placement_ns", names[i], "ns", shortest(x, FIRST),
            x->g.view.nodes == GOAL_NODES ? GOAL_NS : 0, metis, note);
        if (x->even_steps != 0)
            row("placement_even_ns", names[i], "ns", shortest(x, EVEN), 0, metis,
                "until the cut is no worse than METIS's");
    }
    return 0;
}
