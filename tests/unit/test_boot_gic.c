/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/gic against a model of the distributor: a GIC-400 as in the Raspberry Pis (IHI 0048), and a GICv3 (IHI 0069).
 *
 * What the firmware left in it is noise. Afterwards every SPI must be off, quiet, level triggered, of our priority and sent to
 * the first core; groups (GICv2) and what is banked must be as they were, and nothing is changed while it is on.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "boot/gic.h"
#include "tests/support/mmio_trap.h"

#define DIST_BYTES 0x10000u
#define IRQS       1024u
#define CTLR       0x0u
#define TYPER      0x4u
#define PIDR2      0xffe8u
#define RWP        (1u << 31)
#define ARE        (1u << 4)

static struct model {
    unsigned version, lines, self; /* self: the mask of the core that reads */
    uint32_t ctlr, typer;
    uint32_t group[IRQS / 32], enabled[IRQS / 32], pending[IRQS / 32], active[IRQS / 32];
    uint32_t priority[IRQS / 4], target[IRQS / 4], config[IRQS / 16];
    uint64_t route[IRQS];
    unsigned settles;   /* looks at ctlr until a write is through */
    unsigned unsettled; /* of them left */
    unsigned odd;       /* accesses that a good driver does not make */
} g, before;

static bool in(uint64_t offset, uint64_t first, uint64_t bytes)
{
    return offset >= first && offset < first + bytes;
}

static uint64_t model_read(uint64_t offset)
{
    if (offset == CTLR) {
        if (g.unsettled == 0)
            return g.ctlr;
        g.unsettled--;
        return g.ctlr | RWP;
    }
    if (offset == TYPER)
        return g.typer;
    if (offset == PIDR2)
        return g.version == 3 ? 0x3b : 0x2b;
    if (g.version == 2 && in(offset, 0x800, 32)) /* 4.3.12: who reads sees itself */
        return g.self * 0x01010101u;
    g.odd++;
    return 0;
}

static void set(uint32_t *array, uint64_t index, uint64_t value)
{
    array[index] = (uint32_t)value;
}

static void model_write(uint64_t offset, uint64_t value)
{
    uint32_t bits = (uint32_t)value;

    if (offset == CTLR) {
        g.ctlr = bits;
        g.unsettled = g.version == 3 ? g.settles : 0;
        return;
    }
    g.odd += (g.ctlr & 3) != 0 || g.unsettled != 0; /* it must be off, and have settled to be off */
    if (in(offset, 0x80, 0x80)) {
        set(g.group, (offset - 0x80) / 4, value);
    } else if (in(offset, 0x180, 0x80)) {
        g.enabled[(offset - 0x180) / 4] &= ~bits;
    } else if (in(offset, 0x280, 0x80)) {
        g.pending[(offset - 0x280) / 4] &= ~bits;
    } else if (in(offset, 0x380, 0x80)) {
        g.active[(offset - 0x380) / 4] &= ~bits;
    } else if (in(offset, 0x400, 0x400)) {
        set(g.priority, (offset - 0x400) / 4, value);
    } else if (in(offset, 0x800, 0x400) && g.version == 2) {
        set(g.target, (offset - 0x800) / 4, value);
    } else if (in(offset, 0xc00, 0x100)) {
        set(g.config, (offset - 0xc00) / 4, value);
    } else if (in(offset, 0x6000, 8 * IRQS) && g.version == 3 && (g.ctlr & ARE)) {
        g.route[(offset - 0x6000) / 8] = value;
    } else {
        g.odd++;
    }
}

static bool model_is_wide(uint64_t offset)
{
    return in(offset, 0x6000, 8 * IRQS);
}

static const struct mmio_device device = {model_read, model_write, model_is_wide};
static struct machine_gic gic;
static char why_buf[200];
static struct text why;

static void make(unsigned version, unsigned lines, unsigned self)
{
    uint8_t *noise = (uint8_t *)&g;

    srand(lines * 8 + self);
    for (size_t i = 0; i < sizeof g; i++)
        noise[i] = (uint8_t)rand();
    g.version = version;
    g.lines = lines;
    g.self = self;
    g.ctlr = 1;
    g.typer = (lines + 31) / 32 - 1;
    g.settles = g.unsettled = g.odd = 0;
    before = g;
    gic = (struct machine_gic){.version = version};
    gic.dist = (struct range){(paddr_t)(uintptr_t)mmio_trap_open(&device, DIST_BYTES), DIST_BYTES};
    text_init(&why, why_buf, sizeof why_buf);
}

static status_t start(uint32_t *spis)
{
    status_t st = gic_distributor(&gic, 0x300, spis, &why);

    mmio_trap_close();
    return st;
}

static unsigned byte_of(const uint32_t *array, unsigned i)
{
    return array[i / 4] >> (i % 4 * 8) & 0xff;
}

static void spis_are_quiet(unsigned lines)
{
    for (unsigned i = 32; i < lines; i++) {
        ck_assert(!(g.enabled[i / 32] >> (i % 32) & 1) && !(g.pending[i / 32] >> (i % 32) & 1));
        ck_assert(!(g.active[i / 32] >> (i % 32) & 1));
        ck_assert_uint_eq(byte_of(g.priority, i), 0xa0);
        ck_assert_uint_eq(g.config[i / 16] >> (i % 16 * 2) & 3, 0);
    }
    ck_assert(!memcmp(g.priority, before.priority, 32) && g.enabled[0] == before.enabled[0]); /* banked: each core's own */
    ck_assert(!memcmp(g.target, before.target, 32) && !memcmp(g.config, before.config, 8));
    ck_assert(g.pending[0] == before.pending[0] && g.active[0] == before.active[0] && g.group[0] == before.group[0]);
    ck_assert_uint_eq(g.odd, 0);
}

