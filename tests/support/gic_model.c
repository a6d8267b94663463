/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/gic_model - see gic_model.h. */
#include "tests/support/gic_model.h"
#include <string.h>

#define CPU    GIC_MODEL_CPU
#define REDIST GIC_MODEL_REDIST
#define g      gic_model

struct gic_model gic_model;

static bool in(uint64_t offset, uint64_t first, uint64_t bytes)
{
    return offset >= first && offset < first + bytes;
}

/* Is all of this core's own as it must be before it takes the first interrupt? */
static bool ready(void)
{
    for (unsigned i = 0; i < 32; i++)
        if (g.priority[i] != (i == 7 ? 0 : 0xa0))
            return false;
    return (g.on[0] & ~0xffu) == 0 && (g.on[0] & 0xff) == 0xff;
}

static uint64_t model_read(uint64_t offset)
{
    bool wide = mmio_trap_width() == 4;

    if (g.version == 2 && offset == 0x800 && wide) /* 4.3.12 */
        return g.self * 0x01010101u;
    if (g.version == 2 && offset == CPU + 0xc && wide) { /* 4.4.4 */
        g.acks++;
        return g.iar;
    }
    if (g.version == 3 && offset == REDIST + 0x14 && wide) { /* 12.11, GICR_WAKER */
        if (g.awake && g.asleep)
            g.asleep--;
        return (g.awake ? 0 : 2u) | (g.asleep ? 4u : 0);
    }
    g.odd++;
    return 0;
}

/* Enables, and priorities, of the distributor or of this core's own frame; from: the first interrupt that is there, to. */
static bool shared_write(uint64_t at, uint64_t value, unsigned from, unsigned to)
{
    unsigned n = mmio_trap_width();

    if (in(at, 0x100 + from / 8, (to - from) / 8) && n == 4) { /* 4.3.5 */
        g.on[(at - 0x100) / 4] |= (uint32_t)value;
    } else if (in(at, 0x180 + from / 8, (to - from) / 8) && n == 4) { /* 4.3.6 */
        g.on[(at - 0x180) / 4] &= ~(uint32_t)value;
    } else if (in(at, 0x400 + from, to - from) && n != 8) { /* 4.3.11 */
        memcpy(g.priority + at - 0x400, &value, n);
    } else {
        return false;
    }
    return true;
}

static bool write_v2(uint64_t at, uint64_t value)
{
    bool word = mmio_trap_width() == 4;

    if (shared_write(at, value, 0, INTIDS))
        return true;
    if (in(at, 0x820, INTIDS - 32) &&
        mmio_trap_width() == 1) { /* 4.3.12: as words it would be others' too */
        g.target[at - 0x800] = (uint8_t)value;
    } else if (at == 0xf00 && word) { /* 4.3.15 */
        g.sgir = (uint32_t)value;
        g.sgis++;
        g.odd += g.fences == 0;     /* who is rung at may not see what was stored before */
    } else if (at == CPU && word) { /* 4.4.1 */
        g.ctlr = (uint32_t)value;
        g.ready_when_on = ready() && g.pmr == 0xff;
    } else if (at == CPU + 4 && word) { /* 4.4.2 */
        g.pmr = (uint32_t)value;
    } else if (at == CPU + 0x10 && word) { /* 4.4.5 */
        g.eoir = (uint32_t)value;
        g.ends++;
    } else {
        return false;
    }
    return true;
}

static bool write_v3(uint64_t at, uint64_t value)
{
    if (at < REDIST && shared_write(at, value, 32, INTIDS))
        return true;
    if (in(at, 0x6100, 8 * (INTIDS - 32))) { /* 12.9, GICD_IROUTER */
        g.route[(at - 0x6000) / 8] = value;
    } else if (at == REDIST + 0x14) {
        g.awake = !(value & 2);
    } else if (at == REDIST + 0x10080 && mmio_trap_width() == 4) {
        g.group0 = (uint32_t)value;
    } else if (at >= REDIST + 0x10000) {
        g.odd +=
            !g.awake || g.asleep != 0; /* 12.11: its second frame is not there while it sleeps */
        return shared_write(at - REDIST - 0x10000, value, 0, 32);
    } else {
        return false;
    }
    return true;
}

static void model_write(uint64_t offset, uint64_t value)
{
    g.odd += !(g.version == 2 ? write_v2(offset, value) : write_v3(offset, value));
}

static bool model_is_wide(uint64_t offset)
{
    return g.version == 3 && in(offset, 0x6000, 8 * INTIDS);
}

void gic_model_fence(void)
{
    g.fences++;
}

uint64_t gic_model_acknowledge(void)
{
    g.acks++;
    return g.iar;
}

void gic_model_system(unsigned which, uint64_t value)
{
    g.icc[which] = value;
    g.sgis += which == ICC_SGI1R;
    g.ends += which == ICC_EOIR1;
    g.odd += g.version != 3 || (which == ICC_SGI1R && g.fences == 0);
    if (which == ICC_IGRPEN1)
        g.ready_when_on =
            ready() && g.icc[ICC_PMR] == 0xff && (g.icc[ICC_SRE] & 1) && g.group0 == UINT32_MAX;
}

const struct mmio_device gic_model_device = {model_read, model_write, model_is_wide};
