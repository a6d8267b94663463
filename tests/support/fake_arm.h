/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/fake_arm - lets the CPU driver's own C run on the host.
 *
 * Included before a cpudriver .c (tests/support/kernel_*.c): the few instructions its
 * portable files use become functions of tests/support/fake_arm.c. The rest of the
 * architecture headers is inline and unused here, so it is never assembled.
 */
#pragma once
#include <stdint.h>

#define isb     real_isb
#define dsb_ish real_dsb_ish
#define dsb_nsh real_dsb_nsh
#define wmb_dev real_wmb_dev
#define wfi     real_wfi
#include "lib/aarch64/barrier.h"
#undef isb
#undef dsb_ish
#undef dsb_nsh
#undef wmb_dev
#undef wfi
static inline void isb(void) {}
static inline void dsb_nsh(void) {}
static inline void dsb_ish(void) {}
void wfi(void);

#define read_tpidr_el0  real_read_tpidr_el0
#define write_tpidr_el0 real_write_tpidr_el0
#include "lib/aarch64/sysreg.h"
#undef read_tpidr_el0
#undef write_tpidr_el0
uint64_t read_tpidr_el0(void);
void write_tpidr_el0(uint64_t v);

#define tlb_forget_page real_tlb_forget_page
#define tlb_forget_asid real_tlb_forget_asid
#define tlb_sync        real_tlb_sync
#include "cpudriver/aarch64/tlb.h"
#undef tlb_forget_page
#undef tlb_forget_asid
#undef tlb_sync
static inline void tlb_forget_page(uint16_t asid, uint64_t va)
{
    (void)asid;
    (void)va;
}
static inline void tlb_forget_asid(uint16_t asid)
{
    (void)asid;
}
static inline void tlb_sync(void) {}
