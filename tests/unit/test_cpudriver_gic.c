/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/gic against tests/support/gic_model: a GIC-400 as in the Raspberry Pis, and a GICv3.
 *
 * What the firmware left is noise. Nothing that is another core's may change, nothing be read that a read changes but to
 * take an interrupt, and no register be accessed with a width that it does not have.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/fake_arm.h"
#include "tests/support/gic_model.h"

/* clang-format off */
#define g                         gic_model
#define wmb_dev                   gic_model_fence
#define read_icc_iar1_el1         gic_model_acknowledge
#define write_icc_pmr_el1(v)      gic_model_system(ICC_PMR, v)
#define write_icc_eoir1_el1(v)    gic_model_system(ICC_EOIR1, v)
#define write_icc_sgi1r_el1(v)    gic_model_system(ICC_SGI1R, v)
#define write_icc_ctlr_el1(v)     gic_model_system(ICC_CTLR, v)
#define write_icc_sre_el1(v)      gic_model_system(ICC_SRE, v)
#define write_icc_igrpen1_el1(v)  gic_model_system(ICC_IGRPEN1, v)
/* clang-format on */
#include "cpudriver/aarch64/gic.c"

static struct gic_model before;
static struct kcb k;
static struct bootinfo info;
static struct task holder;

/* Last words of a core: the test's, too. */
_Noreturn void panic(struct kcb *kcb, const char *why, const struct frame *frame)
{
    (void)kcb;
    (void)frame;
    fprintf(stderr, "panic: %s\n", why);
    abort();
}

static struct range at(uint64_t offset, uint64_t bytes, const void *base)
{
    return (struct range){(uint64_t)(uintptr_t)base + offset - KERNEL_BASE, bytes};
}

static void make(unsigned version, unsigned interface)
{
    const uint8_t *base;
    uint8_t *noise = (uint8_t *)&g;

    srand(version * 8 + interface);
    for (size_t i = 0; i < offsetof(struct gic_model, icc); i++)
        noise[i] = (uint8_t)rand();
    memset(noise + offsetof(struct gic_model, icc), 0, sizeof g - offsetof(struct gic_model, icc));
    g.version = version;
    g.self = (uint8_t)(1u << interface);
    g.asleep = 3;
    before = g;
    base = mmio_trap_open(&gic_model_device, GIC_MODEL_BYTES);
    memset(&k, 0, sizeof k);
    memset(&info, 0, sizeof info);
    info.core = 1;
    info.ncores = 4;
    info.timer_intid = 26;
    for (unsigned i = 0; i < 4; i++)
        info.cores[i].mpidr = i << 8; /* as on a Raspberry Pi 5 */
    info.gic =
        (struct boot_gic){version, 988, at(0, 0x10000, base), at(GIC_MODEL_CPU, 0x2000, base),
                          at(GIC_MODEL_REDIST, 0x20000, base)};
    k.info = &info;
}

static void done(void)
{
    mmio_trap_close();
    ck_assert_uint_eq(g.odd, 0);
}

static void spis_are_untouched(void)
{
    ck_assert(!memcmp(g.on + 1, before.on + 1, sizeof g.on - 4));
    ck_assert(!memcmp(g.priority + 32, before.priority + 32, INTIDS - 32));
    ck_assert(!memcmp(g.target, before.target, sizeof g.target) &&
              !memcmp(g.route, before.route, sizeof g.route));
}

/* _i: which interface is this core's. */
START_TEST(a_core_of_a_gic_400_finds_itself_and_sets_up_what_is_its_own)
{
    make(2, (unsigned)_i);
    gic_init(&k);
    done();
    ck_assert_uint_eq(k.interface[1], 1u << _i);
    ck_assert_uint_eq(g.on[0], 0xffu | 1u << 26); /* SGIs 0 to 7 and the timer */
    ck_assert_uint_eq(g.ctlr, 1);
    ck_assert(g.ready_when_on);
    ck_assert_uint_eq(g.acks + g.ends + g.sgis, 0);
    spis_are_untouched();
}
END_TEST

START_TEST(a_core_alone_reads_no_target_and_is_the_first)
{
    make(2, 0);
    g.self = 0;
    gic_init(&k);
    done();
    ck_assert_uint_eq(k.interface[1], 1);
}
END_TEST

/* _i: the version, 2 or 3. One bit each, of all there are; the route is a byte (v2), or an affinity (v3). */
START_TEST(each_interrupt_is_on_and_off_and_routed_by_itself)
{
    make((unsigned)_i, 5);
    k.interface[1] = 1u << 5;
    g.awake = true;
    g.asleep = 0;
    for (unsigned id = 0; id < 1020; id++) {
        before = g;
        gic_enable(&k, id);
        before.on[id / 32] |= 1u << id % 32;
        ck_assert(!memcmp(&g, &before, sizeof g));
        gic_disable(&k, id);
        before.on[id / 32] &= ~(1u << id % 32);
        ck_assert(!memcmp(&g, &before, sizeof g));
        gic_route_here(&k, id);
        if (id >= 32 && _i == 2)
            before.target[id] = 1u << 5;
        else if (id >= 32)
            before.route[id] = 0x100;
        ck_assert(!memcmp(&g, &before, sizeof g));
    }
    done();
}
END_TEST

/* 4.4.4, 4.4.5: who takes an SGI must end it with the number of its sender, or it stays active. */
START_TEST(an_interrupt_is_taken_by_one_read_and_ended_as_it_was_read)
{
    make(2, 1);
    for (unsigned sender = 0; sender < 8; sender++)
        for (unsigned id = 0; id < INTIDS; id++) {
            uint32_t raw;

            g.acks = g.ends = 0;
            g.iar = 0xffffe000u | sender << 10 | id; /* above: reserved */
            raw = gic_ack(&k);
            ck_assert_uint_eq(GIC_INTID(raw), id);
            gic_end(&k, raw);
            ck_assert_uint_eq(g.eoir, sender << 10 | id);
            ck_assert_uint_eq(g.acks * 10 + g.ends, 11);
        }
    done();
}
END_TEST

