/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/logimage - the logs on the image of a disk (witness/store.h), by the names they have in a directory.
 *
 * The newest boot. A segment is as long as its records verify. Of a boot with a checkpoint only what that covers: behind it
 * an open segment of each core tells of the end of the run itself.
 */
#pragma once
#include "tools/skerry/logdir.h"

/* A source for logdir_open_source. False with a complaint: not a store, or not to be read. */
bool logimage_open(struct logdir_source *source, const char *path, struct complaint *bad);
