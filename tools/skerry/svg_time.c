/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/svg.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define LEFT  118.0
#define WIDTH 720.0
#define LANE  17.0

/* 1, 2 or 5 times a power of ten, so that there are at most eight steps. */
static double step_for(double span)
{
    double step = pow(10, floor(log10(span / 8)));

    while (span / step > 8)
        step *= fabs(step / pow(10, floor(log10(step) + 1e-9)) - 2) < 0.1 ? 2.5 : 2;
    return step;
}

static double last_moment(const struct runlog *l)
{
    int64_t last = l->all_joined_ns;

    for (size_t i = 0; i < CORES_MAX; i++) {
        last = last > l->core[i].up_ns ? last : l->core[i].up_ns;
        last = last > l->core[i].joined_ns ? last : l->core[i].joined_ns;
    }
    return (double)last;
}

static void grid(struct buf *t, double last, double height)
{
    double step = step_for(last);

    for (double at = 0; at <= last * 1.0001; at += step) {
        struct buf label = {0};

        buf_tick(&label, (int64_t)at);
        buf_put(t,
                "<path class=\"grid\" d=\"M%.1f 4V%.1f\"/><text class=\"q\" x=\"%.1f\" y=\"%.1f\" "
                "text-anchor=\"middle\">%s</text>",
                LEFT + at / last * WIDTH, height, LEFT + at / last * WIDTH, height + 15,
                at > 0 ? label.s : "reset");
        buf_free(&label);
    }
}

/* Each phase is a block from the end of the one before; neighbours differ in fill, the number is in it. */
static void phases(struct buf *t, const struct runlog *l, double last)
{
    double from = 0;

    buf_put(t, "<text class=\"n\" x=\"%.1f\" y=\"27\" text-anchor=\"end\">phases</text>",
            LEFT - 10);
    for (size_t i = 0; i < l->nphases; i++) {
        double to = (double)l->phase[i].at_ns, x = LEFT + from / last * WIDTH;
        double w = fmax((to - from) / last * WIDTH, 0.8);

        buf_put(t, "<g><title>%" PRId64 " ", l->phase[i].n);
        buf_markup(t, l->phase[i].name);
        buf_put(t,
                ", done at %.3f ms</title><rect class=\"near\"%s x=\"%.1f\" y=\"10\" "
                "width=\"%.1f\" height=\"26\"/></g>",
                to / 1e6, i % 2 ? " fill-opacity=\".22\"" : "", x, w);
        if (w > 12)
            buf_put(t,
                    "<text class=\"%s\" x=\"%.1f\" y=\"27\" text-anchor=\"middle\">%" PRId64
                    "</text>",
                    i % 2 ? "n" : "in", x + w / 2, l->phase[i].n);
        from = to;
    }
    buf_add(t, "\n");
}

bool svg_phases(struct buf *t, const struct runlog *l)
{
    double last = l->nphases ? (double)l->phase[l->nphases - 1].at_ns : 0;

    if (!(last > 0))
        return false;
    buf_add(t, "<svg class=\"pic\" viewBox=\"0 0 880 66\" width=\"880\" height=\"66\" role=\"img\" "
               "aria-label=\"Time line of the boot phases\">\n");
    grid(t, last, 42);
    phases(t, l, last);
    buf_add(t, "</svg>\n");
    return true;
}

/* A hollow dot where the core came up, a full one where it joined, a line between. */
static void lane(struct buf *t, const struct runlog *l, size_t core, double y, double last)
{
    const struct core_facts *c = &l->core[core];
    double up = LEFT + (double)c->up_ns / last * WIDTH;
    double joined = LEFT + (double)c->joined_ns / last * WIDTH;

    buf_put(t, "<text class=\"n\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">core %zu</text>",
            LEFT - 10, y + 4, core);
    if (c->state == CORE_DEAD || c->state == CORE_ABSENT || c->state == CORE_UNSEEN) {
        buf_put(t, "<text class=\"q\" x=\"%.1f\" y=\"%.1f\">%s ", LEFT, y + 4,
                core_facts_word(c->state));
        buf_markup(t, c->why);
        buf_add(t, "</text>");
    }
    if (c->up_ns >= 0 && c->joined_ns >= 0)
        buf_put(t, "<path class=\"near-l\" d=\"M%.1f %.1fH%.1f\"/>", up, y, joined);
    if (c->up_ns >= 0)
        buf_put(t,
                "<g><title>core %zu up at %.3f ms</title><circle class=\"near-l dot\" cx=\"%.1f\" "
                "cy=\"%.1f\" r=\"4\"/></g>",
                core, (double)c->up_ns / 1e6, up, y);
    if (c->joined_ns >= 0)
        buf_put(t,
                "<g><title>core %zu joined at %.3f ms</title><circle class=\"near\" cx=\"%.1f\" "
                "cy=\"%.1f\" r=\"4.5\"/></g>",
                core, (double)c->joined_ns / 1e6, joined, y);
    buf_add(t, "\n");
}

bool svg_timeline(struct buf *t, const struct runlog *l, const struct cores *c)
{
    double last = last_moment(l), height = 12 + LANE * (double)c->n;

    if (!(last > 0))
        return false;
    buf_put(
        t,
        "<svg class=\"pic\" viewBox=\"0 0 880 %.0f\" width=\"880\" height=\"%.0f\" role=\"img\" "
        "aria-label=\"Time line of cores coming up and joining\">\n",
        height + 24, height + 24);
    grid(t, last, height);
    for (size_t i = 0; i < c->n; i++)
        lane(t, l, c->order[i], 16 + LANE * (double)i, last);
    if (l->all_joined_ns >= 0)
        buf_put(t, "<path class=\"mid\" stroke-dasharray=\"4 3\" d=\"M%.1f 4V%.1f\"/>",
                LEFT + (double)l->all_joined_ns / last * WIDTH, height);
    buf_add(t, "</svg>\n");
    return true;
}