START_TEST(a_doorbell_goes_to_the_one_that_said_where_it_is_and_else_to_all)
{
    make(2, 0);
    for (core_id to = 0; to < 4; to++)
        for (unsigned sgi = 0; sgi < 7; sgi++) {
            g.fences = g.sgis = 0;
            k.interface[to] = 0;
            ck_assert(!gic_reaches(&k, to));
            gic_sgi(&k, to, sgi);
            ck_assert_uint_eq(g.sgir, 1u << 24 | sgi); /* 4.3.15: filter 1, all but who writes */
            k.interface[to] = (uint8_t)(0x10u << to);  /* not its number: they are the wiring's */
            ck_assert(gic_reaches(&k, to));
            g.fences = 0;
            gic_sgi(&k, to, sgi);
            ck_assert_uint_eq(g.sgir, 0x100000u << to | sgi);
            ck_assert_uint_eq(g.sgis, 2);
        }
    k.interface[3] = 8;
    g.fences = 0;
    gic_sgi(&k, 3, SGI_STOP);
    ck_assert_uint_eq(g.sgir, 8u << 16 | 7);
    done();
}
END_TEST

START_TEST(nobody_is_stopped_who_cannot_be_reached_alone)
{
    make(2, 0);
    gic_sgi(&k, 3, SGI_STOP); /* would stop all others */
}
END_TEST

/* _i: the version. A core that stops: what it held, and its own, are off; what others hold is not. */
START_TEST(a_core_that_stops_takes_nothing_more_and_leaves_others_theirs)
{
    static const unsigned held[] = {32, 153, 1019};

    make((unsigned)_i, 2);
    g.awake = true;
    g.asleep = 0;
    g.ctlr = 1;
    g.icc[ICC_IGRPEN1] = 1;
    g.on[0] = 0x040000ff;
    for (unsigned i = 0; i < ARRAY_LEN(held); i++) {
        k.irqs[held[i]].task = &holder;
        g.on[held[i] / 32] |= 1u << held[i] % 32;
    }
    before = g;
    gic_off(&k);
    done();
    ck_assert_uint_eq(g.on[0], 0);
    ck_assert_uint_eq(_i == 2 ? g.ctlr : g.icc[ICC_IGRPEN1], 0);
    for (unsigned i = 0; i < ARRAY_LEN(held); i++)
        before.on[held[i] / 32] &= ~(1u << held[i] % 32);
    spis_are_untouched();
}
END_TEST

START_TEST(a_redistributor_is_woken_and_waited_for_first)
{
    make(3, 0);
    gic_init(&k);
    done();
    ck_assert(g.awake && g.asleep == 0 && g.ready_when_on);
    ck_assert_uint_eq(g.on[0], 0xffu | 1u << 26);
    ck_assert_uint_eq(g.icc[ICC_IGRPEN1], 1);
    ck_assert_uint_eq(g.icc[ICC_CTLR], 0); /* EOI ends and deactivates */
    spis_are_untouched();
}
END_TEST

/* ICC_SGI1R_EL1: Aff3 55:48, RS 47:44, Aff2 39:32, number 27:24, Aff1 23:16, one bit of 16 for Aff0. */
START_TEST(a_gicv3_rings_by_affinity)
{
    static const struct {
        uint64_t mpidr, sgi1r;
    } row[] = {
        {0x0, 0x05000001},      {0x300, 0x05030001},    {0xf, 0x05008000},
        {0x10, 0x100005000001}, {0x21, 0x200005000002}, {0x1200030201, 0x12000305020002},
    };

    make(3, 0);
    for (unsigned i = 0; i < ARRAY_LEN(row); i++) {
        info.cores[2].mpidr = row[i].mpidr;
        g.fences = 0;
        gic_sgi(&k, 2, 5);
        ck_assert_uint_eq(g.icc[ICC_SGI1R], row[i].sgi1r);
    }
    g.iar = 1023;
    ck_assert_uint_eq(gic_ack(&k), 1023);
    gic_end(&k, 26);
    ck_assert_uint_eq(g.icc[ICC_EOIR1], 26);
    ck_assert(gic_reaches(&k, 3) && g.acks == 1 && g.ends == 1);
    done();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver_gic");
    TCase *c = tcase_create("gic");
    SRunner *r = srunner_create(s);
    int failed;

    if (mmio_trap_open(&gic_model_device, GIC_MODEL_BYTES)) {
        mmio_trap_close();
        tcase_add_loop_test(c, a_core_of_a_gic_400_finds_itself_and_sets_up_what_is_its_own, 0, 8);
        tcase_add_test(c, a_core_alone_reads_no_target_and_is_the_first);
        tcase_add_loop_test(c, each_interrupt_is_on_and_off_and_routed_by_itself, 2, 4);
        tcase_add_test(c, an_interrupt_is_taken_by_one_read_and_ended_as_it_was_read);
        tcase_add_test(c, a_doorbell_goes_to_the_one_that_said_where_it_is_and_else_to_all);
        tcase_add_test_raise_signal(c, nobody_is_stopped_who_cannot_be_reached_alone, SIGABRT);
        tcase_add_loop_test(c, a_core_that_stops_takes_nothing_more_and_leaves_others_theirs, 2, 4);
        tcase_add_test(c, a_redistributor_is_woken_and_waited_for_first);
        tcase_add_test(c, a_gicv3_rings_by_affinity);
    }
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
