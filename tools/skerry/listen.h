/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/listen - a board's console, kept byte for byte with the host's time beside it.
 *
 * The kept log is what the board sent, and between its lines records of the host (docs/spec/console.md,
 * type "host"): when listening began, once a second what time it is, when the line was lost and when it
 * was back. Without them it is the console itself; `skerry report` reads it with them.
 *
 * Time and writing are the caller's: no clock and no file in here.
 */
#pragma once
#include "tools/skerry/runlog.h"

struct listen {
    struct runlog runlog;
    struct stream stream;
    /* Called with every byte of the log, in order; false: it could not be kept. */
    bool (*keep)(void *ctx, const char *bytes, size_t n);
    /* Called with every line, after the runlog took it. */
    void (*show)(void *ctx, const struct stream_line *line, enum record_type type, int64_t now_ms);
    void *ctx;

    bool begun, inside, failed; /* inside: the last byte kept was no newline */
    int64_t start_ms, mark_ms, now_ms;
    int64_t bytes; /* that the board sent */
    unsigned lost;
};

/* Times are milliseconds since 1970. `words`: more fields of the first record, or "". */
void listen_start(struct listen *l, int64_t now_ms, const char *words);
void listen_bytes(struct listen *l, int64_t now_ms, const char *bytes, size_t n);
void listen_lost(struct listen *l, int64_t now_ms);
void listen_back(struct listen *l, int64_t now_ms);
/* What has no newline yet is handed out; the runlog stays until listen_free. */
void listen_end(struct listen *l, int64_t now_ms);
void listen_free(struct listen *l);
/* "2026-11-21T12:00:00.123Z" */
void listen_stamp(int64_t ms, char *to, size_t room);
