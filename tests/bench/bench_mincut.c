/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The minimum cut and the scores on this machine.
 *
 *   mincut.complete-N   every pair of N nodes, weights 1..1000 at random      mincut.equal-N   the same, all weights 1
 *   mincut.<file>       the graphs of tests/fixtures/graphs; rand-16384 is made here, as rand-4096 is: ten edges a node, 1..120
 *   mincut.torus-4096   64 x 64 nodes, all edges alike: what the algorithm is worst at
 *                       ns from the view to the cut and its sides; peer: an exact algorithm that is obviously right, in the
 *                       same run, whose answer must be the same (tests/support/slow_cut: Stoer-Wagner up to 512 nodes, flows
 *                       up to 4096, none beyond)
 *   mincut.slice        us: the longest slice of SLICE units on any of these graphs. Every slice does the same work in every
 *                       run, so each is taken as the fastest of its runs, and what else runs here is out of it
 *   coherence.score16   ns: the scores of 16 partitions that all talk to each other, from the view, smoothed
 *
 * Figures are medians. Ours and the peer take turns. Rows for programs on stdout, for people on stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "coherence/mincut.h"
#include "coherence/score.h"
#include "tests/support/metis.h"
#include "tests/support/slow_cut.h"

#define SLICE      4000u
#define SLICE_RUNS 15u
#define RUNS_MAX   301u
#define NODES_MAX  16384u

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void need(bool yes, const char *name, const char *what)
{
    if (!yes) {
        fprintf(stderr, "bench_mincut: %s: %s\n", name, what);
        exit(1);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, unsigned n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

static void row(const char *name, const char *unit, double value, const char *peer,
                double peer_value, const char *note)
{
    fprintf(stderr, "  %-22s %12.1f %-3s %-22s %14.1f   %s\n", name, value, unit, peer, peer_value,
            note);
    printf("{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.1f,", name, unit, value);
    if (*peer)
        printf("\"peer\":\"%s\",\"peer_value\":%.1f,", peer, peer_value);
    if (*note)
        printf("\"note\":\"%s\",", note);
    printf("\"provenance\":\"host\"}\n");
    fflush(stdout);
}

/* ---- the slices ---- */

static double longest_us;
static char longest_of[64];
static unsigned longest_slices;

static void slices(const char *name, const struct graph_view *v, void *memory, uint64_t weight)
{
    static uint64_t best[1u << 16];
    static struct mincut m;
    unsigned n = 0;

    for (unsigned r = 0; r < SLICE_RUNS; r++) {
        status_t st = mincut_start(&m, v, memory);

        need(st == ST_OK, name, "cannot start");
        for (n = 0, st = ST_AGAIN; st == ST_AGAIN; n++) {
            uint64_t t = now_ns();

            st = mincut_run(&m, SLICE);
            t = now_ns() - t;
            need(n < 1u << 16, name, "too many slices");
            best[n] = r == 0 || t < best[n] ? t : best[n];
        }
        need(m.weight == weight, name, "another cut in slices");
    }
    for (unsigned i = 0; i < n; i++)
        if ((double)best[i] / 1000 > longest_us) {
            longest_us = (double)best[i] / 1000;
            longest_slices = n;
            snprintf(longest_of, sizeof longest_of, "%s", name);
        }
}

/* ---- one graph ---- */

static double run_ours(const char *name, const struct graph_view *v, void *memory, uint64_t *weight)
{
    static struct mincut m;
    uint64_t t = now_ns();
    status_t st = mincut_start(&m, v, memory);

    if (st == ST_OK)
        st = mincut_run(&m, UINT32_MAX);
    t = now_ns() - t;
    need(st == ST_OK, name, "not done");
    *weight = m.weight;
    return (double)t;
}

static void graph(const char *graph_name, const struct graph_view *v, unsigned runs)
{
    static double ours[RUNS_MAX], peer[RUNS_MAX];
    void *memory = malloc(mincut_bytes(v->nodes, v->first[v->nodes]));
    unsigned peers = v->nodes <= 32 ? runs : v->nodes <= 128 ? 5 : v->nodes <= 4096 ? 1 : 0;
    uint64_t weight = 0;
    char name[64];

    snprintf(name, sizeof name, "mincut.%s", graph_name);
    need(memory != NULL, name, "no memory");
    for (unsigned i = 0; i < runs; i++) {
        ours[i] = run_ours(name, v, memory, &weight);
        if (i < peers) {
            uint64_t t = now_ns(),
                     other = v->nodes <= 512 ? slow_cut_stoer_wagner(v) : slow_cut_flows(v);

            peer[i] = (double)(now_ns() - t);
            need(other == weight, name, "the peer has another cut");
        }
    }
    slices(name, v, memory, weight);
    row(name, "ns", median(ours, runs),
        peers == 0        ? ""
        : v->nodes <= 512 ? "Stoer-Wagner"
                          : "n - 1 flows",
        peers == 0 ? 0 : median(peer, peers), "");
    free(memory);
}

static void file(const char *name)
{
    struct host_graph g;
    char path[128];
    const char *bad;

    snprintf(path, sizeof path, "tests/fixtures/graphs/%s.metis", name);
    bad = metis_read(path, &g);
    need(bad == NULL, path, bad);
    graph(name, &g.view, g.view.nodes <= 1024 ? RUNS_MAX : 51);
    host_graph_free(&g);
}

/* ---- graphs that are made ---- */

static uint64_t state;
static struct host_edge edges[NODES_MAX * 5];

static uint32_t draw(uint32_t n)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 33) % n;
}

