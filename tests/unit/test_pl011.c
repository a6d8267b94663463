/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/pl011 against a model of the chip: registers as the manual describes them, a FIFO
 * that drains one byte at a time when the test lets it, and an interrupt line.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "drivers/mmio.h"
#include "drivers/pl011/pl011.h"
#include "tests/support/args.h"

static struct {
    uint32_t lcr_h, cr, ifls, imsc, ris;
    char fifo[32];
    unsigned depth, n;          /* bytes in it */
    unsigned overruns;          /* writes while it was full */
    unsigned odd;               /* accesses no driver should make */
    bool drains;                /* bytes leave while the driver looks, too */
    char out[4096];             /* what left the chip */
    size_t nout;
} chip;

static struct pl011 page; /* only its address is used */

static unsigned level(void)
{
    static const unsigned eighths[] = { 1, 2, 4, 6, 7 };

    return chip.depth * eighths[chip.ifls & 7] / 8;
}

static bool drain(void);

uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    ck_assert_uint_eq((uintptr_t)base, (uintptr_t)&page);
    switch (offset) {
    case offsetof(struct pl011, fr):
        if (chip.drains && rand() % 3 == 0)
            drain();
        return (chip.n == chip.depth ? (uint32_t)FR_TXFF : 0) |
               (chip.n > 0 ? (uint32_t)FR_BUSY : 0) | (uint32_t)FR_RXFE;
    case offsetof(struct pl011, lcr_h):
        return chip.lcr_h;
    case offsetof(struct pl011, cr):
        return chip.cr;
    case offsetof(struct pl011, ifls):
        return chip.ifls;
    case offsetof(struct pl011, imsc):
        return chip.imsc;
    default:
        chip.odd++;
        return 0;
    }
}

void mmio_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    (void)base;
    switch (offset) {
    case offsetof(struct pl011, dr):
        if (chip.n == chip.depth)
            chip.overruns++;
        else
            chip.fifo[chip.n++] = (char)value;
        break;
    case offsetof(struct pl011, lcr_h):
        chip.odd += (chip.cr & CR_UARTEN) != 0; /* 3.3.8: not while it is enabled */
        chip.lcr_h = value;
        chip.depth = value & LCR_H_FEN ? 16 : 1;
        break;
    case offsetof(struct pl011, cr):
        chip.cr = value;
        break;
    case offsetof(struct pl011, ifls):
        chip.ifls = value;
        break;
    case offsetof(struct pl011, imsc):
        chip.imsc = value;
        break;
    case offsetof(struct pl011, icr):
        chip.ris &= ~value;
        break;
    default: /* baud rate and the rest are the firmware's */
        chip.odd++;
    }
}

/* One byte leaves. The transmit interrupt rises when the FIFO falls to its level. */
static bool drain(void)
{
    if (chip.n == 0 || !(chip.cr & CR_UARTEN) || !(chip.cr & CR_TXE))
        return false;
    chip.out[chip.nout++] = chip.fifo[0];
    memmove(chip.fifo, chip.fifo + 1, --chip.n);
    if (chip.n == level() || chip.depth == 1)
        chip.ris |= (uint32_t)INT_TX;
    return true;
}

static bool line_is_up(void)
{
    return (chip.ris & chip.imsc) != 0;
}

static void setup(void)
{
    memset(&chip, 0, sizeof chip);
    chip.depth = 1;
    chip.ifls = 022;
    chip.cr = (uint32_t)CR_UARTEN;
}

static struct uart uart;

/* The interrupt is taken as soon as it is there; the chip drains between. */
static void run_until_quiet(void)
{
    for (unsigned turns = 0; turns < 100000; turns++) {
        if (line_is_up())
            pl011_go_on(&uart);
        else if (!drain())
            return;
    }
    ck_abort_msg("the interrupt never goes away");
}

START_TEST(starting_turns_the_fifo_on_and_all_interrupts_off)
{
    chip.imsc = 0x7ff;
    chip.ris = 0x7ff;
    pl011_start(&uart, &page);
    ck_assert_uint_eq(chip.imsc, 0);
    ck_assert_uint_eq(chip.ris, 0);
    ck_assert(chip.lcr_h & LCR_H_FEN);
    ck_assert_uint_eq(chip.cr & (CR_UARTEN | CR_TXE), CR_UARTEN | CR_TXE);
    ck_assert_uint_eq(chip.odd, 0);
}
END_TEST

START_TEST(a_uart_that_is_set_up_already_is_not_turned_off)
{
    chip.lcr_h = 0x70;
    chip.depth = 16;
    pl011_start(&uart, &page);
    ck_assert_uint_eq(chip.lcr_h, 0x70);
    ck_assert_uint_eq(chip.odd, 0);
}
END_TEST

/* T1: lengths from nothing to many FIFOs, with the chip draining at any pace in between. */
START_TEST(every_byte_goes_out_once_and_in_order)
{
    char text[300];
    size_t n = (size_t)_i;

    pl011_start(&uart, &page);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)rand();
    chip.drains = rand() % 2;
    pl011_send(&uart, text, n);
    for (int i = rand() % 40; i > 0; i--)
        drain();
    if (rand() % 2)
        pl011_go_on(&uart); /* an interrupt that was not needed does no harm */
    run_until_quiet();
    ck_assert(pl011_done(&uart));
    ck_assert_uint_eq(chip.nout, n);
    ck_assert_mem_eq(chip.out, text, n);
    ck_assert_uint_eq(chip.overruns, 0);
    ck_assert(pl011_quiet(&uart));
    ck_assert_uint_eq(chip.imsc, 0); /* T2 */
    ck_assert_uint_eq(chip.odd, 0);
}
END_TEST

START_TEST(the_interrupt_is_asked_for_while_bytes_are_left)
{
    char text[64] = { 0 };

    pl011_start(&uart, &page);
    pl011_send(&uart, text, 16);
    ck_assert(pl011_done(&uart) && chip.imsc == 0);
    run_until_quiet();
    pl011_send(&uart, text, 17);
    ck_assert(!pl011_done(&uart) && chip.imsc == INT_TX);
    ck_assert(!pl011_quiet(&uart));
    run_until_quiet();
    ck_assert(pl011_done(&uart) && chip.imsc == 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("drivers/pl011");
    TCase *t = tcase_create("pl011");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, starting_turns_the_fifo_on_and_all_interrupts_off);
    tcase_add_test(t, a_uart_that_is_set_up_already_is_not_turned_off);
    tcase_add_loop_test(t, every_byte_goes_out_once_and_in_order, 0, 300);
    tcase_add_test(t, the_interrupt_is_asked_for_while_bytes_are_left);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
