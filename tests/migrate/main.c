/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * sim-migrate - 2 to 64 monitors that move partitions among each other, in one process: the code of monitor/mover with rings, time,
 * programs and channels simulated. The same seed does the same, event by event.
 *
 *     sim-migrate [--seed N] [--seeds N] [--cores N] [--parts N] [--ops N] [--deaths N] [--faults N] [--trace]
 *
 * With --seeds N so many seeds (without any option 500), each with another machine (2 to 64 cores), deaths and faults; a seed that fails says how to replay it.
 * Messages between two cores stay in order, and are now and then later than a move may take. Programs ask for moves, many at once, of
 * both ends of a channel too, talk, close and bind channels; moves are refused, cancelled, and one in --faults steps goes wrong; cores
 * stop, or stall until they are suspected. Exit status: 0, 1 something did not hold, 2 usage.
 */
#include "tests/migrate/world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    uint64_t seed, seeds, cores, parts, ops, deaths, faults;
    bool trace;
};

static uint64_t total_moved, total_undone, total_deaths, total_messages, total_faults, worst_ns;
static uint64_t total_failed[MIG_STATE_COUNT];

static const char *const steps[MIG_STATE_COUNT] = {
#define X(name) #name,
    MIG_STATES(X)
#undef X
};

static void report(const struct options *o)
{
    printf("%s - %llu cores, %llu partitions, seed %llu: %llu moves, %llu undone, %llu declined (%llu cooling), "
           "%llu messages, %llu faults, %llu cores stopped, at most %llu us still, digest %016llx\n",
           sim.broken ? "not ok" : "ok", (unsigned long long)o->cores, (unsigned long long)o->parts,
           (unsigned long long)o->seed, (unsigned long long)sim.moved, (unsigned long long)sim.undone,
           (unsigned long long)sim.declined, (unsigned long long)sim.cooled, (unsigned long long)sim.messages,
           (unsigned long long)sim.faults, (unsigned long long)sim.deaths,
           (unsigned long long)(sim.worst_ns / 1000), (unsigned long long)sim.digest);
    if (sim.broken)
        printf("sim-migrate: %s (after %llu us, partition %llx)\nreplay: build/sim-migrate --seed %llu --cores %llu --parts %llu "
               "--ops %llu --deaths %llu --faults %llu\n",
               sim.broken, (unsigned long long)(sim.now / 1000), (unsigned long long)sim.about, (unsigned long long)o->seed,
               (unsigned long long)o->cores, (unsigned long long)o->parts, (unsigned long long)o->ops,
               (unsigned long long)o->deaths, (unsigned long long)o->faults);
}

static bool run(const struct options *o, bool quiet)
{
    bool bad;

    memset(&sim, 0, sizeof sim);
    sim.trace = o->trace;
    sim_run(o->seed, (core_id)o->cores, (unsigned)o->parts, (unsigned)o->ops, (unsigned)o->deaths,
            (unsigned)o->faults);
    bad = sim.broken != NULL;
    if (bad || !quiet)
        report(o);
    total_moved += sim.moved;
    total_undone += sim.undone;
    total_deaths += sim.deaths;
    total_messages += sim.messages;
    total_faults += sim.faults;
    for (unsigned i = 0; i < MIG_STATE_COUNT; i++)
        total_failed[i] += sim.failed[i];
    if (sim.worst_ns > worst_ns)
        worst_ns = sim.worst_ns;
    sim_free();
    return bad;
}

/* Mostly small machines, where everything meets everything. */
static struct options machine(uint64_t seed)
{
    struct options o = {.seed = seed, .cores = 2 + seed % 7, .ops = 300, .deaths = seed / 7 % 3, .faults = 0};

    if (seed % 100 == 99) {
        o.cores = 64;
        o.ops = 3000;
    }
    o.parts = o.cores * (1 + seed / 3 % 4);
    if (seed % 2 == 1)
        o.faults = 20 + seed % 200;
    return o;
}

static int many(const struct options *given)
{
    for (uint64_t s = given->seed; s < given->seed + given->seeds; s++) {
        struct options o = machine(s);

        if (run(&o, true))
            return 1;
    }
    printf("ok - %llu seeds of 2 to 64 cores: %llu moves, %llu undone, %llu faults, %llu cores stopped, %llu messages, "
           "at most %llu us still\n",
           (unsigned long long)given->seeds, (unsigned long long)total_moved, (unsigned long long)total_undone,
           (unsigned long long)total_faults, (unsigned long long)total_deaths,
           (unsigned long long)total_messages, (unsigned long long)(worst_ns / 1000));
    for (unsigned i = MIG_SERIALIZING; i <= MIG_SWITCHING; i++)
        printf("  undone in %-13s %llu\n", steps[i], (unsigned long long)total_failed[i]);
    return 0;
}

static void usage(FILE *to)
{
    fprintf(to, "usage: sim-migrate [--seed N] [--seeds N] [--cores 2..64] [--parts N] [--ops N] [--deaths N] "
                "[--faults N] [--trace]\n"
                "Simulates cores that move partitions among each other. The same seed does the same.\n");
}

static uint64_t number(const char *name, const char *text, uint64_t low, uint64_t high)
{
    char *end = NULL;
    uint64_t v = text ? strtoull(text, &end, 10) : 0;

    if (text == NULL || *text == '\0' || *end != '\0' || v < low || v > high) {
        fprintf(stderr, "sim-migrate: %s wants a number from %llu to %llu, not \"%s\"\n", name,
                (unsigned long long)low, (unsigned long long)high, text ? text : "");
        exit(2);
    }
    return v;
}

int main(int argc, char **argv)
{
    struct options o = {.seed = 1, .cores = 8, .ops = 5000, .seeds = argc == 1 ? 500 : 0};

    for (int i = 1; i < argc; i++) {
        const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(a, "--seed") == 0)
            o.seed = number(a, v, 0, UINT64_MAX - 1), i++;
        else if (strcmp(a, "--seeds") == 0)
            o.seeds = number(a, v, 1, 100000000), i++;
        else if (strcmp(a, "--cores") == 0)
            o.cores = number(a, v, 2, CORES), i++;
        else if (strcmp(a, "--parts") == 0)
            o.parts = number(a, v, 1, PARTS), i++;
        else if (strcmp(a, "--ops") == 0)
            o.ops = number(a, v, 1, 10000000), i++;
        else if (strcmp(a, "--deaths") == 0)
            o.deaths = number(a, v, 0, CORES), i++;
        else if (strcmp(a, "--faults") == 0)
            o.faults = number(a, v, 0, 1000000), i++;
        else if (strcmp(a, "--trace") == 0)
            o.trace = true;
        else if (strcmp(a, "--help") == 0)
            return usage(stdout), 0;
        else
            return fprintf(stderr, "sim-migrate: unknown option \"%s\"\n", a), usage(stderr), 2;
    }
    if (o.seeds > 0)
        return many(&o);
    if (o.parts == 0)
        o.parts = 4 * o.cores > PARTS ? PARTS : 4 * o.cores;
    return run(&o, false);
}
