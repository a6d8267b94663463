/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/barrier - barriers for system registers, page tables and devices.
 *
 * Between cores use C11 atomics (urpc/ring.c); these are for what C cannot see.
 *
 *     isb()       what was written to system registers holds for what follows
 *     dsb_ish()   all earlier accesses and TLB work of this core are finished
 *     dsb_nsh()   the same, for this core's own translations only
 *     wmb_dev()   earlier stores to memory are seen before a later device store
 */
#pragma once

static inline void isb(void)
{
    __asm__ volatile("isb" ::: "memory");
}

static inline void dsb_ish(void)
{
    __asm__ volatile("dsb ish" ::: "memory");
}

static inline void dsb_nsh(void)
{
    __asm__ volatile("dsb nsh" ::: "memory");
}

static inline void wmb_dev(void)
{
    __asm__ volatile("dsb st" ::: "memory");
}

/* Everything this core did before is finished, for everybody. */
static inline void dsb_sy(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

/* No interrupt of any kind is taken from here on. */
static inline void mask_all(void)
{
    __asm__ volatile("msr daifset, #15" ::: "memory");
}

static inline void wfi(void)
{
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

/* In every spinning loop: lets an emulator of one host thread run the other cores. */
static inline void cpu_relax(void)
{
    __asm__ volatile("yield" ::: "memory");
}
