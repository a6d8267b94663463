/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/keeper/attest - who asks for an attestation report (lib/rt/attest.h), and what each is still to be sent.
 *
 *     FREE --client--> IDLE --ASK--> SEALING --all cores have closed a segment, or too late--> SENDING --> IDLE
 *
 * Looked at between two rounds of storing, and never waited for: a client that does not read holds up nobody. Cores are asked
 * to close their segments at most once in ATTEST_PAUSE_NS, whoever asks: each has a place of its own on the disk, and
 * asking often must not drive out the log.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define ATTEST_PAUSE_NS 1000000000ull

/* Makes the report with this nonce: text, its bytes, blob of its signature, its bytes. */
typedef status_t attest_make(uint64_t nonce, const char **text, unsigned *text_bytes, uint8_t *blob, unsigned *blob_bytes);

void attest_start(void);
/* `sealed`: all that was closed until now is stored and signed. True: somebody waits. */
bool attest_turn(bool sealed, attest_make *make);
