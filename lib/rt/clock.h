/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/clock - time since reset, from the counter every core shares.
 *
 * Turning ticks into ns is one multiplication by a fixed-point factor that start.c
 * worked out once; nothing here divides. The kernel's deadlines are on the same
 * scale (ns since reset), so rt_now_ns() + n is a deadline n ns ahead.
 */
#pragma once
#include "lib/aarch64/barrier.h"
#include "lib/aarch64/sysreg.h"
#include "lib/base/scale.h"

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull

struct rt_clock {
    uint64_t reset_ticks;
    uint64_t ns_per_tick; /* lib/base/scale.h */
};
extern struct rt_clock rt_clock;

/* The counter; the read may be done early, before older instructions are done. */
static inline uint64_t rt_ticks(void)
{
    return read_cntvct_el0();
}

/* The counter after everything before has been done, which is what the ISB is for: to measure. */
static inline uint64_t rt_ticks_after(void)
{
    isb();
    return read_cntvct_el0();
}

static inline uint64_t rt_ticks_to_ns(uint64_t ticks)
{
    return scale(ticks, rt_clock.ns_per_tick);
}

static inline uint64_t rt_now_ns(void)
{
    return rt_ticks_to_ns(rt_ticks() - rt_clock.reset_ticks);
}
