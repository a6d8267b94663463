/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/rp1 against a model of a Raspberry Pi 5's root complex with RP1 behind it.
 *
 * What the model holds at first is what was read on a board behind the firmware and TF-A (published by a project that did):
 * window 0 shows PCIe 0x80000000 + 1 GiB at CPU 0x1c_0000_0000, the others nothing; BARs 0x80410000, 0x80000000, 0x80400000.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "boot/rp1.h"

static struct model {
    uint32_t status, buses, index, window_lo[4], window_hi[4], limits[4], base_hi[4], limit_hi[4];
    uint32_t config[16]; /* of RP1, as words */
    unsigned writes, odd;
} rc;
static char why_buf[200];
static struct text why;
static paddr_t uart;

static uint32_t model_read(void *context, uint32_t offset)
{
    struct model *m = context;

    if (offset >= 0x400c && offset < 0x402c)
        return (offset - 0x400c) % 8 ? m->window_hi[(offset - 0x400c) / 8] : m->window_lo[(offset - 0x400c) / 8];
    if (offset >= 0x4070 && offset < 0x4080)
        return m->limits[(offset - 0x4070) / 4];
    if (offset >= 0x4080 && offset < 0x40a0)
        return (offset - 0x4080) % 8 ? m->limit_hi[(offset - 0x4080) / 8] : m->base_hi[(offset - 0x4080) / 8];
    if (offset >= 0x8000 && offset < 0x8040) /* nobody at another place: all ones */
        return m->index == 1u << 20 ? m->config[(offset - 0x8000) / 4] : UINT32_MAX;
    switch (offset) {
    case 0x0018:
        return m->buses;
    case 0x4068:
        return m->status;
    case 0x9000:
        return m->index;
    }
    m->odd++;
    return UINT32_MAX;
}

static void model_write(void *context, uint32_t offset, uint32_t value)
{
    struct model *m = context;

    m->writes++;
    m->odd += offset != 0x9000;
    if (offset == 0x9000)
        m->index = value;
}

static void set_window(unsigned i, uint64_t cpu, uint64_t pcie, uint64_t bytes)
{
    uint64_t first = cpu >> 20, last = (cpu + bytes - 1) >> 20;

    rc.window_lo[i] = (uint32_t)pcie;
    rc.window_hi[i] = (uint32_t)(pcie >> 32);
    rc.limits[i] = (uint32_t)((first & 0xfff) << 4 | (last & 0xfff) << 20);
    rc.base_hi[i] = (uint32_t)(first >> 12);
    rc.limit_hi[i] = (uint32_t)(last >> 12);
}

static void setup(void)
{
    rc = (struct model){.status = 0xb0, .buses = 0x00010100, .index = 0x00700000};
    set_window(0, 0x1c00000000, 0x80000000, 0x40000000);
    for (unsigned i = 1; i < 4; i++)
        rc.limits[i] = 1 << 4; /* base 1 MiB, limit 0 */
    rc.config[0] = 0x00011de4;
    rc.config[1] = 0x00100006;
    rc.config[4] = 0x80410000;
    rc.config[5] = 0x80000000;
    rc.config[6] = 0x80400000;
    uart = 7;
    text_init(&why, why_buf, sizeof why_buf);
}

static status_t ask(void)
{
    const struct rp1_root root = {model_read, model_write, &rc};
    status_t st = rp1_uart(&root, &uart, &why);

    ck_assert_uint_eq(rc.index, 0x00700000); /* as it was */
    ck_assert_uint_eq(rc.odd, 0);
    return st;
}

static void refused(const char *sentence)
{
    ck_assert_int_eq(ask(), ST_UNSUPPORTED);
    ck_assert_msg(strstr(why_buf, sentence) != NULL, "\"%s\" does not say \"%s\"", why_buf, sentence);
}

START_TEST(the_uart_is_where_a_board_has_it)
{
    ck_assert_int_eq(ask(), ST_OK);
    ck_assert_uint_eq(uart, 0x1c00030000);
    ck_assert_uint_eq(rc.writes, 2);
}
END_TEST

