/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/part_shape - one partition becomes two, two become one: at their home, where all of them run.
 *
 *     asked --> scores (coherence, 300 ms) --> all stopped, capabilities listed --> allowed? (partition/, pure)
 *                                                   no: a merge's refusal is recorded, all go on
 *                                                   yes: record, table, new names, rights that go --> all go on, answered
 *
 *     S1  what was refused has changed nothing but time
 *     S2  nothing has another name, or less rights, before its record is written
 *     S3  who loses rights does not run between the record and the last of them
 *     S4  the old names die with that record: everywhere they are stale
 *
 *     part_shape.c  who waits, stops and goes on     part_split.c, part_merge.c  what is done     part_caps.c  rights
 *
 * Without coherence nobody knows what a merge would do, or where to cut: ST_STATE.
 */
#pragma once
#include "lib/rt/feed.h"
#include "monitor/peers.h"
#include "monitor/prog.h"

/* PART_SPLIT, PART_MERGE, at home, by who may. ST_OK: *later: parts_say() is called when it is done. */
MUST_CHECK status_t shape_begin(core_id from, const struct peer_PART_DO *m, struct rt_msg *said, bool *later);

void shape_on_scores(const struct feed_SCORES *m);
/* To be called at the latest. */
uint64_t shape_turn(uint64_t now_ns);
