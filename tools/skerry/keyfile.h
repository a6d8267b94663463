/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/keyfile - keys and signatures (lib/sign) for people: what is wrong with one is said in a sentence. */
#pragma once
#include "lib/sign/signify.h"
#include "tools/skerry/error.h"

/* Why a file of signify was not read; NULL: it was. */
const char *keyfile_why(status_t st);
/* Reads a public key out of a file of the host. */
bool keyfile_public(const char *path, struct sign_public *key, struct complaint *bad);
/* Why this is no signature of these bytes by this key; NULL: it is one. */
const char *keyfile_judge(const struct sign_public *key, const void *message, size_t n,
                          const struct sign_signature *s);
