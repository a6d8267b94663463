/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/base/bits - fields by the bit numbers a manual prints; alignment. */
#pragma once
#include "lib/base/types.h"

#define BIT(n) (1ull << (n))

/* A field is named once, by its top and bottom bit as the manual prints them. */
#define FIELD(hi, lo) ((~0ull >> (63 - (hi))) & (~0ull << (lo)))
#define FIELD_GET(f, word) (((word) & (f)) >> __builtin_ctzll(f))
#define FIELD_PUT(f, value) ((uint64_t)(value) << __builtin_ctzll(f) & (f))

#define ALIGN_DOWN(x, a) ((x) & ~((uint64_t)(a)-1))
#define ALIGN_UP(x, a) ALIGN_DOWN((uint64_t)(x) + (uint64_t)(a)-1, a)
#define IS_ALIGNED(x, a) (((uint64_t)(x) & ((uint64_t)(a)-1)) == 0)
#define IS_POW2(x) ((x) != 0 && ((x) & ((x)-1)) == 0)
