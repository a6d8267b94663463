/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/sign/signify - key and signature files that signify (OpenBSD, signify-openbsd in Debian) reads and writes.
 *
 *     untrusted comment: <text>\n
 *     <base64>\n
 *
 *     public key    "Ed" number[8] key[32]
 *     signature     "Ed" number[8] signature[64]
 *     secret key    "Ed" "BK" rounds[4] salt[16] checksum[8] number[8] seed[32] public[32]
 *
 * The checksum is the first 8 bytes of SHA-512 over seed and public key; rounds 0 says that the key is not encrypted, which
 * is the only form here. Text in memory; files are the caller's (a secret key's has mode 0600). Reading is strict: exactly
 * these two lines, canonical base64; the comment may be any bytes, as nobody signs them. Base64 of a secret key is made and
 * read without branches or tables that depend on it.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/sign/sign.h"

#define SIGNIFY_COMMENT_MAX      256u  /* that we write */
#define SIGNIFY_COMMENT_READ_MAX 1023u /* that signify takes */
#define SIGNIFY_TEXT_MAX         512u  /* any file that we write fits, a terminator included */

/*
 * Put the file as a string into `text`. ST_INVALID: the comment is empty, too long or has a control
 * character; then the string is empty. Wipe a secret key's text when it is written.
 */
MUST_CHECK status_t signify_put_public(char text[SIGNIFY_TEXT_MAX], const char *comment,
                                       const struct sign_public *key);
MUST_CHECK status_t signify_put_signature(char text[SIGNIFY_TEXT_MAX], const char *comment,
                                          const struct sign_signature *signature);
MUST_CHECK status_t signify_put_key(char text[SIGNIFY_TEXT_MAX], const char *comment,
                                    const struct sign_key *key);

/*
 * From the bytes of a file. ST_FORMAT: not such a file, or (secret key) its checksum or public key is not that of its seed.
 * ST_UNSUPPORTED: a secret key that is encrypted. `out` is not to be used then; of a secret key nothing is left in it.
 */
MUST_CHECK status_t signify_get_public(const char *text, size_t bytes, struct sign_public *out);
MUST_CHECK status_t signify_get_signature(const char *text, size_t bytes,
                                          struct sign_signature *out);
MUST_CHECK status_t signify_get_key(const char *text, size_t bytes, struct sign_key *out);
