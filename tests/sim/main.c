/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * sim - 2 to 1024 cores that agree about capabilities, in one process: the code of monitor/caps and of the
 * CPU driver, with rings, time and programs simulated. The same seed does the same, event by event.
 *
 *     sim [--seed N] [--cores N] [--ops N] [--deaths N] [--json] [--detail] [--trace]
 *
 * Messages between two cores stay in order; between pairs they are delayed and so reordered as the seed says.
 * Some cores are slow, some stop for good, some stall until they are suspected, are stopped, and announced to
 * each of the others at another time; that a core which is only slow is suspected is an error. Programs give, pass
 * on, revoke, retype, delete, lend; receivers refuse. Every third seed has small tables, which are full again and again.
 * tests/sim/ledger.h checks after each answer and arrival, the end checks that everybody was answered and that
 * nothing is left. Exit status: 0, 1 something did not hold, 2 usage.
 */
#include "tests/sim/sim.h"
#include "monitor/peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a curve: one revoke with all others as holders ---- */

static void curve_row(bool json, const char *what, core_id n, const char *unit, uint64_t value)
{
    if (json)
        printf("{\"name\":\"sim.%s.all.%u\",\"unit\":\"%s\",\"value\":%llu}\n", what, n, unit,
               (unsigned long long)value);
    else
        printf("  %-14s %5u cores  %8llu %s\n", what, n, (unsigned long long)value, unit);
}

static void settle_all(void)
{
    while (sim_step())
        ;
}

static uint32_t share_with_all(void)
{
    struct sim_core *c = &sim.core[0];

    sim_op_retype_as(c, 1, CAP_FRAME, PAGE_BYTES);
    for (core_id i = 1; i < sim.ncores; i++) {
        struct request *r = sim_new_request(0, OP_GIVE, sim.ledger.n - 1);

        r->entry = sim.ncores + 1u;
        sim_asked(r, caps_give(&c->caps, (uint64_t)(r - sim.request),
                               (struct cap_at){c->table, sim.ledger.entry[r->entry].handle},
                               RIGHTS_ALL, CAP_COPY_OF, i, 0, (uint64_t)(r - sim.request)));
        sim_turn_soon(c, sim.now + 1);
        settle_all();
    }
    return sim.ncores + 1u;
}

static int curve(bool json)
{
    for (core_id n = 2; n <= 1024; n = (core_id)(n * 2)) {
        uint64_t messages, began;
        uint32_t frame;

        memset(&sim, 0, sizeof sim);
        sim.seed = 1;
        sim.digest = 1;
        sim.even = true;
        sim_size.nodes = n;
        sim_size.own_slots = 2048;
        sim_make_machine(n, 4u * n);
        for (core_id i = 0; i < n; i++)
            sim.core[i].slow = 1;
        frame = share_with_all();
        messages = sim.messages;
        began = sim.now;
        sim_op_revoke(&sim.core[0], frame);
        sim_turn_soon(&sim.core[0], sim.now + 1);
        settle_all();
        if (sim.broken || sim.ledger.broken || sim.open) {
            fprintf(stderr, "sim: %s\n",
                    sim.broken ? sim.broken : "a revoke of the curve has not ended");
            return 1;
        }
        curve_row(json, "revoke_msgs", n, "messages", sim.messages - messages);
        curve_row(json, "revoke_hops", n, "hops", (sim.answered_ns - began) / HOP_NS);
        sim_free_machine();
    }
    return 0;
}

/* ---- the command line ---- */

static uint64_t number(const char *name, const char *text, uint64_t low, uint64_t high)
{
    char *end = NULL;
    uint64_t v = text ? strtoull(text, &end, 10) : 0;

    if (text == NULL || *text == '\0' || *end != '\0' || v < low || v > high) {
        fprintf(stderr, "sim: %s wants a number from %llu to %llu, not \"%s\"\n", name,
                (unsigned long long)low, (unsigned long long)high, text ? text : "");
        exit(2);
    }
    return v;
}

