/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/number.h"
#include "tools/skerry/page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void cost_cells(struct buf *t, const struct local_cost *k)
{
    double p50[CORES_MAX], low = INFINITY, high = 0, worst = 0;
    size_t n = 0;

    for (size_t i = 0; i < CORES_MAX; i++) {
        const struct stats *s = &k->ns[i];

        if (!s->has)
            continue;
        p50[n++] = (double)s->p50;
        low = fmin(low, (double)s->p50);
        high = fmax(high, (double)s->p50);
        worst = fmax(worst, (double)s->p99);
    }
    buf_put(t, "<td>%zu</td><td>", n);
    buf_time(t, (int64_t)(median_of(p50, n) + 0.5));
    buf_add(t, "</td><td>");
    buf_time(t, (int64_t)low);
    buf_add(t, "</td><td>");
    buf_time(t, (int64_t)high);
    buf_add(t, "</td><td>");
    buf_time(t, (int64_t)worst);
    buf_add(t, "</td></tr>\n");
}

static void brief_cell(struct buf *t, const struct stats *s)
{
    char p50[24], p99[24];

    number_brief(p50, sizeof p50, (double)s->p50);
    number_brief(p99, sizeof p99, (double)s->p99);
    buf_put(t, "<td>%s<small>%s</small></td>", p50, p99);
}

static void each_core(struct buf *t, const struct runlog *l, const struct cores *c)
{
    buf_put(t,
            "<details%s><summary>Each core</summary><div class=\"wide\"><table><caption>Median, "
            "below it "
            "the 99th percentile, ns</caption><thead><tr><th scope=\"col\">core</th>",
            c->n <= 8 ? " open" : "");
    for (size_t k = 0; k < l->nlocals; k++) {
        buf_add(t, "<th scope=\"col\">");
        buf_markup(t, l->local[k].what);
        buf_add(t, "</th>");
    }
    buf_add(t, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < c->n; i++) {
        buf_put(t, "<tr><th scope=\"row\">%zu</th>", c->order[i]);
        for (size_t k = 0; k < l->nlocals; k++) {
            const struct stats *s = &l->local[k].ns[c->order[i]];

            if (s->has)
                brief_cell(t, s);
            else
                buf_add(t, "<td class=\"x\">missing</td>");
        }
        buf_add(t, "</tr>\n");
    }
    buf_add(t, "</tbody></table></div></details>\n");
}

void page_locals(struct buf *t, const struct runlog *l, const struct cores *c)
{
    if (!l->nlocals)
        return;
    buf_add(t, "<section><h2>What things cost on one core</h2>\n<div class=\"both\">"
               "<div class=\"wide\"><table><caption>Over the cores that measured it</caption>"
               "<thead><tr><th scope=\"col\" class=\"t\">operation</th>"
               "<th scope=\"col\">cores</th><th scope=\"col\">median</th>"
               "<th scope=\"col\">fastest core</th><th scope=\"col\">slowest core</th>"
               "<th scope=\"col\">worst p99</th></tr></thead><tbody>\n");
    for (size_t k = 0; k < l->nlocals; k++) {
        buf_add(t, "<tr><th scope=\"row\" class=\"t\">");
        buf_markup(t, l->local[k].what);
        buf_add(t, "</th>");
        cost_cells(t, &l->local[k]);
    }
    buf_add(t, "</tbody></table></div>\n");
    each_core(t, l, c);
    buf_add(t, "</div></section>\n");
}

static void fact(struct buf *t, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_put(t, "<dt>%s</dt><dd><code>", name);
    buf_markup(t, value);
    buf_add(t, "</code></dd>\n");
}

static void facts(struct buf *t, const struct report_facts *f)
{
    const struct boot_facts *b = &f->l->boot;
    struct buf s = {0};

    buf_add(t, "<dl class=\"facts\">\n");
    fact(t, "board", b->board);
    fact(t, "version", b->version);
    fact(t, "CPU (MIDR)", b->cpu);
    if (b->has) {
        buf_put(&s, "EL%" PRId64 ", GICv%" PRId64 ", counter %.3f MHz", b->el, b->gic,
                (double)b->counter_hz / 1e6);
        fact(t, "machine", s.s);
    }
    fact(t, "cores started by", b->start);
    buf_clear(&s);
    if (b->has && b->ram_bytes >= 0) {
        buf_size(&s, b->ram_bytes);
        fact(t, "RAM", s.s);
    }
    fact(t, "boot arguments", b->bootargs);
    fact(t, "measurement", b->measurement);
    buf_clear(&s);
    where_words(&s, f);
    fact(t, "emulator", s.s);
    fact(t, "host",
         json_string_value(json_object_get(json_object_get(f->sidecar, "host"), "system")));
    buf_add(t, "</dl>\n");
    buf_free(&s);
}

