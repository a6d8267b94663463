/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "drivers/pl011/pl011.h"
#include "drivers/mmio.h"
#include "lib/base/check.h"

#define READ(u, reg) mmio_read32((u)->regs, offsetof(struct pl011, reg))
#define WRITE(u, reg, value) mmio_write32((u)->regs, offsetof(struct pl011, reg), (uint32_t)(value))

void pl011_start(struct uart *u, volatile struct pl011 *regs)
{
    uint32_t cr;

    *u = (struct uart){ .regs = regs };
    WRITE(u, imsc, 0);
    WRITE(u, icr, INT_ALL);
    cr = READ(u, cr);
    if (!(READ(u, lcr_h) & LCR_H_FEN)) {
        /* Line control may change only while the UART is off, and off only when it is quiet. */
        for (unsigned i = 0; i < 1000000 && !pl011_quiet(u); i++)
            ;
        WRITE(u, cr, cr & ~CR_UARTEN);
        WRITE(u, lcr_h, READ(u, lcr_h) | LCR_H_FEN);
    }
    WRITE(u, ifls, (READ(u, ifls) & ~IFLS_TX) | FIELD_PUT(IFLS_TX, 1)); /* refill at a quarter */
    WRITE(u, cr, cr | CR_UARTEN | CR_TXE);
}

bool pl011_quiet(const struct uart *u)
{
    return !(READ(u, fr) & FR_BUSY);
}

void pl011_go_on(struct uart *u)
{
    /* Cleared before the FIFO is filled: what is raised by the filling is not lost. */
    WRITE(u, icr, INT_TX);
    while (u->left > 0 && !(READ(u, fr) & FR_TXFF)) {
        WRITE(u, dr, (unsigned char)*u->next);
        u->next++;
        u->left--;
    }
    WRITE(u, imsc, u->left > 0 ? INT_TX : 0);
}

void pl011_send(struct uart *u, const char *text, size_t bytes)
{
    CHECK(pl011_done(u));
    u->next = text;
    u->left = bytes;
    pl011_go_on(u);
}
