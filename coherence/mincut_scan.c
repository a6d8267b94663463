/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/mincut_scan - an order of the nodes in which the next one is always one that reaches furthest into those before.
 *
 * A reach is followed up to the best cut known and no further: who has that much is "full", all full ones are equal, and
 * are taken from a stack. For the others a heap is asked, only when the stack is empty; most become full before that,
 * so what changes is only noted (fresh[]) and goes into the heap then.
 *
 * Along the way every beginning of the order is a cut, whose weight is known as we go (prefix).
 */
#include "coherence/mincut_priv.h"
#include <string.h>

#define SCANNED   MINCUT_SCANNED
#define HEAP_COST 8

void mincut_scan_start(struct mincut *m)
{
    uint32_t n = m->now.nodes;

    memset(m->reach, 0, n * sizeof *m->reach);
    memset(m->place, 0, n * sizeof *m->place);
    memset(m->waits, 0, n);
    m->scanned = m->stacked = m->heaped = m->nfresh = 0;
    m->prefix = 0;
    m->best_first = 0;
    m->node = MINCUT_NONE;
    m->left -= n / 8;
    m->step = MINCUT_SCAN;
}

/* ---- the heap: largest key first; among equals whoever the same calls bring up ---- */

static void heap_set(struct mincut *m, uint32_t at, struct mincut_heap_entry e)
{
    m->heap[at] = e;
    m->place[e.node] = at + 1;
}

static void heap_up(struct mincut *m, uint32_t at, struct mincut_heap_entry e)
{
    while (at > 0 && m->heap[(at - 1) / 2].key < e.key) {
        heap_set(m, at, m->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_set(m, at, e);
}

static void heap_put(struct mincut *m, uint32_t node)
{
    uint32_t at = m->place[node] ? m->place[node] - 1 : m->heaped++;

    heap_up(m, at, (struct mincut_heap_entry){.key = m->reach[node], .node = node});
    m->left -= HEAP_COST;
}

static uint32_t heap_take(struct mincut *m)
{
    uint32_t node = m->heap[0].node, at = 0, child;
    struct mincut_heap_entry e = m->heap[--m->heaped];

    m->left -= HEAP_COST;
    while ((child = 2 * at + 1) < m->heaped) {
        child += child + 1 < m->heaped && m->heap[child + 1].key > m->heap[child].key;
        if (m->heap[child].key <= e.key)
            break;
        heap_set(m, at, m->heap[child]);
        at = child;
    }
    if (m->heaped > 0)
        heap_set(m, at, e);
    return node;
}

/* ---- the next node ---- */

static void put_fresh(struct mincut *m)
{
    while (m->nfresh > 0 && m->left > 0) {
        uint32_t v = m->fresh[--m->nfresh];

        m->waits[v] = 0;
        if (m->reach[v] != SCANNED)
            heap_put(m, v);
    }
}

/* MINCUT_NONE: none is left that those before reach, or the budget is used up. */
static uint32_t next_node(struct mincut *m)
{
    if (m->stacked > 0)
        return m->stack[--m->stacked];
    put_fresh(m);
    while (m->heaped > 0 && m->left > 0) {
        uint32_t v = heap_take(m);

        if (m->reach[v] != SCANNED) /* a full one that the stack gave out since */
            return v;
    }
    return MINCUT_NONE;
}

static void begin(struct mincut *m, uint32_t v)
{
    m->key[m->scanned] = m->reach[v];
    m->order[m->scanned++] = v;
    m->reach[v] = SCANNED;
    m->node = v;
    m->arc = m->now.first[v];
    m->inside = 0;
}

/* ---- one node ---- */

/*
 * Whether a neighbour is scanned, full, filled by this edge or neither is as good as random, so nothing here branches on it:
 * both lists get the neighbour behind their end, and the end moves on or does not.
 */
static void visit(struct mincut *m, uint32_t end)
{
    const uint32_t *peer = m->now.peer;
    const uint64_t *weight = m->now.weight;
    uint64_t *restrict reach = m->reach, full = m->weight, inside = m->inside;
    uint32_t *restrict stack = m->stack, *restrict fresh = m->fresh, stacked = m->stacked,
                       nfresh = m->nfresh;
    uint8_t *restrict waits = m->waits;

    for (uint32_t a = m->arc; a < end; a++) {
        uint32_t y = peer[a];
        uint64_t before = reach[y], w = weight[a];
        uint64_t after = before + (w & -(uint64_t)(before < full));
        uint32_t open = after < full;

        inside += w & -(uint64_t)(before == SCANNED);
        reach[y] = after;
        stack[stacked] = y;
        stacked += (before < full) - open;
        fresh[nfresh] = y;
        nfresh += open & (waits[y] ^ 1u);
        waits[y] |= (uint8_t)open;
    }
    m->left -= end - m->arc;
    m->arc = end;
    m->inside = inside;
    m->stacked = stacked;
    m->nfresh = nfresh;
}

static void finish(struct mincut *m)
{
    m->prefix += m->degree[m->node] - 2 * m->inside;
    if (m->scanned < m->now.nodes && m->prefix < m->weight) {
        m->weight = m->prefix;
        m->best_first = m->scanned;
    }
    m->node = MINCUT_NONE;
    m->left -= 1;
}

static void over(struct mincut *m)
{
    m->cursor = 0;
    m->runs = 0;
    m->step = m->weight == 0 ? MINCUT_KEEP : MINCUT_LABEL;
}

void mincut_scan(struct mincut *m)
{
    while (m->left > 0) {
        if (m->node == MINCUT_NONE) {
            uint32_t v = m->scanned == 0 ? 0 : next_node(m);

            if (v == MINCUT_NONE)
                continue;
            begin(m, v);
        }
        visit(m, mincut_row_end(m, m->node, m->arc));
        if (m->arc < m->now.first[m->node + 1])
            return;
        finish(m);
        if (m->scanned == m->now.nodes || m->weight == 0) {
            over(m);
            return;
        }
    }
}