static void complete_graph(struct host_graph *g, uint32_t nodes, uint32_t weights)
{
    uint32_t n = 0;

    for (uint32_t a = 0; a < nodes; a++)
        for (uint32_t b = 0; b < a; b++)
            edges[n++] = (struct host_edge){a, b, 1 + draw(weights)};
    graph_of_edges(g, nodes, edges, n);
}

static void complete(uint32_t nodes, uint32_t weights)
{
    struct host_graph g;
    char name[32];

    complete_graph(&g, nodes, weights);
    snprintf(name, sizeof name, "%s-%u", weights == 1 ? "equal" : "complete", nodes);
    graph(name, &g.view, RUNS_MAX);
    host_graph_free(&g);
}

static void sparse(uint32_t nodes)
{
    struct host_graph g;
    char name[32];

    for (uint32_t i = 0; i < nodes * 5; i++) /* a ring first, so that it hangs together */
        edges[i] = (struct host_edge){i < nodes ? i : draw(nodes),
                                      i < nodes ? (i + 1) % nodes : draw(nodes), 1 + draw(120)};
    graph_of_edges(&g, nodes, edges, nodes * 5);
    snprintf(name, sizeof name, "rand-%u", nodes);
    graph(name, &g.view, 31);
    host_graph_free(&g);
}

/* As bad as it gets: no group, no heavy edge, no triangle, and every scan joins few. */
static void torus(uint32_t side)
{
    struct host_graph g;
    char name[32];

    for (uint32_t i = 0; i < side * side; i++) {
        edges[2 * i] = (struct host_edge){i, i / side * side + (i + 1) % side, 100};
        edges[2 * i + 1] = (struct host_edge){i, (i + side) % (side * side), 100};
    }
    graph_of_edges(&g, side * side, edges, 2 * side * side);
    snprintf(name, sizeof name, "torus-%u", side * side);
    graph(name, &g.view, 5);
    host_graph_free(&g);
}

/* ---- scores ---- */

static void scores(void)
{
    static double sampled[RUNS_MAX];
    static uint64_t internal[16];
    static struct score s[16];
    struct host_graph g;
    uint64_t sum = 0;

    complete_graph(&g, 16, 1000);
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        uint64_t t;

        for (unsigned v = 0; v < 16; v++)
            internal[v] = draw(100000);
        t = now_ns();
        for (unsigned r = 0; r < 16; r++)
            score_view(s, internal, &g.view);
        sampled[i] = (double)(now_ns() - t) / 16;
        sum += score_smooth_bp(&s[i % 16]);
    }
    need(sum > 0, "coherence.score16", "no score at all");
    row("coherence.score16", "ns", median(sampled, RUNS_MAX), "", 0, "");
    host_graph_free(&g);
}

int main(void)
{
    static const char *const files[] = {
        "cluster-8",   "cluster-16",   "cluster-32",   "cluster-64", "cluster-128", "cluster-256",
        "cluster-512", "cluster-1024", "cluster-4096", "rand-8",     "rand-16",     "rand-32",
        "rand-64",     "rand-128",     "rand-256",     "rand-512",   "rand-1024",   "rand-4096"};
    char note[160];

    state = 88172645463325252ull;
    fprintf(stderr, "  %-22s %12s %-3s %-22s %14s\n", "name", "value", "", "peer", "peer value");
    for (unsigned k = 0; k < 4; k++)
        complete(k % 2 ? 32 : 16, k < 2 ? 1000 : 1);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        file(files[i]);
    sparse(NODES_MAX);
    torus(64);
    snprintf(note, sizeof note, "%s, one of %u slices of %u units", longest_of, longest_slices,
             SLICE);
    row("mincut.slice", "us", longest_us, "", 0, note);
    scores();
    return 0;
}
