/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/portable - one block of SHA-256 by BearSSL: for cores without SHA instructions, and as the oracle of the
 * others. A witness_block_fn. Needs FP and SIMD registers where the library was built to use them.
 */
#pragma once
#include "witness/chain.h"

void portable_block(uint32_t h[8], const void *block);
