/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/part_shape_priv - what the files of monitor/part_shape.h share. */
#pragma once
#include "monitor/home_priv.h"
#include "monitor/part_caps.h"
#include "monitor/part_shape.h"

/* The programs of a partition, by the place of their tasks in the table. */
struct shape_members {
    struct prog *prog[PARTITION_TASKS];
    unsigned n;
};

/* ST_FOREIGN: it is not here. */
MUST_CHECK status_t shape_members(partition_id part, struct shape_members *out);
/* Those that run are stopped, all or none: nobody sets them going but shape_go_on. ST_BUSY: one waits for an answer, or moves. */
MUST_CHECK status_t shape_stop(const struct shape_members *m);
void shape_go_on(const struct shape_members *m);
/* It has this name now: in the table of programs, and for who counts its channels. */
void shape_rename(struct prog *p, partition_id part);
/* Their records, as soon as there is room. */
void shape_note(const struct partition_do *todo, unsigned n);
/* To all: who had `was` as supervisor has `is`. */
void shape_tell_all(partition_id was, partition_id is);

/* For one at a time: they are large. */
extern struct part_caps shape_caps;

/* scores NULL: nobody measures. */
MUST_CHECK status_t merge_perform(partition_id a, partition_id b, bool proved, const struct feed_SCORES *scores,
                                  struct rt_msg *said);
/* *cutting: it is split, and rights are still to go: split_go_on() until it says true. */
MUST_CHECK status_t split_perform(partition_id part, uint64_t tasks_b, struct rt_msg *said, bool *cutting);
bool split_go_on(void);
