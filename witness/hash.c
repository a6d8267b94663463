/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/hash.h"
#include <string.h>

void hash_start(struct hash *s, witness_block_fn *block)
{
    chain_start(s->h);
    s->bytes = 0;
    s->block = block;
}

void hash_add(struct hash *s, const void *p, size_t bytes)
{
    const uint8_t *from = p;

    while (bytes > 0) {
        size_t at = s->bytes % WITNESS_BYTES, room = WITNESS_BYTES - at;
        size_t here = bytes < room ? bytes : room;

        memcpy(s->part + at, from, here);
        if (here == room)
            s->block(s->h, s->part);
        s->bytes += here;
        from += here;
        bytes -= here;
    }
}

/* A one, zeros, and the number of bits in the last eight bytes of a block. */
void hash_end(struct hash *s, uint8_t digest[HASH_BYTES])
{
    uint64_t bits = __builtin_bswap64(s->bytes * 8);
    size_t at = s->bytes % WITNESS_BYTES;

    s->part[at++] = 0x80;
    if (at > WITNESS_BYTES - sizeof bits) {
        memset(s->part + at, 0, WITNESS_BYTES - at);
        s->block(s->h, s->part);
        at = 0;
    }
    memset(s->part + at, 0, WITNESS_BYTES - sizeof bits - at);
    memcpy(s->part + WITNESS_BYTES - sizeof bits, &bits, sizeof bits);
    s->block(s->h, s->part);
    for (unsigned i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(s->h[i]);

        memcpy(digest + 4 * i, &word, sizeof word);
    }
}

/* ---- HMAC ---- */

static void key_state(uint32_t h[8], const uint8_t key[WITNESS_BYTES], uint8_t pad,
                      witness_block_fn *block)
{
    uint8_t padded[WITNESS_BYTES];

    for (unsigned i = 0; i < WITNESS_BYTES; i++)
        padded[i] = key[i] ^ pad;
    chain_start(h);
    block(h, padded);
}

void hmac_key_make(struct hmac_key *key, const void *secret, size_t bytes, witness_block_fn *block)
{
    uint8_t exact[WITNESS_BYTES] = {0};
    struct hash s;

    if (bytes > WITNESS_BYTES) {
        hash_start(&s, block);
        hash_add(&s, secret, bytes);
        hash_end(&s, exact);
    } else if (bytes > 0) {
        memcpy(exact, secret, bytes);
    }
    key_state(key->inner, exact, 0x36, block);
    key_state(key->outer, exact, 0x5c, block);
    key->block = block;
}

/* Goes on behind the block of the key. */
static void hash_after(struct hash *s, const uint32_t state[8], witness_block_fn *block)
{
    memcpy(s->h, state, sizeof s->h);
    s->bytes = WITNESS_BYTES;
    s->block = block;
}

void hmac(const struct hmac_key *key, const void *message, size_t bytes, uint8_t mac[HASH_BYTES])
{
    uint8_t inner[HASH_BYTES];
    struct hash s;

    hash_after(&s, key->inner, key->block);
    hash_add(&s, message, bytes);
    hash_end(&s, inner);
    hash_after(&s, key->outer, key->block);
    hash_add(&s, inner, sizeof inner);
    hash_end(&s, mac);
}
