/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/attest - asks for an attestation report: what was booted, and the last seal of every core, signed.
 *
 *     program                            keeper (service "attest")
 *     ASK(nonce) ----------------------> all cores close their open segment; they are stored and signed
 *       <---- HEAD(status, bytes, bytes)
 *       <---- PIECE, PIECE, ...          text, then signature
 *
 * The nonce is the asker's: a report that bears it was made after the asker chose it. Format: docs/spec/witness.md. Without a
 * disk nothing is stored, there is nothing to attest and no such service.
 */
#pragma once
#include "lib/rt/chan.h"

#define ATTEST_SERVICE "attest"
#define ATTEST_TEXT_BYTES 16384u
#define ATTEST_SIGNATURE_BYTES 128u /* at most: the blob of a signify file */

enum attest_kind { ATTEST_ASK = 1, ATTEST_HEAD, ATTEST_PIECE };

struct attest_ask {
    uint64_t nonce;
};
struct attest_head {
    uint64_t status, text_bytes, signature_bytes;
};

/* One at a time on a channel bound to ATTEST_SERVICE. `text` and `signature` have the room above. */
MUST_CHECK status_t rt_attest(struct rt_chan *c, uint64_t nonce, uint64_t deadline_ns, char *text, size_t *text_bytes,
                              uint8_t *signature, size_t *signature_bytes);