/* _i: which interface is the first core's; that decides nothing but the targets. */
START_TEST(a_gic_400_is_quiet_and_sends_to_the_first_core)
{
    static const unsigned lines[] = {64, 256, 288, 1024};

    for (unsigned n = 0; n < ARRAY_LEN(lines); n++) {
        unsigned last = lines[n] < 1020 ? lines[n] : 1020;
        uint32_t spis = 0;

        make(2, lines[n], 1u << _i);
        ck_assert_int_eq(start(&spis), ST_OK);
        ck_assert_uint_eq(spis, last - 32);
        spis_are_quiet(last);
        for (unsigned i = 32; i < last; i++)
            ck_assert_uint_eq(byte_of(g.target, i), 1u << _i);
        ck_assert(!memcmp(g.group, before.group, sizeof g.group)); /* the firmware's to set */
        ck_assert_uint_eq(g.ctlr, 1);
        ck_assert(!memcmp(g.priority + last / 4, before.priority + last / 4, (IRQS - last)));
    }
}
END_TEST

/* _i: how often it must be looked at until a write is through. */
START_TEST(a_gicv3_is_waited_for_and_routes_by_affinity)
{
    uint32_t spis = 0;

    make(3, 288, 0);
    g.settles = g.unsettled = (unsigned)_i * 7;
    ck_assert_int_eq(start(&spis), ST_OK);
    ck_assert_uint_eq(spis, 256);
    spis_are_quiet(288);
    for (unsigned i = 32; i < 288; i++)
        ck_assert_uint_eq(g.route[i], 0x300);
    for (unsigned i = 1; i < 9; i++)
        ck_assert_uint_eq(g.group[i], UINT32_MAX);
    ck_assert_uint_eq(g.ctlr, 0x13);
}
END_TEST

START_TEST(what_is_no_gicv3_is_refused_and_left_alone)
{
    uint32_t spis;

    make(2, 64, 1);
    gic.version = 3; /* says the tree */
    ck_assert_int_eq(start(&spis), ST_STATE);
    ck_assert_ptr_nonnull(strstr(why_buf, "but there is none"));
    ck_assert_uint_eq(g.ctlr, before.ctlr);
}
END_TEST

/* --- redistributors: in plain memory, as they are only read -------------------------------------------- */

#define FRAME 0x20000u
static uint8_t *region;

static void frame(unsigned at, uint32_t pidr2, uint64_t typer)
{
    memcpy(region + at * FRAME + PIDR2, &pidr2, 4);
    memcpy(region + at * FRAME + 8, &typer, 8);
}

START_TEST(a_core_finds_its_redistributor_by_affinity)
{
    struct range r;

    region = calloc(8, FRAME);
    for (unsigned i = 0; i < 4; i++)
        frame(i, 0x3b, (uint64_t)(i << 8) << 32 | (i == 3 ? 1u << 4 : 0));
    frame(4, 0x3b, (uint64_t)0x500 << 32); /* behind the last */
    gic = (struct machine_gic){.version = 3, .nredist = 1};
    gic.redist[0] = (struct range){(paddr_t)(uintptr_t)region, 8 * FRAME};
    text_init(&why, why_buf, sizeof why_buf);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(gic_redistributor(&gic, i << 8, &r, &why), ST_OK);
        ck_assert_uint_eq(r.base, (paddr_t)(uintptr_t)region + i * FRAME);
        ck_assert_uint_eq(r.bytes, FRAME);
    }
    ck_assert_int_eq(gic_redistributor(&gic, 0x500, &r, &why), ST_NOT_FOUND);
    ck_assert_int_eq(gic_redistributor(&gic, 0x1, &r, &why), ST_NOT_FOUND);
    gic.redist[0].bytes = 2 * FRAME; /* the tree says that there is no more: nothing beyond is looked at */
    ck_assert_int_eq(gic_redistributor(&gic, 0x200, &r, &why), ST_NOT_FOUND);
    gic.redist[0].bytes = 8 * FRAME;
    frame(1, 0x3b, (uint64_t)0x100 << 32 | 2); /* with VLPIs: two frames more, so the next is at 3 */
    ck_assert_int_eq(gic_redistributor(&gic, 0x200, &r, &why), ST_NOT_FOUND);
    ck_assert_int_eq(gic_redistributor(&gic, 0x300, &r, &why), ST_OK);
    frame(0, 0x2b, 0);
    ck_assert_int_eq(gic_redistributor(&gic, 0x300, &r, &why), ST_NOT_FOUND);
    free(region);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_gic");
    TCase *c = tcase_create("gic");
    SRunner *r = srunner_create(s);
    void *there = mmio_trap_open(&device, DIST_BYTES);
    int failed;

    if (there) {
        mmio_trap_close();
        tcase_add_loop_test(c, a_gic_400_is_quiet_and_sends_to_the_first_core, 0, 8);
        tcase_add_loop_test(c, a_gicv3_is_waited_for_and_routes_by_affinity, 0, 3);
        tcase_add_test(c, what_is_no_gicv3_is_refused_and_left_alone);
    }
    tcase_add_test(c, a_core_finds_its_redistributor_by_affinity);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
