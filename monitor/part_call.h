/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/parts - what programs ask of partitions anywhere: to be made, started, stopped, ended, and how they are.
 *
 * Any monitor is asked. A partition's home decides (monitor/home.h); if it runs elsewhere, the core where it runs does it and writes
 * the record, and its home takes note. On the way a request is kept by monitor/ask.h.
 *
 * Who may: option `machine` anything; a supervisor what concerns its own; and making some of one's own needs the option `spawn`.
 */
#pragma once
#include "monitor/ask.h"
#include "monitor/peers.h"
#include "monitor/prog.h"

/* MON_CREATE, MON_LIFE, MON_STATUS, MON_SUPERVISE, MON_QUOTA: words as lib/rt/monitor.def says. ST_OK: answered later. */
MUST_CHECK status_t parts_call_create(struct prog *by, struct rt_msg *m);
MUST_CHECK status_t parts_call_join(struct prog *by, struct rt_msg *m);
MUST_CHECK status_t parts_call(struct prog *by, uint64_t part, enum part_ask what, uint64_t a,
                               uint64_t b);

void parts_on_create(core_id from, const struct peer_PART_CREATE *m);
void parts_on_join(core_id from, const struct peer_PART_JOIN *m);
void parts_on_do(core_id from, const struct peer_PART_DO *m);
void parts_on_said(core_id from, const struct peer_PART_SAID *m);

/* Whether who asks may split the partition, or merge the two; asked again when the scores have come. */
MUST_CHECK status_t parts_may_shape(const struct peer_PART_DO *m);

/* The answer to what `to` asked by the name `client`. */
void parts_say(core_id to, uint64_t client, const struct rt_msg *m);

/* By ask.c: the answer to a request that this home had passed on to where the partition runs. */
void parts_relay(const struct ask *a, const struct rt_msg *m);
