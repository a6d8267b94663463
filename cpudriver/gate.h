/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/gate - the one gate of privileged operations: a proof of tier 2 that exactly this was meant, now, once, by
 * this task (witness/proof.h, docs/protocols/proofs.md).
 *
 *     ATTEST_PROVE   the task says what it is about to do; the answer is the same whatever it says
 *     the operation  gate_pass looks up the facts, writes down the mutation, and asks
 *
 * A token is gone after the next gated operation of its task, accepted or not. What is refused is refused with one status
 * and leaves one record, ProofRejected.
 */
#pragma once
#include "cpudriver/kcb.h"

/* x0 the capability with PROVE, x1..x4 hash of the mutation, x5 valid until (ns), x6 nonce, x7 tier. As many instructions
 * for a handle that is good as for one that is not. */
void gate_take(struct kcb *k, struct task *t);

/* What has been decided, for an operation that looks at the proof itself: the token is gone; ST_OK, or ST_PROOF and its record.
 * `yes` counts only if the token was said by the capability used. */
MUST_CHECK status_t gate_decide(struct kcb *k, struct task *t, const struct cap *used, const struct mutation *m, bool yes);

/* May `t` do this, by the capability `used`? ST_PROOF. The caller has asked for room for one record more. */
MUST_CHECK status_t gate_pass(struct kcb *k, struct task *t, const struct cap *used,
                              const struct mutation *m);
