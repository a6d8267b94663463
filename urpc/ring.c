/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/ring - see ring.h for the drawing, the invariants and the pairs (A) to (D). */
#include "urpc/ring.h"
#include <string.h>
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "urpc/order.h"

/* The xor of the eight bytes of a header: zero for every header that was ever written. */
static inline uint8_t fold(uint64_t h)
{
    h ^= h >> 32;
    h ^= h >> 16;
    return (uint8_t)(h ^ h >> 8);
}

static inline uint64_t make_head(uint32_t seq, uint16_t kind, uint8_t info)
{
    uint64_t h = (uint64_t)seq | (uint64_t)kind << 32 | (uint64_t)info << 48;

    return h | (uint64_t)fold(h) << 56;
}

uint32_t urpc_ring_slots(size_t bytes)
{
    uint32_t n = 1;

    if (bytes < URPC_LINES_BYTES + URPC_SLOT_BYTES)
        return 0;
    while (n < URPC_SLOTS_MAX && 2 * (size_t)n * URPC_SLOT_BYTES <= bytes - URPC_LINES_BYTES)
        n *= 2;
    return n;
}

static void check_shape(const struct urpc_slot *slot, const struct urpc_line *line, uint32_t nslots)
{
    CHECK(IS_POW2(nslots) && nslots <= URPC_SLOTS_MAX);
    CHECK(IS_ALIGNED((uintptr_t)slot, LINE_BYTES) && IS_ALIGNED((uintptr_t)line, LINE_BYTES));
}

void urpc_ring_format(struct urpc_slot *slot, struct urpc_line *line, uint32_t nslots,
                      uint32_t start)
{
    check_shape(slot, line, nslots);
    memset(slot, 0, (size_t)nslots * sizeof *slot);
    memset(line, 0, sizeof *line);
    atomic_init(&line->ack, start);
    for (uint32_t p = start; start != 0 && p - start < nslots; p++)
        atomic_init(&slot[p & (nslots - 1)].head, make_head(p + 1 - nslots, 0, 0));
}

void urpc_tx_attach(struct urpc_tx *tx, struct urpc_slot *slot, const struct urpc_line *line,
                    uint32_t nslots, uint32_t start)
{
    check_shape(slot, line, nslots);
    *tx = (struct urpc_tx){
        .slot = slot, .line = line, .mask = nslots - 1, .next = start, .limit = start + nslots};
}

void urpc_rx_attach(struct urpc_rx *rx, const struct urpc_slot *slot, struct urpc_line *line,
                    uint32_t nslots, uint32_t start)
{
    check_shape(slot, line, nslots);
    *rx = (struct urpc_rx){.slot = slot,
                           .line = line,
                           .mask = nslots - 1,
                           .next = start,
                           .acked = start,
                           .quarter = nslots < 4 ? 1 : nslots / 4};
}

/* The credit ran out, so next - (last ack) is exactly nslots: any ack that goes back, or
 * past what was sent, leaves more than nslots in use. */
static struct urpc_slot *reserve_after_ack(struct urpc_tx *tx)
{
    /* (D) pairs with (C): what is acknowledged has been read to the end. */
    uint32_t ack = ORDER_LOAD(&tx->line->ack, memory_order_acquire);
    uint32_t used = tx->next - ack;

    if (used > tx->mask + 1)
        tx->broken = 1;
    if (tx->broken || used == tx->mask + 1)
        return NULL;
    tx->limit = ack + tx->mask + 1;
    return &tx->slot[tx->next & tx->mask];
}

struct urpc_slot *urpc_reserve(struct urpc_tx *tx)
{
    if (tx->next == tx->limit)
        return reserve_after_ack(tx);
    return &tx->slot[tx->next & tx->mask];
}

void urpc_commit(struct urpc_tx *tx, uint16_t kind, uint8_t info)
{
    struct urpc_slot *slot = &tx->slot[tx->next & tx->mask];

    CHECK(tx->next != tx->limit);
    tx->next++;

    /* (A) pairs with (B): the payload is complete before the header names it. */
    ORDER_STORE(&slot->head, make_head(tx->next, kind, info), memory_order_release);
}

status_t urpc_send(struct urpc_tx *tx, uint16_t kind, uint8_t info, const void *payload,
                   size_t bytes)
{
    struct urpc_slot *slot;

    if (bytes > URPC_PAYLOAD_BYTES)
        return ST_INVALID;
    if ((slot = urpc_reserve(tx)) == NULL)
        return urpc_tx_why(tx);
    memcpy(slot->word, payload, bytes);
    urpc_commit(tx, kind, info);
    return ST_OK;
}

void urpc_ack(struct urpc_rx *rx)
{
    if (rx->acked == rx->next)
        return;
    rx->acked = rx->next;

    /* (C) pairs with (D): every slot up to here has been read to the end. */
    ORDER_STORE(&rx->line->ack, rx->next, memory_order_release);
}

/* Not the header we wait for: is it the one that may still be there, a lap (or the zeros of
 * a new ring) old? A header that fails its check is neither. */
static bool is_old(const struct urpc_rx *rx, uint64_t h)
{
    uint32_t before = rx->next - rx->mask; /* next + 1 - nslots */

    return fold(h) == 0 && (URPC_HEAD_SEQ(h) == before || (h == 0 && rx->next <= rx->mask));
}

static inline bool is_next(const struct urpc_rx *rx, uint64_t h)
{
    return URPC_HEAD_SEQ(h) == rx->next + 1 && fold(h) == 0;
}

const struct urpc_slot *urpc_peek(struct urpc_rx *rx)
{
    const struct urpc_slot *slot = &rx->slot[rx->next & rx->mask];
    uint64_t h;

    /* Here and not in urpc_release: an answer sent in between does not queue behind it. */
    if (rx->next - rx->acked >= rx->quarter)
        urpc_ack(rx);

    /* (B) pairs with (A): a header we see names a complete payload. */
    h = ORDER_LOAD(&slot->head, memory_order_acquire);
    if (!is_next(rx, h) || rx->broken) {
        if (!is_old(rx, h))
            rx->broken = 1;
        return NULL;
    }
    rx->tag = (uint32_t)(h >> 32);
    rx->held = 1;
    return slot;
}

bool urpc_ready(const struct urpc_rx *rx)
{
    /* Relaxed: nothing is read on the strength of it; who acts on it peeks (B). */
    uint64_t h = ORDER_LOAD(&rx->slot[rx->next & rx->mask].head, memory_order_relaxed);

    return rx->broken || !is_old(rx, h);
}

void urpc_release(struct urpc_rx *rx)
{
    CHECK(rx->held);
    rx->held = 0;
    rx->next++;
}

status_t urpc_recv(struct urpc_rx *rx, struct urpc_msg *msg)
{
    const struct urpc_slot *slot = urpc_peek(rx);

    if (slot == NULL)
        return urpc_rx_why(rx);
    memcpy(msg->word, slot->word, sizeof msg->word);
    msg->kind = urpc_kind(rx);
    msg->info = urpc_info(rx);
    /* The compiler may not go back to the slot for a value it copied: no double fetch. */
    atomic_signal_fence(memory_order_seq_cst);
    urpc_release(rx);
    return ST_OK;
}
