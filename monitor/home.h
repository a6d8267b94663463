/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/home - the partitions whose home is this core: what partition/ decides is performed here, and recorded.
 *
 *     home_create --> (spawn) --> home_has --> home_record(START), task started, home_done(START) --> ... --> home_destroyed
 *
 * Every change of its life has its witness record before it is done: home_record() asks the table whether it may be, writes the record,
 * and only if that is written the caller does it; home_done() then says so to the table. ST_LOG_FULL: there is no room, and nothing
 * happens. Only the end of a partition does not wait: its record does, if it has to (monitor/note.h).
 *
 * A partition that runs elsewhere is in the table of its home all the same, and only there.
 */
#pragma once
#include "monitor/prog.h"
#include "partition/life_sm.h"
#include "partition/quota.h"
#include "partition/snapshot.h"

void home_start(void);

/* A name, and its record. Refusals of partition_create, and ST_LOG_FULL. */
MUST_CHECK status_t home_create(const struct start_line *line, partition_id supervisor,
                                partition_id *id);
/* What it was made of: task, memory, regions. ST_NOMEM: its quota, and *refused is the kind; ST_TABLE_FULL. */
MUST_CHECK status_t home_has(const struct prog *p, unsigned *refused);
/* Another block of memory. */
MUST_CHECK status_t home_has_more(const struct prog *p, handle_t block, unsigned *refused);
/* Another program for a partition: it has not begun, and has a place. ST_STATE, ST_TABLE_FULL. One that leaves its mates: task, regions, memory. */
MUST_CHECK status_t home_may_have(const struct prog *first);
void home_left(const struct prog *p);
void home_has_less(const struct prog *p, handle_t block);

/* May it be, in the state it is in? ST_STATE. Of a program of another home, what is known of it here is asked. */
MUST_CHECK status_t home_may(const struct prog *p, enum life_event e);
/* The same, and its record is written: it is to be done now. */
MUST_CHECK status_t home_record(const struct prog *p, enum life_event e);
/* It is done. At home only. */
void home_done(const struct prog *p, enum life_event e);
/* It is gone, and all it had. At home only. `lost`: with the core where it was. */
void home_destroyed(const struct prog *p, bool lost);

/* Its snapshot, its record, and nothing of it in the table but its name. At home only. Refusals of partition_hibernate, and ST_LOG_FULL. */
MUST_CHECK status_t home_hibernate(const struct prog *p, struct snapshot *snapshot,
                                   struct snapshot_region *region, uint32_t room,
                                   const uint8_t content[][HASH_BYTES]);
/* The record is written, and it is made of p->slice, p->region: Created. */
void home_reconstruct(const struct prog *p, const struct rebuild *rebuild);

/* Who waits for its end; PARTITION_NONE. And another, with its record: refusals of partition_set_supervisor, ST_LOG_FULL. */
partition_id home_supervisor(partition_id part);
MUST_CHECK status_t home_supervise(partition_id part, partition_id supervisor);

/* The state of one, and what it owns. Refusals of partition_find. */
MUST_CHECK status_t home_tell(partition_id part, enum life_state *state, uint64_t *bytes);
/* Limit 0: it stays. Another has its record. ST_INVALID; ST_STATE: more is held; ST_LOG_FULL. */
MUST_CHECK status_t home_quota(partition_id part, unsigned kind, uint64_t limit, struct rt_msg *out);
