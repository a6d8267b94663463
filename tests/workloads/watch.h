/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/workloads/watch - what a program that judges a workload sees of it: the counts of coherence, from one look to another. */
#pragma once
#include "services/coherence/ask.h"

#define WATCH_PATIENCE_NS 60000000000ull
#define WATCH_NAP_NS      20000000ull

struct seen {
    struct ask_TOTALS totals;
    struct ask_MOVING moving;
};

struct span {
    uint64_t all, cross, ns, epochs;
};

/* Waits for all cores and for coherence; ends the run without them. */
void watch_begin(void);
struct seen watch_look(void);
/* The first look at that epoch of coherence or a later one. */
struct seen watch_at(uint64_t epoch);

struct span watch_between(const struct seen *a, const struct seen *b);
uint64_t watch_per_s(uint64_t n, uint64_t ns);
/* Of messages: the share between cores, in basis points. */
uint64_t watch_share_bp(const struct span *s);
/* By how much of `before` it is less. */
uint64_t watch_fall_bp(uint64_t before, uint64_t after);

/* `quiet` epochs without a move, from *from to *to, with coherence settled at the end; false: not before `until_ns`. */
bool watch_settle(uint64_t quiet, uint64_t until_ns, struct seen *from, struct seen *to);