static void report(bool json, uint64_t seed, uint64_t ops, uint64_t deaths)
{
    if (json) {
        printf("{\"seed\":%llu,\"cores\":%u,\"ops\":%llu,\"messages\":%llu,\"answered\":%llu,"
               "\"refused\":%llu,\"deaths\":%llu,\"worst_ns\":%llu,\"digest\":\"%016llx\","
               "\"broken\":%s%s%s}\n",
               (unsigned long long)seed, sim.ncores, (unsigned long long)sim.ops,
               (unsigned long long)sim.messages, (unsigned long long)sim.answered,
               (unsigned long long)sim.refused, (unsigned long long)sim.deaths,
               (unsigned long long)sim.worst_ns, (unsigned long long)sim.digest,
               sim.broken ? "\"" : "", sim.broken ? sim.broken : "null", sim.broken ? "\"" : "");
        return;
    }
    printf("%s - %u cores, seed %llu: %llu operations, %llu messages, %llu requests answered (%llu "
           "refused), "
           "%llu wrong handles, %llu cores stopped, longest wait %llu us, digest %016llx\n",
           sim.broken ? "not ok" : "ok", sim.ncores, (unsigned long long)seed,
           (unsigned long long)sim.ops, (unsigned long long)sim.messages,
           (unsigned long long)sim.answered, (unsigned long long)sim.refused,
           (unsigned long long)sim.wrong, (unsigned long long)sim.deaths,
           (unsigned long long)(sim.worst_ns / 1000), (unsigned long long)sim.digest);
    if (sim.detail) {
        for (unsigned i = 0; i < ST_COUNT; i++)
            if (sim.why[i])
                printf("  %-18s %llu\n", status_name((status_t)i), (unsigned long long)sim.why[i]);
        for (unsigned i = 0; i < 11; i++)
            printf("  %-18s %llu\n", peer_name((uint16_t)(PEER_CAP_GIVE + i)),
                   (unsigned long long)sim.kinds[i]);
    }
    if (sim.broken)
        printf("sim: %s (entry %u, core %u, after %llu us)\nreplay: make sim SEED=%llu CORES=%u "
               "OPS=%llu DEATHS=%llu\n",
               sim.broken, sim.ledger.about, sim.ledger.entry[sim.ledger.about].core,
               (unsigned long long)(sim.now / 1000), (unsigned long long)seed, sim.ncores,
               (unsigned long long)ops, (unsigned long long)deaths);
}

static void usage(FILE *to)
{
    fprintf(
        to,
        "usage: sim [--seed N] [--cores 2..1024] [--ops N] [--deaths N] [--json] [--detail] "
        "[--trace]\n"
        "       sim --curve [--json]    one revoke with all others as holders, 2 to 1024 cores\n"
        "Simulates cores that agree about capabilities. The same seed does the same.\n");
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, cores = 8, ops = 20000, deaths = UINT64_MAX;
    bool json = false, show_curve = false;

    for (int i = 1; i < argc; i++) {
        const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(a, "--seed") == 0)
            seed = number(a, v, 0, UINT64_MAX - 1), i++;
        else if (strcmp(a, "--cores") == 0)
            cores = number(a, v, 2, 1024), i++;
        else if (strcmp(a, "--ops") == 0)
            ops = number(a, v, 1, 10000000), i++;
        else if (strcmp(a, "--deaths") == 0)
            deaths = number(a, v, 0, 1000), i++;
        else if (strcmp(a, "--json") == 0)
            json = true;
        else if (strcmp(a, "--curve") == 0)
            show_curve = true;
        else if (strcmp(a, "--detail") == 0)
            sim.detail = true;
        else if (strcmp(a, "--trace") == 0)
            sim.trace = true;
        else if (strcmp(a, "--help") == 0)
            return usage(stdout), 0;
        else
            return fprintf(stderr, "sim: unknown option \"%s\"\n", a), usage(stderr), 2;
    }
    if (show_curve)
        return curve(json);
    if (deaths == UINT64_MAX)
        deaths = cores / 4;
    sim_run(seed, (core_id)cores, (uint32_t)ops, (uint32_t)deaths);
    if (!sim.broken)
        sim.broken = sim.ledger.broken;
    report(json, seed, ops, deaths);
    return sim.broken != NULL;
}
