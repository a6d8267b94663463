/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/logconsole - the logs that a machine without a disk wrote on its console (records `export`, `exported` of
 * docs/spec/console.md), by the names they have in a directory.
 *
 * Pieces of a file follow each other without a gap, and `exported` says how much there is: a console log that was cut
 * off, or of which a line is missing, is refused as a whole.
 */
#pragma once
#include "tools/skerry/logdir.h"

/* Does the file look like a console log? */
bool logconsole_is(const char *path);
/* A source for logdir_open_source. False with a complaint: no such records, or not all of them. */
bool logconsole_open(struct logdir_source *source, const char *path, struct complaint *bad);
