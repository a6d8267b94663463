/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/rings.h"
#include "lib/rt/clock.h"
#include "lib/rt/feed.h"
#include "monitor/home_edge.h"
#include "monitor/mon.h"
#include "monitor/pieces.h"
#include "monitor/tally.h"
#include "urpc/chan.h"

#define OF_PAIR 16u  /* pieces of a pair of cores that are counted: more than a pair frame has */
#define OF_OWN  128u /* pieces for channels within this core                                   */
#define WEIGHT_FRACTION 20
#define RINGS   (OF_OWN + CORES_MAX * OF_PAIR)

static struct ring {
    uint64_t part[2];
    uint32_t seen[2]; /* of the ring that side i fills */
    uint64_t weight;  /* of what went through it of late, with fraction bits */
    uint64_t epoch;   /* up to which it has faded                            */
} rings[RINGS];

static uint64_t changes; /* ends that were named */

static struct ring *ring_of(core_id with, uint32_t piece)
{
    if (with == mon.core)
        return piece < OF_OWN ? &rings[piece] : NULL;
    return piece < OF_PAIR ? &rings[OF_OWN + with * OF_PAIR + piece] : NULL;
}

/* Both ends are known: so are they to their homes. */
static void tell_homes(const struct ring *r, core_id with, uint32_t piece, bool open)
{
    core_id home[2] = {partition_home((partition_id)r->part[0]), partition_home((partition_id)r->part[1])};

    for (unsigned i = 0; i < 2 && r->part[0] != 0 && r->part[1] != 0; i++)
        if (i == 0 || home[1] != home[0])
            PEER_SEND(home[i], PART_EDGE, .a = r->part[0], .b = r->part[1],
                      .key = EDGE_KEY(mon.core, with, piece), .open = open);
}

void rings_fresh(core_id with, uint32_t piece)
{
    struct ring *r = ring_of(with, piece);

    if (r == NULL)
        return;
    tell_homes(r, with, piece, false);
    *r = (struct ring){.weight = 0};
}

/* The end has this name from now on. */
static void set_part(core_id with, uint32_t piece, unsigned side, uint64_t part)
{
    struct ring *r = ring_of(with, piece);

    if (r == NULL)
        return;
    r->part[side & 1] = part;
    changes++;
    tell_homes(r, with, piece, true);
}

uint64_t rings_changes(void)
{
    return changes;
}

void rings_renamed(core_id giver, core_id with, uint32_t piece, unsigned side, uint64_t part)
{
    if (giver == mon.core)
        set_part(with, piece, side, part);
    else
        PEER_SEND(giver, PART_RING, .part = part, .with = with, .piece = piece, .side = side);
}

void rings_on_ring(core_id from, const struct peer_PART_RING *m)
{
    if (partition_home((partition_id)m->part) == from && m->with < CORES_MAX && pieces_are_ours((core_id)m->with))
        set_part((core_id)m->with, m->piece, m->side, m->part);
}

void rings_bound(core_id with, uint32_t piece, unsigned side, uint64_t part)
{
    if (!pieces_are_ours(with))
        PEER_SEND(with, RING_END, .part = part, .piece = piece, .side = side);
    else
        set_part(with, piece, side, part);
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

    /* Relaxed: ordered by the acquire above; tally() refuses a head that does not go with the ack. */
    return tally(&r->seen[s], ack,
                 atomic_load_explicit(&slot[(ack - 1) % n].head, memory_order_relaxed), n);
}

/* As coherence does it: 5 % an epoch. */
static void fade(struct ring *r)
{
    uint64_t now = rt_now_ns() / FEED_EPOCH_NS;

    for (; r->weight != 0 && r->epoch < now; r->epoch++)
        r->weight -= (r->weight + 19) / 20; /* down to 0 within some hundred steps */
    r->epoch = now;
}

static uint64_t count(uint32_t i)
{
    core_id with = i < OF_OWN ? mon.core : (core_id)((i - OF_OWN) / OF_PAIR);
    const char *memory = piece_look(with, i < OF_OWN ? i : (i - OF_OWN) % OF_PAIR);

    uint64_t n;

    if (memory == NULL)
        return 0;
    n = (uint64_t)fresh(&rings[i], memory, 0) + fresh(&rings[i], memory, 1);
    fade(&rings[i]);
    rings[i].weight += n << WEIGHT_FRACTION;
    return n;
}

uint64_t rings_weight(core_id with, uint32_t piece)
{
    struct ring *r = ring_of(with, piece);

    if (r == NULL)
        return 0;
    fade(r);
    return r->weight;
}

bool rings_next(uint32_t *at, uint32_t *budget, struct rings_edge *out)
{
    for (uint32_t i = *at == 0 ? 0 : *at - 1; i < RINGS; i++) {
        const struct ring *r = &rings[i];

        if (r->part[0] == 0 || r->part[1] == 0)
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
