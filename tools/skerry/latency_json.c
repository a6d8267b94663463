/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/latency_json.h"
#include "tools/skerry/error.h"
#include "tools/skerry/version.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put(json_t *o, const char *key, json_t *value)
{
    json_object_set_new(o, key, must(value));
}

static void put_int(json_t *o, const char *key, int64_t n)
{
    put(o, key, json_integer(n));
}

/* -1 means "the log does not say": the key is left out. */
static void put_said(json_t *o, const char *key, int64_t n)
{
    if (n >= 0)
        put_int(o, key, n);
}

static void put_text(json_t *o, const char *key, const char *s)
{
    if (*s)
        json_object_set_new(o, key, json_words(s));
}

static json_t *stats_json(const struct stats *s)
{
    json_t *o = must(json_object()), *hist;

    put_int(o, "min", s->min);
    put_int(o, "p50", s->p50);
    put_int(o, "p90", s->p90);
    put_int(o, "p99", s->p99);
    put_int(o, "max", s->max);
    put_int(o, "n", s->n);
    put_int(o, "outliers", s->outliers);
    if (!s->nhist)
        return o;
    hist = must(json_array());
    for (size_t i = 0; i < s->nhist; i++) {
        json_t *bucket = must(json_array());

        json_array_append_new(bucket, json_integer(s->hist[i].low_ns));
        json_array_append_new(bucket, json_integer(s->hist[i].count));
        json_array_append_new(hist, bucket);
    }
    put(o, "hist", hist);
    return o;
}

static void put_stats(json_t *o, const char *key, const struct stats *s)
{
    if (s->has)
        put(o, key, stats_json(s));
}

