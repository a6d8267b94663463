/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/mmu - the translation regime, once: boot sets it, CPU drivers live in it.
 *
 *   TTBR0, T0SZ 26   38 bits: a program (lib/abi/layout.h). While boot runs: T0SZ 25, an identity map
 *   TTBR1, T1SZ 25   39 bits: KERNEL_BASE + physical address
 *   4 KiB granule; table walks inner-shareable, write-back; 16-bit address-space ids where
 *   the core has them (TCR.AS), taken from TTBR0.
 *
 * Arm ARM D17.2 (TCR_EL1, MAIR_EL1, SCTLR_EL1). With VHE these names reach the registers
 * of EL2, which then have the same fields. No instructions here, so assembly may include it.
 */
#pragma once

/* clang-format off */
/* Indices into MAIR, for the AttrIndx of descriptors. */
#define MMU_ATTR_DEVICE   0   /* Device-nGnRE                       */
#define MMU_ATTR_NORMAL   1   /* write-back, read and write allocate */
#define MMU_ATTR_NC       2   /* normal, not cached                 */
#define MMU_MAIR          0x44ff04

#define MMU_T0SZ_BOOT     25
#define MMU_T0SZ          26
#define MMU_T1SZ          25

/* Bits of TCR that never change: WB walks (8..11, 24..27), inner shareable (12, 28), TG1 = 4 KiB (31:30). */
#define MMU_TCR_FIXED     0xb5003500
#define MMU_TCR_EPD0      (1 << 7)    /* no walks of TTBR0 */
#define MMU_TCR_EPD1      (1 << 23)
#define MMU_TCR_T1SZ_LSB  16
#define MMU_TCR_IPS_LSB   32
#define MMU_TCR_AS_BIT    36

/* SCTLR when boot hands over: RES1 bits, M, C, I, SA, SA0; EL0 may use DC ZVA, CTR_EL0, WFE; SPAN set. */
#define MMU_SCTLR_RES1    0x30d00800
#define MMU_SCTLR_ON      (MMU_SCTLR_RES1 | 0x101d | 1 << 14 | 1 << 15 | 1 << 18 | 1 << 26)
#define MMU_SCTLR_OFF     MMU_SCTLR_RES1
/* clang-format on */

#ifndef __ASSEMBLER__
#include "lib/base/bits.h"

#define MMFR0_PARANGE   FIELD(3, 0)
#define MMFR0_ASID_BITS FIELD(7, 4) /* 2: sixteen */
enum { PARANGE_48 = 5 };

/* TCR for a core with this ID_AA64MMFR0_EL1 and this size of the TTBR0 half. */
static inline uint64_t mmu_tcr(uint64_t mmfr0, unsigned t0sz)
{
    uint64_t ips = FIELD_GET(MMFR0_PARANGE, mmfr0);
    uint64_t tcr = MMU_TCR_FIXED | t0sz | (uint64_t)MMU_T1SZ << MMU_TCR_T1SZ_LSB;

    if (ips > PARANGE_48)
        ips = PARANGE_48; /* larger ones need another descriptor format */
    tcr |= ips << MMU_TCR_IPS_LSB;
    if (FIELD_GET(MMFR0_ASID_BITS, mmfr0) == 2)
        tcr |= BIT(MMU_TCR_AS_BIT);
    return tcr;
}
#endif
