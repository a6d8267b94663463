/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/part_caps - the capabilities that the programs of a partition hold, for splits and merges (partition/object.h).
 *
 * Not theirs are the endpoint of their monitor, which each has with a badge of its own, and the bells of their channels: a channel goes with its
 * ends, and its bell with it. The programs are stopped.
 */
#pragma once
#include "monitor/prog.h"
#include "partition/object.h"

#define PART_CAPS 1024u
#define PART_MAPS 256u

struct part_caps {
    uint32_t n, nmaps[2];
    struct object_cap cap[PART_CAPS];
    struct merge_map map[2][PART_MAPS]; /* what they mapped themselves, by side */
};

/* All that member[0..n) hold, added as of `side`. ST_TABLE_FULL. */
MUST_CHECK status_t part_caps_list(struct prog *const *member, unsigned n, uint8_t side, struct part_caps *out);

/* One capability in the table of `p` has these rights from now on, and is gone if it has none. ST_LOG_FULL: again later. */
MUST_CHECK status_t part_caps_cut(const struct prog *p, handle_t h, uint8_t rights, bool shared);
