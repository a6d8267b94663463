/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/mask - comparisons without a branch: ~0 for yes, 0 for no.
 *
 * Answers are put together with & and |, never && or ||, so that what holds and what does not takes the same instructions.
 * tests/unit/proof_p1.sh looks at what the compilers make of it.
 */
#pragma once
#include "lib/base/types.h"

static inline uint64_t mask_zero(uint64_t x)
{
    return ((x | (0 - x)) >> 63) - 1;
}

static inline uint64_t mask_equal(uint64_t a, uint64_t b)
{
    return mask_zero(a ^ b);
}

/* a < b, of all 64 bits: the borrow of a - b. */
static inline uint64_t mask_below(uint64_t a, uint64_t b)
{
    return 0 - (((~a & b) | ((~a | b) & (a - b))) >> 63);
}

/*
 * The same, cheaper, for numbers below 2^63: the sign says it. a - b has it if a < b, x - 1 if x is 0, 0 - x if it is not.
 * Signs of several are or-ed and asked for once.
 */
static inline uint64_t mask_sign(uint64_t x)
{
    return 0 - (x >> 63);
}

/* yes or no, by `mask` */
static inline uint64_t mask_pick(uint64_t mask, uint64_t yes, uint64_t no)
{
    return no ^ ((no ^ yes) & mask);
}

/* Two digests, every byte looked at, eight at a time: `bytes` is a multiple of that, and a constant: then there is no loop. */
static inline uint64_t mask_same(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    uint64_t differ = 0;

#pragma GCC unroll 8
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t x, y;

        __builtin_memcpy(&x, a + i, sizeof x); /* freestanding: the other would be a call */
        __builtin_memcpy(&y, b + i, sizeof y);
        differ |= x ^ y;
    }
    return mask_zero(differ);
}
