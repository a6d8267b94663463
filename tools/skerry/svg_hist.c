/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Histograms of round trips. x is logarithmic and the same in every panel, so
 * that panels can be compared; bars are as high as the square root of their count,
 * so that one late message in a thousand can still be seen.
 */
#include "tools/skerry/svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLOT 1072.0 /* pixels the axis of the tiers is wide */

struct axis {
    double low, high; /* of the buckets, log2 of ns */
};

static double bucket_x(double low_ns)
{
    return log2(fmax(low_ns, 0.5));
}

/* Where a bucket ends: a quarter of its octave above its low end, docs/spec/console.md. */
static double bucket_end(int64_t low_ns)
{
    return bucket_x((double)low_ns + exp2(floor(bucket_x((double)low_ns))) / 4);
}

static bool axis_for(const struct runlog *l, struct axis *a)
{
    size_t n = runlog_cores(l);

    *a = (struct axis){.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < n * n; i++) {
        const struct stats *s = &runlog_pair(l, i / n, i % n)->rtt;

        if (!s->nhist)
            continue;
        a->low = fmin(a->low, bucket_x((double)s->hist[0].low_ns));
        a->high = fmax(a->high, bucket_end(s->hist[s->nhist - 1].low_ns));
    }
    if (!(a->high > a->low))
        return false;
    if (a->high - a->low <
        2) { /* a lone bucket is no picture of a distribution without room around it */
        a->low -= 1 - (a->high - a->low) / 2;
        a->high = a->low + 2;
    }
    return true;
}

static double place(const struct axis *a, double log2_ns, double width)
{
    return (log2_ns - a->low) / (a->high - a->low) * width;
}

static void bars(struct buf *t, const struct axis *a, const struct bucket *b, size_t n, double x,
                 double y, double w, double h, const char *class)
{
    double most = 1;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, sqrt((double)b[i].count));
    buf_put(t, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < n; i++) {
        double left = place(a, bucket_x((double)b[i].low_ns), w);
        double right = place(a, bucket_end(b[i].low_ns), w);
        double high = fmax(sqrt((double)b[i].count) / most * h, 1.2);

        buf_put(t, "M%.1f %.1fv%.1fh%.1fv%.1fz", x + left, y + h, -high,
                fmax(right - left - (right - left > 3 ? 0.6 : 0), 0.8), high);
    }
    buf_add(t, "\"/>");
}

