/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * migration.trace.json, in the Trace Event Format: nothing in it is at a time, or goes from a place, that no record says.
 *
 *     process 1, "cores"          lanes of a core: the moves from it and to it, as long as the partition stood still;
 *                                 an arrow from the one to the other
 *     process 2.., a partition    "runs on": core after core, and where it stood still
 *                                 "says": sends and takes; an arrow from each send to where that message was taken
 *
 * Slices of a thread may only lie in each other, never half: moves of one core at the same time have lanes of their own, and what
 * a partition says may well begin before it is moved and end behind.
 */
#include "tools/skerry/buf.h"
#include "tools/skerry/migration.h"
#include "tools/skerry/migration_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CORES_PID 1
#define LANES                                                                                      \
    64 /* of a core; more moves than that at a time share the last, and are no slice then */
#define RUNS 1
#define SAYS 2

static json_t *event(json_t *all, const char *phase, const char *name, int64_t pid, int64_t tid,
                     int64_t ns)
{
    json_t *e = json_object();

    json_object_set_new(e, "ph", json_string(phase));
    json_object_set_new(e, "name", json_string(name));
    put_number(e, "pid", pid);
    put_number(e, "tid", tid);
    json_object_set_new(e, "ts", json_real((double)ns / 1000));
    json_array_append_new(all, e);
    return e;
}

static json_t *slice(json_t *all, const char *name, int64_t pid, int64_t tid, int64_t begin,
                     int64_t end)
{
    json_t *e = event(all, "X", name, pid, tid, begin);

    /* Not (end - begin) / 1000: what begins as this one ends must not begin a rounding error before it. */
    json_object_set_new(e, "dur", json_real((double)end / 1000 - (double)begin / 1000));
    json_object_set_new(e, "cat", json_string("skerry"));
    return e;
}

static void arrow(json_t *all, const char *phase, const char *kind, size_t id, int64_t pid,
                  int64_t tid, int64_t ns)
{
    json_t *e = event(all, phase, kind, pid, tid, ns);

    json_object_set_new(e, "cat", json_string(kind));
    put_number(e, "id", (int64_t)id);
    if (*phase == 'f')
        json_object_set_new(e, "bp", json_string("e")); /* the slice around it, not the next */
}

static void name_it(json_t *all, const char *what, int64_t pid, int64_t tid, const char *name)
{
    json_object_set_new(event(all, "M", what, pid, tid, 0), "args",
                        json_pack("{s:s}", "name", name));
}

/* ---- cores ---- */

/* When each lane of a core is free again; -1: never used. */
struct lanes {
    int64_t free_ns[CORES_MAX][LANES];
};

static int64_t lane_tid(int64_t core, size_t lane)
{
    return core * LANES + (int64_t)lane + 1;
}

/* The first lane that is free from `begin` on; LANES: none. */
static size_t lane_for(struct lanes *l, json_t *all, int64_t core, int64_t begin, int64_t end)
{
    size_t i = 0;

    while (i < LANES && l->free_ns[core][i] > begin)
        i++;
    if (i == LANES)
        return i;
    if (l->free_ns[core][i] < 0) {
        struct buf name = {0};

        buf_put(&name, "core %" PRId64, core);
        name_it(all, "thread_name", CORES_PID, lane_tid(core, i), name.s);
        json_object_set_new(event(all, "M", "thread_sort_index", CORES_PID, lane_tid(core, i), 0),
                            "args",
                            json_pack("{s:I}", "sort_index", (json_int_t)lane_tid(core, i)));
        buf_free(&name);
    }
    l->free_ns[core][i] = end + 1;
    return i;
}

static int by_begin(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int64_t p = record_number(x, "t_ns") - record_number(x, "blackout_ns");
    int64_t q = record_number(y, "t_ns") - record_number(y, "blackout_ns");

    return (p > q) - (p < q);
}

static void trace_move(json_t *all, struct lanes *l, const json_t *r, size_t id)
{
    int64_t end = record_number(r, "t_ns"), begin = end - record_number(r, "blackout_ns");
    int64_t from = record_number(r, "from"), to = record_number(r, "to");
    size_t a = lane_for(l, all, from, begin, end), b = lane_for(l, all, to, begin, end);
    struct buf name = {0};

    buf_put(&name, "%s leaves for core %" PRId64, record_text(r, "part"), to);
    if (a < LANES)
        slice(all, name.s, CORES_PID, lane_tid(from, a), begin, end);
    buf_clear(&name);
    buf_put(&name, "%s comes from core %" PRId64, record_text(r, "part"), from);
    if (b < LANES)
        slice(all, name.s, CORES_PID, lane_tid(to, b), begin, end);
    buf_free(&name);
    if (a == LANES || b == LANES)
        return;
    arrow(all, "s", "move", id, CORES_PID, lane_tid(from, a), begin);
    arrow(all, "f", "move", id, CORES_PID, lane_tid(to, b), begin);
}

static void trace_moves(json_t *all, const json_t *moves)
{
    size_t n = json_array_size(moves);
    json_t **list = must(calloc(n + 1, sizeof *list));
    struct lanes *l = must(malloc(sizeof *l));

    memset(l, 0xff, sizeof *l);
    for (size_t i = 0; i < n; i++)
        list[i] = json_array_get(moves, i);
    qsort(list, n, sizeof *list, by_begin);
    for (size_t i = 0; i < n; i++)
        trace_move(all, l, list[i], i + 1);
    free(l);
    free(list);
}

