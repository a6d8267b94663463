/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/logread - the records of logs one by one: of one core in order, or of all cores merged by time.
 *
 * Does not verify: what stands in the files is handed out as it is.
 */
#pragma once
#include "tools/skerry/logdir.h"

struct logread_core {
    unsigned core;
    const struct logdir_segment *segment; /* NULL: this core is at its end */
    struct buf bytes;
    size_t at;
};

struct logread {
    const struct logdir *d;
    struct logread_core *core;
    size_t ncores, last; /* last: whose record was handed out; SIZE_MAX: nobody's */
    bool by_time;
};

/* Of `core`, or of all with -1; by_time: merged, else core after core. False with a complaint if a file cannot be read. */
bool logread_start(struct logread *l, const struct logdir *d, int core, bool by_time,
                   struct complaint *bad);
/* The next record, until the next call; NULL at the end, or with bad->code when a file cannot be read. */
const struct witness_record *logread_next(struct logread *l, struct complaint *bad);
void logread_free(struct logread *l);
