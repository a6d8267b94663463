/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/pieces - memory for channels: of the mesh across cores, of the monitor on one.
 *
 * A piece is a number. Of the pair of two cores only the monitor of the lower takes and
 * gives pieces; of its own core each monitor does. A taken piece is zero. Memory of the own core is
 * taken for eight pieces at a time, and given back when none of the eight is taken.
 */
#pragma once
#include "lib/rt/syscall.h"

#define PIECE_NONE UINT32_MAX

/* Does this monitor give out the pieces shared with `core`? */
bool pieces_are_ours(core_id core);

/* ST_NOMEM. */
MUST_CHECK status_t piece_take(core_id core, uint32_t *piece);
void piece_give(core_id core, uint32_t piece);

/* A capability to it of one's own, to be mapped by one end, or given to where that is; it is the caller's to delete. ST_INVALID: no such piece. */
MUST_CHECK status_t piece_frame(core_id core, uint32_t piece, handle_t *frame);

/* What the pieces of this core that are taken hold now, of memory and of the monitor's table (but for the blocks of its RAM,
 * which ram_count_blocks has, and the capabilities of the ends). */
struct pieces_held {
    uint64_t bytes;
    unsigned slots, pieces;
};
void pieces_count(struct pieces_held *held);

/* The memory of a piece that is ours, for reading what its ends wrote (monitor/rings). It stays mapped. NULL: not now. */
const void *piece_look(core_id core, uint32_t piece);
