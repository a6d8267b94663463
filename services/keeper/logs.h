/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/keeper/logs - the witness logs of all cores, read where their CPU drivers write them.
 *
 * Each log is a frame that its core lends us, read-only: witness/log.h. `seq` of its head is acquired here; the CPU
 * driver releases it. Records from `drained` up to it are there to be read, and stay until logs_stored says that they need not.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"
#include "witness/record.h"

/* Of every core that has joined, mapped. How many. */
unsigned logs_open(void);
/* The log of a core that died is no longer mapped: it is no longer had. What of it was stored stays. */
void logs_look(void);
bool logs_has(core_id core);
uint64_t logs_seq(core_id core);
uint64_t logs_drained(core_id core);
uint64_t logs_closed(core_id core);
/* The records from `sequence` on that lie one behind the other in the ring; at most those below logs_seq. */
const struct witness_record *logs_at(core_id core, uint64_t sequence, unsigned *n);
/* Those below may be overwritten. */
MUST_CHECK status_t logs_stored(core_id core, uint64_t below);
/* ST_OK: the run ends, and all logs are closed. ST_AGAIN: not yet. done: and all is stored. */
MUST_CHECK status_t logs_ended(bool done);
