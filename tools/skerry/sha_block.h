/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/sha_block - one block of SHA-256 by OpenSSL, which uses the machine's own instructions for it.
 *
 * A witness_block_fn: the log's chain is the state between the blocks, which the newer interface (EVP) keeps to itself.
 */
#pragma once
#include <stdint.h>

void sha_block(uint32_t h[8], const void *block);
