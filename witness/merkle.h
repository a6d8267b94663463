/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/merkle - is this leaf in the tree with that root? Trees and audit paths as RFC 6962 section 2.1.
 *
 *     leaf   SHA-256(0x00 || data)          so that no inner node can be passed off as a leaf
 *     node   SHA-256(0x01 || left || right)
 *     a tree of n > 1 leaves: its left half has the largest power of two below n
 *
 * The path has one digest for each level, lowest first: the other child there. Number and place of its digests follow from
 * leaf and leaves, which are public; the time depends on them and on nothing else.
 */
#pragma once
#include "witness/hash.h"

#define MERKLE_PATH_MAX 32u

void merkle_leaf(const void *data, size_t bytes, witness_block_fn *block, uint8_t hash[HASH_BYTES]);
void merkle_node(const uint8_t left[HASH_BYTES], const uint8_t right[HASH_BYTES],
                 witness_block_fn *block, uint8_t hash[HASH_BYTES]);
/*
 * ~0: `leaf` of `leaves`, with this hash, is under `root` by this path. 0: it is not, or there is no such leaf, or the path
 * has another length than it must.
 */
uint64_t merkle_verify(uint64_t leaf, uint64_t leaves, const uint8_t hash[HASH_BYTES],
                       const uint8_t *path, unsigned nodes, const uint8_t root[HASH_BYTES],
                       witness_block_fn *block);
