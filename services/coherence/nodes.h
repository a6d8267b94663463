/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/coherence/nodes - the parts that coherence knows: their numbers, where they are, what they carry, what stays.
 *
 * A part keeps its number as long as it is known; one that nobody has told of for NODE_GONE epochs is forgotten. While it
 * moves no core tells of it, and it is still where it was. Load has steps: NODE_BASE for being there, and one for each
 * sixteenth of a core that it ran, slowly smoothed, and a step is changed only when what was measured has left it for good.
 * Otherwise the noise of a clock would move partitions. Pure; memory is the caller's.
 */
#pragma once
#include "lib/base/types.h"

#define NODE_NONE    UINT32_MAX
#define NODE_NOWHERE 0xffffu /* as PLACE_NOWHERE */
#define NODE_GONE    50u     /* epochs */
#define NODE_BASE    4u
#define NODE_STEPS   16u /* of a core that it runs on alone */

#define NODE_CHAINS 1024u

struct node {
    uint64_t part;        /* 0: nobody */
    uint64_t seen;        /* epoch in which it was told of last */
    uint64_t stays_until; /* its move was refused: epoch in which it may be asked for again */
    uint64_t ran_ns;      /* since the last report of its core */
    uint64_t self;        /* between its own tasks, faded as the graph's weights, with GRAPH_FRACTION fraction bits */
    uint64_t internal, external; /* messages of this epoch: on its core, to others */
    uint32_t smooth;             /* load in steps, 8 bits of fraction */
    uint32_t load;
    uint32_t pressure_bp; /* told to its monitor last */
    core_id core;
    bool fixed;
    uint32_t next; /* of the same chain, + 1 */
    char name[24];
};

struct nodes {
    struct node *node;
    uint32_t n, used, taken;     /* places; used ones are below `used` */
    uint32_t chain[NODE_CHAINS]; /* by part: place + 1 */
};

void nodes_init(struct nodes *t, struct node *memory, uint32_t n);
uint32_t nodes_find(struct nodes *t, uint64_t part);
/* A place for a new one, NODE_NONE: all are taken. */
uint32_t nodes_take(struct nodes *t, uint64_t part);
void nodes_drop(struct nodes *t, uint32_t i);

/* What it ran in a window of its core. */
void node_ran(struct node *n, uint64_t window_ns);
/* May it be put elsewhere? */
bool node_moves(const struct node *n, uint64_t epoch);
