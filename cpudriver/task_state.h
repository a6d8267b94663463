/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/task_state - the state of a stopped task as an array of words (lib/abi/task_state.h).
 *
 * FP registers may still be those of the core, where they stay until another task uses its own: they are saved first.
 */
#pragma once
#include "cpudriver/kcb.h"
#include "lib/abi/task_state.h"

/* The words from `first` on; beyond the last they are 0. ST_STATE: `t` is not stopped; ST_INVALID: no such word. */
MUST_CHECK status_t task_peek(struct kcb *k, struct task *t, uint64_t first, uint64_t out[PEEK_WORDS]);
/*
 * Those beyond the last are ignored. A new task becomes a stopped one. Refused, nothing has changed: ST_STATE, as above;
 * ST_INVALID: no such word, or a value it cannot have; ST_ADMISSION.
 */
MUST_CHECK status_t task_poke(struct kcb *k, struct task *t, uint64_t first, const uint64_t in[POKE_WORDS]);
/* Of `digest` and one more call of TASK_POKE: what the record says by which the task goes on. Nothing was written: 0. */
uint64_t task_state_digest(uint64_t digest, uint64_t first, const uint64_t in[POKE_WORDS]);
