/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/prove - says what is about to be done, for operations that ask for a proof (docs/protocols/proofs.md).
 *
 * The nonces of a task count up here; one task of a program uses it.
 */
#pragma once
#include "lib/rt/syscall.h"
#include "witness/proof.h"

/* Who this monitor is in a mutation. */
uint64_t prove_holder(core_id core);

/* ATTEST_PROVE by the capability `by`, for the operation that follows. What was said is in *said. */
MUST_CHECK status_t prove_say(handle_t by, const struct mutation *m, unsigned tier, struct proof_token *said);

/* With tier 3: the monitor is the signer of its core, it alone has the secret. One leaf, one signature, one operation. */
void prove_sign(const struct proof_token *said, uint64_t holder, uint64_t signature[4]);

/* ATTEST_EMIT with its proof, of the tier that the kind asks for, by a capability to the island [EXECUTE, PROVE] of core `core`. `kind_and_flags`: kind | flags << 16. */
MUST_CHECK status_t prove_emit(handle_t island, core_id core, uint64_t kind_and_flags, uint64_t target,
                                   uint64_t payload, uint32_t hash);
