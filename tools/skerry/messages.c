/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/messages.h"
#include "tools/skerry/buf.h"
#include "tools/skerry/migration_priv.h"

#include <stdlib.h>

/* A row of a record, before its other end is known. */
struct half {
    int64_t way, number;
    struct message_end end;
    bool taken;
};

static int64_t cell(const json_t *row, size_t i)
{
    return json_integer_value(json_array_get(row, i));
}

static size_t take_rows(struct half *to, const json_t *r, const char *key, bool taken)
{
    const json_t *rows = json_object_get(r, key), *row;
    uint64_t part = strtoull(record_text(r, "part"), NULL, 16);
    size_t i;

    json_array_foreach (rows, i, row)
        to[i] = (struct half){
            .way = cell(row, 0),
            .number = cell(row, 1),
            .end = {.at_ns = cell(row, 2), .ns = cell(row, 3), .core = cell(row, 4), .part = part},
            .taken = taken};
    return json_array_size(rows);
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* Both ends of a message stand beside each other, the sender first. */
static int by_message(const void *a, const void *b)
{
    const struct half *x = a, *y = b;

    return x->way != y->way         ? ORDER(x->way, y->way)
           : x->number != y->number ? ORDER(x->number, y->number)
           : x->taken != y->taken   ? ORDER(x->taken, y->taken)
                                    : ORDER(x->end.at_ns, y->end.at_ns);
}

static int by_time(const void *a, const void *b)
{
    const struct message *x = a, *y = b;

    return x->sent.at_ns != y->sent.at_ns ? ORDER(x->sent.at_ns, y->sent.at_ns)
           : x->way != y->way             ? ORDER(x->way, y->way)
                                          : ORDER(x->number, y->number);
}

/* The halves of one message. Two of the same end: who can tell which is true? Then there is no message. */
static void take_message(struct messages *m, const struct half *h, size_t n)
{
    if (n > 2 || (n == 2 && h[0].taken == h[1].taken))
        m->twice++;
    else if (n == 1 && h[0].taken)
        m->taken_only++;
    else if (n == 1)
        m->sent_only++;
    else if (h[1].end.at_ns < h[0].end.at_ns)
        m->backwards++;
    else
        m->list[m->n++] = (struct message){h[0].way, h[0].number, h[0].end, h[1].end};
}

void messages_pair(const json_t *records, struct messages *m)
{
    size_t n = 0, room = 0, i, same;
    struct half *half;
    const json_t *r;

    *m = (struct messages){0};
    json_array_foreach (records, i, r)
        if (record_is(r, "messages"))
            room += json_array_size(json_object_get(r, "sent")) +
                    json_array_size(json_object_get(r, "received"));
    half = must(calloc(room + 1, sizeof *half));
    m->list = must(calloc(room / 2 + 1, sizeof *m->list));
    json_array_foreach (records, i, r) {
        if (!record_is(r, "messages"))
            continue;
        n += take_rows(half + n, r, "sent", false);
        n += take_rows(half + n, r, "received", true);
        m->every =
            m->every == 0 || m->every == record_number(r, "every") ? record_number(r, "every") : -1;
        m->dropped += record_number(r, "dropped");
    }
    qsort(half, n, sizeof *half, by_message);
    for (i = 0; i < n; i += same) {
        for (same = 1; i + same < n && half[i + same].way == half[i].way &&
                       half[i + same].number == half[i].number;)
            same++;
        take_message(m, half + i, same);
    }
    free(half);
    qsort(m->list, m->n, sizeof *m->list, by_time);
}

void messages_free(struct messages *m)
{
    free(m->list);
    *m = (struct messages){0};
}

/* From the moment before it is sent to the moment after it was taken from the ring. */
static json_t *way_times(const struct messages *m, bool one_core)
{
    int64_t *ns = must(calloc(m->n + 1, sizeof *ns));
    size_t n = 0;
    json_t *s;

    for (size_t i = 0; i < m->n; i++)
        if ((m->list[i].sent.core == m->list[i].taken.core) == one_core)
            ns[n++] = m->list[i].taken.at_ns - m->list[i].sent.at_ns;
    s = ranks_json(ns, n);
    free(ns);
    return s;
}

json_t *messages_json(const struct messages *m)
{
    json_t *o = json_object();

    put_number(o, "n", (int64_t)m->n);
    put_number(o, "every", m->every);
    put_number(o, "dropped", m->dropped);
    put_number(o, "sent_only", (int64_t)m->sent_only);
    put_number(o, "taken_only", (int64_t)m->taken_only);
    put_number(o, "backwards", (int64_t)m->backwards);
    put_number(o, "twice", (int64_t)m->twice);
    json_object_set_new(o, "same_core_ns", way_times(m, true));
    json_object_set_new(o, "two_cores_ns", way_times(m, false));
    return o;
}
