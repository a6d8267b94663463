/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/console - see console.h. */
#include "boot/console.h"
#include "boot/dtb.h"
#include "boot/early_map.h"
#include "boot/fatal.h"
#include "boot/rp1.h"
#include "boot/say.h"

static status_t map(const struct range *r, const char *what, struct text *why)
{
    if (early_map_more(r->base, r->bytes, MAP_DEVICE) == ST_OK)
        return ST_OK;
    return refuse(why, ST_MAPPED, STR(what), STR(" at "), HEX(r->base),
                  STR(" overlaps something else or is out of reach: check the device tree"));
}

static void speak(paddr_t uart)
{
    say_open(uart);
    boot_fatal_console(uart);
}

status_t console_open(const struct machine *m, struct text *why)
{
    status_t st;

    if (!m->console_kind)
        return ST_OK;
    if ((st = map(&m->console, "the console", why)) == ST_OK)
        speak(m->console.base);
    return st;
}

/* --- the header's ----------------------------------------------------------------------------------- */

static uint32_t read_root(void *base, uint32_t offset)
{
    return *(const volatile uint32_t *)((const volatile char *)base + offset);
}

static void write_root(void *base, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)((volatile char *)base + offset) = value;
}

static status_t find_header(const struct machine *m, paddr_t *uart, struct text *why)
{
    struct rp1_root root = {read_root, write_root, (void *)(uintptr_t)m->rp1_root.base};
    status_t st;

    if (m->rp1_root.bytes == 0)
        return refuse(why, ST_UNSUPPORTED,
                      STR("the device tree names no root complex with an RP1 below it"));
    if ((st = map(&m->rp1_root, "the root complex of RP1", why)) != ST_OK)
        return st;
    return rp1_uart(&root, uart, why);
}

static void say_kept(const struct machine *m, struct text *why)
{
    paddr_t uart = m->console_kind ? m->console.base : 0;

    say(uart, "boot: the UART of the 40-pin header cannot be used: ");
    say(uart, why->buf);
    say(uart, "\n");
    text_clear(why);
}

status_t console_choose(struct machine *m, struct text *why)
{
    paddr_t was = m->console_kind ? m->console.base : 0, base = m->uart_at;
    status_t st;

    if (m->uart == UART_OF_TREE)
        return ST_OK;
    if (m->uart == UART_OF_HEADER && find_header(m, &base, why) != ST_OK) {
        say_kept(m, why);
        return ST_OK;
    }
    if ((st = dtb_console_at(m, base, why)) != ST_OK || base == was)
        return st;
    if ((st = map(&m->console, "the console of skerry.uart", why)) != ST_OK)
        return st;
    say(was, "boot: the console goes on at another UART (skerry.uart)\n");
    speak(base);
    return ST_OK;
}
