/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/report.h"
#include "tools/skerry/latency_json.h"
#include "tools/skerry/migration.h"
#include "tools/skerry/page.h"
#include "tools/skerry/svg.h"
#include "tools/skerry/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static char *folder_of(const char *path)
{
    char *folder = buf_copy(path), *slash = strrchr(folder, '/');

    if (slash && slash != folder) {
        *slash = 0;
    } else if (!slash) {
        free(folder);
        folder = buf_copy(".");
    }
    return folder;
}

/* The log's name as a link from a page in `out`: its name if it lies there, else its full path. */
static char *link_from(const char *out, const char *log)
{
    char *folder, *a, *b, *link;

    if (!log || strncmp(log, "/dev/", 5) == 0)
        return NULL;
    folder = folder_of(log);
    a = realpath(folder, NULL);
    b = realpath(out, NULL);
    if (a && b && strcmp(a, b) == 0)
        link = buf_copy(strrchr(log, '/') ? strrchr(log, '/') + 1 : log);
    else
        link = realpath(log, NULL);
    free(folder);
    free(a);
    free(b);
    return link;
}

static bool put_file(const char *out, const char *name, const struct buf *t, struct complaint *bad)
{
    struct buf path = {0};
    bool ok;

    buf_put(&path, "%s/%s", out, name);
    ok = file_write(path.s, t->s, t->n);
    if (!ok) {
        refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", path.s, strerror(errno));
        SAY(bad->hint, "--out in another folder");
    }
    buf_free(&path);
    return ok;
}

static void heat_file(struct buf *t, const struct report_facts *f)
{
    struct matrix *m = must(malloc(sizeof *m));
    enum metric lead = matrix_lead(f->l);
    struct buf where = {0};
    struct cores c;

    cores_order(f->l, &c);
    where_words(&where, f);
    if (lead != METRIC_COUNT && matrix_fill(f->l, &c, lead, m))
        svg_heat_file(t, f->l, &c, m, where.s);
    else
        buf_add(
            t,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"60\"><text x=\"12\" "
            "y=\"34\" fill=\"gray\">No pair of cores was measured.</text></svg>\n");
    buf_free(&where);
    free(m);
}

static bool put_all(const struct report_facts *f, const char *out, json_t *doc,
                    struct complaint *bad)
{
    static const char *const name[] = {"latency.json", "latency.csv", "latency.svg",
                                       "latency.html"};
    struct buf t[4] = {{0}};
    bool ok = true;

    json_lines(&t[0], doc);
    buf_add(&t[1], "");
    latency_csv(&t[1], f->l);
    heat_file(&t[2], f);
    page_write(&t[3], f);
    for (size_t i = 0; i < 4; i++) {
        ok = ok && put_file(out, name[i], &t[i], bad);
        buf_free(&t[i]);
    }
    return ok;
}

static bool put_moves(const struct report_facts *f, json_t *doc, const struct messages *m,
                      const char *out, struct complaint *bad)
{
    static const char *const name[] = {"migration.json", "migration.html", "migration.trace.json"};
    json_t *trace = migration_trace(doc, m);
    struct buf t[3] = {{0}}, where = {0};
    bool ok = true;

    json_lines(&t[0], doc);
    where_words(&where, f);
    migration_page(&t[1], doc, where.s);
    buf_free(&where);
    json_lines(&t[2], trace);
    for (size_t i = 0; i < 3; i++) {
        ok = ok && put_file(out, name[i], &t[i], bad);
        buf_free(&t[i]);
    }
    json_decref(trace);
    return ok;
}

