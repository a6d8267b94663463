/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/pte - descriptors of a program's page tables (pure).
 *
 * 4 KiB granule, 38-bit space: root of 256 entries (1 GiB each), then 512 (2 MiB), then
 * 512 pages. Arm ARM D8.3. Memory attribute indices are those boot sets in MAIR_EL1.
 */
#pragma once
#include "lib/abi/layout.h"
#include "lib/base/bits.h"

/* clang-format off */
#define PTE_VALID     BIT(0)
#define PTE_TABLE     BIT(1)            /* levels 1 and 2: table, not block; level 3: page */
#define PTE_ATTR      FIELD(4, 2)
#define PTE_AP_EL0    BIT(6)            /* EL0 may access                                  */
#define PTE_AP_RO     BIT(7)
#define PTE_SH        FIELD(9, 8)
#define PTE_AF        BIT(10)
#define PTE_NG        BIT(11)           /* belongs to an address-space id                  */
#define PTE_ADDRESS   FIELD(47, 12)
#define PTE_PXN       BIT(53)
#define PTE_UXN       BIT(54)
#define PTE_SH_INNER  3u
#define ATTR_DEVICE   0u
#define ATTR_NORMAL   1u
/* clang-format on */

static inline unsigned pte_index(vaddr_t va, unsigned level)
{
    return (unsigned)(va >> (PAGE_SHIFT + 9 * (3 - level)) & 511);
}

static inline uint64_t pte_table(paddr_t table)
{
    return table | PTE_TABLE | PTE_VALID;
}

/* A page for EL0. The kernel never executes it. perm: PERM_READ with WRITE or EXECUTE or none. */
static inline uint64_t pte_page(paddr_t pa, uint32_t perm, bool device)
{
    uint64_t pte = pa | PTE_VALID | PTE_TABLE | PTE_AF | PTE_NG | PTE_AP_EL0 | PTE_PXN;

    pte |= FIELD_PUT(PTE_ATTR, device ? ATTR_DEVICE : ATTR_NORMAL);
    pte |= FIELD_PUT(PTE_SH, PTE_SH_INNER);
    if (!(perm & PERM_WRITE))
        pte |= PTE_AP_RO;
    if (!(perm & PERM_EXECUTE) || device)
        pte |= PTE_UXN;
    return pte;
}

static inline uint32_t pte_perm(uint64_t pte)
{
    return PERM_READ | (pte & PTE_AP_RO ? 0u : PERM_WRITE) | (pte & PTE_UXN ? 0u : PERM_EXECUTE);
}
