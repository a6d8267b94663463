/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/number.h"
#include "tools/skerry/page.h"
#include "tools/skerry/svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define DENSE  16 /* more cores than this: small print          */
#define LISTED 16 /* more cores than this: no list of all pairs */

/* The metric whose p99 belongs to this median, if there is one. */
static enum metric partner(enum metric m)
{
    return m == METRIC_oneway_p50 ? METRIC_oneway_p99
           : m == METRIC_wake_p50 ? METRIC_wake_p99
                                  : METRIC_COUNT;
}

static const char *gap_class(const struct cores *c, size_t j)
{
    return cores_gap(c, j) ? " class=\"gap\"" : "";
}

/* The matrix for those who read tables: rows are the sender; p99 in small under the median. */
static void as_table(struct buf *t, const struct cores *c, const struct matrix *m,
                     const struct matrix *p99)
{
    struct number_form form = number_form_for(metric_facts(m->metric)->unit, m->median);
    char value[24];

    buf_put(t,
            "<div class=\"wide%s\"><table><caption>%s, %s%s; row: from core, column: to core"
            "</caption><thead><tr><th scope=\"col\" class=\"t\">from \\ to</th>",
            c->n > DENSE ? " dense" : "", metric_facts(m->metric)->title, form.unit,
            p99 ? ", below it the 99th percentile" : "");
    for (size_t j = 0; j < c->n; j++)
        buf_put(t, "<th scope=\"col\"%s>%zu</th>", gap_class(c, j), c->order[j]);
    buf_add(t, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < c->n; i++) {
        buf_put(t, "<tr%s><th scope=\"row\">%zu</th>", gap_class(c, i), c->order[i]);
        for (size_t j = 0; j < c->n; j++) {
            if (i == j || isnan(m->v[i][j])) {
                buf_put(t, "<td%s>%s</td>", gap_class(c, j), i == j ? "" : "missing");
                continue;
            }
            number_short(value, sizeof value, m->v[i][j], &form);
            buf_put(t, "<td%s>%s", gap_class(c, j), value);
            if (p99 && !isnan(p99->v[i][j])) {
                number_brief(value, sizeof value, p99->v[i][j]);
                buf_put(t, "<small>%s</small>", value);
            }
            buf_add(t, "</td>");
        }
        buf_add(t, "</tr>\n");
    }
    buf_add(t, "</tbody></table></div>\n");
}

static void panel(struct buf *t, const struct runlog *l, const struct cores *c,
                  const struct matrix *m, bool lead)
{
    struct matrix *p99 = must(malloc(sizeof *p99));
    enum metric with = partner(m->metric);
    bool have = with != METRIC_COUNT && matrix_fill(l, c, with, p99), print;
    char id[40];

    /* Paper gets what a screen shows first, and wake-ups; the rest only of small machines. */
    print = lead || m->metric == METRIC_wake_p50 || c->n <= 4;
    SAY(id, "m-%s", metric_facts(m->metric)->name);
    buf_put(t, "<div class=\"panel p-%s%s\"><h3>%s</h3><div class=\"both\"><figure>",
            metric_facts(m->metric)->name, print ? "" : " scr", metric_facts(m->metric)->title);
    svg_heat(t, l, c, m, id, lead || c->n <= DENSE);
    buf_put(t, "</figure>\n<details%s><summary>The same as a table</summary>", lead ? " open" : "");
    as_table(t, c, m, have ? p99 : NULL);
    buf_add(t, "</details></div></div>\n");
    free(p99);
}

/* The first pair speaks for all unless they differ, which is a remark. */
static void how_words(struct buf *t, const struct runlog *l)
{
    size_t n = runlog_cores(l);

    for (size_t i = 0; i < n * n; i++) {
        const struct pair *p = runlog_pair(l, i / n, i % n);

        if (!p->has || !*p->oneway_how)
            continue;
        buf_add(t,
                oneway_mixed(l) ? ". One way: see oneway_how in latency.json." : ". One way: by ");
        if (!oneway_mixed(l))
            buf_markup(t, p->oneway_how);
        return;
    }
}

