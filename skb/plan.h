/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skb/plan - a tree along which one core tells many, as those who use it see it.
 *
 * The SKB makes it (skb/query.h); a client gets it and follows it. Pure.
 */
#pragma once
#include "lib/base/types.h"

#define TREE_ROOT 0xffu     /* as a parent: the root has none */
#define TREE_OUT 0xfeu      /* not asked for                  */

/* The candidates. Numbers are the wire: append, never renumber. */
enum tree_shape { TREE_FLAT = 1, TREE_BINARY = 2, TREE_BINOMIAL = 3, TREE_EARLIEST = 4, TREE_FARTHEST = 5 };
/* "binomial"; "?" for no shape. */
const char *tree_word(unsigned shape);

struct tree_plan {
    uint8_t parent[CORES_MAX];  /* TREE_ROOT, TREE_OUT, or who tells it                */
    uint8_t rank[CORES_MAX];    /* in which order they come to know: root 0; a parent
                                   sends to its children in the order of their ranks    */
    uint64_t cost_ns;           /* until the last one knows                             */
    uint64_t flat_ns, binary_ns; /* what those would cost                              */
    enum tree_shape shape;      /* which candidate it is                               */
};

/* How many messages one after the other lie between the root and the core furthest down. */
unsigned tree_depth(const struct tree_plan *p);
