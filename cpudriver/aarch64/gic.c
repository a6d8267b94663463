/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Registers: GICv2 (IHI 0048B) chapter 4, GICv3 (IHI 0069) chapter 12. */
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/panic.h"
#include "lib/aarch64/barrier.h"
#include "lib/aarch64/sysreg.h"
#include "lib/base/check.h"

/* clang-format off */
#define GICD_ISENABLER   0x100u
#define GICD_ICENABLER   0x180u
#define GICD_IPRIORITYR  0x400u
#define GICD_ITARGETSR   0x800u
#define GICD_SGIR        0xf00u
#define SGIR_ALL_BUT_SELF BIT(24)
#define GICD_IROUTER     0x6000u

#define GICC_CTLR        0x00u
#define GICC_PMR         0x04u
#define GICC_IAR         0x0cu
#define GICC_EOIR        0x10u

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
#define ICC_WRITE(name, value)                                                                     \
    __asm__ volatile("msr " name ", %0" : : "r"((uint64_t)(value)) : "memory")
#define ICC_PMR "S3_0_C4_C6_0"
#define ICC_IAR1 "S3_0_C12_C12_0"
#define ICC_EOIR1 "S3_0_C12_C12_1"
#define ICC_SGI1R "S3_0_C12_C11_5"
#define ICC_CTLR "S3_0_C12_C12_4"
#define ICC_SRE "S3_0_C12_C12_5"
#define ICC_IGRPEN1 "S3_0_C12_C12_7"

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
    ICC_WRITE(ICC_SRE, ICC_SRE_EL1_SRE);
    isb();
    ICC_WRITE(ICC_PMR, PRIORITY_ALL);
    ICC_WRITE(ICC_CTLR, 0);
    ICC_WRITE(ICC_IGRPEN1, 1);
    isb();
}

/* Aff0 above 15 is reached through the range selector (RS), 16 at a time. */
static void sgi_v3(uint64_t mpidr, unsigned sgi)
{
    uint64_t aff0 = mpidr & 0xff, aff1 = mpidr >> 8 & 0xff, aff2 = mpidr >> 16 & 0xff;
    uint64_t aff3 = mpidr >> 32 & 0xff;

    ICC_WRITE(ICC_SGI1R, aff3 << 48 | (aff0 / 16) << 44 | aff2 << 32 | (uint64_t)sgi << 24 |
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
        ICC_WRITE(ICC_IGRPEN1, 0);
        isb();
    } else {
        *reg(&k->info->gic.cpu, GICC_CTLR) = 0;
    }
}

uint32_t gic_ack(struct kcb *k)
{
    uint64_t v;

    if (!is_v3(k))
        return *reg(&k->info->gic.cpu, GICC_IAR) & 0x1fffu; /* with the sender of an SGI */
    __asm__ volatile("mrs %0, " ICC_IAR1 : "=r"(v));
    return (uint32_t)v;
}

void gic_end(struct kcb *k, uint32_t raw)
{
    if (is_v3(k))
        ICC_WRITE(ICC_EOIR1, raw);
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
