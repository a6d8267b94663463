/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/say and cpudriver/uart, the first words and the last, against a model of a PL011 (DDI 0183, chapter 3).
 *
 * The model has a FIFO of 16 bytes and a line that is slower than who writes: a byte written while it is full is lost, as is
 * one while the UART is off. Registers that are not asked about here are odd.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/fake_arm.h"
#include "tests/support/mmio_trap.h"

#define cpu_relax() ((void)0)
#define put         boot_put
#include "boot/say.c"
#undef put
#include "cpudriver/uart.c"

#define BYTES 0x1000u
#define FIFO  16u

static struct model {
    uint32_t cr;
    unsigned full, looks, slow, lost, odd, cr_writes;
    char line[400];
    unsigned said;
} u;

/* 3.3.3: bit 5 of 0x18 says that the transmit FIFO is full; each look takes time, in which the line goes on. */
static uint64_t model_read(uint64_t offset)
{
    if (offset == 0x30)
        return u.cr;
    u.odd += offset != 0x18;
    if (u.full && ++u.looks % u.slow == 0)
        u.full--;
    return (u.full == FIFO ? 1u << 5 : 0) | (u.full ? 1u << 3 : 1u << 7);
}

static void model_write(uint64_t offset, uint64_t value)
{
    if (offset == 0x30) { /* 3.3.8 */
        u.cr = (uint32_t)value;
        u.cr_writes++;
        return;
    }
    u.odd += offset != 0 || value > 0xff; /* 3.3.1 */
    if (u.full == FIFO || (u.cr & 0x101) != 0x101 || u.said + 1 == sizeof u.line) {
        u.lost++;
        return;
    }
    u.full++;
    u.line[u.said++] = (char)value;
}

static bool model_is_wide(uint64_t offset)
{
    (void)offset;
    return false;
}

static const struct mmio_device device = {model_read, model_write, model_is_wide};
static struct bootinfo info;
static struct kcb k;

/* cr as the firmware left it; slow: looks for each byte on the line. */
static paddr_t make(uint32_t cr, unsigned slow)
{
    paddr_t at = (paddr_t)(uintptr_t)mmio_trap_open(&device, BYTES);

    memset(&u, 0, sizeof u);
    u.cr = cr;
    u.slow = slow;
    info.console_kind = 1;
    info.console = (struct range){at - KERNEL_BASE, BYTES};
    k.info = &info;
    return at;
}

static void said(const char *words)
{
    mmio_trap_close();
    ck_assert_str_eq(u.line, words);
    ck_assert_uint_eq(u.lost + u.odd, 0);
}

/* _i + 1: how slow the line is. */
START_TEST(boot_waits_for_room_and_loses_nothing)
{
    paddr_t at = make(0x301, (unsigned)_i + 1);

    say_open(at);
    say(at, "Skerry 0.3: a line that is longer than the FIFO\nand \xe2\x80\x94 one\n");
    ck_assert_uint_eq(u.cr_writes,
                      0); /* what runs is not touched: speed and format are the firmware's */
    said("Skerry 0.3: a line that is longer than the FIFO\r\nand \xe2\x80\x94 one\r\n");
}
END_TEST

START_TEST(boot_switches_on_what_the_firmware_left_off)
{
    paddr_t at = make(0x300, 1);

    say_open(at);
    ck_assert_uint_eq(u.cr & 0x101, 0x101);
    say(at, "x");
    said("x");
}
END_TEST

START_TEST(the_last_words_wait_for_room_too)
{
    (void)make(0x301, (unsigned)_i + 1);
    uart_text(&k, "panic on core 0: something\npc ");
    uart_hex(&k, 0x0123456789abcdefull);
    uart_text(&k, " ");
    uart_dec(&k, 0);
    uart_text(&k, " ");
    uart_dec(&k, UINT64_MAX);
    ck_assert_uint_eq(u.cr_writes, 0);
    said("panic on core 0: something\r\npc 0x0123456789abcdef 0 18446744073709551615");
}
END_TEST

START_TEST(where_there_is_no_console_nothing_is_touched)
{
    (void)make(0x301, 1);
    info.console_kind = 0;
    uart_text(&k, "x");
    say_open(0);
    say(0, "x");
    said("");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uart_polled");
    TCase *c = tcase_create("words");
    SRunner *r = srunner_create(s);
    int failed;

    if (mmio_trap_open(&device, BYTES)) {
        mmio_trap_close();
        tcase_add_loop_test(c, boot_waits_for_room_and_loses_nothing, 0, 4);
        tcase_add_test(c, boot_switches_on_what_the_firmware_left_off);
        tcase_add_loop_test(c, the_last_words_wait_for_room_too, 0, 4);
        tcase_add_test(c, where_there_is_no_console_nothing_is_touched);
    }
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
