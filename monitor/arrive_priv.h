/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/arrive_priv - between arrive.c, which receives a program and sets it going, and arrive_build.c, which builds it. */
#pragma once
#include "monitor/mon.h"
#include "monitor/move.h"

#define COPIES_MAX MOVER_TAGS

/* What the engine's arrival of the same number has besides. */
struct arrival {
    const struct mover_arrival *of;
    struct prog *prog;
    handle_t copy[COPIES_MAX]; /* by tag; 0: not come, or in use                      */
};

struct arrival *arrival_of(const struct mover_arrival *of);

static inline bool comes_home(const struct arrival *a)
{
    return PART_HOME(a->of->part) == mon.core;
}

/* At home it has this handle still, and what it names may be another core's by now. */
bool arrival_holds(const struct arrival *a, handle_t h);
