/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/home_edge - channels and leases of devices, in the table of the home of who has them.
 *
 *     who gave out the memory of a channel knows both ends (monitor/rings) --PART_EDGE--> the home of each
 *
 * A channel keeps its memory for good, so where that is names it: the `incarnation` of its edge. What a home knows of a channel may be a message
 * old; nothing but merging asks it. A lease is entered with the page that it maps: two who hold one page cannot be one holder.
 */
#pragma once
#include "monitor/peers.h"
#include "monitor/prog.h"

#define EDGE_KEY(giver, with, piece) ((uint32_t)(giver) << 26 | (uint32_t)(with) << 20 | (piece))

void home_on_edge(core_id from, const struct peer_PART_EDGE *m);
/* Somebody's supervisor has another name. */
void home_on_named(core_id from, const struct peer_PART_NAMED *m);

/* So many messages went between the two: charged to those that have their home here. */
void home_talked(uint64_t a, uint64_t b, uint64_t messages);

/* ST_TABLE_FULL. For 0 epochs: for ever. */
MUST_CHECK status_t home_leases(const struct prog *p, paddr_t page, uint64_t epochs, uint32_t *lease);
void home_lease_renewed(const struct prog *p, uint32_t lease, uint64_t epochs);
void home_lease_ended(uint32_t lease);
