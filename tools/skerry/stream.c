/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/stream.h"

#include <string.h>

/* An empty fragment that no newline ended is nobody's line. */
static void hand_out(struct stream *s, bool whole, stream_sink *sink, void *ctx)
{
    size_t n = s->held.n;

    if (s->open || whole) {
        if (whole && n && s->held.s[n - 1] == '\r')
            n--;
        sink(ctx, &(struct stream_line){.record = s->record,
                                        .whole = whole,
                                        .overlong = s->overlong,
                                        .bytes = s->held.s ? s->held.s : "",
                                        .n = n,
                                        .line = s->newlines + 1});
    }
    buf_clear(&s->held);
    s->record = s->overlong = s->open = false;
}

static void hold(struct stream *s, const char *bytes, size_t n)
{
    size_t room = STREAM_LINE_MAX - s->held.n;

    if (!n)
        return;
    s->open = true;
    if (n > room) {
        s->overlong = true;
        n = room;
    }
    buf_bytes(&s->held, bytes, n);
}

void stream_feed(struct stream *s, const char *bytes, size_t n, stream_sink *sink, void *ctx)
{
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n' && bytes[i] != RECORD_MARK)
            continue;
        hold(s, bytes + from, i - from);
        from = i + 1;
        hand_out(s, bytes[i] == '\n', sink, ctx);
        if (bytes[i] == '\n')
            s->newlines++;
        else
            s->record = s->open = true;
    }
    hold(s, bytes + from, n - from);
}

void stream_finish(struct stream *s, stream_sink *sink, void *ctx)
{
    hand_out(s, false, sink, ctx);
    buf_free(&s->held);
}
