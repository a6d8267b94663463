/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/listen.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { MARK_MS = 1000 };

void listen_stamp(int64_t ms, char *to, size_t room)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm t = {0};
    char day[40] = "";

    gmtime_r(&seconds, &t);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &t);
    say(to, room, "%s.%03dZ", day, (int)(ms % 1000));
}

static void line(void *ctx, const struct stream_line *s)
{
    struct listen *l = ctx;
    enum record_type type = runlog_line(&l->runlog, s);

    if (l->show && type != RECORD_host)
        l->show(l->ctx, s, type, l->now_ms);
}

/* To the log and to the eyes: both see the same bytes. */
static void take(struct listen *l, const char *bytes, size_t n)
{
    if (n == 0)
        return;
    l->failed = !l->keep(l->ctx, bytes, n) || l->failed;
    l->inside = bytes[n - 1] != '\n';
    stream_feed(&l->stream, bytes, n, line, l);
}

/* A record of ours, on a line of its own. */
static void mark(struct listen *l, const char *what, const char *words)
{
    struct buf t = {0};
    char at[48];

    listen_stamp(l->now_ms, at, sizeof at);
    buf_put(&t, "%s\x1e{\"type\":\"host\",\"what\":\"%s\",\"at\":\"%s\",\"ms\":%" PRId64 "%s%s}\n",
            l->inside ? "\n" : "", what, at, l->now_ms - l->start_ms, *words ? "," : "", words);
    l->mark_ms = l->now_ms;
    take(l, t.s, t.n);
    buf_free(&t);
}

void listen_start(struct listen *l, int64_t now_ms, const char *words)
{
    runlog_start(&l->runlog);
    l->start_ms = l->now_ms = now_ms;
    l->begun = true;
    mark(l, "start", words);
}

void listen_bytes(struct listen *l, int64_t now_ms, const char *bytes, size_t n)
{
    const char *end = l->inside ? memchr(bytes, '\n', n) : NULL;

    l->now_ms = now_ms;
    l->bytes += (int64_t)n;
    /* A time stands between two lines, never in one. */
    if (now_ms - l->mark_ms >= MARK_MS && (!l->inside || end)) {
        size_t first = end ? (size_t)(end + 1 - bytes) : 0;

        take(l, bytes, first);
        mark(l, "time", "");
        bytes += first;
        n -= first;
    }
    take(l, bytes, n);
}

void listen_lost(struct listen *l, int64_t now_ms)
{
    l->now_ms = now_ms;
    l->lost++;
    mark(l, "lost", "");
}

void listen_back(struct listen *l, int64_t now_ms)
{
    l->now_ms = now_ms;
    mark(l, "back", "");
}

void listen_end(struct listen *l, int64_t now_ms)
{
    l->now_ms = now_ms;
    mark(l, "end", "");
    stream_finish(&l->stream, line, l);
}

void listen_free(struct listen *l)
{
    if (l->begun)
        runlog_free(&l->runlog);
    buf_free(&l->stream.held);
}
