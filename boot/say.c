/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/say - see say.h. Registers: Arm DDI 0183 (PL011), chapter 3. */
#include "boot/say.h"
#include "lib/aarch64/barrier.h"

struct pl011 {
    volatile uint32_t dr; /* 0x00 data, 3.3.1 */
    uint32_t gap0[5];
    volatile uint32_t fr; /* 0x18 flags, 3.3.3 */
    uint32_t gap1[5];
    volatile uint32_t cr; /* 0x30 control, 3.3.8 */
};
_Static_assert(offsetof(struct pl011, fr) == 0x18, "FR");
_Static_assert(offsetof(struct pl011, cr) == 0x30, "CR");

enum { FR_TXFF = 1u << 5, CR_UARTEN = 1u << 0, CR_TXE = 1u << 8, CR_RXE = 1u << 9 };

/* Some 100 ms of polling: a line that does not move is given up, not waited for. */
enum { POLLS_MAX = 1000000 };

static struct pl011 *registers(paddr_t uart)
{
    return (struct pl011 *)(uintptr_t)uart;
}

/* The firmware set speed and format; we only switch on what it left off. */
void say_open(paddr_t uart)
{
    if (uart && !(registers(uart)->cr & CR_UARTEN))
        registers(uart)->cr = CR_UARTEN | CR_TXE | CR_RXE;
}

static void put(struct pl011 *r, char c)
{
    for (unsigned i = 0; (r->fr & FR_TXFF) && i < POLLS_MAX; i++)
        cpu_relax();
    r->dr = (uint8_t)c;
}

void say(paddr_t uart, const char *text)
{
    for (; uart && *text; text++) {
        if (*text == '\n')
            put(registers(uart), '\r');
        put(registers(uart), *text);
    }
}
