/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/rings - what went through the channels whose memory this monitor gives out, for monitor/feed.
 *
 * Programs move, memory of channels does not: so a channel is counted by the monitor that gave its memory out (of a pair of
 * cores the lower), wherever its ends run by now. Counts never move, and no channel is counted twice. That monitor has the
 * whole pair frame already; it maps it for reading when somebody wants to know for the first time. Who is at which end is said
 * once, when the end is mapped (conn_map): by itself, or by the other monitor (RING_END). It is a part,
 * which stays; if not, it is said again. The homes of both ends are told of the channel (monitor/home_edge.h).
 */
#pragma once
#include "monitor/peers.h"

/* A piece is taken or given back: nothing has gone through it, nobody is at its ends. */
void rings_fresh(core_id with, uint32_t piece);
/* The end `side` of a channel in this memory is that of `part`; 0: of a monitor, whose channels are not counted. */
void rings_bound(core_id with, uint32_t piece, unsigned side, uint64_t part);
void rings_on_end(core_id from, const struct peer_RING_END *m);

/* The end has another name: its partition was split or merged. `giver`: who gives out that memory, which he shares with `with`. */
void rings_renamed(core_id giver, core_id with, uint32_t piece, unsigned side, uint64_t part);
void rings_on_ring(core_id from, const struct peer_PART_RING *m);
/* What went through a channel of this core of late, as far as it was counted: messages, with fraction bits. */
uint64_t rings_weight(core_id with, uint32_t piece);

/* Another number than before: there is a channel that was not there, or somebody else is at its end. */
uint64_t rings_changes(void);

/* What is in the rings by now is not new. */
void rings_skip(void);

struct rings_edge {
    uint64_t a, b; /* the same: between two tasks of one partition */
    uint64_t messages;
};
/*
 * Go on at *at (0: from the start), for at most *budget rings, each of which is counted off: true and the next that had messages; false and *at
 * 0: no more, or *at not 0: the budget is used up.
 */
bool rings_next(uint32_t *at, uint32_t *budget, struct rings_edge *out);
