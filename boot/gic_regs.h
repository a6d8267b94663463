/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/gic_regs - the registers of an interrupt distributor that boot touches.
 *
 * Arm IHI 0048 (GICv2) 4.3 and IHI 0069 (GICv3) 12.9, 12.11. Arrays start with the entry of
 * interrupt 0, so their index is computed from the interrupt number alone.
 */
#pragma once
#include "lib/base/bits.h"

/* clang-format off */
struct gic_dist {
    volatile uint32_t ctlr, typer;        /* 0x0000                                    */
    uint32_t gap0[30];
    volatile uint32_t igroupr[32];        /* 0x0080  one bit each                      */
    volatile uint32_t isenabler[32];      /* 0x0100                                    */
    volatile uint32_t icenabler[32];      /* 0x0180                                    */
    volatile uint32_t ispendr[32];        /* 0x0200                                    */
    volatile uint32_t icpendr[32];        /* 0x0280                                    */
    volatile uint32_t isactiver[32];      /* 0x0300                                    */
    volatile uint32_t icactiver[32];      /* 0x0380                                    */
    volatile uint32_t ipriorityr[256];    /* 0x0400  one byte each                     */
    volatile uint32_t itargetsr[256];     /* 0x0800  one byte each, GICv2 only         */
    volatile uint32_t icfgr[64];          /* 0x0c00  two bits each                     */
};
/* clang-format on */
_Static_assert(offsetof(struct gic_dist, igroupr) == 0x80, "GICD_IGROUPR");
_Static_assert(offsetof(struct gic_dist, icenabler) == 0x180, "GICD_ICENABLER");
_Static_assert(offsetof(struct gic_dist, icpendr) == 0x280, "GICD_ICPENDR");
_Static_assert(offsetof(struct gic_dist, icactiver) == 0x380, "GICD_ICACTIVER");
_Static_assert(offsetof(struct gic_dist, ipriorityr) == 0x400, "GICD_IPRIORITYR");
_Static_assert(offsetof(struct gic_dist, itargetsr) == 0x800, "GICD_ITARGETSR");
_Static_assert(offsetof(struct gic_dist, icfgr) == 0xc00, "GICD_ICFGR");

/* clang-format off */
#define GICD_IROUTER       0x6000u       /* GICv3: 64 bits for each SPI                */
#define GIC_PIDR2_V3       0xffe8u       /* of distributor and redistributor           */
#define GIC_PIDR2_ARCH     FIELD(7, 4)   /* 3 or 4                                     */

#define GICD_TYPER_LINES   FIELD(4, 0)   /* 32 * (n + 1) interrupts                    */
#define GICD_CTLR_ENABLE   BIT(0)        /* GICv2, as software of our world sees it    */
#define GICD_CTLR_G1       BIT(0)        /* GICv3, non-secure view; group 0 if there is one world */
#define GICD_CTLR_G1A      BIT(1)        /* GICv3: group 1 with affinity routing       */
#define GICD_CTLR_ARE      BIT(4)        /* GICv3: affinity routing                    */
#define GICD_CTLR_RWP      BIT(31)       /* GICv3: a write is still on its way         */

#define GICR_TYPER         0x0008u       /* 64 bits                                    */
#define GICR_TYPER_VLPIS   BIT(1)        /* has two more 64 KiB frames                 */
#define GICR_TYPER_LAST    BIT(4)        /* the last one of its region                 */
#define GICR_TYPER_AFF     FIELD(63, 32) /* Aff3 Aff2 Aff1 Aff0                        */
/* clang-format on */