static void print(const struct common *c, const struct report_facts *f,
                  const struct report_ask *ask, json_t *doc, const json_t *moves, const char *out)
{
    struct buf t = {0}, where = {0};

    if (ask->json) {
        json_lines(&t, doc);
    } else if (ask->csv) {
        buf_add(&t, "");
        latency_csv(&t, f->l);
    } else {
        where_words(&where, f);
        table_print(&t, f->l, f->remarks, &c->term, where.s);
        if (moves)
            migration_say(&t, moves, &c->term);
        buf_put(&t, "saved   %s/latency.html  .json  .csv  .svg\n", out);
        if (moves)
            buf_put(&t, "saved   %s/migration.html  .json  .trace.json\n", out);
    }
    fwrite(t.s, 1, t.n, stdout);
    fflush(stdout);
    buf_free(&t);
    buf_free(&where);
}

/* Why a report is not whole, as a complaint; the report itself is already written. */
static void not_whole(const struct runlog *l, const char *log, const json_t *moves,
                      struct complaint *bad)
{
    size_t missing = runlog_pairs_missing(l), want = runlog_pairs_expected(l);

    if (l->panic.has) {
        refuse(bad, ERR_PANIC, "core %" PRId64 " panicked: %s", l->panic.core, l->panic.reason);
    } else if (!l->end.has || !l->boot.has) {
        refuse(bad, ERR_TRUNCATED, "the log is cut off: it has no `%s` record",
               l->boot.has ? "end" : "boot");
        if (moves && want == 0)
            SAY(bad->have, "%" PRId64 " moves that were done; last seen: %s",
                (int64_t)json_integer_value(json_object_get(moves, "done")), l->last_seen);
        else
            SAY(bad->have, "%zu of %zu pairs; last seen: %s", want - missing, want,
                *l->last_seen ? l->last_seen : "nothing");
        SAY(bad->hint,
            "let the run end by itself, or capture from reset on; what was there is in the report");
    } else if (l->end.status) {
        refuse(bad, ERR_STATUS, "the machine ended with status %" PRId64 ": %s", l->end.status,
               l->end.why);
    } else if (missing == 0) {
        refuse(bad, ERR_MOVES, "records of moves or messages are missing, or do not go together");
        SAY(bad->why, "%.300s",
            json_string_value(json_array_get(json_object_get(moves, "remarks"), 0)));
        SAY(bad->hint, "capture the console again, raw and from reset on, of one run alone");
    } else {
        refuse(bad, ERR_MISSING, "%zu of %zu pairs have no record", missing, want);
        SAY(bad->hint, "the report names them; they are shown as missing");
    }
    SAY(bad->at, "%.250s", log ? log : "the input");
}

bool report_make(const struct common *c, const struct runlog *l, const struct report_ask *ask,
                 bool *whole, struct complaint *bad)
{
    const json_t *host = json_object_get(json_object_get(ask->sidecar, "host"), "cores");
    char *out = ask->out ? buf_copy(ask->out) : ask->log ? folder_of(ask->log) : buf_copy("out");
    char *log_link = link_from(out, ask->log);
    struct remarks *r = must(malloc(sizeof *r));
    struct report_facts f = {
        .l = l,
        .remarks = r,
        .sidecar = ask->sidecar,
        .log = ask->log,
        .log_link = log_link,
        .command = json_string_value(json_object_get(ask->sidecar, "command")),
    };
    json_t *doc, *moves = NULL;
    struct messages m;
    bool ok;

    remarks_make(l, json_integer_value(host), ask->stale, r);
    doc = latency_json(&f);
    messages_pair(l->moves, &m);
    if (migration_any(l)) {
        moves = migration_json(l, &m);
        json_object_set_new(doc, "migration", migration_brief(moves));
    }
    ok = put_all(&f, out, doc, bad) && (!moves || put_moves(&f, moves, &m, out, bad));
    if (!ask->silent)
        print(c, &f, ask, doc, moves, out);
    *whole = r->whole && (!moves || json_is_true(json_object_get(moves, "complete")));
    if (ok && !*whole)
        not_whole(l, ask->log, moves, bad);
    json_decref(doc);
    json_decref(moves);
    messages_free(&m);
    free(r);
    free(log_link);
    free(out);
    return ok;
}
