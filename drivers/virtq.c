/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "drivers/virtq.h"
#include "drivers/dma.h"
#include "lib/base/check.h"
#include <string.h>

#define RING 2u     /* words before the entries of a ring */

/* Memory that the device reads or writes meanwhile: one access each, as written. */
#define PUT(place, value) (*(volatile __typeof__(place) *)&(place) = (value))
#define GET(place) (*(const volatile __typeof__(place) *)&(place))

struct virtq_layout virtq_layout(uint16_t size)
{
    uint32_t avail = (uint32_t)sizeof(struct virtq_desc) * size;
    uint32_t used = (uint32_t)ALIGN_UP(avail + 2 * (RING + size + 1u), VIRTQ_ALIGN);
    uint32_t end = used + 2 * (RING + 1u) + (uint32_t)sizeof(struct virtq_used_elem) * size;

    return (struct virtq_layout){ avail, used, end };
}

void virtq_init(struct virtq *q, void *memory, uint16_t size)
{
    struct virtq_layout at = virtq_layout(size);
    char *bytes = memory;

    CHECK(IS_POW2(size) && size >= 2 && size <= VIRTQ_SIZE_MAX);
    memset(memory, 0, at.bytes);
    *q = (struct virtq){ .desc = memory,
                         .avail = (uint16_t *)(void *)(bytes + at.avail),
                         .used = (uint16_t *)(void *)(bytes + at.used),
                         .size = size,
                         .nfree = size };
    for (uint16_t i = 0; i < size; i++)
        q->slot[i].next = (uint16_t)(i + 1);
}

/* Descriptor `i` of a chain: where it is, and whether one follows. */
static void fill(struct virtq *q, uint16_t i, const struct virtq_piece *p, bool in, bool last)
{
    uint16_t flags = (uint16_t)((in ? VIRTQ_DESC_WRITE : 0) | (last ? 0 : VIRTQ_DESC_NEXT));

    PUT(q->desc[i].addr, p->at);
    PUT(q->desc[i].len, p->bytes);
    PUT(q->desc[i].flags, flags);
    PUT(q->desc[i].next, last ? 0 : q->slot[i].next);
}

status_t virtq_add(struct virtq *q, const struct virtq_piece *piece, unsigned nout, unsigned nin,
                   uint64_t cookie)
{
    unsigned n = nout + nin;
    uint16_t head = q->free, at = head;
    uint32_t room = 0;

    CHECK(n >= 1 && n <= q->size);
    if (q->broken)
        return ST_PEER;
    if (n > q->nfree)
        return ST_AGAIN;
    for (unsigned i = 0; i < n; i++) {
        fill(q, at, &piece[i], i >= nout, i == n - 1);
        room += i >= nout ? piece[i].bytes : 0;
        at = q->slot[at].next;
    }
    q->free = at;
    q->nfree = (uint16_t)(q->nfree - n);
    q->slot[head].n = (uint16_t)n;
    q->slot[head].room = room;
    q->slot[head].cookie = cookie;
    q->outstanding++;
    PUT(q->avail[RING + q->added % q->size], head);
    dma_wmb(); /* the chain and its entry, before the index that covers them (2.7.13.3.1) */
    q->added++;
    PUT(q->avail[1], q->added);
    return ST_OK;
}

static status_t found_broken(struct virtq *q)
{
    q->broken = true;
    return ST_PEER;
}

/* The chain is free again, in front of the others. */
static void release(struct virtq *q, uint16_t head)
{
    uint16_t last = head, n = q->slot[head].n;

    for (uint16_t i = 1; i < n; i++)
        last = q->slot[last].next;
    q->slot[last].next = q->free;
    q->free = head;
    q->nfree = (uint16_t)(q->nfree + n);
    q->slot[head].n = 0;
    q->outstanding--;
}

status_t virtq_take(struct virtq *q, uint64_t *cookie, uint32_t *written)
{
    const struct virtq_used_elem *ring = (const void *)(q->used + RING);
    uint16_t ahead;
    uint32_t id, bytes;

    if (q->broken)
        return ST_PEER;
    ahead = (uint16_t)(GET(q->used[1]) - q->taken);
    if (ahead == 0)
        return ST_AGAIN;
    if (ahead > q->outstanding)
        return found_broken(q);
    dma_rmb(); /* the index, before the entry and the data that it covers (2.7.14) */
    id = GET(ring[q->taken % q->size].id);
    bytes = GET(ring[q->taken % q->size].len);
    if (id >= q->size || q->slot[id].n == 0 || bytes > q->slot[id].room)
        return found_broken(q);
    q->taken++;
    *cookie = q->slot[id].cookie;
    *written = bytes;
    release(q, (uint16_t)id);
    return ST_OK;
}
