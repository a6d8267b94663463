/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/ram - this core's memory: blocks for programs and for other cores, frames for the monitor itself.
 *
 * What was made from a block, wherever its capabilities went, is taken back by one revoke
 * of the block. That is how all of a program's memory returns when it ends. Where blocks are is
 * buddy.c, who has them ledger.c; docs/protocols/ram.md has the picture.
 */
#pragma once
#include "lib/rt/syscall.h"
#include "monitor/ledger.h"

void ram_start(void);

/* A RAM capability of at least `bytes`, in the monitor's table, for program `who`. ST_NOMEM. */
MUST_CHECK status_t ram_take(uint64_t who, uint64_t bytes, handle_t *ram, uint64_t *got);
/* Take back everything made from it, and keep it for the next: at once, or, if that is much, in slices
 * between other work and when other cores have given back what they hold of it (ram_revoked). Meanwhile it is
 * RETURNING. */
void ram_give(handle_t ram);
/* By the shell of capabilities (monitor/agree): revoke this everywhere, then ram_revoked. False: too many
 * are being revoked; it is asked again when one is done. */
MUST_CHECK bool ram_revoke_agreed(handle_t ram);
void ram_revoked(handle_t ram);

/* A cleared frame in the monitor's table for another core. ST_INVALID: nothing, or more than LEND_MAX.
 * ST_NOMEM: more would be lent than is free then. ST_TABLE_FULL: too many pieces are lent. */
#define LEND_MAX (1024u * 1024u) /* cleared in one go, while nobody else is served */
MUST_CHECK status_t ram_lend(core_id to, uint64_t bytes, handle_t *frame);
/* It came back, and is deleted here. Its memory is free when no core it was passed on to holds a copy. */
void ram_returned(handle_t frame);

/* What others lent us, by the shell of capabilities. As ledger_change(). */
MUST_CHECK status_t ram_borrowed(core_id from, paddr_t base, uint64_t bytes);
MUST_CHECK status_t ram_unborrowed(core_id from, paddr_t base, uint64_t bytes);

/* A frame for the monitor's own use, never given back. ST_NOMEM. */
MUST_CHECK status_t ram_own_frame(uint64_t bytes, handle_t *frame);

/* Map `frame` at MON_WINDOW, to be filled; one at a time. */
MUST_CHECK status_t ram_window_open(handle_t frame, uint64_t bytes, void **at);
void ram_window_close(handle_t frame);

void ram_count(uint64_t *free_bytes, uint64_t *all_bytes);
/* Capabilities that its blocks are: how finely it is cut now. */
unsigned ram_blocks(void);
/* As ledger_next(); `largest`: bytes of the largest block that is free. */
MUST_CHECK status_t ram_tell(paddr_t at, struct ledger_range *is, uint64_t *largest);
