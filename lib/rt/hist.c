/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/hist.h"
#include <stdlib.h>
#include <string.h>

static unsigned top_bit(uint64_t value)
{
    return 63u - (unsigned)__builtin_clzll(value);
}

uint32_t hist_bucket(uint64_t value)
{
    unsigned octave;

    if (value < 4)
        return (uint32_t)value;
    octave = top_bit(value);
    return 4 * (octave - 1) + (uint32_t)((value >> (octave - 2)) & 3);
}

uint64_t hist_low(uint32_t bucket)
{
    if (bucket < 4)
        return bucket;
    return (4ull + (bucket & 3)) << (bucket / 4 - 1);
}

void hist_clear(struct hist *h)
{
    memset(h, 0, sizeof *h);
}

void hist_add(struct hist *h, uint64_t value)
{
    h->n++;
    h->count[hist_bucket(value)]++;
}

/* Nearest rank: the smallest k with k >= n * part / whole, at least 1. */
static uint64_t rank_of(uint64_t n, uint32_t part, uint32_t whole)
{
    uint64_t k = (n * part + whole - 1) / whole;

    return k ? k : 1;
}

uint64_t hist_percentile(const struct hist *h, uint32_t part, uint32_t whole)
{
    uint64_t rank, seen = 0;

    if (h->n == 0)
        return 0;
    rank = rank_of(h->n, part, whole);
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        seen += h->count[i];
        if (seen >= rank)
            return hist_low(i);
    }
    return hist_low(HIST_BUCKETS - 1);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* value > 10 * base, without a product that could overflow. */
static bool above_ten_times(uint64_t value, uint64_t base)
{
    return value / 10 > base || (value / 10 == base && value % 10 != 0);
}

void stats_of(uint64_t *samples, size_t n, struct stats *out)
{
    *out = (struct stats){ 0 };
    if (n == 0)
        return;
    qsort(samples, n, sizeof *samples, by_value);
    out->n = n;
    out->min = samples[0];
    out->p50 = samples[rank_of(n, 50, 100) - 1];
    out->p90 = samples[rank_of(n, 90, 100) - 1];
    out->p99 = samples[rank_of(n, 99, 100) - 1];
    out->max = samples[n - 1];
    for (size_t i = n; i-- > 0 && above_ten_times(samples[i], out->p50);)
        out->outliers++;
}
