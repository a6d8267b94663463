/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/gic - see gic.h. */
#include "boot/gic.h"
#include "boot/gic_regs.h"
#include "lib/aarch64/barrier.h"

enum { SPI_FIRST = 32, INTID_MAX = 1020, PRIORITY = 0xa0, POLLS_MAX = 1000000 };
#define REDIST_BYTES (128 * KIB)

static uint32_t read32(paddr_t at)
{
    return *(volatile uint32_t *)(uintptr_t)at;
}

static uint64_t read64(paddr_t at)
{
    return *(volatile uint64_t *)(uintptr_t)at;
}

static void write64(paddr_t at, uint64_t value)
{
    *(volatile uint64_t *)(uintptr_t)at = value;
}

/* The affinity as GICR_TYPER has it: 32 bits without the gap of MPIDR. */
static uint32_t packed(uint64_t mpidr)
{
    return (uint32_t)(mpidr >> 32 << 24) | (uint32_t)(mpidr & 0xffffff);
}

static bool is_gicv3(paddr_t frame)
{
    uint64_t arch = FIELD_GET(GIC_PIDR2_ARCH, read32(frame + GIC_PIDR2_V3));

    return arch == 3 || arch == 4;
}

/* Bounded: a distributor that never finishes is reported, not waited for. */
static bool settled(const struct gic_dist *d)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        if (!(d->ctlr & GICD_CTLR_RWP))
            return true;
        cpu_relax();
    }
    return false;
}

static void quiet_spis(struct gic_dist *d, uint32_t lines)
{
    for (uint32_t i = SPI_FIRST; i < lines; i += 32) {
        d->icenabler[i / 32] = UINT32_MAX;
        d->icpendr[i / 32] = UINT32_MAX;
        d->icactiver[i / 32] = UINT32_MAX;
    }
    for (uint32_t i = SPI_FIRST; i < lines; i += 4)
        d->ipriorityr[i / 4] = PRIORITY * 0x01010101u;
    for (uint32_t i = SPI_FIRST; i < lines; i += 16)
        d->icfgr[i / 16] = 0;
}

/*
 * Groups stay as they are: where there are two worlds they are the firmware's to set, and
 * where there is one, group 0 is what the CPU interface delivers without further ado.
 */
static void start_v2(struct gic_dist *d, uint32_t lines)
{
    uint32_t self = d->itargetsr[0] & 0xff; /* a core reads its own mask here */

    for (uint32_t i = SPI_FIRST; i < lines; i += 4)
        d->itargetsr[i / 4] = self * 0x01010101u;
    d->ctlr = GICD_CTLR_ENABLE;
}

static bool start_v3(struct gic_dist *d, paddr_t base, uint64_t mpidr, uint32_t lines)
{
    /* Routing by affinity first: it decides what the registers below mean (GICD_CTLR.RWP: 12.9.4). */
    d->ctlr = GICD_CTLR_ARE;
    if (!settled(d))
        return false;
    for (uint32_t i = SPI_FIRST; i < lines; i += 32)
        d->igroupr[i / 32] = UINT32_MAX;
    for (uint32_t i = SPI_FIRST; i < lines; i++)
        write64(base + GICD_IROUTER + 8u * i, mpidr);
    d->ctlr = GICD_CTLR_ARE | GICD_CTLR_G1A | GICD_CTLR_G1;
    return settled(d);
}

status_t gic_distributor(const struct machine_gic *g, uint64_t mpidr, uint32_t *spis,
                         struct text *why)
{
    struct gic_dist *d = (struct gic_dist *)(uintptr_t)g->dist.base;
    uint32_t lines;

    if (g->version == 3 && !is_gicv3(g->dist.base))
        return refuse(why, ST_STATE, STR("the device tree names a GICv3 distributor at "),
                      HEX(g->dist.base), STR(", but there is none"));
    lines = 32 * ((uint32_t)FIELD_GET(GICD_TYPER_LINES, d->typer) + 1);
    if (lines > INTID_MAX)
        lines = INTID_MAX;
    *spis = lines - SPI_FIRST;

    d->ctlr = 0;
    if (g->version == 3 && !settled(d))
        goto stuck;
    quiet_spis(d, lines);
    if (g->version == 2) {
        start_v2(d, lines);
        return ST_OK;
    }
    if (start_v3(d, g->dist.base, mpidr, lines))
        return ST_OK;
stuck:
    return refuse(why, ST_STATE, STR("the interrupt distributor at "), HEX(g->dist.base),
                  STR(" does not finish a write"));
}

/* One region: redistributors follow each other until one says it is the last. */
static bool find_in(const struct machine_gic *g, const struct range *region, uint32_t affinity,
                    struct range *r)
{
    for (uint64_t at = 0; region->bytes - at >= REDIST_BYTES;) {
        paddr_t frame = region->base + at;
        uint64_t typer, stride = g->redist_stride;

        if (!is_gicv3(frame))
            return false;
        typer = read64(frame + GICR_TYPER);
        if (FIELD_GET(GICR_TYPER_AFF, typer) == affinity) {
            *r = (struct range){frame, REDIST_BYTES};
            return true;
        }
        if (typer & GICR_TYPER_LAST)
            return false;
        if (stride == 0)
            stride = typer & GICR_TYPER_VLPIS ? 2 * REDIST_BYTES : REDIST_BYTES;
        if (stride > region->bytes - at)
            return false;
        at += stride;
    }
    return false;
}

status_t gic_redistributor(const struct machine_gic *g, uint64_t mpidr, struct range *r,
                           struct text *why)
{
    for (uint32_t i = 0; i < g->nredist; i++)
        if (find_in(g, &g->redist[i], packed(mpidr), r))
            return ST_OK;
    return refuse(why, ST_NOT_FOUND,
                  STR("no redistributor of the GICv3 belongs to the core with "
                      "affinity "),
                  HEX(mpidr));
}