/* ---- partitions ---- */

struct part {
    int64_t pid, at_ns; /* it runs on a core since then; -1: it has not moved yet */
    int64_t core;
};

struct parts {
    struct part *list;
    json_t *index; /* name -> place in the list */
    size_t n;
};

static struct part *part_of(json_t *all, struct parts *p, const char *name)
{
    const json_t *known = json_object_get(p->index, name);
    struct part *part = &p->list[known ? (size_t)json_integer_value(known) : p->n];
    struct buf title = {0};

    if (known)
        return part;
    *part = (struct part){.pid = CORES_PID + 1 + (int64_t)p->n, .at_ns = -1};
    put_number(p->index, name, (int64_t)p->n++);
    buf_put(&title, "partition %s", name);
    name_it(all, "process_name", part->pid, 0, title.s);
    name_it(all, "thread_name", part->pid, RUNS, "runs on");
    name_it(all, "thread_name", part->pid, SAYS, "says");
    buf_free(&title);
    return part;
}

static void trace_core(json_t *all, const struct part *p, int64_t core, int64_t begin, int64_t end)
{
    struct buf name = {0};

    if (end <= begin)
        return;
    buf_put(&name, "core %" PRId64, core);
    slice(all, name.s, p->pid, RUNS, begin, end);
    buf_free(&name);
}

/* Before the first move it ran where that began; since when, no record says. */
static void trace_runs(json_t *all, struct parts *parts, const json_t *r, int64_t first_ns)
{
    int64_t end = record_number(r, "t_ns"), begin = end - record_number(r, "blackout_ns");
    struct part *p = part_of(all, parts, record_text(r, "part"));
    int64_t since = p->at_ns < 0 ? first_ns : p->at_ns;

    if (begin < since)
        begin = since; /* records that overlap: a clock of another core */
    trace_core(all, p, record_number(r, "from"), since, begin);
    if (end > begin)
        slice(all, "stands still", p->pid, RUNS, begin, end);
    p->at_ns = end > since ? end : since;
    p->core = record_number(r, "to");
}

static struct part *sayer(json_t *all, struct parts *parts, uint64_t part)
{
    char name[24];

    SAY(name, "0x%" PRIx64, part);
    return part_of(all, parts, name);
}

static void said(json_t *e, const struct message *m, const struct message_end *end)
{
    json_object_set_new(e, "args",
                        json_pack("{s:I,s:I,s:I}", "way", (json_int_t)m->way, "number",
                                  (json_int_t)m->number, "core", (json_int_t)end->core));
}

static void trace_message(json_t *all, struct parts *parts, const struct message *m, size_t id)
{
    int64_t from = sayer(all, parts, m->sent.part)->pid, to = sayer(all, parts, m->taken.part)->pid;

    said(slice(all, "send", from, SAYS, m->sent.at_ns, m->sent.at_ns + m->sent.ns), m, &m->sent);
    said(slice(all, "take", to, SAYS, m->taken.at_ns, m->taken.at_ns + m->taken.ns), m, &m->taken);
    arrow(all, "s", "message", id, from, SAYS, m->sent.at_ns);
    arrow(all, "f", "message", id, to, SAYS, m->taken.at_ns);
}

static void trace_parts(json_t *all, const json_t *doc, const struct messages *m)
{
    const json_t *moves = json_object_get(doc, "moves"), *r;
    struct parts parts = {.index = json_object()};
    int64_t first = INT64_MAX;
    size_t i;

    parts.list = must(calloc(json_array_size(moves) + 2 * m->n + 1, sizeof *parts.list));
    json_array_foreach (moves, i, r)
        if (record_number(r, "t_ns") - record_number(r, "all_ns") < first)
            first = record_number(r, "t_ns") - record_number(r, "all_ns");
    json_array_foreach (moves, i, r)
        trace_runs(all, &parts, r, first);
    for (i = 0; i < parts.n; i++)
        trace_core(all, &parts.list[i], parts.list[i].core, parts.list[i].at_ns,
                   record_number(doc, "end_ns"));
    for (i = 0; i < m->n; i++)
        trace_message(all, &parts, &m->list[i], i + 1);
    free(parts.list);
    json_decref(parts.index);
}

json_t *migration_trace(const json_t *doc, const struct messages *m)
{
    json_t *trace = json_object(), *all = json_array(), *r;
    size_t i;

    name_it(all, "process_name", CORES_PID, 0, "cores");
    trace_moves(all, json_object_get(doc, "moves"));
    trace_parts(all, doc, m);
    json_array_foreach (json_object_get(doc, "coherence"), i, r)
        json_object_set_new(
            event(all, "C", "messages since the last", CORES_PID, 0, record_number(r, "t_ns")),
            "args",
            json_pack("{s:I,s:I}", "all", (json_int_t)record_number(r, "messages"), "between cores",
                      (json_int_t)record_number(r, "cross")));
    json_object_set_new(trace, "traceEvents", all);
    json_object_set_new(trace, "displayTimeUnit", json_string("ns"));
    return trace;
}