static json_t *pairs_json(const struct runlog *l)
{
    json_t *all = must(json_array());
    size_t n = runlog_cores(l);

    for (size_t i = 0; i < n * n; i++) {
        const struct pair *p = runlog_pair(l, i / n, i % n);
        json_t *o;

        if (!p->has)
            continue;
        o = must(json_object());
        put_int(o, "from", (int64_t)(i / n));
        put_int(o, "to", (int64_t)(i % n));
        put_said(o, "rounds", p->rounds);
        put_stats(o, "rtt_ns", &p->rtt);
        put_stats(o, "oneway_ns", &p->oneway);
        put_text(o, "oneway_how", p->oneway_how);
        put_stats(o, "wake_ns", &p->wake);
        put_said(o, "wake_awake", p->wake_awake);
        put_said(o, "msgs_per_s", p->msgs_per_s);
        put_said(o, "bytes_per_s", p->bytes_per_s);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *core_list(const struct runlog *l)
{
    json_t *all = must(json_array());

    for (size_t i = 0; i < runlog_cores(l); i++) {
        const struct core_facts *c = &l->core[i];
        json_t *o = must(json_object());

        put_int(o, "core", (int64_t)i);
        put_text(o, "state", core_facts_word(c->state));
        put_said(o, "cluster", c->cluster);
        put_text(o, "mpidr", c->mpidr);
        put_said(o, "up_ns", c->up_ns);
        put_said(o, "joined_ns", c->joined_ns);
        put_text(o, "share", c->share);
        if (*c->share)
            put_int(o, "share_bytes", c->share_bytes);
        put_text(o, "root", c->root);
        put_text(o, "kcb", c->kcb);
        put_text(o, "kernel", c->kernel);
        if (*c->kernel)
            put_int(o, "kernel_bytes", c->kernel_bytes);
        put_text(o, "why", c->why);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *phases_json(const struct runlog *l)
{
    json_t *all = must(json_array());

    for (size_t i = 0; i < l->nphases; i++) {
        json_t *o = must(json_object());

        put_int(o, "n", l->phase[i].n);
        put_text(o, "name", l->phase[i].name);
        put_int(o, "at_ns", l->phase[i].at_ns);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *locals_json(const struct runlog *l)
{
    json_t *all = must(json_array());

    for (size_t k = 0; k < l->nlocals; k++)
        for (size_t i = 0; i < CORES_MAX; i++) {
            json_t *o;

            if (!l->local[k].ns[i].has)
                continue;
            o = must(json_object());
            put_int(o, "core", (int64_t)i);
            put_text(o, "what", l->local[k].what);
            put_stats(o, "ns", &l->local[k].ns[i]);
            json_array_append_new(all, o);
        }
    return all;
}

static json_t *idle_json(const struct runlog *l)
{
    json_t *all = must(json_array());

    for (size_t i = 0; i < CORES_MAX; i++) {
        json_t *o;

        if (!l->idle[i].has)
            continue;
        o = must(json_object());
        put_int(o, "core", (int64_t)i);
        put_int(o, "window_ns", l->idle[i].window_ns);
        put_int(o, "idle_ns", l->idle[i].idle_ns);
        put_said(o, "switches", l->idle[i].switches);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *probe_json(const struct runlog *l)
{
    json_t *o = must(json_object());

    put_said(o, "rounds", l->probe.rounds);
    put_said(o, "warmup", l->probe.warmup);
    put_said(o, "batch", l->probe.batch);
    put_stats(o, "control_ns", &l->probe.control);
    put_text(o, "note", l->probe.note);
    return o;
}

static json_t *tiers_json(const struct runlog *l)
{
    json_t *all = must(json_array());
    struct tier tier[2];
    size_t n = tiers_of(l, tier);

    for (size_t i = 0; i < n; i++) {
        json_t *o = must(json_object());

        put_text(o, "tier", tier[i].name);
        put_text(o, "of", metric_facts(matrix_lead(l))->name);
        put_int(o, "pairs", (int64_t)tier[i].pairs);
        put(o, "median_ns", json_real(tier[i].p50));
        put(o, "worst_p99_ns", json_real(tier[i].worst_p99));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *remarks_json(const struct remarks *r)
{
    json_t *all = must(json_array());

    for (size_t i = 0; i < r->n; i++) {
        json_t *o = must(json_object());

        put_text(o, "level", level_word(r->remark[i].level));
        put_text(o, "text", r->remark[i].text);
        json_array_append_new(all, o);
    }
    return all;
}

static void put_boot(json_t *o, const struct boot_facts *b)
{
    if (!b->has)
        return;
    put_text(o, "version", b->version);
    put_text(o, "board", b->board);
    put_text(o, "cpu", b->cpu);
    put_int(o, "gic", b->gic);
    put_int(o, "el", b->el);
    put_int(o, "counter_hz", b->counter_hz);
    put_text(o, "start", b->start);
    put_said(o, "ram_bytes", b->ram_bytes);
    put_text(o, "measurement", b->measurement);
    put_text(o, "bootargs", b->bootargs);
}

static void put_outside(json_t *o, const struct report_facts *f)
{
    static const char *const taken[] = {"machine", "emulator", "host", "line"};

    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        json_t *v = json_object_get(f->sidecar, taken[i]);

        if (v)
            put(o, taken[i], json_deep_copy(v));
    }
    put_text(o, "command", f->command ? f->command : "");
}

static json_t *log_json(const struct report_facts *f)
{
    const struct runlog *l = f->l;
    json_t *o = must(json_object());

    put_text(o, "path", f->log ? f->log : "");
    put_int(o, "lines", (int64_t)l->lines);
    put_int(o, "records", (int64_t)l->records);
    put_int(o, "broken", (int64_t)l->nbroken);
    put_int(o, "unknown", (int64_t)l->unknown);
    put(o, "truncated", json_boolean(!l->end.has));
    return o;
}

json_t *latency_json(const struct report_facts *f)
{
    const struct runlog *l = f->l;
    json_t *o = must(json_object());

    put_text(o, "schema", "skerry.latency/1");
    put_int(o, "cores", (int64_t)runlog_cores(l));
    put_text(o, "provenance", provenance(l));
    put(o, "complete", json_boolean(f->remarks->whole));
    put_int(o, "pairs_expected", (int64_t)runlog_pairs_expected(l));
    put_int(o, "pairs_measured", (int64_t)l->npairs);
    put_text(o, "tool", "skerry " SKERRY_VERSION);
    put_boot(o, &l->boot);
    put_outside(o, f);
    put(o, "log", log_json(f));
    if (l->end.has) {
        json_t *end = must(json_object());

        put_int(end, "status", l->end.status);
        put_text(end, "why", l->end.why);
        put(o, "end", end);
    }
    put_said(o, "all_joined_ns", l->all_joined_ns);
    if (l->probe.has)
        put(o, "probe", probe_json(l));
    put(o, "tiers", tiers_json(l));
    put(o, "remarks", remarks_json(f->remarks));
    put(o, "phases", phases_json(l));
    put(o, "core_list", core_list(l));
    put(o, "locals", locals_json(l));
    put(o, "idle", idle_json(l));
    put(o, "facts", json_deep_copy(l->facts));
    put(o, "benches", json_deep_copy(l->benches));
    put(o, "pairs", pairs_json(l));
    return o;
}

static void dump(struct buf *t, const json_t *v)
{
    char *s = must(json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12)));

    buf_add(t, s);
    free(s);
}

void json_lines(struct buf *t, json_t *root)
{
    const char *key, *comma = "{\n";
    json_t *v;

    json_object_foreach(root, key, v)
    {
        buf_put(t, "%s\"%s\":", comma, key); /* our own keys: nothing to escape */
        comma = ",\n";
        if (!json_is_object(json_array_get(v, 0))) {
            dump(t, v);
            continue;
        }
        for (size_t i = 0; i < json_array_size(v); i++) {
            buf_add(t, i ? ",\n" : "[\n");
            dump(t, json_array_get(v, i));
        }
        buf_add(t, "\n]");
    }
    buf_add(t, "\n}\n");
}

void latency_csv(struct buf *t, const struct runlog *l)
{
    size_t n = runlog_cores(l);
    enum metric lead = matrix_lead(l);

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const struct pair *p = runlog_pair(l, i, j);

            if (j)
                buf_add(t, ",");
            if (i <= j || !p->has)
                continue;
            if (p->oneway.has)
                buf_put(t, "%" PRId64, p->oneway.p50);
            else if (lead == METRIC_rtt_p50) /* a log without one-way times: half the round trip */
                buf_put(t, "%.1f", (double)p->rtt.p50 / 2);
        }
        buf_add(t, "\n");
    }
}
