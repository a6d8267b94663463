/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/watchdog - a first core that hangs is reset, machine and all.
 *
 *     skerry.watchdog=MS     in the boot arguments; without it nobody watches
 *
 * The monitor of the first core has the machine's watchdog run for MS and, as long as its loop turns, starts it anew every
 * quarter of that. It is the one to be watched: cores that stop answering it takes care of itself (docs/protocols/core.md), and
 * nobody takes care of it.
 *
 *     W1  two feedings are at most MS / 4 and one turn of the loop apart
 *     W2  nothing is fed by anything but a turn of the loop
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

struct watchdog {
    uint64_t ms;      /* 0: nobody watches */
    uint64_t next_ns; /* when to feed      */
};

#define WATCHDOG_MS_MIN 100u /* less than a few turns of a busy loop would be a reset out of the blue */

/* Of the boot arguments. ST_FORMAT: there is such an argument, and it is no number of at least WATCHDOG_MS_MIN. Pure. */
MUST_CHECK status_t watchdog_read(struct watchdog *w, const char *bootargs);
/* Whether to feed now. *next_ns: when to ask again at the latest (UINT64_MAX: never). Pure. */
MUST_CHECK bool watchdog_due(struct watchdog *w, uint64_t now_ns, uint64_t *next_ns);

/* On the first core only. */
void watchdog_start(void);
/* When to call again at the latest. */
uint64_t watchdog_turn(uint64_t now_ns);
