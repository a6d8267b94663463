/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/logdir - where logs are read from: which cores and segments there are, and their bytes.
 *
 *     directory  --.
 *                   >-- struct logdir_source: files by name --> struct logdir: segments in order
 *     (disk image, console log) -'
 *
 * A source only knows names and bytes, so that what holds the logs in another way (a disk) gives them the names they
 * have in a directory, and all that is above stays the same. Nothing here judges what is in a file.
 */
#pragma once
#include "tools/skerry/error.h"
#include "tools/skerry/logtext.h"

#define LOGDIR_FILE_MAX ((size_t)1 << 30) /* nobody writes larger segments */

typedef void logdir_found(void *to, const char *name, uint64_t bytes);

struct logdir_source {
    void *ctx;
    /* Both: false with errno. */
    bool (*list)(void *ctx, logdir_found *found, void *to);
    bool (*read)(void *ctx, const char *name, struct buf *bytes); /* in place of what was there */
    void (*close)(void *ctx);
};

struct logdir_segment {
    unsigned core;
    uint32_t number;
    uint64_t bytes;  /* of the .log                        */
    bool has[PARTS]; /* a seal may be there without a log  */
};

struct logdir {
    char *name; /* for people */
    struct logdir_source source;
    struct logdir_segment *segment; /* by core, then number */
    size_t n, room;
    bool checkpoint, checkpoint_sig, attestation, attestation_sig, key;
};

/* All false with a complaint. Close what was opened, also then. */
bool logdir_open(struct logdir *d, const char *path, struct complaint *bad);
bool logdir_open_source(struct logdir *d, const char *name, const struct logdir_source *source,
                        struct complaint *bad);
void logdir_close(struct logdir *d);

bool logdir_read(const struct logdir *d, const char *name, struct buf *bytes,
                 struct complaint *bad);
bool logdir_read_part(const struct logdir *d, const struct logdir_segment *s,
                      enum logtext_part part, struct buf *bytes, struct complaint *bad);
/* The first segment of the core, or NULL; its others follow. */
const struct logdir_segment *logdir_core(const struct logdir *d, unsigned core);
const struct logdir_segment *logdir_find(const struct logdir *d, unsigned core, uint32_t number);
/* The one after it, of any core; NULL for the first and after the last. */
const struct logdir_segment *logdir_next(const struct logdir *d, const struct logdir_segment *s);
