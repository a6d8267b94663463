/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/brcm_pm against a model of the block: it takes no write without the password, and
 * what happens is decided at the write to RSTC, from what RSTS and WDOG hold by then.
 */
#include <check.h>
#include <stdlib.h>
#include "lib/aarch64/brcm_pm.h"

static struct model {
    uint32_t rstc, rsts, wdog;
    bool armed, ignored, fired;
} pm;

/* Time goes by: 65,536 ticks a second, and at 0 the reset. */
static void model_wait(uint64_t us)
{
    uint64_t ticks = us * 65536 / 1000000;

    if (!pm.armed)
        return;
    pm.fired |= ticks >= pm.wdog;
    pm.wdog -= pm.fired ? pm.wdog : (uint32_t)ticks;
}

static void model_write(struct pm_write w)
{
    if (w.value >> 24 != 0x5a) {
        pm.ignored = true;
        return;
    }
    switch (w.offset) {
    case 0x1c:
        pm.rstc = w.value & 0xffffff;
        pm.armed = (pm.rstc & 0x30) == 0x20;
        break;
    case 0x20:
        pm.rsts = w.value & 0xffffff;
        break;
    case 0x24:
        pm.wdog = w.value & 0xfffff;
        break;
    default:
        ck_abort_msg("a write to 0x%x", w.offset);
    }
}

/* As the firmware reads the partition: bits 0, 2 .. 10. */
static unsigned partition(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 6; i++)
        n |= (pm.rsts >> (2 * i) & 1) << i;
    return n;
}

/* _i: what the registers hold before; the password reads as anything. */
START_TEST(the_machine_halts_and_the_firmware_does_not_boot_again)
{
    static const uint32_t before[][2] = {
        {0x102, 0x1000}, {0x122, 0}, {0xffffffff, 0xffffffff}, {0x5a000132, 0x5a000040}, {0, 0x10}};
    struct pm_write w[PM_HALT_WRITES];

    pm = (struct model){.rstc = before[_i][0] & 0xffffff, .rsts = before[_i][1] & 0xffffff};
    pm_halt(before[_i][0], before[_i][1], w);
    for (unsigned i = 0; i < PM_HALT_WRITES; i++) {
        ck_assert(!pm.armed); /* nothing is left to do once it runs */
        model_write(w[i]);
    }
    ck_assert(!pm.ignored && pm.armed);
    ck_assert_uint_eq(partition(), 63);
    ck_assert(pm.wdog > 0 && pm.wdog < 65536 / 100); /* within 10 ms */
    ck_assert_uint_eq(pm.rstc & ~0x30u, before[_i][0] & 0xffffff & ~0x30u);
    ck_assert_uint_eq(pm.rsts | 0x555, (before[_i][1] & 0xffffff) | 0x555);
}
END_TEST

START_TEST(a_watchdog_that_runs_is_stopped)
{
    pm = (struct model){.rstc = 0x122, .armed = true, .wdog = 100};
    model_write(pm_stop_watchdog());
    ck_assert(!pm.armed && !pm.ignored);
}
END_TEST

static void watch(uint32_t ms)
{
    struct pm_write w[PM_WATCH_WRITES];

    pm_watch(0x5a000000 | pm.rstc, ms, w);
    for (unsigned i = 0; i < PM_WATCH_WRITES; i++)
        model_write(w[i]);
}

/* _i: for how long; the firmware left it stopped, with bits that are not ours. */
START_TEST(who_is_fed_in_time_lives_and_who_is_not_is_reset)
{
    static const uint32_t ms[] = {1, 100, 10000, 15000, PM_WATCH_MS_MAX};

    pm = (struct model){.rstc = 0x102, .rsts = 0x1000};
    for (unsigned meals = 0; meals < 40; meals++) {
        watch(ms[_i]);
        ck_assert(pm.armed && !pm.ignored);
        ck_assert_uint_eq(pm.rstc, 0x122);
        model_wait(ms[_i] * 1000ull * 9 / 10);
        ck_assert(!pm.fired);
    }
    model_wait(ms[_i] * 1000ull / 5);
    ck_assert(pm.fired);
    ck_assert_uint_eq(partition(), 0); /* the firmware boots again */
}
END_TEST

START_TEST(a_time_that_the_counter_cannot_hold_is_its_longest_not_its_rest)
{
    pm = (struct model){.rstc = 0x102};
    watch(16000); /* 0x100000 ticks: 0 in 20 bits */
    model_wait(15990000);
    ck_assert(pm.armed && !pm.fired);
}
END_TEST

START_TEST(one_that_is_fed_no_more_and_stopped_fires_never)
{
    pm = (struct model){.rstc = 0x102};
    watch(100);
    model_write(pm_stop_watchdog());
    model_wait(1000000);
    ck_assert(!pm.fired && !pm.armed);
}
END_TEST

START_TEST(the_registers_are_where_they_must_be)
{
    uint32_t reg[PM_BYTES / 4] = {0};

    reg[0x1c / 4] = 0x102;
    reg[0x20 / 4] = 0x1000;
    pm_halt_now(reg);
    ck_assert_uint_eq(reg[0x20 / 4], 0x5a001555);
    ck_assert_uint_eq(reg[0x24 / 4], 0x5a00000a);
    ck_assert_uint_eq(reg[0x1c / 4], 0x5a000122);
    for (unsigned i = 0; i < 7; i++)
        ck_assert_uint_eq(reg[i], 0);

    reg[0x1c / 4] = 0x102;
    pm_watch_now(reg, 1000);
    ck_assert_uint_eq(reg[0x24 / 4], 0x5a010000);
    ck_assert_uint_eq(reg[0x1c / 4], 0x5a000122);
    pm_stop_watchdog_now(reg);
    ck_assert_uint_eq(reg[0x1c / 4], 0x5a000102);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("brcm_pm");
    TCase *c = tcase_create("pm");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(c, the_machine_halts_and_the_firmware_does_not_boot_again, 0, 5);
    tcase_add_test(c, a_watchdog_that_runs_is_stopped);
    tcase_add_loop_test(c, who_is_fed_in_time_lives_and_who_is_not_is_reset, 0, 5);
    tcase_add_test(c, a_time_that_the_counter_cannot_hold_is_its_longest_not_its_rest);
    tcase_add_test(c, one_that_is_fed_no_more_and_stopped_fires_never);
    tcase_add_test(c, the_registers_are_where_they_must_be);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
