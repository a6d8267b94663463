/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/migration.h"

#include <stdlib.h>
#include <string.h>

bool migration_any(const struct runlog *l)
{
    return json_array_size(l->moves) > 0;
}

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static bool is(const json_t *o, const char *type)
{
    return strcmp(text(o, "type"), type) == 0;
}

/* Nobody but the monitor that moves it says "success". */
static bool is_done(const json_t *o)
{
    return is(o, "migration") && strcmp(text(o, "status"), "success") == 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Nearest rank, of all moves that were done. */
static json_t *blackout(const json_t *records)
{
    int64_t *ns = must(calloc(json_array_size(records) + 1, sizeof *ns));
    json_t *s = json_object(), *r;
    size_t n = 0, i;

    json_array_foreach (records, i, r)
        if (is_done(r))
            ns[n++] = number(r, "blackout_ns");
    qsort(ns, n, sizeof *ns, by_size);
    json_object_set_new(s, "n", json_integer((json_int_t)n));
    for (i = 0; n > 0 && i < 4; i++) {
        static const char *const name[] = {"min", "p50", "p99", "max"};
        size_t rank[] = {1, (n + 1) / 2, (n * 99 + 99) / 100, n};

        json_object_set_new(s, name[i], json_integer(ns[rank[i] - 1]));
    }
    free(ns);
    return s;
}

static void count_refused(json_t *all, const json_t *r)
{
    struct buf key = {0};

    buf_put(&key, "%s%s%s", text(r, "status"), *text(r, "step") ? ", " : "", text(r, "step"));
    json_object_set_new(all, key.s, json_integer(number(all, key.s) + 1));
    buf_free(&key);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = number(*(json_t *const *)a, "t_ns"), y = number(*(json_t *const *)b, "t_ns");

    return (x > y) - (x < y);
}

/* Each core writes its own in order; lines of several are not. */
static json_t *in_order(const json_t *records)
{
    size_t n = json_array_size(records);
    json_t **list = must(calloc(n + 1, sizeof *list)), *all = json_array();

    for (size_t i = 0; i < n; i++)
        list[i] = json_array_get(records, i);
    qsort(list, n, sizeof *list, by_time);
    for (size_t i = 0; i < n; i++)
        json_array_append(all, list[i]);
    free(list);
    return all;
}

json_t *migration_json(const struct runlog *l)
{
    json_t *doc = json_object(), *records = in_order(l->moves), *refused = json_object(), *r;
    json_t *move = json_array(), *cut = json_array(), *coherence = json_array();
    size_t i, nrefused = 0;

    json_array_foreach (records, i, r) {
        if (is_done(r)) {
            json_array_append(move, r);
        } else if (is(r, "migration")) {
            count_refused(refused, r);
            nrefused++;
        } else if (is(r, "stress")) {
            json_object_set(doc, "stress", r);
        } else if (is(r, "cut")) {
            json_array_append(cut, r);
        } else if (is(r, "coherence")) {
            json_array_append(coherence, r);
        }
    }
    json_object_set_new(doc, "schema", json_string("skerry.migration/1"));
    json_object_set_new(doc, "board", json_string(l->boot.board));
    json_object_set_new(doc, "emulated", json_boolean(l->boot.emulated));
    json_object_set_new(doc, "cores", json_integer((json_int_t)runlog_cores(l)));
    json_object_set_new(doc, "done", json_integer((json_int_t)json_array_size(move)));
    json_object_set_new(doc, "not_done", json_integer((json_int_t)nrefused));
    json_object_set_new(doc, "refused", refused);
    json_object_set_new(doc, "blackout_ns", blackout(records));
    json_object_set_new(doc, "status", json_integer(l->end.has ? l->end.status : -1));
    json_object_set_new(doc, "end_ns", json_integer(l->last_t_ns));
    json_object_set_new(doc, "broken_records", json_integer((json_int_t)l->nbroken));
    json_object_set_new(doc, "moves", move);
    json_object_set_new(doc, "coherence", coherence);
    json_object_set_new(doc, "cuts", cut);
    json_decref(records);
    return doc;
}

/* ---- trace ---- */

static json_t *event(json_t *all, const char *phase, const char *name, int64_t core, int64_t ns)
{
    json_t *e = json_object();

    json_object_set_new(e, "ph", json_string(phase));
    json_object_set_new(e, "name", json_string(name));
    json_object_set_new(e, "cat", json_string("migration"));
    json_object_set_new(e, "pid", json_integer(0));
    json_object_set_new(e, "tid", json_integer(core));
    json_object_set_new(e, "ts", json_real((double)ns / 1000));
    json_array_append_new(all, e);
    return e;
}

/* Where it stood still, as a slice on either core, and the arrow between them. */
static void trace_move(json_t *all, const json_t *r, size_t id)
{
    int64_t end = number(r, "t_ns"), still = number(r, "blackout_ns"), begin = end - still;
    int64_t from = number(r, "from"), to = number(r, "to");
    json_t *e = event(all, "X", text(r, "part"), from, begin);

    json_object_set_new(e, "dur", json_real((double)still / 2000));
    e = event(all, "X", text(r, "part"), to, begin + still / 2);
    json_object_set_new(e, "dur", json_real((double)(still - still / 2) / 1000));
    e = event(all, "s", text(r, "part"), from, begin + still / 4);
    json_object_set_new(e, "id", json_integer((json_int_t)id));
    e = event(all, "f", text(r, "part"), to, begin + still / 2 + still / 4);
    json_object_set_new(e, "id", json_integer((json_int_t)id));
    json_object_set_new(e, "bp", json_string("e"));
}

json_t *migration_trace(const json_t *doc)
{
    const json_t *moves = json_object_get(doc, "moves"), *coherence = json_object_get(doc, "coherence");
    json_t *trace = json_object(), *all = json_array(), *r;
    size_t i;

    for (int64_t core = 0; core < number(doc, "cores"); core++) {
        json_t *e = event(all, "M", "thread_name", core, 0);
        struct buf name = {0};

        buf_put(&name, "core %d", (int)core);
        json_object_set_new(e, "args", json_pack("{s:s}", "name", name.s));
        buf_free(&name);
    }
    json_array_foreach (moves, i, r)
        trace_move(all, r, i + 1);
    json_array_foreach (coherence, i, r) {
        json_t *e = event(all, "C", "messages between cores", 0, number(r, "t_ns"));

        json_object_set_new(e, "args", json_pack("{s:I,s:I}", "all", (json_int_t)number(r, "messages"),
                                                 "cross", (json_int_t)number(r, "cross")));
    }
    json_object_set_new(trace, "traceEvents", all);
    json_object_set_new(trace, "displayTimeUnit", json_string("ns"));
    return trace;
}
