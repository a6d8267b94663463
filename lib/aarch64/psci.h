/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/psci - the firmware's power calls (Arm DEN 0022, chapter 5).
 *
 * Function numbers are those of PSCI 0.2 and later, 64-bit where they take addresses.
 */
#pragma once
#include "lib/base/types.h"

#define PSCI_VERSION       0x84000000u
#define PSCI_CPU_OFF       0x84000002u
#define PSCI_CPU_ON        0xc4000003u /* affinity, entry (physical), its x0 */
#define PSCI_AFFINITY_INFO 0xc4000004u /* affinity, lowest level: 0 of a core  */
#define PSCI_SYSTEM_OFF    0x84000008u
#define PSCI_SYSTEM_RESET  0x84000009u

/* 5.2.2: results are 32-bit signed numbers. */
enum psci_result {
    PSCI_SUCCESS = 0,
    PSCI_NOT_SUPPORTED = -1,
    PSCI_INVALID_PARAMETERS = -2,
    PSCI_DENIED = -3,
    PSCI_ALREADY_ON = -4,
    PSCI_ON_PENDING = -5,
    PSCI_INTERNAL_FAILURE = -6,
    PSCI_NOT_PRESENT = -7,
    PSCI_DISABLED = -8,
    PSCI_INVALID_ADDRESS = -9,
};

/* 5.1.6: what AFFINITY_INFO answers; a negative number is an error. */
enum psci_affinity { PSCI_IS_ON = 0, PSCI_IS_OFF = 1, PSCI_IS_COMING = 2 };

/* smccc.S */
uint64_t smccc_hvc(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
uint64_t smccc_smc(uint64_t function, uint64_t a, uint64_t b, uint64_t c);

/* smc: the conduit the device tree names ("method"); the wrong one is an undefined instruction. */
static inline int64_t psci_call(bool smc, uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    return (int32_t)(smc ? smccc_smc(function, a, b, c) : smccc_hvc(function, a, b, c));
}
