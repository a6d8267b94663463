/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/moves_case.h"
#include "tools/skerry/buf.h"

#include <string.h>

struct runlog moves_log;
struct messages moves_said;

void moves_begin(void)
{
    runlog_start(&moves_log);
}

void moves_end(void)
{
    runlog_free(&moves_log);
    messages_free(&moves_said);
}

static void line(void *ctx, const struct stream_line *s)
{
    (void)runlog_line(ctx, s);
}

void moves_take(const char *text)
{
    struct stream s = {0};

    stream_feed(&s, text, strlen(text), line, &moves_log);
    stream_finish(&s, line, &moves_log);
}

void moves_move(int t, const char *part, int from, int to, const char *status, int blackout)
{
    struct buf b = {0};

    buf_put(
        &b,
        "\x1e{\"type\":\"migration\",\"core\":%d,\"t_ns\":%d,\"part\":\"%s\",\"from\":%d,\"to\":%d,"
        "\"status\":\"%s\",\"blackout_ns\":%d,\"all_ns\":%d}\n",
        from, t, part, from, to, status, blackout, blackout);
    moves_take(b.s);
    buf_free(&b);
}

void moves_cut(int epoch)
{
    struct buf b = {0};

    buf_put(&b,
            "\x1e{\"type\":\"cut\",\"core\":0,\"t_ns\":%d,\"epoch\":%d,\"weight\":7,\"nodes\":[[1,%"
            "d,0,0,4]],\"edges\":[[1,1,5]]}\n",
            1000 + epoch, epoch, epoch);
    moves_take(b.s);
    buf_free(&b);
}

void moves_sent(const char *part, const char *sent_rows, const char *taken_rows)
{
    struct buf b = {0};

    buf_put(&b,
            "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":99,\"part\":\"%s\",\"every\":1,"
            "\"dropped\":0,\"sent\":[%s],\"received\":[%s]}\n",
            part, sent_rows, taken_rows);
    moves_take(b.s);
    buf_free(&b);
}

json_t *moves_made(void)
{
    messages_free(&moves_said);
    messages_pair(moves_log.moves, &moves_said);
    return migration_json(&moves_log, &moves_said);
}

int64_t moves_number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}
