/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/hist - what a series of measurements looks like.
 *
 * Two views of the same samples: exact order statistics of an array (it is sorted
 * in place), and a histogram of quarter octaves: each power of two is cut into four
 * equal parts, so a bucket is at most a quarter of its value wide, whatever the value.
 *
 * Pure: no clock, no memory of its own. Nothing is ever removed: outliers are counted.
 */
#pragma once
#include "lib/base/types.h"

/* 0..3 have a bucket each; then four buckets for each of the octaves 2^2 .. 2^63. */
#define HIST_BUCKETS 252u

struct hist {
    uint64_t n;
    uint32_t count[HIST_BUCKETS];
};

/* S of docs/spec/console.md. All zero when there were no samples. */
struct stats {
    uint64_t n, min, p50, p90, p99, max;
    uint64_t outliers; /* samples above 10 x p50 */
};

/* The bucket `value` falls into, and the lowest value of a bucket. */
uint32_t hist_bucket(uint64_t value);
uint64_t hist_low(uint32_t bucket);

void hist_clear(struct hist *h);
void hist_add(struct hist *h, uint64_t value);
/* The low end of the bucket in which the sample of rank ceil(n * part / whole) lies. 0 if empty. */
uint64_t hist_percentile(const struct hist *h, uint32_t part, uint32_t whole);

/* Nearest-rank statistics of `samples`, which it sorts. */
void stats_of(uint64_t *samples, size_t n, struct stats *out);
