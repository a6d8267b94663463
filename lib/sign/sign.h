/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/sign/sign - Ed25519 (RFC 8032, plain: no prehash, no context) by libdecaf.
 *
 *     sign_key_make(&key, number, seed);           seed: 32 bytes that nobody can guess, from the caller
 *     sign_message(&key, m, n, &signature);
 *     sign_key_wipe(&key);
 *     if (!sign_verify(&public, m, n, &signature)) ...
 *
 * A key has a number of 8 bytes, as in signify: it finds the key for a signature and is no secret. Same key and message,
 * same signature: signing needs no randomness. The library is constant time in the secret key and wipes what it keeps of
 * it on its stack. For programs and host tools; it uses FP and SIMD registers. Under 8 KiB of stack.
 */
#pragma once
#include "lib/base/types.h"

#define SIGN_NUMBER_BYTES 8u
#define SIGN_SEED_BYTES   32u
#define SIGN_PUBLIC_BYTES 32u
#define SIGN_BYTES        64u

struct sign_key { /* secret */
    uint8_t number[SIGN_NUMBER_BYTES];
    uint8_t seed[SIGN_SEED_BYTES];
    uint8_t public_key[SIGN_PUBLIC_BYTES]; /* of this seed */
};

struct sign_public {
    uint8_t number[SIGN_NUMBER_BYTES];
    uint8_t key[SIGN_PUBLIC_BYTES];
};

struct sign_signature {
    uint8_t number[SIGN_NUMBER_BYTES];
    uint8_t bytes[SIGN_BYTES];
};

void sign_key_make(struct sign_key *key, const uint8_t number[SIGN_NUMBER_BYTES],
                   const uint8_t seed[SIGN_SEED_BYTES]);
void sign_key_public(const struct sign_key *key, struct sign_public *out);
/* Zeros, and the compiler may not leave them out. */
void sign_key_wipe(struct sign_key *key);
void sign_wipe(void *p, size_t bytes);

void sign_message(const struct sign_key *key, const void *message, size_t bytes,
                  struct sign_signature *out);
/*
 * By this key, number included, over exactly these bytes? Refuses what is not canonical (S not below the order, points
 * encoded in another way) and keys of small order, so that a message has one signature by a key.
 */
bool sign_verify(const struct sign_public *key, const void *message, size_t bytes,
                 const struct sign_signature *signature);
