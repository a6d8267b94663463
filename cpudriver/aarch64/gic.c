/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/aarch64/gic - see gic.h. Every register has its section of the manual beside it. */
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/panic.h"
#include "lib/aarch64/barrier.h"
#include "lib/aarch64/sysreg.h"
#include "lib/base/check.h"

/* clang-format off */
/* GICv2: IHI 0048B, 4.3 the distributor, 4.4 the CPU interface; a GIC-400's are the same (chapter 3 of DDI 0471B).
 * A GICv3 has the first three in the second frame of a redistributor too. */
#define GICD_ISENABLER   0x100u             /* 4.3.5                           */
#define GICD_ICENABLER   0x180u             /* 4.3.6                           */
#define GICD_IPRIORITYR  0x400u             /* 4.3.11, by the byte             */
#define GICD_ITARGETSR   0x800u             /* 4.3.12, by the byte             */
#define GICD_SGIR        0xf00u             /* 4.3.15                          */
#define SGIR_ALL_BUT_SELF BIT(24)

#define GICC_CTLR        0x00u              /* 4.4.1                           */
#define GICC_PMR         0x04u              /* 4.4.2                           */
#define GICC_IAR         0x0cu              /* 4.4.4: a read takes it          */
#define GICC_EOIR        0x10u              /* 4.4.5                           */

/* GICv3: IHI 0069 12.9 (GICD), 12.11 (GICR), 12.2 (the registers of the system). */
#define GICD_IROUTER     0x6000u
#define GICR_WAKER       0x14u
#define WAKER_PROCESSOR_SLEEP BIT(1)
#define WAKER_CHILDREN_ASLEEP BIT(2)
#define GICR_SGI_BASE    0x10000u           /* second frame of a redistributor */
#define GICR_IGROUPR0    0x080u

#define PRIORITY_ALL     0xffu              /* let every priority through      */
#define PRIORITY_OURS    0xa0u
#define PRIORITY_STOP    0x00u              /* SGI_STOP: lower goes first      */
#define PRIVATE_IRQS     32u
#define SGI_ENABLE       0xffu              /* 0..7: the buckets and SGI_STOP  */
#define WAKE_LOOKS       1000000u
/* clang-format on */

static volatile uint32_t *reg(const struct range *r, uint64_t offset)
{
    return (volatile uint32_t *)kva(r->base + offset);
}

static bool is_v3(const struct kcb *k)
{
    return k->info->gic.version >= 3;
}

/* Where set-enable and clear-enable of an interrupt are: private ones are this core's. */
static volatile uint32_t *enable_reg(const struct kcb *k, uint32_t intid, uint32_t which)
{
    uint64_t offset = which + 4ull * (intid / 32);

    if (is_v3(k) && intid < PRIVATE_IRQS)
        return reg(&k->info->gic.redist, GICR_SGI_BASE + offset);
    return reg(&k->info->gic.dist, offset);
}

void gic_enable(struct kcb *k, uint32_t intid)
{
    *enable_reg(k, intid, GICD_ISENABLER) = 1u << (intid % 32);
}

void gic_disable(struct kcb *k, uint32_t intid)
{
    *enable_reg(k, intid, GICD_ICENABLER) = 1u << (intid % 32);
}

bool gic_reaches(const struct kcb *k, core_id core)
{
    return is_v3(k) || k->interface[core] != 0;
}

void gic_route_here(struct kcb *k, uint32_t intid)
{
    uint64_t mpidr = k->info->cores[k->info->core].mpidr;

    if (intid < PRIVATE_IRQS)
        return;
    if (is_v3(k))
        *(volatile uint64_t *)kva(k->info->gic.dist.base + GICD_IROUTER + 8ull * intid) = mpidr;
    else
        *(volatile uint8_t *)kva(k->info->gic.dist.base + GICD_ITARGETSR + intid) =
            k->interface[k->info->core];
}

/* A priority is a byte. */
static void stop_goes_first(volatile uint32_t *priorities)
{
    ((volatile uint8_t *)priorities)[SGI_STOP] = PRIORITY_STOP;
}

/* --- version 3: the CPU interface is system registers -------------------------------------- */

#define ICC_SRE_EL1_SRE 1u

static void wake_redistributor(struct kcb *k)
{
    volatile uint32_t *waker = reg(&k->info->gic.redist, GICR_WAKER);

    *waker &= (uint32_t)~WAKER_PROCESSOR_SLEEP;
    for (uint32_t i = 0; *waker & WAKER_CHILDREN_ASLEEP; i++)
        if (i == WAKE_LOOKS)
            panic(k, "the interrupt redistributor of this core does not wake", NULL);
}

