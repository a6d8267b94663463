/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/seal - what monitors do for the witness logs: every seal is told to all others, who record it in their own.
 *
 *     core a                                     core b, c, ...
 *     a segment was closed (EVENT_LOG), and stored
 *       SEAL(segment, seal) -------------------> AnchorHi, AnchorLo in their logs
 *       <---------------------------------------- ANCHORED(segment)                     monitor/seal_queue.h
 *
 *     the end of the run, by the first monitor:
 *       LOG_CLOSE ----> all: tell what is closed, stored or not
 *       <---- LOG_QUIET, when all others have recorded it
 *       LOG_LAST -----> all: close the open segment, SEAL(last = 1) to all
 *                       each, with the SEAL of all that have joined: close once more
 *       <---- LOG_CLOSED(records, segments, seal)
 *
 * So the last seal of each log covers the anchors of the last but one of all others, and is on the console
 * (record `witness`). A core that does not answer is not waited for longer than twice CLOSE_NS.
 *
 * No seal is left out: while one waits for its anchors and the queue is full, the log is not drained, for at most HOLD_NS;
 * then the oldest is given up and an `error` record says so.
 *
 * While nobody stores the log it is kept in memory only: what is older than half of the ring is dropped, and the
 * record says how much.
 */
#pragma once
#include "monitor/peers.h"

void seal_start(void);
/* EVENT_LOG. */
void seal_look(void);
/* Returns when to be called at the latest. */
uint64_t seal_turn(uint64_t now_ns);

void seal_on_seal(core_id from, const struct peer_SEAL *m);
void seal_on_anchored(core_id from, const struct peer_ANCHORED *m);
void seal_on_close(core_id from, const struct peer_LOG_CLOSE *m);
/* Somebody asked for seals of what was done until now: the open segment is closed, and the log goes on. */
void seal_on_cut(void);
void seal_on_quiet(core_id from);
void seal_on_last(void);
void seal_on_closed(core_id from, const struct peer_LOG_CLOSED *m);

void seal_on_kept(core_id from, const struct peer_LOG_KEPT *m);

/* Somebody stores this core's log from now on: nothing is dropped any more. */
void seal_kept(void);

/* A core that says so again and again is late, and not dead: what it is asked for waits for room in its log, or in another. */
void seal_on_waits(core_id from);
bool seal_waits(core_id core);

/* By the first monitor: close all logs. Then: are they, or has it taken too long? The records are written when so. */
void seal_finish(uint64_t now_ns);
bool seal_finished(uint64_t now_ns);