void page_matrices(struct buf *t, const struct runlog *l, const struct cores *c)
{
    struct matrix *m = must(malloc(sizeof *m));
    enum metric lead = matrix_lead(l);

    buf_add(t, "<section><h2>From every core to every other</h2>\n");
    if (lead == METRIC_COUNT) {
        buf_put(t, "<p>%s</p></section>\n",
                c->n == 1 ? "One core: there is no pair to measure."
                          : "The log has no <code>latency</code> record: no pair was measured.");
        free(m);
        return;
    }
    buf_add(t, "<div class=\"tabs\">\n");
    for (enum metric k = 0; k < METRIC_COUNT; k++)
        if (matrix_fill(l, c, k, m))
            buf_put(
                t,
                "<style>#t-%s:checked~.p-%s{display:block}</style><input type=\"radio\" name=\"m\" "
                "id=\"t-%s\"%s><label for=\"t-%s\">%s</label>\n",
                metric_facts(k)->name, metric_facts(k)->name, metric_facts(k)->name,
                k == lead ? " checked" : "", metric_facts(k)->name, metric_facts(k)->brief);
    for (enum metric k = 0; k < METRIC_COUNT; k++)
        if (matrix_fill(l, c, k, m))
            panel(t, l, c, m, k == lead);
    buf_add(t, "</div>\n");
    if (l->probe.has) {
        buf_put(t,
                "<p>How it was measured: %" PRId64 " rounds for each pair after %" PRId64
                " to warm up, the other cores asleep, %" PRId64
                " rounds to one reading of the clock. ",
                l->probe.rounds, l->probe.warmup, l->probe.batch);
        buf_markup(t, l->probe.note);
        how_words(t, l);
        buf_add(t, "</p>\n");
    }
    buf_add(t, "</section>\n");
    free(m);
}

static void cell(struct buf *t, bool has, int64_t n)
{
    buf_add(t, has ? "<td>" : "<td class=\"x\">\xe2\x80\x93");
    if (has)
        buf_count(t, n);
    buf_add(t, "</td>");
}

void page_pairs(struct buf *t, const struct runlog *l, const struct cores *c)
{
    if (!l->npairs)
        return;
    if (c->n > LISTED) {
        buf_put(
            t,
            "<p>All %zu pairs with all their percentiles and histograms are in latency.json.</p>\n",
            l->npairs);
        return;
    }
    buf_put(
        t,
        "<details><summary>All %zu pairs, all figures</summary><div class=\"wide\"><table><caption>"
        "Times in ns</caption><thead><tr><th scope=\"col\">from</th><th scope=\"col\">to</th>"
        "<th scope=\"col\">rounds</th><th scope=\"col\">round trip<br>min</th><th "
        "scope=\"col\">p50</th>"
        "<th scope=\"col\">p90</th><th scope=\"col\">p99</th><th scope=\"col\">max</th>"
        "<th scope=\"col\">out-<br>liers</th><th scope=\"col\">one way<br>p50</th>"
        "<th scope=\"col\">p99</th><th scope=\"col\">wake-up<br>p50</th><th scope=\"col\">p99</th>"
        "<th scope=\"col\">messages/s</th></tr></thead><tbody>\n",
        l->npairs);
    for (size_t i = 0; i < c->n * c->n; i++) {
        size_t from = c->order[i / c->n], to = c->order[i % c->n];
        const struct pair *p = runlog_pair(l, from, to);

        if (!p->has)
            continue;
        buf_put(t, "<tr><th scope=\"row\">%zu</th><th scope=\"row\">%zu</th>", from, to);
        cell(t, p->rounds >= 0, p->rounds);
        cell(t, true, p->rtt.min);
        cell(t, true, p->rtt.p50);
        cell(t, true, p->rtt.p90);
        cell(t, true, p->rtt.p99);
        cell(t, true, p->rtt.max);
        cell(t, true, p->rtt.outliers);
        cell(t, p->oneway.has, p->oneway.p50);
        cell(t, p->oneway.has, p->oneway.p99);
        cell(t, p->wake.has, p->wake.p50);
        cell(t, p->wake.has, p->wake.p99);
        cell(t, p->msgs_per_s >= 0, p->msgs_per_s);
        buf_add(t, "</tr>\n");
    }
    buf_add(t, "</tbody></table></div></details>\n");
}
