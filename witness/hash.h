/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/hash - SHA-256 of any number of bytes, and HMAC with it (RFC 2104), over a block function the caller brings.
 *
 *     hash_start(&s, block);  hash_add(&s, p, n);  ...  hash_end(&s, digest);
 *
 * For whole records witness/chain.h is shorter. No allocation, no library: the CPU driver links it.
 */
#pragma once
#include "witness/chain.h"

#define HASH_BYTES 32u

struct hash {
    uint32_t h[8];
    uint64_t bytes; /* added so far */
    witness_block_fn *block;
    uint8_t part[WITNESS_BYTES]; /* what is not yet a block */
};

void hash_start(struct hash *s, witness_block_fn *block);
void hash_add(struct hash *s, const void *p, size_t bytes);
void hash_end(struct hash *s, uint8_t digest[HASH_BYTES]);

/* A key as HMAC uses it: the states behind its two blocks. As secret as the key; made once, used for each message. */
struct hmac_key {
    uint32_t inner[8], outer[8];
    witness_block_fn *block;
};

void hmac_key_make(struct hmac_key *key, const void *secret, size_t bytes, witness_block_fn *block);
void hmac(const struct hmac_key *key, const void *message, size_t bytes, uint8_t mac[HASH_BYTES]);
