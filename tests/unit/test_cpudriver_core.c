/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Stopping a core: CORE_STOP, CORE_STATE, and the interrupt that does it. */
#include <check.h>
#include <setjmp.h>
#include "cpudriver/cap.h"
#include "cpudriver/irq.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)
#define CORES 3u

static struct world w;
static handle_t coreboot, may_ask, may_nothing;

static handle_t give(enum cap_type type, uint8_t rights)
{
    return world_give(&w, type, 0, 0, rights);
}

static void setup(void)
{
    fake = (struct fake_core){.timer = UINT64_MAX};
    world_make(&w, SHARE);
    w.info->ncores = CORES;
    w.info->gic.version = 3;
    for (core_id i = 0; i < CORES; i++)
        w.info->cores[i].present = i != CORES - 1;
    coreboot = give(CAP_COREBOOT, RIGHTS_ALL);
    may_ask = give(CAP_COREBOOT, RIGHT_READ);
    may_nothing = give(CAP_COREBOOT, 0);
}

static void teardown(void)
{
    world_free(&w);
}

static status_t call(enum task_op op, handle_t h, uint64_t core, uint64_t *answer)
{
    uint64_t x[8] = {h, core};
    status_t st = world_call(&w, SYS_task_spawn, op, x);

    *answer = x[1];
    return st;
}

START_TEST(stopping_a_core_sends_it_the_interrupt_that_no_bucket_has)
{
    uint64_t answer;
    unsigned before = fake.sgis;

    ck_assert_uint_ge(SGI_STOP, BUCKETS);
    for (core_id i = 0; i < 2; i++) { /* the own core like any other */
        ck_assert_int_eq(call(CORE_STOP, coreboot, i, &answer), ST_OK);
        ck_assert_uint_eq(fake.sgi, SGI_STOP);
        ck_assert_uint_eq(fake.sgi_core, i);
        ck_assert_uint_eq(fake.sgis, ++before);
    }
}
END_TEST

START_TEST(who_may_not_stop_a_core_stops_none)
{
    unsigned before = fake.sgis;
    uint64_t answer;

    ck_assert_int_eq(call(CORE_STOP, may_ask, 1, &answer), ST_DENIED);
    ck_assert_int_eq(call(CORE_STOP, w.ram, 1, &answer), ST_TYPE);
    ck_assert_int_eq(call(CORE_STOP, 0, 1, &answer), ST_INVALID_HANDLE);
    ck_assert_int_eq(call(CORE_STOP, coreboot, CORES, &answer), ST_INVALID);
    ck_assert_int_eq(call(CORE_STOP, coreboot, UINT64_MAX, &answer), ST_INVALID);
    ck_assert_int_eq(call(CORE_STOP, coreboot, 1ull << 32, &answer), ST_INVALID);
    ck_assert_int_eq(call(CORE_STOP, coreboot, CORES - 1, &answer), ST_DEAD_CORE);
    ck_assert_uint_eq(fake.sgis, before);
}
END_TEST

START_TEST(the_state_of_a_core_is_what_the_firmware_says)
{
    uint64_t answer;

    for (unsigned p = POWER_ON; p <= POWER_UNKNOWN; p++) {
        fake.power = (enum core_power)p;
        ck_assert_int_eq(call(CORE_STATE, may_ask, 1, &answer), ST_OK);
        ck_assert_uint_eq(answer, p);
    }
    ck_assert_int_eq(call(CORE_STATE, may_nothing, 1, &answer), ST_DENIED);
    ck_assert_int_eq(call(CORE_STATE, coreboot, CORES, &answer), ST_INVALID);
    ck_assert_int_eq(call(CORE_STATE, coreboot, CORES - 1, &answer), ST_DEAD_CORE);
}
END_TEST

