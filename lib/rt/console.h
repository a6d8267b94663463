/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/console - the messages between the console driver and its clients, and what a
 * client needs to lose nothing when the driver dies.
 *
 *     positions of the client's ring:   ... a b | c d e |
 *                                    taken ----'       `---- next
 *
 * c d e were sent and not taken: they are still in the client's own half of the channel,
 * and are sent again to the next driver. If b did not end a line the driver had the
 * beginning of a line, which died with it; the rest of that line is left out as well.
 * Pure: tested on the host.
 */
#pragma once
#define URPC_LIST "lib/rt/console.def"
#define URPC_SET console
#define URPC_TAG CON
#include "urpc/msg.h"

/* Bit p % 64: the message at position p ended a line. Its memory is longer than a ring is. */
typedef uint64_t console_ends;

static inline console_ends console_note(console_ends ends, uint32_t position, bool ends_line)
{
    uint64_t bit = 1ull << (position % 64);

    return ends_line ? ends | bit : ends & ~bit;
}

/* The first piece of `text` that is one message: up to the end of a line, at most 56 bytes. */
size_t console_piece(const char *text, size_t bytes);

/* What the driver did not take, and the rule above. Returns bytes, at most `max` (a ring holds 1792). */
#define CONSOLE_UNREAD_MAX 1792u
size_t console_unread(const struct urpc_tx *tx, console_ends ends, char *out, size_t max);
