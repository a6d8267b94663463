/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/part_here - a partition that runs here is started, stopped, goes on, ends: all of its programs, or none.
 *
 * The record comes first; what it says is done then.
 */
#pragma once
#include "monitor/prog.h"

/* START to RECONSTRUCT, DESTROY and STATUS of enum part_ask; of the last, *said is what is known here. ST_BUSY: it moves, or one waits for an answer. */
MUST_CHECK status_t part_do_here(struct prog *p, uint32_t what, struct rt_msg *said);
