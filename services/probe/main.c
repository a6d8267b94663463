/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe - the boot-time latency probe, one program on every core.
 *
 *     probe [rounds=500] [warmup=10] [batch=8] [wakes=60] [total_ms=12000] [quick] [stay]
 *
 * The one on core 0 coordinates and, when all is measured, ends the machine (option
 * `machine` in etc/start) with status 0, or 1 if a pair of cores that had joined is
 * missing; with `stay` it only stops. skerry.rounds=N in the boot arguments goes before the
 * argument (option `bootinfo`). docs/protocols/probe.md says what the figures mean.
 */
#include "lib/abi/bootinfo.h"
#include "lib/rt/clock.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include "services/probe/coord.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORES_PATIENCE_NS (30 * NS_PER_S)
#define BOOTINFO_AT       (USER_DEVICES + (1ull << 24))

struct options {
    struct coord_ask ask;
    bool stay;
};

/* "key=number" into *out if `word` is about `key`; at least 1. */
static bool number(const char *word, const char *key, uint64_t most, uint64_t *out)
{
    size_t n = strlen(key);
    uint64_t v;

    if (strncmp(word, key, n) != 0 || word[n] != '=')
        return false;
    v = strtoull(word + n + 1, NULL, 10);
    *out = v == 0 ? 1 : v > most ? most : v;
    return true;
}

static bool number32(const char *word, const char *key, uint64_t most, uint32_t *out)
{
    uint64_t v;

    if (!number(word, key, most, &v))
        return false;
    *out = (uint32_t)v;
    return true;
}

static void quick(struct coord_ask *a)
{
    *a = (struct coord_ask){
        .rounds = 40, .warmup = 2, .batch = 8, .wakes = 20, .total_ns = 2 * NS_PER_S};
}

static void read_word(const char *word, struct options *o)
{
    struct coord_ask *a = &o->ask;
    uint64_t ms;

    if (strcmp(word, "quick") == 0)
        quick(a);
    else if (strcmp(word, "stay") == 0)
        o->stay = true;
    else if (number(word, "total_ms", 3600000, &ms))
        a->total_ns = ms * NS_PER_MS;
    else if (!number32(word, "rounds", SERIES_MOST, &a->rounds) &&
             !number32(word, "warmup", SERIES_MOST, &a->warmup) &&
             !number32(word, "batch", 1024, &a->batch) &&
             !number32(word, "wakes", SERIES_MOST, &a->wakes))
        rec_error(word, ST_INVALID, "the probe has no such argument");
}

static void read_bootargs(struct options *o)
{
    const struct program_info *info = rt_info();
    const struct bootinfo *b = (const struct bootinfo *)(uintptr_t)BOOTINFO_AT;
    const char *at;

    if (info->extra[EXTRA_BOOTINFO] == 0 ||
        map_here(info->extra[EXTRA_BOOTINFO], BOOTINFO_AT, BOOTINFO_BYTES, PERM_READ) != ST_OK)
        return;
    if ((at = strstr(b->bootargs, "skerry.rounds=")) != NULL)
        (void)number32(at + strlen("skerry."), "rounds", SERIES_MOST, &o->ask.rounds);
}

static int finish(const struct coord_end *end, const struct options *o)
{
    bool whole = end->measured == end->pairs;
    char why[40];

    printf("probe: %u of %u pairs measured\n", (unsigned)end->measured, (unsigned)end->pairs);
    if (o->stay)
        return whole ? 0 : 1;
    (void)snprintf(why, sizeof why, "probe: %u of %u pairs", (unsigned)end->measured,
                   (unsigned)end->pairs);
    (void)rt_machine_end(whole ? 0 : 1, why);
    return 2; /* comes back only when refused */
}

int main(int argc, char **argv)
{
    static struct node node;
    struct options o = {
        .ask = {.rounds = 500, .warmup = 10, .batch = 8, .wakes = 60, .total_ns = 12 * NS_PER_S}};
    struct rt_cores cores;
    struct coord_end end;
    status_t st;

    for (int i = 1; i < argc; i++)
        read_word(argv[i], &o);
    st = rt_wait_cores(rt_now_ns() + CORES_PATIENCE_NS, &cores);
    if (st != ST_OK && st != ST_TIMEOUT) {
        rec_error("probe", st, "the monitor does not tell which cores have joined");
        return 1;
    }
    if ((st = node_open(&node, cores.joined)) != ST_OK) {
        rec_error("probe", st, "the service of this core's probe cannot be offered");
        return 1;
    }
    if (node.self != 0) {
        node_run(&node);
        return 0;
    }
    read_bootargs(&o);
    coord_run(&node, &o.ask, &end);
    return finish(&end, &o);
}
