/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/watch.h"

#include <inttypes.h>
#include <string.h>

#define BAR_CELLS 20

void watch_start(struct watch *w, const struct term *term, FILE *to, bool quiet)
{
    *w = (struct watch){.term = term, .to = to, .quiet = quiet, .tenth = -1, .began = -1};
}

static void wipe(struct watch *w)
{
    if (w->drawn)
        fputs("\r\x1b[K", w->to);
    w->drawn = false;
}

void watch_say(struct watch *w, const char *fmt, ...)
{
    va_list ap;

    if (w->quiet)
        return;
    wipe(w);
    va_start(ap, fmt);
    vfprintf(w->to, fmt, ap);
    va_end(ap);
    fputc('\n', w->to);
}

void watch_stop(struct watch *w)
{
    wipe(w);
    fflush(w->to);
}

static void bar(struct buf *t, int64_t done, int64_t total)
{
    int full = (int)(done * BAR_CELLS / total);

    buf_add(t, "[");
    for (int i = 0; i < BAR_CELLS; i++)
        buf_add(t, i < full ? "#" : "-");
    buf_put(t, "] %3d%%", (int)(done * 100 / total));
}

static void eta(struct buf *t, const struct watch *w, int64_t done, int64_t total, double now)
{
    double left;

    if (w->began < 0 || done == 0 || done >= total)
        return;
    left = (now - w->began) / (double)done * (double)(total - done);
    buf_put(t, "  ETA %.*f s", left < 10 ? 1 : 0, left);
}

/* On a terminal every step redraws the line; elsewhere each new tenth is a line. */
static void step(struct watch *w, const char *what, int64_t done, int64_t total, double now)
{
    struct buf t = {0};
    int tenth = (int)(done * 10 / total);

    if (w->began < 0)
        w->began = now;
    if (!w->term->err_tty && tenth == w->tenth)
        return;
    w->tenth = tenth;
    bar(&t, done, total);
    buf_put(&t, "  %" PRId64 " of %" PRId64 " %s", done, total, what);
    eta(&t, w, done, total, now);
    if (w->term->err_tty && done < total) {
        fprintf(w->to, "\r\x1b[K%.*s", w->term->width - 1, t.s);
        fflush(w->to);
        w->drawn = true;
    } else {
        watch_say(w, "%s", t.s);
    }
    buf_free(&t);
}

static void at(struct buf *t, int64_t ns)
{
    if (ns >= 0)
        buf_put(t, "[+%.3f] ", (double)ns / 1e9);
}

/* One line when the last phase is reached, one when everybody is there. */
static void milestones(struct watch *w, const struct runlog *l)
{
    struct buf t = {0};

    if (!w->phases_told && l->nphases >= 7) {
        w->phases_told = true;
        at(&t, l->phase[l->nphases - 1].at_ns);
        buf_put(&t, "skerry: %zu boot phases done", l->nphases);
    } else if (!w->joined_told && l->all_joined_ns >= 0) {
        w->joined_told = true;
        at(&t, l->all_joined_ns);
        buf_put(&t, "skerry: every monitor holds a channel to every peer");
    }
    if (t.n)
        watch_say(w, "%s", t.s);
    buf_free(&t);
}

static void joined(struct watch *w, const struct runlog *l, double now)
{
    size_t n = 0, all = runlog_cores(l);

    for (size_t i = 0; i < all; i++)
        n += l->core[i].state == CORE_JOINED;
    if (n == w->cores_told || all < 2)
        return;
    w->cores_told = n;
    if (!w->term->err_tty && n < all) /* over before anyone has read the first line */
        return;
    step(w, "cores joined", (int64_t)n, (int64_t)all, now);
    w->began = -1;
    w->tenth = -1;
}

void watch_line(struct watch *w, const struct runlog *l, const struct stream_line *line,
                enum record_type type, double now)
{
    struct buf t = {0};

    if (w->quiet)
        return;
    if (l->boots != w->boots) { /* the machine started over */
        watch_start(w, w->term, w->to, false);
        w->boots = l->boots;
    }
    if (!line->record) {
        buf_visible(&t, line->bytes, line->n);
        watch_say(w, "%s%s", t.s ? t.s : "", line->overlong ? " ..." : "");
        buf_free(&t);
        return;
    }
    milestones(w, l);
    if (type == RECORD_core)
        joined(w, l, now);
    else if (type == RECORD_probe)
        w->began = now, w->tenth = -1;
    else if (type == RECORD_latency && runlog_pairs_expected(l) >= l->npairs)
        step(w, "pairs measured", (int64_t)l->npairs, (int64_t)runlog_pairs_expected(l), now);
    else if (type == RECORD_progress && l->npairs == 0)
        step(w, *l->progress.what ? l->progress.what : "steps", l->progress.done, l->progress.total,
             now);
    else if (type == RECORD_error)
        watch_say(w, "skerry: error on core %" PRId64 ": %s (%s) %s", l->error[l->nerrors - 1].core,
                  l->error[l->nerrors - 1].what, l->error[l->nerrors - 1].status,
                  l->error[l->nerrors - 1].why);
    else if (type == RECORD_BROKEN)
        watch_say(w, "skerry: line %lu of the log is a broken record", line->line);
}
