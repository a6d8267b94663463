/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/notes_log - reads the witness logs of all cores as the keeper does, and keeps of them what a monitor says of
 * itself: for tests that know which records must come, in which order, and no others.
 */
#pragma once
#include "lib/base/types.h"
#include "witness/record.h"

#define NOTES_KEPT 64u

/* All logs; and what is in them so far is not looked at. */
bool notes_open(void);
/* What has come since is forgotten. */
void notes_forget(void);

/* That core is about to be stopped, and its memory goes with it. */
void notes_without(core_id core);

/*
 * The records about channels, leases and lent memory that `core` has written since; it is waited for `n` of them, and a little
 * longer for those that should not come. How many.
 */
unsigned notes_of(core_id core, unsigned n);
const struct witness_record *notes_at(core_id core, unsigned i);
/* The kind of the record of memory mapped or unmapped, or of a revoke, that stood last before the i-th; 0: none since notes_forget. */
unsigned notes_change_before(core_id core, unsigned i);

/* Is it one of this kind, by a proof of that tier, with these words? */
bool notes_is(core_id core, unsigned i, enum witness_kind kind, unsigned tier, unsigned flags, uint64_t target,
              uint64_t payload);
/* To the end of the run. */
bool notes_end(void);
