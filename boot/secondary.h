/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/secondary - every core but the first: from its entry point to its CPU driver.
 *
 * PSCI hands such a core its bootinfo in x0. A spin table cannot, so start.S then looks
 * itself up in secondary_table, which the first core fills and cleans to memory.
 */
#pragma once
#include "boot/start.h"
#include "lib/abi/bootinfo.h"

struct secondary {
    uint64_t mpidr; /* affinity bits */
    paddr_t info;   /* 0: end of the list */
};
_Static_assert(sizeof(struct secondary) == SECONDARY_ENTRY_BYTES, "start.S steps by it");

/* First core: list who may come. */
void secondary_expect(const struct boot_core *cores, uint32_t n);

/* start.S */
extern __attribute__((visibility("hidden"))) const char secondary_entry[];
