/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/chain.h"
#include <string.h>

void chain_start(uint32_t h[8])
{
    static const uint32_t iv[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

    memcpy(h, iv, sizeof iv);
}

/* Two words at a time: all eight bytes turned around, and the halves once more. Freestanding, memcpy would be a call. */
static void put_two(uint8_t *to, const uint32_t h[2])
{
    uint64_t two;

    __builtin_memcpy(&two, h, sizeof two);
    two = __builtin_bswap64(two);
    two = two >> 32 | two << 32;
    __builtin_memcpy(to, &two, sizeof two);
}

void chain_link(const uint32_t h[8], uint8_t link[WITNESS_LINK_BYTES])
{
    put_two(link, h);
    put_two(link + 8, h + 2);
}

void chain_digest(const uint32_t h[8], uint8_t digest[WITNESS_SEAL_BYTES])
{
    for (unsigned i = 0; i < 8; i += 2)
        put_two(digest + 4 * (size_t)i, h + i);
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
    chain_digest(end, seal);
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
