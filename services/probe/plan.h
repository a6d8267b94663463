/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/plan - which pair of cores comes next, and how long it may take.
 *
 * Every ordered pair (from, to) of cores that are there, by rows. A core that stopped
 * answering is given up: its pairs that are left are skipped, so that it costs one
 * deadline and not one for each of them.
 *
 *     P1  each ordered pair of present cores is handed out once, or skipped; none twice
 *     P2  no pair with a core that was given up is handed out afterwards
 *     P3  measured + failed + skipped = total, when plan_next has said no
 *
 * Pure.
 */
#pragma once
#include "lib/base/types.h"

struct plan {
    uint64_t present; /* bit i: core i answers                               */
    core_id ncores;
    core_id from, to; /* the pair handed out last                            */
    bool begun;
    uint32_t total; /* ordered pairs of cores that were there at first     */
    uint32_t measured, failed, skipped;
};

void plan_begin(struct plan *p, core_id ncores, uint64_t present);

/* The next pair in p->from, p->to; false when there is none left. */
bool plan_next(struct plan *p);

/* How the pair handed out last ended. */
void plan_measured(struct plan *p);
void plan_failed(struct plan *p);

void plan_give_up(struct plan *p, core_id core);

/* What one of `pairs` pairs may take of `total_ns`, between the two bounds. */
uint64_t plan_share(uint64_t total_ns, uint32_t pairs, uint64_t least_ns, uint64_t most_ns);
