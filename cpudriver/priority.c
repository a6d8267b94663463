/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/priority.h"

#define EXACT_BITS 15u                 /* up to so many bits of microseconds each has a value of its own  */
#define STEPS_BITS 9u                  /* beyond: so many bits behind the leading one                     */
#define EXACT (1u << EXACT_BITS)
_Static_assert((64 - EXACT_BITS) << STEPS_BITS < EXACT, "all powers of two have room below the exact ones");

uint32_t priority_urgency(uint64_t us)
{
    unsigned high, step;

    if (us == NO_DEADLINE)
        return 0;
    if (us < EXACT)
        return URGENCY_MAX - (uint32_t)us;
    high = 63u - (unsigned)__builtin_clzll(us);
    step = (unsigned)(us >> (high - STEPS_BITS)) - (1u << STEPS_BITS);
    return URGENCY_MAX - EXACT - (((high - EXACT_BITS) << STEPS_BITS) + step);
}

uint32_t priority_boost(uint32_t basis_points)
{
    return basis_points >= 10000 ? BOOST_MAX : basis_points * BOOST_MAX / 10000;
}

unsigned priority_grain(uint64_t ticks_per_second)
{
    uint64_t per_us = ticks_per_second / 1000000;

    return per_us == 0 ? 0 : 63u - (unsigned)__builtin_clzll(per_us);
}

uint64_t priority_rank(uint64_t deadline_ticks, unsigned grain, uint32_t boost)
{
    return (deadline_ticks >> grain) << BOOST_BITS | (BOOST_MAX - boost);
}

bool priority_mode_fits(uint64_t class, uint64_t mode)
{
    switch (mode) {
    case MODE_FLOW:
        return class == CLASS_FAIR || class == CLASS_EDF;
    case MODE_REFLEX:
        return class == CLASS_EDF;
    case MODE_RECOVERY:
        return class == CLASS_FAIR;
    default:
        return false;
    }
}

uint32_t priority_boost_in(unsigned mode, uint32_t basis_points)
{
    return mode == MODE_FLOW ? priority_boost(basis_points) : 0;
}

uint32_t priority_cost(uint32_t weight, unsigned mode, uint32_t basis_points)
{
    uint32_t cost = (WEIGHT_DEFAULT << 16) / weight;

    if (mode == MODE_RECOVERY)
        return 4 * cost;
    return (uint32_t)(((uint64_t)cost << BOOST_BITS) / ((1u << BOOST_BITS) + priority_boost_in(mode, basis_points)));
}
