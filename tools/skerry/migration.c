/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/migration.h"
#include "tools/skerry/buf.h"
#include "tools/skerry/figures.h"
#include "tools/skerry/migration_priv.h"
#include "tools/skerry/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool migration_any(const struct runlog *l)
{
    return json_array_size(l->moves) > 0;
}

int64_t record_number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

const char *record_text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

bool record_is(const json_t *o, const char *type)
{
    return strcmp(record_text(o, "type"), type) == 0;
}

void put_number(json_t *o, const char *key, int64_t n)
{
    json_object_set_new(o, key, json_integer(n));
}

/* Nobody but the monitor that moves it says "success". */
static bool is_done(const json_t *o)
{
    return record_is(o, "migration") && strcmp(record_text(o, "status"), "success") == 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

json_t *ranks_json(int64_t *v, size_t n)
{
    static const char *const name[] = {"min", "p50", "p99", "max"};
    size_t rank[] = {1, (n + 1) / 2, (n * 99 + 99) / 100, n};
    json_t *s = json_object();

    qsort(v, n, sizeof *v, by_size);
    put_number(s, "n", (int64_t)n);
    for (size_t i = 0; n > 0 && i < ARRAY_LEN(name); i++)
        put_number(s, name[i], v[rank[i] - 1]);
    return s;
}

/* The low end of its bucket: an octave is cut into four equal parts (docs/spec/console.md). */
static int64_t bucket_low(int64_t ns)
{
    int64_t octave = 4;

    if (ns < 4)
        return ns;
    while (octave <= ns / 2)
        octave *= 2;
    return octave + (ns - octave) / (octave / 4) * (octave / 4);
}

/* Of values in order. */
static json_t *hist_json(const int64_t *v, size_t n)
{
    json_t *hist = json_array();

    for (size_t i = 0, same; i < n; i += same) {
        int64_t low = bucket_low(v[i]);

        for (same = 1; i + same < n && bucket_low(v[i + same]) == low;)
            same++;
        json_array_append_new(hist, json_pack("[I,I]", (json_int_t)low, (json_int_t)same));
    }
    return hist;
}

static json_t *blackout(const json_t *moves)
{
    int64_t *ns = must(calloc(json_array_size(moves) + 1, sizeof *ns));
    json_t *s, *r;
    size_t i;

    json_array_foreach (moves, i, r)
        ns[i] = record_number(r, "blackout_ns");
    s = ranks_json(ns, json_array_size(moves));
    json_object_set_new(s, "hist", hist_json(ns, json_array_size(moves)));
    free(ns);
    return s;
}

static void count_refused(json_t *all, const json_t *r)
{
    const char *step = record_text(r, "step");
    struct buf key = {0};

    buf_put(&key, "%s%s%s", record_text(r, "status"), *step ? ", " : "", step);
    put_number(all, key.s, record_number(all, key.s) + 1);
    buf_free(&key);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = record_number(*(json_t *const *)a, "t_ns"),
            y = record_number(*(json_t *const *)b, "t_ns");

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

/* A partition leaves the core that it came to: how often that is not what the records say. */
static int64_t gaps(const json_t *moves)
{
    json_t *core = json_object(), *r;
    int64_t n = 0;
    size_t i;

    json_array_foreach (moves, i, r) {
        const json_t *at = json_object_get(core, record_text(r, "part"));

        n += at && json_integer_value(at) != record_number(r, "from");
        put_number(core, record_text(r, "part"), record_number(r, "to"));
    }
    json_decref(core);
    return n;
}

/* As the boot record says; without it, as many as somebody went from or to. */
static int64_t cores(const struct runlog *l, const json_t *moves)
{
    int64_t n = (int64_t)runlog_cores(l);
    const json_t *r;
    size_t i;

    json_array_foreach (moves, i, r) {
        n = record_number(r, "from") >= n ? record_number(r, "from") + 1 : n;
        n = record_number(r, "to") >= n ? record_number(r, "to") + 1 : n;
    }
    return n;
}

static void remark(json_t *all, int64_t n, const char *format, ...) PRINTF_LIKE(3, 4);

/* A sentence if n is not 0. */
static void remark(json_t *all, int64_t n, const char *format, ...)
{
    struct buf t = {0};
    va_list ap;

    if (n == 0)
        return;
    buf_count(&t, n);
    buf_add(&t, " ");
    va_start(ap, format);
    buf_vput(&t, format, ap);
    va_end(ap);
    json_array_append_new(all, json_string(t.s));
    buf_free(&t);
}

/* Of messages that were all to be noted, and had room, how many were counted by who said them and are not here. */
static int64_t unnoted(const json_t *doc, const struct messages *m)
{
    int64_t counted = record_number(json_object_get(doc, "stress"), "messages");
    size_t known = m->n + m->sent_only + m->taken_only + m->backwards + m->twice;

    return m->every == 1 && m->dropped == 0 && counted > (int64_t)known ? counted - (int64_t)known
                                                                        : 0;
}

/* Nobody left where it had not come to, no move is missing that the run counts, and every end of a message has its other end. */
static bool is_complete(const json_t *doc, const struct messages *m)
{
    const json_t *stress = json_object_get(doc, "stress");
    bool one_ended = m->dropped == 0 && m->sent_only + m->taken_only > 0;

    return record_number(doc, "gaps") == 0 && !one_ended && m->backwards + m->twice == 0 &&
           unnoted(doc, m) == 0 && record_number(stress, "moves") <= record_number(doc, "done");
}

/* What is wrong with the log, and what to do. */
static json_t *remarks(const json_t *doc, const struct messages *m)
{
    const json_t *stress = json_object_get(doc, "stress");
    json_t *all = json_array();

    remark(all, record_number(doc, "gaps"),
           "times a partition left a core that it had not come to: records of moves are missing, "
           "or this is two logs in one");
    if (record_number(stress, "moves") > record_number(doc, "done"))
        remark(all, record_number(stress, "moves") - record_number(doc, "done"),
               "of the %" PRId64 " moves that the run counts have no record: the log is not whole",
               record_number(stress, "moves"));
    remark(all, unnoted(doc, m),
           "messages that the run counts have no record, though all were to be noted");
    remark(all, m->dropped,
           "ends of messages had no room in the trace: a larger TRACE=N notes fewer");
    remark(all, (int64_t)m->sent_only,
           "messages that were sent have no record of being taken, and no arrow");
    remark(all, (int64_t)m->taken_only,
           "messages that were taken have no record of being sent, and no arrow");
    remark(
        all, (int64_t)m->backwards,
        "messages came before they were sent, and have no arrow: the clocks of these cores differ");
    remark(all, (int64_t)m->twice,
           "messages have the same end twice, and no arrow: is this two logs in one?");
    return all;
}

json_t *migration_json(const struct runlog *l, const struct messages *m)
{
    json_t *doc = json_object(), *records = in_order(l->moves), *refused = json_object(), *r;
    json_t *move = json_array(), *cut = json_array(), *coherence = json_array();
    size_t i, nrefused = 0;

    json_array_foreach (records, i, r) {
        if (is_done(r)) {
            json_array_append(move, r);
        } else if (record_is(r, "migration")) {
            count_refused(refused, r);
            nrefused++;
        } else if (record_is(r, "stress") || record_is(r, "placement")) {
            json_object_set(doc, record_text(r, "type"), r);
        } else if (record_is(r, "cut")) {
            json_array_append(cut, r);
        } else if (record_is(r, "coherence")) {
            json_array_append(coherence, r);
        }
    }
    json_object_set_new(doc, "schema", json_string("skerry.migration/1"));
    json_object_set_new(doc, "board", json_string(l->boot.board));
    json_object_set_new(doc, "provenance", json_string(provenance(l)));
    json_object_set_new(doc, "emulated", json_boolean(l->boot.emulated));
    json_object_set_new(doc, "meaning", json_string(band_sentence(l, false)));
    put_number(doc, "cores", cores(l, move));
    put_number(doc, "done", (int64_t)json_array_size(move));
    put_number(doc, "not_done", (int64_t)nrefused);
    json_object_set_new(doc, "refused", refused);
    json_object_set_new(doc, "blackout_ns", blackout(move));
    put_number(doc, "status", l->end.has ? l->end.status : -1);
    put_number(doc, "end_ns", l->last_t_ns);
    put_number(doc, "broken_records", (int64_t)l->nbroken);
    put_number(doc, "gaps", gaps(move));
    json_object_set_new(doc, "messages", messages_json(m));
    json_object_set_new(doc, "complete", json_boolean(is_complete(doc, m)));
    json_object_set_new(doc, "remarks", remarks(doc, m));
    json_object_set_new(doc, "moves", move);
    json_object_set_new(doc, "coherence", coherence);
    json_object_set_new(doc, "cuts", cut);
    json_decref(records);
    return doc;
}

json_t *migration_brief(json_t *doc)
{
    static const char *const lists[] = {"moves", "coherence", "cuts"};
    json_t *brief = json_copy(doc);

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        json_object_del(brief, lists[i]);
    return brief;
}
