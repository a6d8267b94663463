/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/chain - SHA-256 one block at a time (FIPS 180-4), and what the log makes of it.
 *
 * A segment begins with the initial value of SHA-256, so that its seal is the plain SHA-256 of its bytes. Who compresses
 * is the caller's: the CPU driver's own block of instructions, BearSSL, or another library.
 */
#pragma once
#include "witness/record.h"

/* Adds one block of 64 bytes to the state h[8]. */
typedef void witness_block_fn(uint32_t h[8], const void *block);

void chain_start(uint32_t h[8]);
/* The state as bytes, big endian as in a digest: the first 16 are a record's link. */
void chain_link(const uint32_t h[8], uint8_t link[WITNESS_LINK_BYTES]);
void chain_digest(const uint32_t h[8], uint8_t digest[WITNESS_SEAL_BYTES]);
/* SHA-256 of everything so far, which were `records` blocks. The state itself stays as it is. */
void chain_seal(const uint32_t h[8], uint64_t records, witness_block_fn *block,
                uint8_t seal[WITNESS_SEAL_BYTES]);

/* SegmentOpen carries the seal of the segment before: link holds bytes 0..15, target 16..23, payload 24..31. */
void chain_put_seal(struct witness_record *open, const uint8_t seal[WITNESS_SEAL_BYTES]);
void chain_get_seal(const struct witness_record *open, uint8_t seal[WITNESS_SEAL_BYTES]);
