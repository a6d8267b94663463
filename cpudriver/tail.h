/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/tail - what few tasks ever use, FP registers and the nonces of proofs, and where a task keeps it.
 *
 *     large:  | task | tail |                          the tail is behind it from the start
 *     small:  | task |    | root table | space | tail |  in the page of its space, from its first use on, if no other task
 *                                                        of that space has it
 *
 * A small task of which another has the tail faults when it uses FP registers (FAULT_OTHER), and no proof of it is accepted.
 * A tail stays where it is until the task goes or loses its space. Its FP registers are zero then; nonces it has used are never
 * fresh again, and with them all that are lower (nonces_gone).
 */
#pragma once
#include "cpudriver/kcb.h"

/* It has a tail from here on, with nothing in it that another task left. False: there is none for it. */
MUST_CHECK bool tail_attach(struct task *t);
/* Its space goes, or it leaves it. */
void tail_detach(struct kcb *k, struct task *t);

/* As if it had one. */
uint64_t tail_nonce_top(const struct task *t);
uint64_t tail_nonce_word(const struct task *t, unsigned i);
