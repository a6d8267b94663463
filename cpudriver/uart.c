/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/uart.h"

#define UARTDR 0x00u    /* DDI 0183, 3.3.1 */
#define UARTFR 0x18u    /* 3.3.3           */
#define FR_TXFF (1u << 5)
#define LOOKS_MAX 1000000u

static void put(const struct kcb *k, char c)
{
    volatile uint32_t *dr, *fr;

    if (k->info->console_kind != 1)
        return;
    dr = (volatile uint32_t *)kva(k->info->console.base + UARTDR);
    fr = (volatile uint32_t *)kva(k->info->console.base + UARTFR);
    for (uint32_t i = 0; (*fr & FR_TXFF) && i < LOOKS_MAX; i++)
        ;
    *dr = (uint8_t)c;
}

void uart_text(const struct kcb *k, const char *s)
{
    for (; *s; s++) {
        if (*s == '\n')
            put(k, '\r');
        put(k, *s);
    }
}

void uart_hex(const struct kcb *k, uint64_t v)
{
    uart_text(k, "0x");
    for (int shift = 60; shift >= 0; shift -= 4)
        put(k, "0123456789abcdef"[v >> shift & 15]);
}

void uart_dec(const struct kcb *k, uint64_t v)
{
    char text[21], *p = text + sizeof text - 1;

    *p = 0;
    do
        *--p = (char)('0' + v % 10);
    while (v /= 10);
    uart_text(k, p);
}
