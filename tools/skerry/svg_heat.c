/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/svg.h"
#include "tools/skerry/number.h"
#include "tools/skerry/table.h"
#include "tools/skerry/viridis.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define LEFT   86.0
#define TOP    62.0
#define GAP    9.0
#define LEGEND 74.0

struct plan {
    double cell_w, cell_h, font, width, height; /* of the cells, gaps included */
    double x[CORES_MAX], y[CORES_MAX];
};

static struct plan plan_for(const struct cores *c)
{
    static const struct {
        size_t cores;
        double w, h, font;
    } size[] = {{4, 84, 52, 17},
                {8, 68, 44, 15},
                {16, 50, 32, 11.5},
                {32, 31, 23, 8.4},
                {CORES_MAX, 25, 18, 6.6}};
    struct plan p = {0};
    size_t k = 0;

    while (c->n > size[k].cores)
        k++;
    p.cell_w = size[k].w, p.cell_h = size[k].h, p.font = size[k].font;
    for (size_t i = 0; i < c->n; i++) {
        if (cores_gap(c, i))
            p.width += GAP, p.height += GAP;
        p.x[i] = LEFT + p.width, p.y[i] = TOP + p.height;
        p.width += p.cell_w, p.height += p.cell_h;
    }
    return p;
}

/* Where cluster of position i ends (one past). */
static size_t cluster_end(const struct cores *c, size_t i)
{
    do
        i++;
    while (i < c->n && !cores_gap(c, i));
    return i;
}

static void labels(struct buf *t, const struct cores *c, const struct plan *p)
{
    double small = p->font < 11 ? fmax(p->font, 8) : 12;

    buf_put(t, "<text class=\"q\" x=\"%.1f\" y=\"14\" text-anchor=\"middle\">to core</text>",
            LEFT + p->width / 2);
    buf_put(t,
            "<text class=\"q\" transform=\"translate(12 %.1f) rotate(-90)\" "
            "text-anchor=\"middle\">from core</text>\n",
            TOP + p->height / 2);
    for (size_t i = 0; i < c->n; i++) {
        buf_put(t,
                "<text class=\"n\" style=\"font-size:%.1fpx\" x=\"%.1f\" y=\"%.1f\" "
                "text-anchor=\"middle\">%zu</text>",
                small, p->x[i] + p->cell_w / 2, TOP - 7, c->order[i]);
        buf_put(t,
                "<text class=\"n\" style=\"font-size:%.1fpx\" x=\"%.1f\" y=\"%.1f\" "
                "text-anchor=\"end\">%zu</text>\n",
                small, LEFT - 9, p->y[i] + p->cell_h / 2 + small * 0.35, c->order[i]);
    }
    for (size_t i = 0; c->nclusters > 1 && i < c->n; i = cluster_end(c, i)) {
        size_t last = cluster_end(c, i) - 1;
        double right = p->x[last] + p->cell_w, bottom = p->y[last] + p->cell_h;

        buf_put(t, "<path class=\"b\" d=\"M%.1f %.1fv-4H%.1fv4M%.1f %.1fh-4V%.1fh4\"/>",
                p->x[i] + 1, TOP - 20, right - 1, LEFT - 34, p->y[i] + 1, bottom - 1);
        buf_put(
            t,
            "<text class=\"q\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s%" PRId64 "</text>",
            (p->x[i] + right) / 2, TOP - 29, right - p->x[i] > 90 ? "cluster " : "", c->cluster[i]);
        buf_put(t,
                "<text class=\"q\" transform=\"translate(%.1f %.1f) rotate(-90)\" "
                "text-anchor=\"middle\">%s%" PRId64 "</text>\n",
                LEFT - 43, (p->y[i] + bottom) / 2, bottom - p->y[i] > 90 ? "cluster " : "",
                c->cluster[i]);
    }
}

static void tooltip(struct buf *t, const struct runlog *l, size_t from, size_t to)
{
    const struct pair *p = runlog_pair(l, from, to);
    const struct stats *s = p->oneway.has ? &p->oneway : &p->rtt;

    buf_put(t, "<title>core %zu to core %zu", from, to);
    if (!p->has) {
        buf_add(t, ": not measured</title>");
        return;
    }
    buf_put(t,
            ", %s: min %" PRId64 ", p50 %" PRId64 ", p90 %" PRId64 ", p99 %" PRId64 ", max %" PRId64
            " ns",
            s == &p->oneway ? "one way" : "round trip", s->min, s->p50, s->p90, s->p99, s->max);
    if (p->rtt.outliers)
        buf_put(t, "; %" PRId64 " outliers", p->rtt.outliers);
    buf_add(t, "</title>");
}

