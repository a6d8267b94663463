/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/table.h"
#include "tools/skerry/number.h"
#include "tools/skerry/viridis.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL 7

const char *band_word(const struct runlog *l)
{
    const char *p = provenance(l);

    return strcmp(p, "emulated") == 0   ? "EMULATED"
           : strcmp(p, "hardware") == 0 ? "HARDWARE"
           : strcmp(p, "sample") == 0   ? "SAMPLE"
                                        : "UNKNOWN";
}

const char *band_sentence(const struct runlog *l, bool icount)
{
    const char *p = provenance(l);

    if (strcmp(p, "sample") == 0)
        return "Made-up numbers for tests. Nothing was measured.";
    if (strcmp(p, "hardware") == 0)
        return "Measured on a board, with its own counter.";
    if (strcmp(p, "unknown") == 0)
        return "The log does not say whether a board or an emulator wrote it.";
    return icount ? "1 ns here is one instruction, over all cores: path length, not time on Arm "
                    "hardware."
                  : "These numbers describe the emulator and host scheduling, not Arm hardware.";
}

struct paint {
    const struct term *term;
    struct scale scale;
};

/* The nearest of the 6x6x6 colour cube, for terminals without 24-bit colour. */
static unsigned cube(uint32_t rgb)
{
    unsigned index = 16;

    for (int c = 0; c < 3; c++) {
        unsigned v = rgb >> (16 - 8 * c) & 255;

        index += (v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40) * (c == 0 ? 36u : c == 1 ? 6u : 1u);
    }
    return index;
}

static void cell(struct buf *t, const struct paint *paint, const struct matrix *m, size_t i,
                 size_t j, const struct number_form *form)
{
    char value[24];
    uint32_t colour;

    if (i == j || isnan(m->v[i][j])) {
        buf_put(t, "%*s", CELL, i == j ? "-" : "?");
        return;
    }
    number_short(value, sizeof value, m->v[i][j], form);
    if (!paint->term->out_colour) {
        buf_put(t, "%*s", CELL, value);
        return;
    }
    colour = viridis(scale_at(&paint->scale, m->v[i][j]));
    if (paint->term->out_full)
        buf_put(t, "\x1b[48;2;%u;%u;%um", colour >> 16, colour >> 8 & 255, colour & 255);
    else
        buf_put(t, "\x1b[48;5;%um", cube(colour));
    buf_put(t, "\x1b[%sm%*s \x1b[0m", ink_white(colour) ? "97" : "30", CELL - 1, value);
}

static void columns(struct buf *t, const struct cores *c, size_t from, size_t to)
{
    buf_put(t, "%6s", "");
    for (size_t j = from; j < to; j++)
        buf_put(t, "%s%*zu", cores_gap(c, j) && j > from ? " |" : "", CELL, c->order[j]);
    buf_add(t, "\n");
}

static void rule(struct buf *t, const struct cores *c, size_t from, size_t to)
{
    buf_add(t, "      ");
    for (size_t j = from; j < to; j++)
        buf_put(t, "%s%.*s", cores_gap(c, j) && j > from ? "-+" : "", CELL, "------------");
    buf_add(t, "\n");
}

/* As many columns at a time as the terminal is wide; a reader scrolls down, never sideways. */
static void matrix(struct buf *t, const struct term *term, const struct cores *c,
                   const struct matrix *m)
{
    struct paint paint = {.term = term, .scale = scale_for(m->min, m->max)};
    struct number_form form = number_form_for(metric_facts(m->metric)->unit, m->median);
    size_t fit = (size_t)(term->width - 6) / (CELL + 1);

    fit = fit < 4 ? 4 : fit;
    buf_put(t, "%s, %s, from row to column; %s is better\n", metric_facts(m->metric)->title,
            form.unit, metric_facts(m->metric)->more_is_better ? "higher" : "lower");
    for (size_t from = 0; from < m->n; from += fit) {
        size_t to = from + fit < m->n ? from + fit : m->n;

        columns(t, c, from, to);
        for (size_t i = 0; i < m->n; i++) {
            if (cores_gap(c, i))
                rule(t, c, from, to);
            buf_put(t, "%5zu ", c->order[i]);
            for (size_t j = from; j < to; j++) {
                if (cores_gap(c, j) && j > from)
                    buf_add(t, " |");
                cell(t, &paint, m, i, j, &form);
            }
            buf_add(t, "\n");
        }
    }
}

