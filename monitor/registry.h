/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/registry - services of this core's programs, and, on the first core, all names.
 *
 * Every monitor knows which of its programs offers what, by an id; the first one knows
 * the names of all (names.h). A program that ends takes its services with it.
 */
#pragma once
#include "monitor/peers.h"
#include "monitor/prog.h"

/* MON_SERVE. ST_INVALID (name), ST_TABLE_FULL; the answer of the register comes as news. */
MUST_CHECK status_t registry_serve(struct prog *p, const char *name, uint64_t *id);

/* Which program offers service `id`? NULL: none any more. */
struct prog *registry_service(uint64_t id);

void registry_prog_dead(uint64_t prog);
void registry_drop_core(core_id core);

/* The service of `prog` behind *id (0: the first). ST_NOT_FOUND; ST_BUSY: its registration is not through yet. */
MUST_CHECK status_t registry_next_service(uint64_t prog, uint64_t *id);
/* A service that comes with its program. ST_TABLE_FULL. Then the first monitor is told where it is; and they have left. */
MUST_CHECK status_t registry_arrive(uint64_t prog, uint64_t told, uint64_t *id);
/* A service's number as its program knows it. */
uint64_t registry_told(uint64_t id);
void registry_moved(core_id from, uint64_t was, uint64_t id);
void registry_forget(uint64_t prog);
void registry_on_name(core_id from, const struct peer_MOVE_NAME *m);

/* Pending NEWS_NAMED of this program. */
bool registry_next_news(uint64_t prog, struct rt_msg *m);

void registry_on_register(core_id from, const struct peer_REGISTER *m);
void registry_on_named(core_id from, const struct peer_NAMED *m);
void registry_on_unregister(core_id from, const struct peer_UNREGISTER *m);
void registry_on_lookup(core_id from, const struct peer_LOOKUP *m);
void registry_on_cancel(core_id from, const struct peer_CANCEL *m);
