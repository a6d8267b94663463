/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/keeper/export - without a disk: the logs that are in memory when the run ends, as files, over the console.
 *
 * Records `export` carry the files of a directory of logs (docs/spec/witness.md), record `exported` counts them. What
 * was dropped while nobody stored it is not there: the checkpoint says with which segment each log begins. The host
 * reads a console log with such records as it reads a directory.
 */
#pragma once
#include "lib/abi/bootinfo.h"

/* Signs; the blob of a signify file, and how many bytes it has, 0 without a key. */
typedef unsigned export_sign(const char *message, unsigned bytes, uint8_t *blob);

/* All logs are closed. `text`: WORDS_CHECKPOINT_BYTES of room. */
void export_logs(const struct bootinfo *b, uint64_t nonce, export_sign *sign, char *text);
