/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/base/heap - binary heap of nodes that live in other structures; smallest key first.
 *
 * Equal keys leave in the order they came (a ticket breaks the tie), so a round of
 * equals is a round. Every operation takes at most log2(n) steps.
 */
#pragma once
#include "lib/base/types.h"

#define HEAP_OUT UINT32_MAX

struct heap_node {
    uint64_t key;
    uint32_t index;  /* place in the heap, HEAP_OUT when in none */
    uint32_t ticket; /* order of arrival among equals            */
};

struct heap {
    uint32_t n, max, ticket;
    struct heap_node **slot; /* memory of the owner, max entries */
};

void heap_init(struct heap *h, struct heap_node **slot, uint32_t max);
/* The node must be in no heap, and n < max: the owner counts what it creates. */
void heap_insert(struct heap *h, struct heap_node *node, uint64_t key);
void heap_remove(struct heap *h, struct heap_node *node);
/* Takes the top out and puts `node` in, in one go. The heap is not empty. */
void heap_replace_top(struct heap *h, struct heap_node *node, uint64_t key);

static inline struct heap_node *heap_top(const struct heap *h)
{
    return h->n ? h->slot[0] : NULL;
}

static inline bool heap_in(const struct heap_node *node)
{
    return node->index != HEAP_OUT;
}

static inline void heap_node_init(struct heap_node *node)
{
    node->index = HEAP_OUT;
}