/* A cell without a record is hatched and has a dash; the diagonal is no pair and stays empty. */
static void cells(struct buf *t, const struct runlog *l, const struct cores *c,
                  const struct matrix *m, const struct plan *p, const char *id, bool details)
{
    struct scale scale = scale_for(m->min, m->max);
    struct number_form form = number_form_for(metric_facts(m->metric)->unit, m->median);
    char value[24];

    for (size_t i = 0; i < m->n; i++)
        for (size_t j = 0; j < m->n; j++) {
            bool missing = isnan(m->v[i][j]);
            uint32_t colour = missing ? 0 : viridis(scale_at(&scale, m->v[i][j]));

            if (i == j)
                continue;
            buf_add(t, details ? "<g>" : "");
            if (details)
                tooltip(t, l, c->order[i], c->order[j]);
            buf_put(t, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" ",
                    p->x[j] + 0.75, p->y[i] + 0.75, p->cell_w - 1.5, p->cell_h - 1.5);
            if (missing)
                buf_put(t, "fill=\"url(#%s-hatch)\" class=\"m\"/>", id);
            else
                buf_put(t, "fill=\"#%06x\"/>", colour);
            number_short(value, sizeof value, m->v[i][j], &form);
            buf_put(t, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%s",
                    missing             ? "x"
                    : ink_white(colour) ? "w"
                                        : "k",
                    p->x[j] + p->cell_w / 2, p->y[i] + p->cell_h / 2 + p->font * 0.36,
                    missing ? "\xe2\x80\x93" : value, details ? "</g>\n" : "\n");
        }
}

static void legend(struct buf *t, const struct matrix *m, const char *id, double y, double width)
{
    struct scale s = scale_for(m->min, m->max);
    const struct metric_facts *facts = metric_facts(m->metric);
    struct number_form form = number_form_for(facts->unit, m->median);
    double bar = fmin(width - 160, 340);
    char value[24];

    bar = fmax(bar, 180);
    buf_put(t, "<defs><linearGradient id=\"%s-scale\">", id);
    for (int i = 0; i < VIRIDIS_STOPS; i++)
        buf_put(t, "<stop offset=\"%.3f\" stop-color=\"#%06x\"/>", i / (VIRIDIS_STOPS - 1.0),
                viridis(s.flat ? 0.5 : i / (VIRIDIS_STOPS - 1.0)));
    buf_put(t,
            "</linearGradient><pattern id=\"%s-hatch\" width=\"6\" height=\"6\" "
            "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
            "<path class=\"b\" d=\"M0 0V6\"/></pattern></defs>\n",
            id);
    buf_put(t,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\" rx=\"2\" "
            "fill=\"url(#%s-scale)\"/>",
            LEFT, y, bar, id);
    for (int i = 0; i <= 4; i++) {
        if (s.flat && i != 2)
            continue;
        number_short(value, sizeof value, s.flat ? m->median : scale_value(&s, i / 4.0), &form);
        buf_put(t, "<text class=\"q\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                LEFT + bar * i / 4, y + 27,
                i == 0   ? "start"
                : i == 4 ? "end"
                         : "middle",
                value);
    }
    buf_put(t, "<text class=\"q\" x=\"%.1f\" y=\"%.1f\">%s%s, %s is better%s</text>", LEFT, y + 45,
            form.unit, s.log ? ", logarithmic colours" : "",
            facts->more_is_better ? "higher" : "lower",
            s.flat ? "; all values lie within 5 %" : "");
    buf_put(
        t,
        "<rect class=\"m\" x=\"%.1f\" y=\"%.1f\" width=\"22\" height=\"12\" rx=\"2\" "
        "fill=\"url(#%s-hatch)\"/><text class=\"q\" x=\"%.1f\" y=\"%.1f\">not measured</text>\n",
        LEFT + bar + 26, y, id, LEFT + bar + 54, y + 10.5);
}

static double total_width(const struct plan *p)
{
    return fmax(LEFT + p->width + 8, 440);
}

static void body(struct buf *t, const struct runlog *l, const struct cores *c,
                 const struct matrix *m, const struct plan *p, const char *id, bool details)
{
    labels(t, c, p);
    buf_put(t, "<g class=\"v\" style=\"font-size:%.1fpx\">\n", p->font);
    cells(t, l, c, m, p, id, details);
    buf_add(t, "</g>\n");
    legend(t, m, id, TOP + p->height + 18, p->width);
}

