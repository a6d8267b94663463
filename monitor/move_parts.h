/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/move_parts - lists a stopped program (monitor/parts.h).
 */
#pragma once
#include "monitor/conn.h"
#include "monitor/parts.h"
#include "monitor/prog.h"

/*
 * All parts of `p`, whose task is stopped. `dest`: where it goes; memory that is there already needs no copy.
 * ST_BUSY: not now (a channel is being bound or closed, news waits, a capability came and was not fetched). ST_TYPE: it holds what
 * cannot move. ST_TABLE_FULL: it has too much.
 */
MUST_CHECK status_t parts_list(struct prog *p, core_id dest, struct parts *out);
