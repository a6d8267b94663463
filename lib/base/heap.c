/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/base/heap.h"
#include "lib/base/check.h"

static bool before(const struct heap_node *a, const struct heap_node *b)
{
    if (a->key != b->key)
        return a->key < b->key;
    return (int32_t)(a->ticket - b->ticket) < 0;
}

static void put(struct heap *h, uint32_t at, struct heap_node *node)
{
    h->slot[at] = node;
    node->index = at;
}

static void rise(struct heap *h, uint32_t at, struct heap_node *node)
{
    while (at > 0 && before(node, h->slot[(at - 1) / 2])) {
        put(h, at, h->slot[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(h, at, node);
}

static void sink(struct heap *h, uint32_t at, struct heap_node *node)
{
    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= h->n)
            break;
        if (child + 1 < h->n && before(h->slot[child + 1], h->slot[child]))
            child++;
        if (!before(h->slot[child], node))
            break;
        put(h, at, h->slot[child]);
        at = child;
    }
    put(h, at, node);
}

void heap_init(struct heap *h, struct heap_node **slot, uint32_t max)
{
    h->n = 0;
    h->max = max;
    h->ticket = 0;
    h->slot = slot;
}

void heap_insert(struct heap *h, struct heap_node *node, uint64_t key)
{
    CHECK(h->n < h->max && !heap_in(node));
    node->key = key;
    node->ticket = h->ticket++;
    rise(h, h->n++, node);
}

void heap_remove(struct heap *h, struct heap_node *node)
{
    struct heap_node *last;
    uint32_t at = node->index;

    CHECK(at < h->n && h->slot[at] == node);
    last = h->slot[--h->n];
    node->index = HEAP_OUT;
    if (last == node)
        return;
    if (at > 0 && before(last, h->slot[(at - 1) / 2]))
        rise(h, at, last);
    else
        sink(h, at, last);
}

void heap_replace_top(struct heap *h, struct heap_node *node, uint64_t key)
{
    CHECK(h->n > 0 && !heap_in(node));
    h->slot[0]->index = HEAP_OUT;
    node->key = key;
    node->ticket = h->ticket++;
    sink(h, 0, node);
}
