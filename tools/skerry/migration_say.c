/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a person at a terminal wants to know of a run with moves, before any page is opened. */
#include "tools/skerry/buf.h"
#include "tools/skerry/migration.h"
#include "tools/skerry/migration_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void count(struct buf *t, const json_t *o, const char *key, const char *behind)
{
    buf_count(t, record_number(o, key));
    buf_add(t, behind);
}

/* "p50 33.4 ms, p99 105 ms, max 105 ms", or that there is none. */
static void ranks(struct buf *t, const json_t *s)
{
    static const char *const name[] = {"p50", "p99", "max"};

    if (record_number(s, "n") == 0)
        buf_add(t, "none");
    for (size_t i = 0; record_number(s, "n") > 0 && i < 3; i++) {
        buf_put(t, "%s%s ", i ? ", " : "", name[i]);
        buf_time(t, record_number(s, name[i]));
    }
}

static void moves(struct buf *t, const json_t *doc)
{
    buf_add(t, "moves   ");
    count(t, doc, "done", " done, ");
    count(t, doc, "not_done", " not done\n");
    buf_add(t, "still   ");
    ranks(t, json_object_get(doc, "blackout_ns"));
    buf_add(t, " from stopped to running again\n");
}

struct reason {
    const char *why;
    int64_t n;
};

static int by_number(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->why, y->why);
}

static void refused(struct buf *t, const json_t *doc)
{
    json_t *all = json_object_get(doc, "refused");
    struct reason *list = must(calloc(json_object_size(all) + 1, sizeof *list));
    const char *why;
    size_t n = 0;
    json_t *v;

    json_object_foreach (all, why, v)
        list[n++] = (struct reason){why, json_integer_value(v)};
    qsort(list, n, sizeof *list, by_number);
    for (size_t i = 0; i < n; i++) {
        buf_put(t, "%s %6" PRId64 "  ", i ? "       " : "not    ", list[i].n);
        buf_visible(t, list[i].why, strlen(list[i].why));
        buf_add(t, "\n");
    }
    free(list);
}

static void stress(struct buf *t, const json_t *s)
{
    if (!s)
        return;
    buf_add(t, "said    ");
    count(t, s, "messages", " messages of ");
    count(t, s, "parts", " partitions: ");
    count(t, s, "lost", " lost, ");
    count(t, s, "doubled", " doubled, ");
    count(t, s, "reordered", " out of order, ");
    count(t, s, "bad", " changed; ");
    if (record_number(s, "wrong") + record_number(s, "wrong_core") == 0)
        buf_add(t, "memory and capabilities intact\n");
    else
        buf_put(t, "memory or capabilities WRONG %" PRId64 " times\n",
                record_number(s, "wrong") + record_number(s, "wrong_core"));
}

static void arrows(struct buf *t, const json_t *m)
{
    if (record_number(m, "n") == 0)
        return;
    buf_add(t, "traced  ");
    count(t, m, "n", " messages, each with both its ends");
    if (record_number(m, "every") > 1)
        buf_put(t, " (one in %" PRId64 " was noted)", record_number(m, "every"));
    buf_add(t, "\n        between cores ");
    ranks(t, json_object_get(m, "two_cores_ns"));
    buf_add(t, "; on one core ");
    ranks(t, json_object_get(m, "same_core_ns"));
    buf_add(t, "\n");
}

static void placed(struct buf *t, const json_t *p)
{
    int64_t before = record_number(p, "before_per_s"), after = record_number(p, "after_per_s");

    if (!p)
        return;
    buf_add(t, "placed  ");
    buf_visible(t, record_text(p, "workload"), strlen(record_text(p, "workload")));
    buf_add(t, ": ");
    buf_count(t, before);
    buf_add(t, " messages/s between cores before, ");
    buf_count(t, after);
    buf_add(t, " after");
    if (before > 0)
        buf_put(t, " (%+.1f %%)", 100.0 * (double)(after - before) / (double)before);
    buf_add(t, "\n");
}

void migration_say(struct buf *t, const json_t *doc, const struct term *term)
{
    const json_t *r;
    size_t i;

    moves(t, doc);
    refused(t, doc);
    stress(t, json_object_get(doc, "stress"));
    placed(t, json_object_get(doc, "placement"));
    arrows(t, json_object_get(doc, "messages"));
    json_array_foreach (json_object_get(doc, "remarks"), i, r)
        buf_put(t, "%swarn   %s%s%s\n", term->out_colour ? "\x1b[33m" : "",
                term->out_colour ? "\x1b[0m" : "", " ", json_string_value(r));
}
