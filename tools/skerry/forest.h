/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/forest - the capabilities of all cores as one forest, out of the `cap` records of a dump.
 *
 *     core 0: RAM > frame > proxy (node 0.100000003, holder 1)
 *                              `--> core 1: import (node 0.100000003, owner 0) > frame
 *
 * Below the owner's proxy hangs what the holder has imported under the same node. What contradicts itself
 * is kept as warnings: the forest is drawn as it was found.
 */
#pragma once
#include "tools/skerry/runlog.h"

enum forest_flag { FOREST_PROXY = 1, FOREST_IMPORT = 2, FOREST_BUSY = 4, FOREST_REVOKING = 8 };
#define FOREST_NONE SIZE_MAX
#define FOREST_DEPTH 512 /* levels drawn; what is deeper goes round in a circle */

struct forest_cap {
    unsigned core, peer;    /* peer: holder of a proxy, owner of an import          */
    uint64_t id, parent;    /* within the core; parent 0: none                      */
    uint64_t base, bytes;
    unsigned depth, flags;
    char kind[8], rights[9], program[32], node[40];
    unsigned long line;
    size_t up, child, next; /* joined: places in `cap`, FOREST_NONE                 */
    bool shown, owner;      /* crosses cores; a proxy at the owner of its memory    */
};

struct forest {
    struct forest_cap *cap;
    size_t n, room;
    int64_t dump;           /* the one taken; -1: none seen                         */
    int64_t want;           /* -1: the last of the log                              */
    int64_t seen[16];       /* dumps of the log, as they came                       */
    size_t nseen;           /* more than there is room for: only counted            */
    bool done[CORES_MAX];   /* cores whose dump has its end                         */
    bool cut;               /* a core's dump is not whole                           */
    unsigned long records, lines, broken;
    struct buf warnings;    /* a line each                                          */
    size_t nwarnings;
};

void forest_start(struct forest *f, int64_t dump);
void forest_free(struct forest *f);
/* A stream_sink whose context is a struct forest. */
void forest_line(void *f, const struct stream_line *line);
/* After the last line: join the cores, look for contradictions, mark what crosses cores. */
void forest_join(struct forest *f);
/* After joining: show what a core has or has of others, and what is above it; all: what never left the core, too. */
void forest_only(struct forest *f, unsigned core, bool all);

/* In preorder: the next to be drawn after `at` (FOREST_NONE: begin), and how deep it stands. */
size_t forest_next(const struct forest *f, size_t at, unsigned *depth, bool all);
/* One capability in words, without its tree. */
void forest_words(const struct forest *f, size_t at, struct buf *t);
bool forest_is_last(const struct forest *f, size_t at, bool all);

/* The forest as a picture, standing alone. */
void forest_svg(const struct forest *f, bool all, struct buf *t);
