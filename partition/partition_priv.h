/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/partition_priv - what partition.c, holding.c and operation.c share. */
#pragma once
#include "partition/partition.h"

/* For changing; the refusals of partition_find. */
MUST_CHECK status_t partition_get(const struct partitions *t, partition_id id,
                                  struct partition **out);

/* The same, and it is in a state in which it may be given something. ST_STATE. */
MUST_CHECK status_t partition_get_open(const struct partitions *t, partition_id id,
                                       struct partition **out);

/* A place for one more, or NULL. */
struct partition *partition_place(struct partitions *t);

/* Is `state` one in which something may be given to it, or taken? */
bool partition_open(enum life_state state);

/* Has it lived, or is being settled: does the table know the name as somebody's? */
bool partition_known(const struct partitions *t, partition_id id);

/* Into a place that partition_place() named: nothing can fail. */
partition_id partition_fill(struct partitions *t, struct partition *p, const char *name,
                            core_id core, partition_id supervisor);

/* The step, carried out: state, before, *todo. Was checked with life_step. */
void partition_enter(struct partition *p, const struct life_step *step, struct partition_do *todo);

/* Everybody whose supervisor was `from` has `to` now. */
void partition_resupervise(struct partitions *t, partition_id from, partition_id to);

/* Is `who` above `below`, some steps up? */
bool partition_supervises(const struct partitions *t, partition_id who, partition_id below);

/* Out of its partition's list, into the free ones; into its partition's list, at the end. */
void region_free(struct partitions *t, struct partition *p, uint16_t index);
void region_link(struct partitions *t, struct partition *p, uint16_t index);
void region_unlink(struct partitions *t, struct partition *p, uint16_t index);

/* PAGES of the quota are what the bytes owned come to. */
void partition_count_pages(struct partition *p);
