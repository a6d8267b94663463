/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/keeper/disk_store - the log store (witness/store.h) on the machine's disk (lib/rt/disk.h). */
#pragma once
#include "lib/abi/bootinfo.h"
#include "witness/store.h"

/*
 * Finds the disk and the store on it, makes one on a disk that has none, and begins the next boot; or goes on with
 * the boot that `again` says was under way. ST_NOT_FOUND: there is no disk; ST_EXISTS: it holds something else, and is left
 * as it is. Else why it cannot be used.
 */
MUST_CHECK status_t disk_store_open(struct wstore *s, bool again, uint32_t *boot);
/* There is none: an `error` record if the machine has an SD host, for which there is no driver. */
void disk_store_tell_none(const struct bootinfo *b);
