/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The interface as it was in 1.1.1: OpenSSL 3 calls the functions on single blocks deprecated and has no others. */
#define OPENSSL_API_COMPAT 10101
#include "tools/skerry/sha_block.h"

#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof((SHA256_CTX){0}.h) == 8 * sizeof(uint32_t), "the state is eight words");

void sha_block(uint32_t h[8], const void *block)
{
    SHA256_CTX c; /* only its h is looked at */

    memcpy(c.h, h, sizeof c.h);
    SHA256_Transform(&c, block);
    memcpy(h, c.h, sizeof c.h);
}
