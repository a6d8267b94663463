/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/rings.h"
#include "monitor/pieces.h"
#include "monitor/tally.h"
#include "urpc/chan.h"

#define OF_PAIR 16u  /* pieces of a pair of cores that are counted: more than a pair frame has */
#define OF_OWN  128u /* pieces for channels within this core                                   */
#define RINGS   (OF_OWN + CORES_MAX * OF_PAIR)

static struct ring {
    uint64_t part[2];
    uint32_t seen[2]; /* of the ring that side i fills */
} rings[RINGS];

static struct ring *ring_of(core_id with, uint32_t piece)
{
    if (with == mon.core)
        return piece < OF_OWN ? &rings[piece] : NULL;
    return piece < OF_PAIR ? &rings[OF_OWN + with * OF_PAIR + piece] : NULL;
}

void rings_fresh(core_id with, uint32_t piece)
{
    struct ring *r = ring_of(with, piece);

    if (r != NULL)
        *r = (struct ring){{0}, {0}};
}

void rings_bound(core_id with, uint32_t piece, unsigned side, uint64_t part)
{
    struct ring *r = ring_of(with, piece);

    if (!pieces_are_ours(with))
        PEER_SEND(with, RING_END, .part = part, .piece = piece, .side = side);
    else if (r != NULL)
        r->part[side & 1] = part;
}

void rings_on_end(core_id from, const struct peer_RING_END *m)
{
    if (pieces_are_ours(from))
        rings_bound(from, m->piece, m->side, m->part);
}

/* ---- looking ---- */

/* Side s fills the slots of its half; how far they are taken stands in the line of the other. */
static uint32_t fresh(struct ring *r, const char *memory, unsigned s)
{
    uint32_t n = urpc_chan_slots(CHANNEL_BYTES);
    const struct urpc_line *line = (const void *)(memory + (1 - s) * (CHANNEL_BYTES / 2));
    const struct urpc_slot *slot =
        (const void *)(memory + s * (CHANNEL_BYTES / 2) + URPC_LINES_BYTES);
    /* (C) of urpc/ring.h is the other end of this: the slot is read behind what says that it was filled. */
    uint32_t ack = atomic_load_explicit(&line->ack, memory_order_acquire);

    return tally(&r->seen[s], ack,
                 atomic_load_explicit(&slot[(ack - 1) % n].head, memory_order_relaxed), n);
}

static uint64_t count(uint32_t i)
{
    core_id with = i < OF_OWN ? mon.core : (core_id)((i - OF_OWN) / OF_PAIR);
    const char *memory = piece_look(with, i < OF_OWN ? i : (i - OF_OWN) % OF_PAIR);

    if (memory == NULL)
        return 0;
    return (uint64_t)fresh(&rings[i], memory, 0) + fresh(&rings[i], memory, 1);
}

bool rings_next(uint32_t *at, uint32_t *budget, struct rings_edge *out)
{
    for (uint32_t i = *at == 0 ? 0 : *at - 1; i < RINGS; i++) {
        const struct ring *r = &rings[i];

        if (r->part[0] == 0 || r->part[1] == 0 || r->part[0] == r->part[1])
            continue;
        *at = i + 1;
        if (*budget == 0)
            return false;
        --*budget;
        *out = (struct rings_edge){r->part[0], r->part[1], count(i)};
        *at = i + 2;
        if (out->messages != 0)
            return true;
    }
    *at = 0;
    return false;
}

void rings_skip(void)
{
    uint32_t at = 0, budget = UINT32_MAX;
    struct rings_edge unused;

    while (rings_next(&at, &budget, &unused))
        ;
}
