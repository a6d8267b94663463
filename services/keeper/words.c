/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/keeper/words.h"
#include <stdio.h>

static void hex(char text[2 * 32 + 1], const uint8_t *bytes)
{
    for (unsigned i = 0; i < 32; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

unsigned words_seal(char text[WORDS_SEAL_BYTES], unsigned core, uint32_t segment,
                    const uint8_t seal[WITNESS_SEAL_BYTES])
{
    char digits[65];

    hex(digits, seal);
    return (unsigned)snprintf(text, WORDS_SEAL_BYTES, "%s  core-%02u-%06lu.log\n", digits, core,
                              (unsigned long)segment);
}

unsigned words_checkpoint(char text[WORDS_CHECKPOINT_BYTES], uint32_t boot, const uint8_t measurement[32],
                          uint64_t nonce, const struct words_core *c, unsigned n)
{
    char digits[65];
    size_t at;

    hex(digits, measurement);
    at = (size_t)snprintf(text, WORDS_CHECKPOINT_BYTES,
                          "skerry checkpoint 1\nboot %lu\nmeasurement %s\nnonce %016llx\n",
                          (unsigned long)boot, digits, (unsigned long long)nonce);
    for (unsigned i = 0; i < n && at < WORDS_CHECKPOINT_BYTES; i++) {
        hex(digits, c[i].seal);
        at += (size_t)snprintf(text + at, WORDS_CHECKPOINT_BYTES - at,
                               "core %u first %lu segments %lu records %llu seal %s%s\n", c[i].core,
                               (unsigned long)c[i].first, (unsigned long)c[i].segments,
                               (unsigned long long)c[i].records, digits, c[i].stopped ? " stopped" : "");
    }
    return at < WORDS_CHECKPOINT_BYTES ? (unsigned)at : 0;
}

unsigned words_attestation(char text[WORDS_CHECKPOINT_BYTES], uint32_t boot, const uint8_t measurement[32],
                           uint64_t nonce, uint64_t at_ns, const struct words_core *c, unsigned n)
{
    char digits[65];
    size_t at;

    hex(digits, measurement);
    at = (size_t)snprintf(text, WORDS_CHECKPOINT_BYTES,
                          "skerry attestation 1\nboot %lu\nmeasurement %s\nnonce %016llx\nat %llu\n",
                          (unsigned long)boot, digits, (unsigned long long)nonce, (unsigned long long)at_ns);
    for (unsigned i = 0; i < n && at < WORDS_CHECKPOINT_BYTES; i++) {
        hex(digits, c[i].seal);
        at += (size_t)snprintf(text + at, WORDS_CHECKPOINT_BYTES - at, "core %u segment %lu sequence %llu seal %s\n",
                               c[i].core, (unsigned long)c[i].segments - 1, (unsigned long long)c[i].records, digits);
    }
    return at < WORDS_CHECKPOINT_BYTES ? (unsigned)at : 0;
}
