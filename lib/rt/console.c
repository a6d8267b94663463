/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/console.h"
#include <string.h>

size_t console_piece(const char *text, size_t bytes)
{
    size_t most = bytes < URPC_PAYLOAD_BYTES ? bytes : URPC_PAYLOAD_BYTES;
    const char *end = memchr(text, '\n', most);

    return end != NULL ? (size_t)(end - text) + 1 : most;
}

static bool ended_line(console_ends ends, uint32_t position)
{
    return ends >> (position % 64) & 1;
}

size_t console_unread(const struct urpc_tx *tx, console_ends ends, char *out, size_t max)
{
    /* Acquire, as (D) of urpc/ring.h; the driver is dead and writes no more. */
    uint32_t from = atomic_load_explicit(&tx->line->ack, memory_order_acquire), to = tx->next;
    bool skipping;
    size_t n = 0;

    if (to - from > tx->mask + 1)
        return 0; /* not an ack that a sound driver can have written */
    skipping = from != 0 && !ended_line(ends, from - 1);
    for (uint32_t p = from; p != to; p++) {
        const struct urpc_slot *slot = &tx->slot[p & tx->mask];
        uint64_t head = atomic_load_explicit(&slot->head, memory_order_relaxed); /* ours alone */
        size_t bytes = URPC_HEAD_INFO(head) & URPC_INFO_LENGTH;

        if (URPC_HEAD_KIND(head) != CON_TEXT || bytes > URPC_PAYLOAD_BYTES)
            continue;
        if (!skipping && n + bytes <= max) {
            memcpy(out + n, slot->word, bytes);
            n += bytes;
        }
        if (ended_line(ends, p))
            skipping = false;
    }
    return n;
}
