/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/tlb - forgetting translations on this core only.
 *
 * A space is entered by one core, so the local forms are enough and no other core is
 * disturbed (Arm ARM D8.14). At EL2 with VHE the same names act on the EL2&0 regime.
 */
#pragma once
#include "lib/aarch64/barrier.h"
#include "lib/base/bits.h"

static inline void tlb_forget_page(uint16_t asid, vaddr_t va)
{
    uint64_t arg = (uint64_t)asid << 48 | (va >> PAGE_SHIFT & FIELD(43, 0));

    __asm__ volatile("tlbi vae1, %0" : : "r"(arg) : "memory");
}

static inline void tlb_forget_asid(uint16_t asid)
{
    __asm__ volatile("tlbi aside1, %0" : : "r"((uint64_t)asid << 48) : "memory");
}

/* After the last tlb_forget_*: they are done when this returns. */
static inline void tlb_sync(void)
{
    dsb_nsh();
    isb();
}
