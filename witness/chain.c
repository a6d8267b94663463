/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/chain.h"
#include <string.h>

void chain_start(uint32_t h[8])
{
    static const uint32_t iv[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

    memcpy(h, iv, sizeof iv);
}

static void put_words(uint8_t *to, const uint32_t *h, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint32_t word = __builtin_bswap32(h[i]);

        __builtin_memcpy(to + 4 * i, &word, sizeof word); /* freestanding: the other would be a call */
    }
}

void chain_link(const uint32_t h[8], uint8_t link[WITNESS_LINK_BYTES])
{
    put_words(link, h, 4);
}

/* Records are whole blocks, so the padding is one block of its own. */
void chain_seal(const uint32_t h[8], uint64_t records, witness_block_fn *block,
                uint8_t seal[WITNESS_SEAL_BYTES])
{
    uint64_t bits = __builtin_bswap64(records * WITNESS_BYTES * 8);
    uint32_t end[8];
    uint8_t pad[WITNESS_BYTES] = { 0x80 };

    memcpy(pad + WITNESS_BYTES - sizeof bits, &bits, sizeof bits);
    memcpy(end, h, sizeof end);
    block(end, pad);
    put_words(seal, end, 8);
}

void chain_put_seal(struct witness_record *open, const uint8_t seal[WITNESS_SEAL_BYTES])
{
    memcpy(open->link, seal, 16);
    memcpy(&open->target, seal + 16, 8);
    memcpy(&open->payload, seal + 24, 8);
}

void chain_get_seal(const struct witness_record *open, uint8_t seal[WITNESS_SEAL_BYTES])
{
    memcpy(seal, open->link, 16);
    memcpy(seal + 16, &open->target, 8);
    memcpy(seal + 24, &open->payload, 8);
}
