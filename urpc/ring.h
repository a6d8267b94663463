/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/ring - one-way message ring between exactly one producer and one consumer.
 *
 * A power-of-two number of 64-byte slots in memory both can map, and one line of the
 * consumer's. Nothing here ever waits: a full ring is ST_AGAIN, an empty one is
 * ST_AGAIN, and the caller decides what to do next (urpc/wait.h).
 *
 *      slot            7 words of payload                      header, written last
 *     +------+------+------+------+------+------+------+---------------------------+
 *     |  w0  |  w1  |  w2  |  w3  |  w4  |  w5  |  w6  | seq 32 kind 16 info 8 chk 8|
 *     +------+------+------+------+------+------+------+---------------------------+
 *      0                                                56                        63
 *
 *      line            what the consumer tells the producer
 *     +--------+--------+-----------------+----------------------------------------+
 *     | ack 32 |  zero  |     bell 64     |                  zero                  |
 *     +--------+--------+-----------------+----------------------------------------+
 *
 * Who writes what (everything else is read-only to that side, by mapping if wished):
 *
 *     producer  ->  the slots of positions [ack, ack + nslots)
 *     consumer  ->  its line
 *
 * A position counts messages from the start, modulo 2^32; its slot is position % nslots
 * and its `seq` is position + 1. So a slot says by itself whether it holds the message
 * the consumer waits for (seq = position + 1) or still the one a lap before
 * (seq = position + 1 - nslots), and one line moves between the cores per message.
 * All-zero memory is an empty ring at position 0: neither side has to be first.
 *
 *     R1  0 <= sent - ack <= nslots, modulo 2^32
 *     R2  a message is whole when it is seen, and seen once, in order
 *     R3  a slot is not written while its consumer may still read it
 *     R4  a peer that breaks R1 or writes an impossible header is found out: ST_PEER, and
 *         that end stays broken. No index ever comes from the peer, so nothing is read
 *         or written outside the ring, and no call does more than a fixed number of steps.
 *
 * Memory order. Two publications, each one release paired with one acquire:
 *
 *     (A) producer: fill slot; store-release its header
 *     (B) consumer: load-acquire the header; read slot              A pairs with B
 *     (C) consumer: read slots; store-release ack
 *     (D) producer: load-acquire ack; reuse slots                   C pairs with D
 *
 * A/B make a message whole before it is visible (R2); C/D keep the producer from
 * overwriting what is still being read (R3). `ack` is written once per nslots/4 messages,
 * at the next look (so that an answer sent in between does not queue behind it), and before
 * sleeping; it is read only when the credit the producer remembers runs out.
 * The bell is the subject of urpc/wait.h.
 *
 * Double fetch. A hostile producer can rewrite a slot while we look at it. The header is
 * loaded once and kind and info come from that one load (urpc_kind, urpc_info). Payload is
 * taken with urpc_recv, one copy, or word by word with urpc_word; after that decide only
 * on what was taken, and never look at the slot a second time.
 */
#pragma once
#include <stdatomic.h>
#include "lib/base/status.h"
#include "lib/base/types.h"

#define URPC_SLOT_BYTES    64u
#define URPC_WORDS         7u
#define URPC_PAYLOAD_BYTES 56u
#define URPC_SLOTS_MAX     (1u << 30) /* a lap stays far from 2^32          */

/* Where slots begin behind a line: two lines, as some cores fetch lines in pairs. */
#define URPC_LINES_BYTES 128u

struct urpc_slot {
    uint64_t word[URPC_WORDS];
    _Atomic uint64_t head;
} __attribute__((aligned(64)));

struct urpc_line {
    _Atomic uint32_t ack; /* written by the consumer: positions it is done with   */
    uint32_t zero;
    _Atomic uint64_t bell; /* written by the consumer: raised for "ring me" (wait.h) */
    uint64_t spare[6];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct urpc_slot) == URPC_SLOT_BYTES, "a slot is one line");
_Static_assert(offsetof(struct urpc_slot, head) == URPC_PAYLOAD_BYTES, "the header is last");
_Static_assert(sizeof(struct urpc_line) == LINE_BYTES, "what the consumer writes is one line");

/* The fields of a header, low bits first. All eight bytes xor to zero (chk sees to it), so
 * that no single flipped bit turns the header of one lap into that of another. */
#define URPC_HEAD_SEQ(h)  ((uint32_t)(h))
#define URPC_HEAD_KIND(h) ((uint16_t)((h) >> 32))
#define URPC_HEAD_INFO(h) ((uint8_t)((h) >> 48))

/* `info` is the sender's: up to 63 for a length in bytes, and two bits that urpc/call uses. */
#define URPC_INFO_LENGTH  0x3fu
#define URPC_INFO_REQUEST 0x40u
#define URPC_INFO_REPLY   0x80u

