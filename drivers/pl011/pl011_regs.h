/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/pl011/pl011_regs - registers of the Arm PrimeCell UART (PL011), as its Technical
 * Reference Manual (DDI 0183) prints them, section 3.3 on.
 */
#pragma once
#include "lib/base/bits.h"

struct pl011 {
    uint32_t dr;            /* 0x00 data                            3.3.1  */
    uint32_t rsr;           /* 0x04 receive status, error clear     3.3.2  */
    uint32_t gap0[4];
    uint32_t fr;            /* 0x18 flags                           3.3.3  */
    uint32_t gap1;
    uint32_t ilpr;          /* 0x20                                 3.3.4  */
    uint32_t ibrd;          /* 0x24 baud rate, integer              3.3.5  */
    uint32_t fbrd;          /* 0x28 baud rate, fraction             3.3.6  */
    uint32_t lcr_h;         /* 0x2c line control                    3.3.7  */
    uint32_t cr;            /* 0x30 control                         3.3.8  */
    uint32_t ifls;          /* 0x34 interrupt FIFO level select     3.3.9  */
    uint32_t imsc;          /* 0x38 interrupt mask: 1 = enabled     3.3.10 */
    uint32_t ris;           /* 0x3c raw interrupt status            3.3.11 */
    uint32_t mis;           /* 0x40 masked interrupt status         3.3.12 */
    uint32_t icr;           /* 0x44 interrupt clear                 3.3.13 */
};
_Static_assert(offsetof(struct pl011, fr) == 0x18, "UARTFR");
_Static_assert(offsetof(struct pl011, ibrd) == 0x24, "UARTIBRD");
_Static_assert(offsetof(struct pl011, lcr_h) == 0x2c, "UARTLCR_H");
_Static_assert(offsetof(struct pl011, imsc) == 0x38, "UARTIMSC");
_Static_assert(offsetof(struct pl011, mis) == 0x40, "UARTMIS");
_Static_assert(offsetof(struct pl011, icr) == 0x44, "UARTICR");

/* clang-format off */
#define FR_BUSY     BIT(3)      /* still shifting bits out, or the FIFO is not empty */
#define FR_RXFE     BIT(4)      /* receive FIFO empty                                */
#define FR_TXFF     BIT(5)      /* transmit FIFO full                                */
#define LCR_H_FEN   BIT(4)      /* FIFOs enabled                                     */
#define CR_UARTEN   BIT(0)
#define CR_TXE      BIT(8)
#define INT_TX      BIT(5)      /* in imsc, ris, mis, icr                            */
#define INT_ALL     FIELD(10, 0)
#define IFLS_TX     FIELD(2, 0) /* 0: at 1/8 full .. 4: at 7/8 full                  */
/* clang-format on */