static void tiers(struct buf *t, const struct runlog *l)
{
    struct tier tier[2];
    size_t n = tiers_of(l, tier);

    if (!n)
        return;
    buf_add(t, "tier  ");
    for (size_t i = 0; i < n; i++) {
        buf_put(t, " %s ", tier[i].name);
        buf_time(t, (int64_t)(tier[i].p50 + 0.5));
        buf_add(t, " (worst p99 ");
        buf_time(t, (int64_t)tier[i].worst_p99);
        buf_add(t, ")  ");
    }
    if (l->probe.control.has) {
        buf_add(t, " noise floor ");
        buf_time(t, l->probe.control.p50);
    }
    buf_put(t, "   asymmetry max %.0f %%\n", worst_asymmetry(l));
}

static void locals(struct buf *t, const struct runlog *l)
{
    for (size_t k = 0; k < l->nlocals; k++) {
        double v[CORES_MAX];
        size_t n = 0;

        for (size_t i = 0; i < CORES_MAX; i++)
            if (l->local[k].ns[i].has)
                v[n++] = (double)l->local[k].ns[i].p50;
        buf_put(t, "%s %s ", k ? "  " : "local ", l->local[k].what);
        buf_time(t, (int64_t)(median_of(v, n) + 0.5));
    }
    if (l->nlocals)
        buf_add(t, "\n");
}

static void remarks(struct buf *t, const struct remarks *r, const struct term *term)
{
    for (size_t i = 0; i < r->n; i++) {
        enum level level = r->remark[i].level;
        const char *on = !term->out_colour     ? ""
                         : level == LEVEL_FAIL ? "\x1b[1;31m"
                         : level == LEVEL_WARN ? "\x1b[33m"
                                               : "\x1b[2m";

        buf_put(t, "%s%-7s%s %s\n", on, level == LEVEL_WARN ? "warn" : level_word(level),
                term->out_colour ? "\x1b[0m" : "", r->remark[i].text);
    }
}

void table_print(struct buf *t, const struct runlog *l, const struct remarks *r,
                 const struct term *term, const char *where)
{
    struct matrix *m = must(malloc(sizeof *m));
    enum metric lead = matrix_lead(l);
    struct buf raw = {0};
    struct cores c;

    cores_order(l, &c);
    buf_put(&raw, "%s%s%s  %s%s%s\n", term->out_colour ? "\x1b[7;1m " : "", band_word(l),
            term->out_colour ? " \x1b[0m" : "", where, *where ? ". " : "",
            band_sentence(l, strstr(where, "icount") != NULL));
    if (lead != METRIC_COUNT && matrix_fill(l, &c, lead, m))
        matrix(&raw, term, &c, m);
    else if (runlog_cores(l) == 1)
        buf_add(&raw, "one core: there is no pair to measure\n");
    tiers(&raw, l);
    if (matrix_fill(l, &c, METRIC_wake_p50, m)) {
        buf_add(&raw, "wake   median ");
        buf_time(&raw, (int64_t)(m->median + 0.5));
        buf_add(&raw, " (");
        buf_time(&raw, (int64_t)m->min);
        buf_add(&raw, " to ");
        buf_time(&raw, (int64_t)m->max);
        buf_add(&raw, ")");
        if (matrix_fill(l, &c, METRIC_msgs_per_s, m)) {
            buf_add(&raw, "   throughput median ");
            buf_count(&raw, (int64_t)m->median);
            buf_add(&raw, " messages/s");
        }
        buf_add(&raw, "\n");
    }
    locals(&raw, l);
    remarks(&raw, r, term);
    buf_add(t, raw.s);
    buf_free(&raw);
    free(m);
}
