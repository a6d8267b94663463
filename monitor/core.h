/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/core - performs what core_sm.h decides about the other cores, and the agreement
 * that all have joined:
 *
 *     every monitor:  all others settled ----SETTLED----> first monitor
 *     first monitor:  SETTLED from all that joined -----GO----> every monitor
 *
 * GO starts the programs that are not `early`. The first monitor does not wait longer than
 * SETTLE_NS for a SETTLED: a core that joined and then hangs does not hold up the rest.
 */
#pragma once
#include "lib/rt/monitor.h"
#include "monitor/core_sm.h"
#include "monitor/peers.h"

/* Begin with every other core: HELLO, and, as the first monitor, start it. */
void core_begin(void);

/* Deliver an event; `why` is for the record of a death. */
void core_event(core_id core, enum core_event event, const char *why);

/*
 * A core does not answer in time, or talks nonsense: it is stopped, and once it surely has, every
 * monitor is told and lets go of it (drop() in core.c). Until then nothing that it had may be given to
 * anybody else. `why` must stay. No effect on one that is suspected or gone, or on this one.
 */
void core_suspect(core_id core, const char *why);

void core_on_hello(core_id from, const struct peer_HELLO *m);
void core_on_island(core_id from, const struct peer_ISLAND *m);
void core_on_settled(core_id from, const struct peer_SETTLED *m);
void core_on_go(core_id from, const struct peer_GO *m);
void core_on_stopped(core_id from, const struct peer_STOPPED *m);
void core_on_dead(core_id from, const struct peer_CORE_DEAD *m);

/* Deadlines that have passed; returns the next one, UINT64_MAX if there is none. */
uint64_t core_turn(uint64_t now_ns);

bool core_is_joined(core_id core);
/* It has stopped, for good. */
bool core_is_gone(core_id core);

/* Answers to MON_CORES, MON_CORE, MON_TIME. */
void core_tell_all(struct rt_msg *m);
status_t core_tell_one(uint64_t index, struct rt_msg *m);
void core_tell_time(struct rt_msg *m);
