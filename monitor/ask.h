/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/ask - requests about a partition that this monitor asked others, and their answers (monitor/asks.h). */
#pragma once
#include "lib/rt/syscall.h"
#include "monitor/asks.h"

/*
 * Kept; *ref is what the message to as->to has to bring back. `hops`: how many monitors are behind the next one, each with a patience
 * of its own; all of them together may take `ns` to do it. ST_TABLE_FULL.
 */
MUST_CHECK status_t ask_begin(const struct ask *as, unsigned hops, uint64_t ns, uint64_t *ref);

/* What `from` answers: not kept any more. False: nothing was asked of it by that name. */
bool ask_take(core_id from, uint64_t ref, struct ask *out);

/* To the program, or to the monitor that asked: w[0] status, w[1..5] as PART_SAID. */
void ask_answer(const struct ask *a, const struct rt_msg *m);

void ask_core_dead(core_id core);
/* To be called at the latest. */
uint64_t ask_turn(uint64_t now_ns);
