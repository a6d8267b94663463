/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/sign/sign.h"
#include <decaf.h>
#include <decaf/ed255.h>
#include <string.h>

_Static_assert(SIGN_SEED_BYTES == DECAF_EDDSA_25519_PRIVATE_BYTES, "seed");
_Static_assert(SIGN_PUBLIC_BYTES == DECAF_EDDSA_25519_PUBLIC_BYTES, "public key");
_Static_assert(SIGN_BYTES == DECAF_EDDSA_25519_SIGNATURE_BYTES, "signature");

void sign_wipe(void *p, size_t bytes)
{
    decaf_bzero(p, bytes);
}

void sign_key_wipe(struct sign_key *key)
{
    sign_wipe(key, sizeof *key);
}

void sign_key_make(struct sign_key *key, const uint8_t number[SIGN_NUMBER_BYTES],
                   const uint8_t seed[SIGN_SEED_BYTES])
{
    decaf_eddsa_25519_keypair_t pair;

    decaf_ed25519_derive_keypair(pair, seed);
    memcpy(key->number, number, sizeof key->number);
    memcpy(key->seed, seed, sizeof key->seed);
    decaf_ed25519_keypair_extract_public_key(key->public_key, pair);
    decaf_ed25519_keypair_destroy(pair);
}

void sign_key_public(const struct sign_key *key, struct sign_public *out)
{
    memcpy(out->number, key->number, sizeof out->number);
    memcpy(out->key, key->public_key, sizeof out->key);
}

/*
 * The pair is derived again for each signature: a public key that does not belong to the seed (changed in a file, by a
 * bit that fell) would give the seed away with two signatures.
 */
void sign_message(const struct sign_key *key, const void *message, size_t bytes,
                  struct sign_signature *out)
{
    decaf_eddsa_25519_keypair_t pair;

    decaf_ed25519_derive_keypair(pair, key->seed);
    decaf_ed25519_keypair_sign(out->bytes, pair, message, bytes, 0, DECAF_ED25519_NO_CONTEXT, 0);
    decaf_ed25519_keypair_destroy(pair);
    memcpy(out->number, key->number, sizeof out->number);
}

bool sign_verify(const struct sign_public *key, const void *message, size_t bytes,
                 const struct sign_signature *signature)
{
    return memcmp(key->number, signature->number, sizeof key->number) == 0 &&
           decaf_ed25519_verify(signature->bytes, key->key, message, bytes, 0,
                                DECAF_ED25519_NO_CONTEXT, 0) == DECAF_SUCCESS;
}
