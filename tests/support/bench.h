/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/bench - figures of this machine, and the rows that say them: for programs on stdout, for people on stderr.
 *
 * Kinds are measured in batches that take turns, so that what else runs here hits all alike; a figure is the median of its
 * batches, a ratio the median of the ratios of neighbouring ones.
 */
#pragma once
#include "lib/base/types.h"

uint64_t bench_now_ns(void);
double bench_median(const double *v, size_t n);
double bench_ratio(const double *v, const double *peer, size_t n);

void bench_header(void);
void bench_row(const char *name, const char *unit, double value, const char *peer,
               double peer_value, double ratio, const char *goal);
/* Nobody stands beside it; what there is to say is in `note`. */
void bench_row_alone(const char *name, const char *unit, double value, const char *note);
