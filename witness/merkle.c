/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/merkle.h"
#include <string.h>
#include "witness/mask.h"

static void hash_tagged(uint8_t tag, const void *a, size_t na, const void *b, size_t nb,
                        witness_block_fn *block, uint8_t hash[HASH_BYTES])
{
    struct hash s;

    hash_start(&s, block);
    hash_add(&s, &tag, 1);
    hash_add(&s, a, na);
    hash_add(&s, b, nb);
    hash_end(&s, hash);
}

void merkle_leaf(const void *data, size_t bytes, witness_block_fn *block, uint8_t hash[HASH_BYTES])
{
    hash_tagged(0x00, data, bytes, NULL, 0, block, hash);
}

void merkle_node(const uint8_t left[HASH_BYTES], const uint8_t right[HASH_BYTES],
                 witness_block_fn *block, uint8_t hash[HASH_BYTES])
{
    hash_tagged(0x01, left, HASH_BYTES, right, HASH_BYTES, block, hash);
}

/*
 * `at` is the place of the node in its level, `last` that of the last one there. A node that is last and has an even place
 * has no other child beside it: it goes up unchanged, level by level, until it is a right one.
 */
uint64_t merkle_verify(uint64_t leaf, uint64_t leaves, const uint8_t hash[HASH_BYTES],
                       const uint8_t *path, unsigned nodes, const uint8_t root[HASH_BYTES],
                       witness_block_fn *block)
{
    uint64_t at = leaf, last = leaves - 1, wrong = 0;
    uint8_t up[HASH_BYTES];

    if (nodes > MERKLE_PATH_MAX || leaf >= leaves)
        return 0;
    memcpy(up, hash, sizeof up);
    for (unsigned i = 0; i < nodes; i++) {
        wrong |= mask_zero(last);
        while (at == last && (at & 1) == 0 && at != 0) {
            at >>= 1;
            last >>= 1;
        }
        if (at & 1)
            merkle_node(path + HASH_BYTES * i, up, block, up);
        else
            merkle_node(up, path + HASH_BYTES * i, block, up);
        at >>= 1;
        last >>= 1;
    }
    return mask_zero(last) & ~wrong & mask_same(up, root, HASH_BYTES);
}
