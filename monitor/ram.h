/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/ram - this core's memory: slices for programs, frames for the monitor itself.
 *
 * What was made from a slice, wherever its capabilities went, is taken back by one revoke
 * of the slice. That is how all of a program's memory returns when it ends.
 */
#pragma once
#include "lib/base/types.h"
#include "lib/rt/syscall.h"

void ram_start(void);

/* A RAM capability of at least `bytes`, in the monitor's table. ST_NOMEM. */
MUST_CHECK status_t ram_take(uint64_t bytes, handle_t *ram, uint64_t *got);
/* Take back everything made from it, and keep it for the next: at once, or when other cores have given
 * back what they hold of it (ram_revoked). */
void ram_give(handle_t ram);
/* By the shell of capabilities (monitor/agree): revoke this everywhere, then ram_revoked. False: too many. */
MUST_CHECK bool ram_revoke_agreed(handle_t ram);
void ram_revoked(handle_t ram);

/* A cleared frame for another core. ST_NOMEM; ST_INVALID: more than LEND_MAX. And it came back. */
#define LEND_MAX (1024u * 1024u)
MUST_CHECK status_t ram_lend(core_id to, uint64_t bytes, handle_t *frame);
void ram_returned(handle_t frame);

/* A frame for the monitor's own use, never given back. ST_NOMEM. */
MUST_CHECK status_t ram_own_frame(uint64_t bytes, handle_t *frame);

/* Map `frame` at MON_WINDOW, to be filled; one at a time. */
MUST_CHECK status_t ram_window_open(handle_t frame, uint64_t bytes, void **at);
void ram_window_close(handle_t frame);

void ram_count(uint64_t *free_bytes, uint64_t *all_bytes);
