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

/* Orders no memory: pairs with the msr before it, whose effect what is fetched after it sees. */
static inline void isb(void)
{
    __asm__ volatile("isb" ::: "memory");
}

/*
 * Pairs with the table walkers and fetches of all cores: what they read after a tlbi or ic that follows
 * is what was stored before; behind such an instruction it waits until all have done it.
 */
static inline void dsb_ish(void)
{
    __asm__ volatile("dsb ish" ::: "memory");
}

/* Pairs with this core's own walker: it sees the entries stored before, and behind a tlbi no older ones. */
static inline void dsb_nsh(void)
{
    __asm__ volatile("dsb nsh" ::: "memory");
}

/* A release towards a device, or a core that an interrupt wakes: pairs with its first read of the memory. */
static inline void wmb_dev(void)
{
    __asm__ volatile("dsb st" ::: "memory");
}

/* What this core did before is finished for everybody: pairs with who is told of it next (that a core is off). */
static inline void dsb_sy(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

/* No interrupt of any kind is taken from here on. */
static inline void mask_all(void)
{
    __asm__ volatile("msr daifset, #15" ::: "memory");
}

/* The dsb: what was stored is seen by others before this core sleeps: pairs with who wakes it by what he saw. */
static inline void wfi(void)
{
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

/* In every spinning loop: lets an emulator of one host thread run the other cores. */
static inline void cpu_relax(void)
{
    __asm__ volatile("yield" ::: "memory");
}