static void text_cell(struct buf *t, const char *s)
{
    buf_add(t, "<td>");
    buf_markup(t, s);
    buf_add(t, "</td>");
}

static void time_cell(struct buf *t, int64_t ns)
{
    buf_add(t, "<td>");
    if (ns >= 0)
        buf_time(t, ns);
    buf_add(t, "</td>");
}

static void size_cell(struct buf *t, const char *base, int64_t bytes)
{
    buf_add(t, "<td>");
    if (*base)
        buf_size(t, bytes);
    buf_add(t, "</td>");
}

void page_machine(struct buf *t, const struct report_facts *f, const struct cores *c)
{
    buf_add(t, "<section><h2>The machine</h2>\n");
    facts(t, f);
    buf_add(
        t, "<div class=\"wide\"><table><caption>Each core and the memory that is its "
           "own</caption><thead>"
           "<tr><th scope=\"col\">core</th><th scope=\"col\" class=\"t\">state</th><th "
           "scope=\"col\">cluster"
           "</th><th scope=\"col\">MPIDR</th><th scope=\"col\">up</th><th scope=\"col\">joined</th>"
           "<th scope=\"col\">share at</th><th scope=\"col\">share</th><th scope=\"col\">kernel "
           "at</th>"
           "<th scope=\"col\">kernel</th><th scope=\"col\">control block</th><th "
           "scope=\"col\">page table</th>"
           "</tr></thead><tbody>\n");
    for (size_t i = 0; i < c->n; i++) {
        const struct core_facts *k = &f->l->core[c->order[i]];

        buf_put(t, "<tr%s><th scope=\"row\">%zu</th><td class=\"t\">%s</td><td>",
                cores_gap(c, i) ? " class=\"gap\"" : "", c->order[i], core_facts_word(k->state));
        if (k->cluster >= 0)
            buf_put(t, "%" PRId64, k->cluster);
        buf_add(t, "</td>");
        text_cell(t, k->mpidr);
        time_cell(t, k->up_ns);
        time_cell(t, k->joined_ns);
        text_cell(t, k->share);
        size_cell(t, k->share, k->share_bytes);
        text_cell(t, k->kernel);
        size_cell(t, k->kernel, k->kernel_bytes);
        text_cell(t, k->kcb);
        text_cell(t, k->root);
        buf_add(t, "</tr>\n");
    }
    buf_add(t, "</tbody></table></div></section>\n");
}

static void line_words(struct buf *t, const json_t *line)
{
    for (size_t i = 0; i < json_array_size(line); i++) {
        const char *word = json_string_value(json_array_get(line, i));

        if (!word)
            continue;
        buf_put(t, "%s%s", i ? " " : "", strpbrk(word, " '\"$") ? "'" : "");
        buf_markup(t, word);
        buf_add(t, strpbrk(word, " '\"$") ? "'" : "");
    }
}

static void link_to(struct buf *t, const char *file, const char *what)
{
    buf_add(t, "<li><a href=\"");
    buf_markup(t, file);
    buf_add(t, "\">");
    buf_markup(t, file);
    buf_put(t, "</a> %s</li>\n", what);
}

void page_repeat(struct buf *t, const struct report_facts *f)
{
    const json_t *line = json_object_get(f->sidecar, "line");

    buf_add(t, "<section><h2>Do it again</h2>\n");
    if (f->command) {
        buf_add(t, "<p>This run:</p><pre>");
        buf_markup(t, f->command);
        buf_add(t, "</pre>\n");
    }
    if (line) {
        buf_add(t, "<details open><summary>The QEMU line</summary><pre>");
        line_words(t, line);
        buf_add(t, "</pre></details>\n");
    }
    buf_add(t, "<p>This report from the same log:</p><pre>skerry report ");
    buf_markup(t, f->log ? f->log : "-");
    buf_add(t, "</pre>\n<p>Raw data, beside this file:</p><ul>\n");
    link_to(t, "latency.json", "every figure (schema skerry.latency/1)");
    link_to(t, "latency.csv",
            "one-way medians, lower triangle, as core-to-core-latency writes them");
    link_to(t, "latency.svg", "the heat map alone");
    if (f->log_link)
        link_to(t, f->log_link, "the console, byte for byte");
    buf_add(t, "</ul></section>\n");
}
