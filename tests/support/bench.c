/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCHES_MAX 1024u

uint64_t bench_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_median(const double *v, size_t n)
{
    double sorted[BATCHES_MAX];

    if (n == 0 || n > BATCHES_MAX)
        abort();
    memcpy(sorted, v, n * sizeof *v);
    qsort(sorted, n, sizeof *sorted, by_value);
    return sorted[n / 2];
}

double bench_ratio(const double *v, const double *peer, size_t n)
{
    double r[BATCHES_MAX];

    for (size_t i = 0; i < n && i < BATCHES_MAX; i++)
        r[i] = v[i] / peer[i];
    return bench_median(r, n);
}

void bench_header(void)
{
    fprintf(stderr, "  %-24s %12s %-9s %-22s %12s   %6s\n", "name", "value", "unit", "peer",
            "peer value", "ratio");
}

void bench_row(const char *name, const char *unit, double value, const char *peer,
               double peer_value, double ratio, const char *goal)
{
    fprintf(stderr, "  %-24s %12.1f %-9s %-22s %12.1f   %5.2fx   %s\n", name, value, unit, peer,
            peer_value, ratio, goal);
    printf("{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.1f,\"peer\":\"%s\",\"peer_value\":%.1f,"
           "\"provenance\":\"host\",\"ratio\":%.3f}\n",
           name, unit, value, peer, peer_value, ratio);
}

void bench_row_alone(const char *name, const char *unit, double value, const char *note)
{
    fprintf(stderr, "  %-24s %12.1f %-9s %s\n", name, value, unit, note);
    printf(
        "{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.1f,\"provenance\":\"host\",\"note\":\"%s\"}"
        "\n",
        name, unit, value, note);
}
