/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/remark - what a reader must know beside the numbers.
 *
 * Two lists that every kind of report shows: the strip (how did it go, in a few
 * tiles) and the remarks (outliers, missing pairs, a cut log, dead cores, ...).
 */
#pragma once
#include "tools/skerry/figures.h"

enum level { LEVEL_GOOD, LEVEL_NOTE, LEVEL_WARN, LEVEL_FAIL };

struct remark {
    enum level level;
    char text[640];
};

struct tile {
    enum level level;
    char label[48], value[64], note[160];
};

#define REMARKS_MAX 64
#define TILES_MAX   8

struct remarks {
    struct remark remark[REMARKS_MAX];
    size_t n;
    struct tile tile[TILES_MAX];
    size_t ntiles;
    bool whole; /* ended with status 0, nothing missing */
};

/* `host_cores` 0: not known. `stale`: a sidecar was there but belongs to other bytes. */
void remarks_make(const struct runlog *l, int64_t host_cores, bool stale, struct remarks *r);
const char *level_word(enum level level); /* "ok", "note", "warning", "FAIL" */
