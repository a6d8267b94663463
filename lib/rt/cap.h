/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/cap - capability operations that a system call does in slices, done whole.
 *
 * The kernel answers ST_AGAIN when a slice is done and work is left; these call again
 * until the answer is another. Everything else of CAP_ is in lib/rt/syscall.h.
 */
#pragma once
#include "lib/rt/syscall.h"

/* Retype into the own table; another core's RAM by way of the monitors, and then RAM, or a frame of at most 1 MiB (ST_INVALID).
 * ST_NOMEM: not so much is free in `ram`; nothing was taken then. */
MUST_CHECK status_t cap_retype(handle_t ram, uint64_t type, uint64_t bytes, handle_t *made);
MUST_CHECK status_t cap_delete(handle_t h);
/* Everything made from it goes, on every core: where other cores hold some of it, by way of the monitors.
 * ST_STALE_HANDLE: somebody revoked what it came from meanwhile, and so all this too. ST_TABLE_FULL: the monitor has too many
 * requests at once; what this core has of it may be gone already, nothing can be made from `h`, and calling again goes on. */
MUST_CHECK status_t cap_revoke(handle_t h);

/* For undoing: deletes `h` if it is not 0; that a slot cannot be deleted is a bug of ours. A full witness log is no bug: it
 * waits for room, or, if cap_drop_later is set, leaves it to that. */
void cap_drop(handle_t h);
extern void (*cap_drop_later)(handle_t h);

/* Bytes still free in a RAM capability; 0 if it is none. */
uint64_t cap_free_bytes(handle_t ram);
