/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/gate - the one gate of privileged operations: a proof that exactly this was meant, now, once, by this task
 * (witness/proof.h, docs/protocols/proofs.md).
 *
 *     ATTEST_PROVE   the task says what it is about to do; the answer is the same whatever it says
 *     the operation  looks up the facts, writes down the mutation, and asks
 *                        gate_pass       tier 2: what a monitor records
 *                        gate_pass_deep  tier 3: leases of devices, programs that change core. With the way up to the root,
 *                                        and a signature by who has the secret of this boot: the core's monitor
 *
 * A token is gone after the next gated operation of its task, accepted or not. What is refused is refused with one status
 * and leaves one record, ProofRejected.
 */
#pragma once
#include "cpudriver/kcb.h"

/* x0 the capability with PROVE, x1..x4 hash of the mutation, x5 valid until (ns), x6 nonce, x7 tier. As many instructions
 * for a handle that is good as for one that is not. */
void gate_take(struct kcb *k, struct task *t);

/* The key of this boot, and the secret it is made of, for the monitor alone (lib/abi/program.h). */
void gate_init(struct kcb *k, uint8_t secret[HASH_BYTES]);

/* May `t` do this, by the capability `used`? ST_PROOF. The caller has asked for room for one record more. */
MUST_CHECK status_t gate_pass(struct kcb *k, struct task *t, const struct cap *used,
                              const struct mutation *m);

/*
 * Has `of` said, by a capability to itself, that it means this call to its monitor (SEND_CALL; target: its number)? ST_PROOF. For monitors: what
 * they are asked to do may ask for a proof of who asks.
 */
MUST_CHECK status_t gate_check(struct kcb *k, struct task *of, uint64_t object, uint64_t first, uint64_t second);

/* Of an island: the core, and its memory. */
void gate_facts(const struct kcb *k, const struct task *t, const struct cap *island, unsigned tier, struct proof_facts *f);

/* The same with the facts of an operation that asks for tier 3. `signature`: four words, from the registers of the call. */
MUST_CHECK status_t gate_pass_deep(struct kcb *k, struct task *t, const struct cap *used, const struct proof_facts *f,
                                   const struct mutation *m, const uint64_t signature[4]);