/* Powers of ten, or 1-2-5 steps if there is room for them. */
static void ticks(struct buf *t, const struct axis *a, double x, double y, double w, double h)
{
    double decade = log2(10) / (a->high - a->low) * w; /* pixels; 2 and 5 need a third of it */

    for (double ten = 1; ten < 1e13; ten *= 10)
        for (int k = 0; k < 3; k++) {
            double ns = ten * (k == 0 ? 1 : k == 1 ? 2 : 5), at = place(a, log2(ns), w);
            struct buf label = {0};

            if ((k && decade < 160) || at < 0 || at > w)
                continue;
            buf_tick(&label, (int64_t)ns);
            buf_put(t,
                    "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text class=\"q\" x=\"%.1f\" "
                    "y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                    x + at, y, y + h, x + at, y + h + 15, label.s);
            buf_free(&label);
        }
}

/* Add the buckets of `s` into the sum; all logs use the same bucket borders. */
static void add(struct bucket **sum, size_t *n, const struct stats *s)
{
    for (size_t i = 0; i < s->nhist; i++) {
        size_t at = 0;

        while (at < *n && (*sum)[at].low_ns < s->hist[i].low_ns)
            at++;
        if (at == *n || (*sum)[at].low_ns != s->hist[i].low_ns) {
            *sum = must(realloc(*sum, (*n + 1) * sizeof **sum));
            memmove(*sum + at + 1, *sum + at, (*n - at) * sizeof **sum);
            (*sum)[at] = (struct bucket){.low_ns = s->hist[i].low_ns};
            (*n)++;
        }
        (*sum)[at].count += s->hist[i].count;
    }
}

static void one_tier(struct buf *t, const struct runlog *l, const struct axis *a, bool far,
                     bool split, double y)
{
    size_t cores = runlog_cores(l), n = 0, pairs = 0;
    struct bucket *sum = NULL;
    int64_t samples = 0;

    for (size_t i = 0; i < cores * cores; i++) {
        const struct stats *s = &runlog_pair(l, i / cores, i % cores)->rtt;

        if (split && (l->core[i / cores].cluster != l->core[i % cores].cluster) != far)
            continue;
        add(&sum, &n, s);
        pairs += s->nhist > 0;
    }
    for (size_t i = 0; i < n; i++)
        samples += sum[i].count;
    buf_put(t,
            "<text class=\"n\" x=\"14\" y=\"%.1f\">%s</text><text class=\"q\" x=\"150\" "
            "y=\"%.1f\">%zu pairs, ",
            y + 14,
            !split ? "all pairs"
            : far  ? "other cluster"
                   : "same cluster",
            y + 14, pairs);
    buf_count(t, samples);
    buf_add(t, " round trips</text>");
    bars(t, a, sum, n, 14, y + 24, PLOT, 84, far ? "far" : "near");
    ticks(t, a, 14, y + 24, PLOT, 84);
    buf_put(t, "<path class=\"b\" d=\"M14 %.1fh%.0f\"/>\n", y + 108.5, PLOT);
    free(sum);
}

bool svg_tiers(struct buf *t, const struct runlog *l)
{
    struct tier tier[2];
    struct axis a;
    struct cores c;
    bool split;

    cores_order(l, &c);
    if (!tiers_of(l, tier) || !axis_for(l, &a))
        return false;
    split = c.nclusters > 1;
    buf_put(t,
            "<svg class=\"pic\" viewBox=\"0 0 1100 %d\" width=\"1100\" height=\"%d\" role=\"img\" "
            "aria-label=\"Histogram of round-trip times%s\">\n",
            split ? 280 : 140, split ? 280 : 140, split ? ", one per tier" : "");
    one_tier(t, l, &a, false, split, 0);
    if (split)
        one_tier(t, l, &a, true, split, 140);
    buf_add(t, "</svg>\n");
    return true;
}

bool svg_pairs(struct buf *t, const struct runlog *l, const struct cores *c)
{
    double w = c->n <= 4 ? 220 : 118, h = c->n <= 4 ? 60 : 40, width, height;
    struct axis a;

    if (!axis_for(l, &a))
        return false;
    width = 44 + (double)c->n * (w + 6) + 8 * (double)(c->nclusters - 1) + 4;
    height = 26 + (double)c->n * (h + 10) + 8 * (double)(c->nclusters - 1);
    buf_put(
        t,
        "<svg class=\"pic\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
        "role=\"img\" aria-label=\"One histogram of round-trip times for each ordered pair\">\n",
        width, height, width, height);
    for (size_t i = 0, down = 0; i < c->n; i++) {
        double y = 26 + (double)i * (h + 10) + 8 * (double)(down += cores_gap(c, i));

        buf_put(t, "<text class=\"n\" x=\"30\" y=\"%.1f\" text-anchor=\"end\">%zu</text>",
                y + h / 2 + 4, c->order[i]);
        for (size_t j = 0, right = 0; j < c->n; j++) {
            double x = 44 + (double)j * (w + 6) + 8 * (double)(right += cores_gap(c, j));
            const struct stats *s = &runlog_pair(l, c->order[i], c->order[j])->rtt;
            double mid = x + place(&a, bucket_x((double)s->p50), w);

            if (i == 0)
                buf_put(t,
                        "<text class=\"n\" x=\"%.1f\" y=\"14\" text-anchor=\"middle\">%zu</text>",
                        x + w / 2, c->order[j]);
            if (i == j)
                continue;
            buf_put(t, "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>", x, y + h + 0.5, w);
            if (!s->nhist) {
                buf_put(t,
                        "<text class=\"q\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">not "
                        "measured</text>",
                        x + w / 2, y + h / 2 + 4);
                continue;
            }
            bars(t, &a, s->hist, s->nhist, x, y, w, h,
                 c->cluster[i] == c->cluster[j] ? "near" : "far");
            buf_put(t, "<path class=\"mid\" d=\"M%.1f %.1fv4\"/>\n", mid, y + h + 1);
        }
    }
    buf_add(t, "</svg>\n");
    return true;
}
