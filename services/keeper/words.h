/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/keeper/words - the texts that are signed: docs/spec/witness.md, "A directory of logs". */
#pragma once
#include "witness/record.h"

#define WORDS_SEAL_BYTES 96u
#define WORDS_CHECKPOINT_BYTES 16384u

/* "<64 hex digits>  core-CC-NNNNNN.log\n"; how many bytes. */
unsigned words_seal(char text[WORDS_SEAL_BYTES], unsigned core, uint32_t segment,
                    const uint8_t seal[WITNESS_SEAL_BYTES]);

struct words_core {
    unsigned core;
    uint32_t first, segments;
    bool stopped; /* the core is no more, its last segment was never closed: `seal` is the SHA-256 of what there is of it */
    uint64_t records;
    uint8_t seal[WITNESS_SEAL_BYTES];
};
/*
 * The report of what was booted and of the last seal of n cores (records: the sequence behind it); how many bytes, 0: it
 * does not fit.
 */
unsigned words_attestation(char text[WORDS_CHECKPOINT_BYTES], uint32_t boot, const uint8_t measurement[32],
                           uint64_t nonce, uint64_t at_ns, const struct words_core *c, unsigned n);
/* The checkpoint of n cores; how many bytes, 0: it does not fit. */
unsigned words_checkpoint(char text[WORDS_CHECKPOINT_BYTES], uint32_t boot, const uint8_t measurement[32],
                          uint64_t nonce, const struct words_core *c, unsigned n);
