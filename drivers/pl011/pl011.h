/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/pl011/pl011 - sending bytes, driven by the transmit interrupt.
 *
 *     pl011_send: fill the FIFO until it is full; bytes left? enable INT_TX, wait
 *     interrupt:  clear INT_TX, pl011_send again; nothing left? mask INT_TX
 *
 *     T1  every byte is written to the data register exactly once, in order, and only
 *         while the FIFO has room
 *     T2  while bytes are left the transmit interrupt is enabled, else it is masked
 *
 * Baud rate and line format stay as the firmware left them.
 */
#pragma once
#include "drivers/pl011/pl011_regs.h"

struct uart {
    volatile struct pl011 *regs;
    const char *next;           /* what is being sent */
    size_t left;
};

void pl011_start(struct uart *u, volatile struct pl011 *regs);

/* Begin to send; `text` must stay until pl011_done. Only when the last is done. */
void pl011_send(struct uart *u, const char *text, size_t bytes);

/* The interrupt came, or may have: go on. */
void pl011_go_on(struct uart *u);

static inline bool pl011_done(const struct uart *u)
{
    return u->left == 0;
}

/* Has the last bit left the chip? */
bool pl011_quiet(const struct uart *u);
