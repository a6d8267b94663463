/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/trace_rules.h"
#include "lib/base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HALF_NS 0.0005 /* times are in microseconds, and were whole ns */

struct slice {
    long long thread; /* pid and tid in one */
    double from, to;
};

struct tip {
    char kind[16];
    long long id, thread;
    bool end;
    double at;
};

struct facts {
    struct slice *slice;
    struct tip *tip;
    long long *named;
    size_t nslices, ntips, nnamed;
};

static char fault[300];

static const char *text(const json_t *e, const char *key)
{
    const char *s = json_string_value(json_object_get(e, key));

    return s ? s : "";
}

static const char *broken(size_t event, const char *rule)
{
    (void)snprintf(fault, sizeof fault, "event %zu: %s", event, rule);
    return fault;
}

static long long thread_of(const json_t *e)
{
    return json_integer_value(json_object_get(e, "pid")) * 100000 +
           json_integer_value(json_object_get(e, "tid"));
}

/* R1, R2, and what the others need. */
static const char *take(struct facts *f, const json_t *e, size_t i)
{
    const char *phase = text(e, "ph");
    double ts = json_number_value(json_object_get(e, "ts")),
           length = json_number_value(json_object_get(e, "dur"));

    if (strlen(phase) != 1 || !strchr("XsfMC", *phase) || !*text(e, "name"))
        return broken(i, "R1 phase and name");
    if (!json_is_integer(json_object_get(e, "pid")) || !json_is_integer(json_object_get(e, "tid")))
        return broken(i, "R1 pid and tid");
    if (!json_is_number(json_object_get(e, "ts")) || !(ts >= 0))
        return broken(i, "R1 time");
    if (*phase == 'X') {
        if (!json_is_number(json_object_get(e, "dur")) || !(length >= 0))
            return broken(i, "R2 length");
        f->slice[f->nslices++] = (struct slice){thread_of(e), ts, ts + length};
    }
    if (*phase == 's' || *phase == 'f') {
        struct tip *t = &f->tip[f->ntips++];

        if (!json_is_integer(json_object_get(e, "id")) || !*text(e, "cat"))
            return broken(i, "R3 kind and id");
        if (*phase == 'f' && strcmp(text(e, "bp"), "e") != 0)
            return broken(i, "R4 an arrow ends in the slice around it");
        *t = (struct tip){.id = json_integer_value(json_object_get(e, "id")),
                          .thread = thread_of(e),
                          .end = *phase == 'f',
                          .at = ts};
        (void)snprintf(t->kind, sizeof t->kind, "%s", text(e, "cat"));
    }
    if (*phase == 'M' && strcmp(text(e, "name"), "thread_name") == 0 &&
        *text(json_object_get(e, "args"), "name"))
        f->named[f->nnamed++] = thread_of(e);
    return NULL;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int by_id(const void *a, const void *b)
{
    const struct tip *x = a, *y = b;
    int kind = strcmp(x->kind, y->kind);

    return kind ? kind : x->id != y->id ? ORDER(x->id, y->id) : ORDER(x->end, y->end);
}

/* By thread and begin; what lies in another behind it. */
static int by_begin(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;

    return x->thread != y->thread ? ORDER(x->thread, y->thread)
           : x->from != y->from   ? ORDER(x->from, y->from)
                                  : ORDER(y->to, x->to);
}

static int by_number(const void *a, const void *b)
{
    return ORDER(*(const long long *)a, *(const long long *)b);
}

/* The last slice that begins before, or any around it: slices of a thread are few deep, or (not nested) looked through. */
static bool in_slice(const struct facts *f, const struct tip *t)
{
    size_t low = 0, high = f->nslices;

    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct slice *s = &f->slice[mid];

        if (s->thread < t->thread || (s->thread == t->thread && s->from <= t->at + HALF_NS))
            low = mid + 1;
        else
            high = mid;
    }
    while (low-- > 0 && f->slice[low].thread == t->thread)
        if (t->at <= f->slice[low].to + HALF_NS)
            return true;
    return false;
}

static const char *arrows(struct facts *f, struct trace_counts *counts)
{
    qsort(f->tip, f->ntips, sizeof *f->tip, by_id);
    for (size_t i = 0; i < f->ntips; i += 2) {
        const struct tip *s = &f->tip[i], *e = s + 1;

        if (i + 1 == f->ntips || s->end || !e->end || s->id != e->id ||
            strcmp(s->kind, e->kind) != 0)
            return broken((size_t)s->id, "R3 an arrow with one end, or three");
        if (e->at < s->at)
            return broken((size_t)s->id, "R3 an arrow that ends before it starts");
        if (!in_slice(f, s) || !in_slice(f, e))
            return broken((size_t)s->id, "R4 an arrow from or to nothing");
        counts->messages += strcmp(s->kind, "message") == 0;
        counts->moves += strcmp(s->kind, "move") == 0;
    }
    return NULL;
}

/* R5: on a stack of those that are open. */
static const char *nest(const struct facts *f)
{
    size_t open[64], n = 0;

    for (size_t i = 0; i < f->nslices; i++) {
        const struct slice *s = &f->slice[i];

        while (n > 0 && (f->slice[open[n - 1]].thread != s->thread ||
                         f->slice[open[n - 1]].to <= s->from + HALF_NS))
            n--;
        if (n == 64 || (n > 0 && s->to > f->slice[open[n - 1]].to + HALF_NS))
            return broken(i, "R5 two slices lie half in each other");
        open[n++] = i;
    }
    return NULL;
}

static const char *rules(struct facts *f, bool nested, struct trace_counts *counts)
{
    const char *bad;

    qsort(f->slice, f->nslices, sizeof *f->slice, by_begin);
    qsort(f->named, f->nnamed, sizeof *f->named, by_number);
    if ((bad = arrows(f, counts)) != NULL || (nested && (bad = nest(f)) != NULL))
        return bad;
    for (size_t i = 0; i < f->nslices; i++)
        if (!bsearch(&f->slice[i].thread, f->named, f->nnamed, sizeof *f->named, by_number))
            return broken(i, "R6 a thread without a name");
    counts->slices = f->nslices;
    return NULL;
}

const char *trace_fault(const json_t *trace, bool nested, struct trace_counts *counts)
{
    const json_t *all = json_object_get(trace, "traceEvents"), *e;
    size_t n = json_array_size(all) + 1, i;
    struct facts f = {
        calloc(n, sizeof *f.slice), calloc(n, sizeof *f.tip), calloc(n, sizeof *f.named), 0, 0, 0};
    const char *bad = json_is_array(all) ? NULL : "no list traceEvents";

    CHECK(f.slice && f.tip && f.named);
    *counts = (struct trace_counts){0};
    json_array_foreach (all, i, e)
        if (!bad)
            bad = take(&f, e, i);
    if (!bad)
        bad = rules(&f, nested, counts);
    free(f.slice);
    free(f.tip);
    free(f.named);
    return bad;
}
