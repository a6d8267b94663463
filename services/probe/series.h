/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/series - samples of one kind, until there are enough or time is up.
 *
 * A sample is the time of `batch` operations divided by `batch`, to the nearest ns: the
 * counter ticks every 16 ns or so, which one operation alone would drown in. The first
 * `warmup` samples are taken and thrown away. After that nothing is ever left out.
 *
 * There are enough when `wanted` were kept, or when time is up and SERIES_LEAST were.
 *
 * Pure: ticks and the time come in as arguments.
 */
#pragma once
#include "services/probe/wire.h"

#define SERIES_MOST  4096u /* samples of one series */
#define SERIES_LEAST 20u

struct series {
    uint64_t ns_per_tick; /* lib/base/scale.h */
    uint64_t until_ns;
    uint32_t wanted, warmup, batch;
    uint32_t n;
    uint64_t sample[SERIES_MOST];
};

/* wanted at most SERIES_MOST, batch at least 1: made so. */
void series_begin(struct series *s, uint64_t ns_per_tick, uint32_t wanted, uint32_t warmup,
                  uint32_t batch, uint64_t until_ns);
/* Still not enough? */
bool series_more(const struct series *s, uint64_t now_ns);
/* `batch` operations took `ticks` in all. */
void series_add(struct series *s, uint64_t ticks);
void series_end(struct series *s, struct series_result *out);