static void init_v3(struct kcb *k)
{
    const struct range *r = &k->info->gic.redist;

    wake_redistributor(k);
    *reg(r, GICR_SGI_BASE + GICD_ICENABLER) = ~0u;
    *reg(r, GICR_SGI_BASE + GICR_IGROUPR0) = ~0u;
    for (uint32_t i = 0; i < PRIVATE_IRQS; i += 4)
        *reg(r, GICR_SGI_BASE + GICD_IPRIORITYR + i) = PRIORITY_OURS * 0x01010101u;
    stop_goes_first(reg(r, GICR_SGI_BASE + GICD_IPRIORITYR));
    *reg(r, GICR_SGI_BASE + GICD_ISENABLER) = SGI_ENABLE;
    write_icc_sre_el1(ICC_SRE_EL1_SRE);
    isb();
    write_icc_pmr_el1(PRIORITY_ALL);
    write_icc_ctlr_el1(0);
    write_icc_igrpen1_el1(1);
    isb();
}

/* Aff0 above 15 is reached through the range selector (RS), 16 at a time. */
static void sgi_v3(uint64_t mpidr, unsigned sgi)
{
    uint64_t aff0 = mpidr & 0xff, aff1 = mpidr >> 8 & 0xff, aff2 = mpidr >> 16 & 0xff;
    uint64_t aff3 = mpidr >> 32 & 0xff;

    write_icc_sgi1r_el1(aff3 << 48 | (aff0 / 16) << 44 | aff2 << 32 | (uint64_t)sgi << 24 |
                        aff1 << 16 | BIT(aff0 % 16));
}

/* --- version 2: memory-mapped and banked --------------------------------------------------- */

/* 4.3.12: the targets of private interrupts read as who reads; as 0 where there is one core only. */
static uint8_t own_interface(const struct range *dist)
{
    uint8_t own = (uint8_t)*reg(dist, GICD_ITARGETSR);

    return own ? own : 1;
}

static void init_v2(struct kcb *k)
{
    const struct range *d = &k->info->gic.dist, *c = &k->info->gic.cpu;

    k->interface[k->info->core] = own_interface(d);

    *reg(d, GICD_ICENABLER) = ~0u;
    for (uint32_t i = 0; i < PRIVATE_IRQS; i += 4)
        *reg(d, GICD_IPRIORITYR + i) = PRIORITY_OURS * 0x01010101u;
    stop_goes_first(reg(d, GICD_IPRIORITYR));
    *reg(d, GICD_ISENABLER) = SGI_ENABLE;
    *reg(c, GICC_PMR) = PRIORITY_ALL;
    *reg(c, GICC_CTLR) = 1;
}

void gic_init(struct kcb *k)
{
    if (is_v3(k))
        init_v3(k);
    else
        init_v2(k);
    gic_enable(k, k->info->timer_intid);
}

/* The redistributor of a core that is turned off is put to sleep by the firmware, which knows when. */
void gic_off(struct kcb *k)
{
    for (uint32_t i = PRIVATE_IRQS; i < IRQS_MAX; i++)
        if (k->irqs[i].task)
            gic_disable(k, i);
    *enable_reg(k, 0, GICD_ICENABLER) = ~0u;
    if (is_v3(k)) {
        write_icc_igrpen1_el1(0);
        isb();
    } else {
        *reg(&k->info->gic.cpu, GICC_CTLR) = 0;
    }
}

uint32_t gic_ack(struct kcb *k)
{
    if (!is_v3(k))
        return *reg(&k->info->gic.cpu, GICC_IAR) & 0x1fffu; /* with the sender of an SGI */
    return (uint32_t)read_icc_iar1_el1();
}

void gic_end(struct kcb *k, uint32_t raw)
{
    if (is_v3(k))
        write_icc_eoir1_el1(raw);
    else
        *reg(&k->info->gic.cpu, GICC_EOIR) = raw;
}

/* As long as a core has not said which interface is its own, a doorbell for it rings at all. */
void gic_sgi(struct kcb *k, core_id core, unsigned sgi)
{
    CHECK(sgi != SGI_STOP || gic_reaches(k, core));
    wmb_dev();
    if (is_v3(k)) {
        sgi_v3(k->info->cores[core].mpidr, sgi);
        isb();
    } else {
        *reg(&k->info->gic.dist, GICD_SGIR) =
            (gic_reaches(k, core) ? (uint32_t)k->interface[core] << 16 : SGIR_ALL_BUT_SELF) | sgi;
    }
}