void svg_heat(struct buf *t, const struct runlog *l, const struct cores *c, const struct matrix *m,
              const char *id, bool details)
{
    struct plan p = plan_for(c);
    double w = total_width(&p), h = TOP + p.height + LEGEND;

    buf_put(t,
            "<svg class=\"pic\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
            "role=\"img\" aria-label=\"Heat map: %s, %zu by %zu cores; the table below has the "
            "same values\">\n",
            w, h, w, h, metric_facts(m->metric)->title, c->n, c->n);
    body(t, l, c, m, &p, id, details);
    buf_add(t, "</svg>\n");
}

/* As svg_style(), without variables: a file may meet viewers that know no more CSS than colours. */
static const char file_style[] =
    ".pic{font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace}"
    ".pic text{fill:#1b1f24;font-size:12px}.pic .h{font-size:16px;font-weight:700}"
    ".pic .paper{fill:#fff}.pic .q,.pic .x{fill:#59626d;font-size:11.5px}.pic .n{font-weight:700}"
    ".pic .v text{font-size:inherit;text-anchor:middle}.pic .v .k{fill:#000}.pic .v .w{fill:#fff}"
    ".pic .b{stroke:#9aa4af;fill:none;stroke-width:1.5}.pic .m{stroke:#9aa4af;stroke-width:1}"
    "@media(prefers-color-scheme:dark){.pic text{fill:#e6eaee}.pic .q,.pic .x{fill:#a3adb8}"
    ".pic .paper{fill:#14181d}.pic .b,.pic .m{stroke:#5d6873}.pic .v .k{fill:#000}.pic .v "
    ".w{fill:#fff}}";

void svg_heat_file(struct buf *t, const struct runlog *l, const struct cores *c,
                   const struct matrix *m, const char *where)
{
    struct plan p = plan_for(c);
    double w = total_width(&p), h = TOP + p.height + LEGEND + 64;

    w = fmax(w, 640);
    buf_put(
        t,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pic file\" viewBox=\"0 0 %.0f %.0f\" "
        "width=\"%.0f\" height=\"%.0f\">\n<style>%s</style>\n"
        "<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n",
        w, h, w, h, file_style);
    buf_add(t, "<text class=\"h\" x=\"16\" y=\"26\">Skerry: ");
    buf_markup(t, metric_facts(m->metric)->title);
    buf_put(t, ", %zu cores</text>\n<text class=\"q\" x=\"16\" y=\"46\">%s. ", c->n, band_word(l));
    buf_markup(t, where);
    buf_add(t, "</text>\n<g transform=\"translate(0 60)\">\n");
    body(t, l, c, m, &p, "heat", true);
    buf_add(t, "</g>\n</svg>\n");
}

const char *svg_style(void)
{
    return "svg.pic{--ink:#1b1f24;--soft:#59626d;--line:#9aa4af;--paper:#fff;--near:#0b62a8;--far:#"
           "b3470a;"
           "font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;"
           "font-variant-numeric:tabular-nums}"
           "@media(prefers-color-scheme:dark){svg.pic{--ink:#e6eaee;--soft:#a3adb8;--line:#5d6873;"
           "--paper:#14181d;--near:#6db3f2;--far:#f2a26d}}"
           "@media "
           "print{svg.pic{--ink:#000;--soft:#333;--line:#777;--paper:#fff;--near:#0b62a8;--far:#"
           "b3470a}}"
           "svg.pic text{fill:var(--ink);font-size:12px}"
           "svg.pic .paper{fill:var(--paper)}svg.pic .h{font-size:16px;font-weight:700}"
           "svg.pic .q{fill:var(--soft);font-size:11.5px}svg.pic .n{font-weight:700}"
           "svg.pic .v text{font-size:inherit;text-anchor:middle}"
           "svg.pic .v .k{fill:#000}svg.pic .v .w{fill:#fff}svg.pic .v .x{fill:var(--soft)}"
           "svg.pic .b{stroke:var(--line);fill:none;stroke-width:1.5}"
           "svg.pic .m{stroke:var(--line);stroke-width:1}"
           "svg.pic .near{fill:var(--near)}svg.pic .far{fill:var(--far)}"
           "svg.pic .near-l{stroke:var(--near);fill:none;stroke-width:2}"
           "svg.pic .far-l{stroke:var(--far);fill:none;stroke-width:2}"
           "svg.pic .grid{stroke:var(--line);stroke-opacity:.45;fill:none;stroke-width:1}"
           "svg.pic .mid{stroke:var(--ink);stroke-width:1.5;fill:none}";
}
