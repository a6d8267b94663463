/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Any records of partitions that move and talk: read, brought together, drawn and traced, in memory.
 *
 *     F1  nothing touches memory that is not its own
 *     F2  every noted end of a message is in one arrow, or counted as why not
 *     F3  an arrow starts and ends in a slice, and does not end before it starts (trace_rules.h); there is one for each message
 *     F4  the page has no control character, one script of ours and one document, and is bounded
 *     F5  what is drawn is in order, and is as much as there was or as the limits allow
 *
 * A first byte of '0' to '9': the others make records, eight bytes each, most of them right in every field. Otherwise all bytes are a
 * console log. Built with clang's fuzzer: the usual options.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/check.h"
#include "tests/support/trace_rules.h"
#include "tools/skerry/buf.h"
#include "tools/skerry/migration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *ctx, const struct stream_line *line)
{
    runlog_line(ctx, line);
}

/* A record of what these eight bytes choose. */
static void make_record(struct buf *t, const uint8_t *b)
{
    unsigned at = b[1] * 97u + b[2], other = b[3];

    switch (b[0] % 6) {
    case 0:
        buf_put(t,
                "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":%u,\"part\":\"0x%x\",\"from\":%u,"
                "\"to\":%u,\"status\":\"%s\","
                "\"blackout_ns\":%u,\"all_ns\":%u}\n",
                at, b[4] % 8u, b[5] % 5u, b[6] % 5u, b[7] % 4 ? "success" : "no <memory>", other,
                other + b[7]);
        break;
    case 1:
    case 2:
        buf_put(t,
                "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":9,\"part\":\"0x%x\",\"every\":%u,"
                "\"dropped\":%u,\"%s\":[[%u,%u,%u,%u,%u],"
                "[%u,%u,%u,3,1]],\"%s\":[]}\n",
                b[4] % 8u, 1 + b[7] / 128u, b[7] % 2u, b[0] % 6 == 1 ? "sent" : "received",
                b[5] % 4u, b[6] % 16u, at, other, b[7] % 5u, b[5] % 4u, b[6] % 16u + 1, at + other,
                b[0] % 6 == 1 ? "received" : "sent");
        break;
    case 3:
        buf_put(t,
                "\x1e{\"type\":\"cut\",\"core\":0,\"t_ns\":%u,\"epoch\":%u,\"weight\":1,\"nodes\":["
                "[1,%u,%u,0,4]],\"edges\":[[1,%u,5]]}\n",
                at, other, b[4], b[5] % 5u, b[6]);
        break;
    case 4:
        buf_put(t,
                "\x1e{\"type\":\"coherence\",\"core\":0,\"t_ns\":%u,\"on\":%s,\"messages\":%u,"
                "\"cross\":%u}\n",
                at, b[7] % 2 ? "true" : "false", other + b[4], other);
        break;
    default:
        buf_put(t,
                "\x1e{\"type\":\"placement\",\"core\":0,\"t_ns\":%u,\"workload\":\"pairs\","
                "\"start\":\"drawn\",\"before_per_s\":%u,",
                at, b[3]);
        buf_put(
            t, "\"after_per_s\":%u,\"said_before_per_s\":%u,\"said_after_per_s\":7,\"moves\":%u}\n",
            b[4], b[5], b[6]);
    }
}

static void read_in(struct runlog *l, const uint8_t *data, size_t size)
{
    struct stream s = {0};
    struct buf t = {0};

    runlog_start(l);
    if (size > 0 && data[0] >= '0' && data[0] <= '9')
        for (size_t at = 1; at + 8 <= size && at < 8 * 4000; at += 8)
            make_record(&t, data + at);
    else
        buf_bytes(&t, data, size);
    stream_feed(&s, t.s ? t.s : "", t.n, take, l);
    stream_finish(&s, take, l);
    buf_free(&t);
}

static size_t ends_of(const struct runlog *l)
{
    size_t n = 0, i;
    json_t *r;

    json_array_foreach (l->moves, i, r) {
        const char *type = json_string_value(json_object_get(r, "type"));

        /* Another record may have lists of these names. */
        if (strcmp(type, "messages") == 0)
            n += json_array_size(json_object_get(r, "sent")) +
                 json_array_size(json_object_get(r, "received"));
    }
    return n;
}

/* F2, F3. Records of two times that overlap on one thread make no sense, and are not nested. */
static void check_trace(const struct runlog *l, const json_t *doc, const struct messages *m)
{
    json_t *trace = migration_trace(doc, m);
    struct trace_counts n;
    const char *bad = trace_fault(trace, false, &n);

    CHECK(bad == NULL);
    CHECK(n.messages == m->n);
    CHECK(2 * m->n + m->sent_only + m->taken_only + 2 * m->backwards + 2 * m->twice <= ends_of(l));
    CHECK(m->twice > 0 || 2 * m->n + m->sent_only + m->taken_only + 2 * m->backwards == ends_of(l));
    json_decref(trace);
}

static size_t count(const char *s, const char *what)
{
    size_t n = 0;

    while ((s = strstr(s, what)) != NULL) {
        s++;
        n++;
    }
    return n;
}

static void check_page(json_t *doc)
{
    struct term plain = {.width = 80};
    struct buf t = {0};

    migration_page(&t, doc, "");
    CHECK(strlen(t.s) == t.n);
    CHECK(count(t.s, "<script") == 2 && count(t.s, "</script>") == 2);
    CHECK(t.n < (size_t)12 << 20);
    for (size_t i = 0; i < t.n; i++)
        CHECK((unsigned char)t.s[i] >= 0x20 || t.s[i] == '\n' || t.s[i] == '\t');
    buf_clear(&t);
    migration_say(&t, doc, &plain);
    for (size_t i = 0; i < t.n; i++)
        CHECK((unsigned char)t.s[i] >= 0x20 || t.s[i] == '\n');
    buf_free(&t);
}

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

/* F5 */
static void check_drawn(json_t *doc)
{
    json_t *d = migration_drawn(doc), *r;
    int64_t row = 0, t = 0, last = -1;
    size_t i;

    json_array_foreach (json_object_get(d, "moves"), i, r) {
        int64_t in = json_integer_value(json_array_get(r, 0)),
                at = json_integer_value(json_array_get(r, 1));

        CHECK(in == row ? at >= t : in == row + 1);
        row = in;
        t = at;
    }
    CHECK(i <= (size_t)number(d, "moves_all") && number(d, "moves_all") == number(d, "done"));
    CHECK(json_array_size(json_object_get(d, "parts")) <= 256);
    json_array_foreach (json_object_get(d, "cuts"), i, r) {
        CHECK(number(r, "nth") > last && number(r, "nth") <= number(d, "cuts_all"));
        last = number(r, "nth");
    }
    json_decref(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct runlog l;
    struct messages m;
    json_t *doc;

    read_in(&l, data, size);
    messages_pair(l.moves, &m);
    doc = migration_json(&l, &m);
    check_trace(&l, doc, &m);
    check_drawn(doc);
    check_page(doc);
    json_decref(doc);
    messages_free(&m);
    runlog_free(&l);
    return 0;
}
