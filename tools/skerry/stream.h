/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/stream - cut a console's bytes into lines of text and records.
 *
 * A record starts at the byte 0x1e wherever it stands, because two writers may
 * meet on one line, and ends at the newline; a second 0x1e before that means the
 * first was cut off. Lines have a limit, so that a gigabyte without a newline is a
 * counted fault and not a gigabyte of memory. Nothing here knows JSON.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "tools/skerry/buf.h"

#define RECORD_MARK     0x1e
#define STREAM_LINE_MAX 65536u

struct stream_line {
    bool record;   /* the bytes after 0x1e; else text          */
    bool whole;    /* ended by a newline                       */
    bool overlong; /* only the first STREAM_LINE_MAX are here  */
    const char *bytes;
    size_t n;
    unsigned long line; /* 1 is the first line of the log */
};

typedef void stream_sink(void *ctx, const struct stream_line *line);

struct stream {
    struct buf held;
    unsigned long newlines;
    bool record, overlong, open;
};

void stream_feed(struct stream *s, const char *bytes, size_t n, stream_sink *sink, void *ctx);
/* The input is over: hand out what has no newline yet, and free. */
void stream_finish(struct stream *s, stream_sink *sink, void *ctx);
