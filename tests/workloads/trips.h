/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/workloads/trips - of workload `mixed`: how long round trips took, before and after, with and without a deadline. */
#pragma once
#include "lib/base/types.h"

#define TRIPS_FALL_BP 2000u

struct window {
    uint64_t from_ns, to_ns;
};

/* Asks all askers, writes the records `trips`, and says whether it is good enough. */
void trips_judge(const char *start, const struct window *before, const struct window *after);