START_TEST(who_holds_the_machine_feeds_its_watchdog_and_nobody_else)
{
    handle_t machine = give(CAP_MACHINE, RIGHT_EXECUTE), looking = give(CAP_MACHINE, RIGHT_READ);
    uint64_t answer;

    ck_assert_int_eq(call(MACHINE_WATCH, looking, 5000, &answer), ST_DENIED);
    ck_assert_int_eq(call(MACHINE_WATCH, coreboot, 5000, &answer), ST_TYPE);
    ck_assert_uint_eq(fake.watches, 0);
    ck_assert_int_eq(call(MACHINE_WATCH, machine, 5000, &answer), ST_OK);
    ck_assert(fake.watches == 1 && fake.watch_ms == 5000);
    fake.watch_answer = ST_UNSUPPORTED;
    ck_assert_int_eq(call(MACHINE_WATCH, machine, 0, &answer), ST_UNSUPPORTED);
    ck_assert(fake.watches == 2 && fake.watch_ms == 0);
}
END_TEST

static status_t route(handle_t h, uint64_t core, uint64_t *bit)
{
    uint64_t x[8] = {h, core, *bit};
    status_t st = world_call(&w, SYS_task_spawn, CORE_ROUTE, x);

    *bit = x[2];
    return st;
}

START_TEST(with_a_gicv2_a_core_is_stopped_only_when_it_has_said_who_it_is)
{
    unsigned before = fake.sgis;
    uint64_t answer, bit;

    w.info->gic.version = 2;
    w.k->interface[0] = 4;
    bit = 0;
    ck_assert_int_eq(route(may_ask, 0, &bit), ST_OK);
    ck_assert_uint_eq(bit, 4);
    ck_assert_int_eq(call(CORE_STOP, coreboot, 1, &answer), ST_STATE);
    for (bit = 0; bit < 1024; bit++) {
        uint64_t in = bit;
        bool one = bit != 0 && bit <= 0x80 && (bit & (bit - 1)) == 0;

        ck_assert_int_eq(route(coreboot, 1, &in), one ? ST_OK : ST_INVALID);
    }
    bit = 2;
    ck_assert_int_eq(route(may_ask, 1, &bit), ST_DENIED);
    ck_assert_int_eq(route(coreboot, CORES, &bit), ST_INVALID);
    ck_assert_int_eq(route(coreboot, CORES - 1, &bit), ST_DEAD_CORE);
    ck_assert_uint_eq(fake.sgis, before);
    ck_assert_uint_eq(w.k->interface[1], 0x80);
    ck_assert_int_eq(call(CORE_STOP, coreboot, 1, &answer), ST_OK);
    ck_assert_uint_eq(fake.sgi_core, 1);
}
END_TEST

START_TEST(with_a_gicv3_there_is_nothing_to_say)
{
    uint64_t bit = 0;

    ck_assert_int_eq(route(coreboot, 0, &bit), ST_OK);
    ck_assert_uint_eq(bit, 0);
    ck_assert_int_eq(route(coreboot, 1, &bit), ST_OK);
    bit = 1;
    ck_assert_int_eq(route(coreboot, 1, &bit), ST_INVALID);
}
END_TEST

static bool stops_on(uint32_t irq)
{
    jmp_buf here;

    fake.stopped = &here;
    if (setjmp(here))
        return true;
    fake.irq = irq;
    irq_take(w.k);
    return false;
}

START_TEST(that_interrupt_stops_a_core_and_no_other_does)
{
    for (uint32_t irq = 1; irq < 16; irq++)
        ck_assert_int_eq(stops_on(irq), irq == SGI_STOP);
    ck_assert(stops_on(SGI_STOP | 1u << 10)); /* version 2 names the sender above the number */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver/core");
    TCase *t = tcase_create("stopping");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, stopping_a_core_sends_it_the_interrupt_that_no_bucket_has);
    tcase_add_test(t, who_may_not_stop_a_core_stops_none);
    tcase_add_test(t, the_state_of_a_core_is_what_the_firmware_says);
    tcase_add_test(t, who_holds_the_machine_feeds_its_watchdog_and_nobody_else);
    tcase_add_test(t, with_a_gicv2_a_core_is_stopped_only_when_it_has_said_who_it_is);
    tcase_add_test(t, with_a_gicv3_there_is_nothing_to_say);
    tcase_add_test(t, that_interrupt_stops_a_core_and_no_other_does);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
