/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/pieces - memory for channels: of the mesh across cores, of the monitor on one.
 *
 * A piece is a number. Of the pair of two cores only the monitor of the lower takes and
 * gives pieces; of its own core each monitor does. A taken piece is zero.
 */
#pragma once
#include "lib/rt/syscall.h"

#define PIECE_NONE UINT32_MAX

/* Does this monitor give out the pieces shared with `core`? */
bool pieces_are_ours(core_id core);

/* ST_NOMEM. */
MUST_CHECK status_t piece_take(core_id core, uint32_t *piece);
void piece_give(core_id core, uint32_t piece);

/* A capability to it, to be mapped by the end that is `side`. ST_INVALID: no such piece. */
MUST_CHECK status_t piece_frame(core_id core, uint32_t piece, unsigned side, handle_t *frame);
/* It is mapped nowhere any more. */
void piece_drop_frame(core_id core, handle_t frame);

/* The memory of a piece that is ours, for reading what its ends wrote (monitor/rings). It stays mapped. NULL: not now. */
const void *piece_look(core_id core, uint32_t piece);
