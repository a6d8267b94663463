/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/prove - says what is about to be done, for operations that ask for a proof of tier 2 (docs/protocols/proofs.md).
 *
 * The nonces of a task count up here; one task of a program uses it.
 */
#pragma once
#include "lib/rt/syscall.h"

/* ATTEST_EMIT with its proof, by a capability to the island [EXECUTE, PROVE] of core `core`. `kind_and_flags`: kind | flags << 16. */
MUST_CHECK status_t prove_emit(handle_t island, core_id core, uint64_t kind_and_flags, uint64_t target,
                                   uint64_t payload, uint32_t hash);
