/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/sysreg - system registers by name, fields by bit number.
 *
 * Section numbers are those of the Arm Architecture Reference Manual (DDI 0487), chapter D.
 */
#pragma once
#include "lib/base/bits.h"

#include "lib/aarch64/sysreg_access.h"
#include "lib/aarch64/sysreg.def"
#undef SYSREG_RO
#undef SYSREG_RW

/* clang-format off */
#define ESR_EC            FIELD(31, 26)
#define ESR_ISS           FIELD(24, 0)
#define ESR_DFSC          FIELD(5, 0)       /* of an abort: fault status code */
#define ESR_WNR           BIT(6)
#define EC_UNKNOWN        0x00u
#define EC_FP             0x07u
#define EC_SVC64          0x15u
#define EC_IABORT_LOW     0x20u
#define EC_IABORT_SAME    0x21u
#define EC_PC_ALIGN       0x22u
#define EC_DABORT_LOW     0x24u
#define EC_DABORT_SAME    0x25u
#define EC_SP_ALIGN       0x26u
#define EC_BRK64          0x3cu

#define CPACR_FPEN        FIELD(21, 20)
#define FPEN_TRAP_EL0     1u
#define FPEN_OPEN         3u

#define SPSR_EL0T         0u                /* EL0, AArch64, interrupts open */
#define CNT_CTL_ENABLE    BIT(0)
#define CNT_CTL_IMASK     BIT(1)
#define CNT_CTL_ISTATUS   BIT(2)
#define CNTKCTL_EL0VCTEN  BIT(1)
#define MMFR1_PAN         FIELD(23, 20)
#define MMFR0_ASIDBITS    FIELD(7, 4)
#define TTBR_ASID         FIELD(63, 48)
/* clang-format on */