START_TEST(where_linux_sets_the_window_up_it_is_found_as_well)
{
    set_window(0, 0x1f00000000, 0, 0xfffffffc);
    rc.config[5] = 0;
    ck_assert_int_eq(ask(), ST_OK);
    ck_assert_uint_eq(uart, 0x1f00030000);
}
END_TEST

/* _i: which window. BAR 1 is 3 MiB into it; addresses with all their bits; flags in the window's low bits. */
START_TEST(any_window_may_be_the_one)
{
    rc.limits[0] = 1 << 4;
    set_window((unsigned)_i, 0x1234500000, 0x580000000, 0x800000);
    rc.window_lo[_i] |= 1;
    rc.config[5] = 0x80300000;
    refused("no window"); /* 4 GiB of PCIe addresses beside it */
    set_window((unsigned)_i, 0x1234500000, 0x80000000, 0x800000);
    ck_assert_int_eq(ask(), ST_OK);
    ck_assert_uint_eq(uart, 0x1234830000);
}
END_TEST

START_TEST(a_window_that_ends_before_the_uart_does_not_show_it)
{
    rc.config[5] = 0x80000000 + 0x40000000 - 0x30000; /* the UART begins where the window ends */
    refused("no window of the root complex shows RP1's BAR 1 (0xbffd0000)");
    rc.config[5] -= 0x10;
    refused("no window"); /* its first registers only; BARs are multiples of 16 */
    rc.config[5] = 0x80000000 + 0x40000000 - 0x31000;
    ck_assert_int_eq(ask(), ST_OK);
    ck_assert_uint_eq(uart, 0x1c3ffff000);
    rc.config[5] = 0x7ff00000;
    refused("no window");
}
END_TEST

START_TEST(what_the_firmware_did_not_leave_is_named)
{
    static const uint32_t down[] = {0, 0x10, 0x20, 0x80, UINT32_MAX};

    for (unsigned i = 0; i < ARRAY_LEN(down); i++) {
        setup();
        rc.status = down[i];
        refused("the link to RP1 is down; config.txt needs enable_rp1_uart=1 and pciex4_reset=0");
        ck_assert_uint_eq(rc.writes, 0); /* who is in reset is not written to */
    }
    setup();
    rc.buses = 0;
    refused("without a number");
    setup();
    rc.buses = 0x00020200;
    refused("what answers there is no RP1 (0xffffffff)");
    setup();
    rc.config[0] = 0x06011b21;
    refused("what answers there is no RP1 (0x6011b21)");
    setup();
    rc.config[1] = 0x00100004;
    refused("switched off");
    for (uint32_t kind = 1; kind < 8; kind++) {
        setup();
        rc.config[5] |= kind;
        refused("is no 32-bit memory");
    }
    setup();
    rc.config[5] |= 8; /* prefetchable: memory all the same */
    ck_assert_int_eq(ask(), ST_OK);
    ck_assert_uint_eq(uart, 0x1c00030000);
}
END_TEST

START_TEST(an_address_that_this_kernel_cannot_reach_is_refused)
{
    set_window(0, 0x8000000000, 0x80000000, 0x40000000);
    refused("no window");
    rc.limits[0] = UINT32_MAX, rc.base_hi[0] = UINT32_MAX, rc.limit_hi[0] = UINT32_MAX;
    refused("no window");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rp1");
    TCase *c = tcase_create("rp1");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, the_uart_is_where_a_board_has_it);
    tcase_add_test(c, where_linux_sets_the_window_up_it_is_found_as_well);
    tcase_add_loop_test(c, any_window_may_be_the_one, 0, 4);
    tcase_add_test(c, a_window_that_ends_before_the_uart_does_not_show_it);
    tcase_add_test(c, what_the_firmware_did_not_leave_is_named);
    tcase_add_test(c, an_address_that_this_kernel_cannot_reach_is_refused);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
