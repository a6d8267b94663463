/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/coherence/nodes.h"

#define FRACTION 8
#define SMOOTH   32u              /* reports */
#define LEAVES   (1u << FRACTION) /* so far from its step it has left it */

void nodes_init(struct nodes *t, struct node *memory, uint32_t n)
{
    *t = (struct nodes){.node = memory, .n = n};
    for (uint32_t i = 0; i < n; i++)
        memory[i] = (struct node){.core = NODE_NOWHERE};
}

static uint32_t *chain_of(struct nodes *t, uint64_t part)
{
    return &t->chain[part * 0x9e3779b97f4a7c15u >> 54];
}
_Static_assert(NODE_CHAINS == 1u << 10, "as many as the hash has values");

uint32_t nodes_find(struct nodes *t, uint64_t part)
{
    uint32_t at = *chain_of(t, part);

    while (at != 0 && t->node[at - 1].part != part)
        at = t->node[at - 1].next;
    return at - 1; /* NODE_NONE */
}

uint32_t nodes_take(struct nodes *t, uint64_t part)
{
    for (uint32_t i = 0; i < t->n && t->taken < t->n; i++) {
        if (t->node[i].part != 0)
            continue;
        t->node[i] = (struct node){
            .part = part, .core = NODE_NOWHERE, .load = NODE_BASE, .next = *chain_of(t, part)};
        *chain_of(t, part) = i + 1;
        t->used = i < t->used ? t->used : i + 1;
        t->taken++;
        return i;
    }
    return NODE_NONE;
}

void nodes_drop(struct nodes *t, uint32_t i)
{
    uint32_t *at = chain_of(t, t->node[i].part);

    while (*at != i + 1)
        at = &t->node[*at - 1].next;
    *at = t->node[i].next;
    t->taken--;
    t->node[i] = (struct node){.core = NODE_NOWHERE};
}

void node_ran(struct node *n, uint64_t window_ns)
{
    uint64_t share = window_ns == 0 ? 0 : (n->ran_ns * NODE_STEPS << FRACTION) / window_ns,
             most = NODE_STEPS << FRACTION;
    uint32_t step = n->load - NODE_BASE, now = (uint32_t)(share < most ? share : most), off;

    n->ran_ns = 0;
    n->smooth = (uint32_t)(((uint64_t)n->smooth * (SMOOTH - 1) + now) / SMOOTH);
    off = n->smooth > step << FRACTION ? n->smooth - (step << FRACTION)
                                       : (step << FRACTION) - n->smooth;
    if (off > LEAVES)
        n->load = NODE_BASE + ((n->smooth + LEAVES / 2) >> FRACTION);
}

bool node_moves(const struct node *n, uint64_t epoch)
{
    return !n->fixed && epoch >= n->stays_until;
}
