/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/coherence/tell - its records on the console (docs/spec/console.md): figures now and then, the cut when it is another. */
#pragma once
#include "services/coherence/mind.h"

/* Of the time from one record to the next. */
struct tell_used {
    uint64_t cut_ns, advise_ns, most_ns; /* most: the longest slice of a cut */
};

/* Every `every` epochs, 0: never; at most one cut in TELL_CUT_NS. */
#define TELL_CUT_NS 500000000ull
void tell_turn(const struct mind *m, struct tell_used *used, uint32_t every, uint64_t now_ns);

/* What was advised in this epoch, and why: a record `advice` each. */
void tell_advice(const struct mind *m);
/* A line for people: with coherence or without, and how many cores tell it something. */
void tell_mode(const struct mind *m, unsigned cores);
