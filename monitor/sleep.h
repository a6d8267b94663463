/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/sleep - a partition at its home becomes a checkpoint, and one again.
 *
 *     sleep_begin   its task is stopped, its memory copied and hashed region by region (partition/snapshot.h); then all it had is taken back
 *     sleep_end     every hash is taken again, and must be the same; then it is made anew, as it was made first, and gets back its memory
 *                   and its registers. What it consists of is listed (monitor/parts.h) before and behind, and must be the same: only then
 *                   it is Created, and goes on where it was when it is started
 *
 * What can: who has its memory, its RAM and itself, and nothing else. Refused are channels and services (ST_BUSY), frames and whatever else
 * lies in its table (ST_TYPE). ST_FORMAT: a hash differs; it stays what it is.
 */
#pragma once
#include "monitor/prog.h"

MUST_CHECK status_t sleep_begin(struct prog *p);
MUST_CHECK status_t sleep_end(struct prog *p);
/* It is ended instead. */
void sleep_drop(struct prog *p);
