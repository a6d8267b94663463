/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/coord - on core 0: every core, then every ordered pair, one after the other.
 *
 * One job is under way at a time, and its figures are printed before the next begins, so
 * that the console is quiet while anything is measured. A job that is not answered by its
 * deadline is an error record, and the core that did not answer is asked nothing more.
 */
#pragma once
#include "services/probe/node.h"
#include "services/probe/plan.h"

struct coord_ask {
    uint32_t rounds, warmup, batch, wakes;
    uint64_t total_ns; /* what all pairs may take together */
};

struct coord_end {
    uint32_t pairs, measured; /* of the cores that joined */
    uint32_t missing;         /* cores of the machine that did not */
};

/* Measure all. Comes back when everything was measured or given up. */
void coord_run(struct node *n, const struct coord_ask *ask, struct coord_end *end);
