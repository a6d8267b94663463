/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/base/scale - x * num / den without a division at run time.
 *
 * The factor is kept as 32.32 fixed point, so the result is off by less than
 * x / 2^32 + 1. Counter ticks to nanoseconds and back are its users.
 */
#pragma once
#include "lib/base/types.h"

__extension__ typedef unsigned __int128 u128;

/* num / den < 2^32; den > 0. */
static inline uint64_t scale_factor(uint64_t num, uint64_t den)
{
    uint64_t whole = num / den, rest = num % den;

    return whole << 32 | (uint64_t)(((u128)rest << 32) / den);
}

static inline uint64_t scale(uint64_t x, uint64_t factor)
{
    return (uint64_t)((u128)x * factor >> 32);
}