/* The producer's end: its own memory, never shared. */
struct urpc_tx {
    struct urpc_slot *slot;
    const struct urpc_line *line;
    uint32_t mask;      /* nslots - 1                                      */
    uint32_t next;      /* position of the next message                    */
    uint32_t limit;     /* position it may not reach: last ack + nslots     */
    uint32_t broken;    /* the peer broke R1                               */
    uint64_t bell_seen; /* the last bell honoured                          */
};

/* The consumer's end: its own memory, never shared. */
struct urpc_rx {
    const struct urpc_slot *slot;
    struct urpc_line *line;
    uint32_t mask;
    uint32_t next;    /* position of the next message                    */
    uint32_t acked;   /* the ack published last                          */
    uint32_t quarter; /* publish after so many                           */
    uint32_t tag;     /* kind and info of the message peeked at          */
    uint16_t held;    /* a message was peeked at and not yet released    */
    uint16_t broken;  /* the peer wrote an impossible header             */
    uint64_t bell;    /* the bell raised last                            */
};

/* A message taken out of its slot. */
struct urpc_msg {
    uint64_t word[URPC_WORDS];
    uint16_t kind;
    uint8_t info;
};

/* The most slots that fit `bytes` of memory behind a line: a power of two, or 0. */
uint32_t urpc_ring_slots(size_t bytes);

/*
 * Make `slot` and `line` an empty ring at position `start`; memory of zeros is one at 0
 * already. Only while neither end is attached.
 */
void urpc_ring_format(struct urpc_slot *slot, struct urpc_line *line, uint32_t nslots,
                      uint32_t start);

/* Attach an end to a ring that is empty at `start`. nslots is a power of two, memory is
 * 64-byte aligned: our own promises, checked. */
void urpc_tx_attach(struct urpc_tx *tx, struct urpc_slot *slot, const struct urpc_line *line,
                    uint32_t nslots, uint32_t start);
void urpc_rx_attach(struct urpc_rx *rx, const struct urpc_slot *slot, struct urpc_line *line,
                    uint32_t nslots, uint32_t start);

/* A ring alone in memory: its line first, its slots URPC_LINES_BYTES behind. */
static inline struct urpc_line *urpc_ring_line(void *memory)
{
    return memory;
}
static inline struct urpc_slot *urpc_ring_slot(void *memory)
{
    return (void *)((char *)memory + URPC_LINES_BYTES);
}

/*
 * Sending in place: reserve, fill slot->word[], commit. NULL: no room now, or the peer is
 * broken (urpc_tx_why tells). Reserving again before the commit gives the same slot.
 */
MUST_CHECK struct urpc_slot *urpc_reserve(struct urpc_tx *tx);
void urpc_commit(struct urpc_tx *tx, uint16_t kind, uint8_t info);

/* Send a message that lies in memory already, `bytes` <= 56 of it; behind them stays what the
 * slot held a lap before. ST_AGAIN: full; ST_PEER; ST_INVALID: too long. No change then. */
MUST_CHECK status_t urpc_send(struct urpc_tx *tx, uint16_t kind, uint8_t info, const void *payload,
                              size_t bytes);

/*
 * Receiving in place: peek, read, release. NULL: nothing there, or the peer is broken
 * (urpc_rx_why tells). Peek once per message: every peek looks at the header anew.
 */
MUST_CHECK const struct urpc_slot *urpc_peek(struct urpc_rx *rx);
void urpc_release(struct urpc_rx *rx);

/* Receive with one copy, then the slot is free again. ST_AGAIN: empty, ST_PEER. */
MUST_CHECK status_t urpc_recv(struct urpc_rx *rx, struct urpc_msg *msg);

/* Is there something to do at this end: a message, or a broken peer to be noticed? */
bool urpc_ready(const struct urpc_rx *rx);

/* Publish what was released so far. Sleeping does it, and looking does every quarter lap. */
void urpc_ack(struct urpc_rx *rx);

/* Of the message peeked at last, from the one load that found it. */
static inline uint16_t urpc_kind(const struct urpc_rx *rx)
{
    return (uint16_t)rx->tag;
}
static inline uint8_t urpc_info(const struct urpc_rx *rx)
{
    return (uint8_t)(rx->tag >> 16);
}

/* One payload word of a slot, fetched exactly once. */
static inline uint64_t urpc_word(const struct urpc_slot *slot, unsigned i)
{
    return __atomic_load_n(&slot->word[i], __ATOMIC_RELAXED);
}

/* Why the last call gave NULL. */
static inline status_t urpc_tx_why(const struct urpc_tx *tx)
{
    return tx->broken ? ST_PEER : ST_AGAIN;
}
static inline status_t urpc_rx_why(const struct urpc_rx *rx)
{
    return rx->broken ? ST_PEER : ST_AGAIN;
}

/* Messages so far, modulo 2^32: accounting costs nothing. Each moved URPC_SLOT_BYTES. */
static inline uint32_t urpc_sent(const struct urpc_tx *tx)
{
    return tx->next;
}
static inline uint32_t urpc_taken(const struct urpc_rx *rx)
{
    return rx->next;
}
