/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/signify - Ed25519 keys and signatures in the files of OpenBSD's signify.
 *
 *     untrusted comment: <any words>
 *     <base64 of>  "Ed" number[8] key[32]                                              a public key
 *                  "Ed" "BK" rounds[4] salt[16] checksum[8] number[8] key[64]          a secret key
 *                  "Ed" number[8] signature[64]                                        a signature
 *
 * Secret keys are read and written without a passphrase (rounds 0, as `signify -G -n`); the checksum is the start of
 * the SHA-512 of the 64 bytes. Nothing here touches a file. Who has read a secret key wipes it.
 */
#pragma once
#include "tools/skerry/buf.h"

struct signify_public {
    uint8_t number[8], key[32];
};

struct signify_secret {
    uint8_t number[8], key[64]; /* the seed, then the public key */
};

struct signify_signature {
    uint8_t number[8], bytes[64];
};

/* Each says in a sentence why a text is none, or returns NULL. */
const char *signify_read_public(const char *text, size_t n, struct signify_public *key);
const char *signify_read_secret(const char *text, size_t n, struct signify_secret *key);
const char *signify_read_signature(const char *text, size_t n, struct signify_signature *s);

/* `comment` has no newline. The secret text is wiped by the caller: signify_wipe(t->s, t->room). */
void signify_write_public(struct buf *t, const char *comment, const struct signify_public *key);
void signify_write_secret(struct buf *t, const char *comment, const struct signify_secret *key);
void signify_write_signature(struct buf *t, const char *comment, const struct signify_signature *s);

/* False if the host gives no randomness. */
bool signify_generate(struct signify_secret *secret, struct signify_public *public);
bool signify_sign(const struct signify_secret *key, const void *message, size_t n,
                  struct signify_signature *s);
enum signify_verdict { SIGNIFY_GOOD, SIGNIFY_OTHER_KEY, SIGNIFY_BAD };
enum signify_verdict signify_verify(const struct signify_public *key, const void *message, size_t n,
                                    const struct signify_signature *s);

void signify_wipe(void *p, size_t n);
