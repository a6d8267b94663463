/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct metric_facts facts[] = {
#define METRIC(name, title, brief, unit, more, present, value) {#name, title, brief, unit, more},
#include "tools/skerry/metric.def"
#undef METRIC
};

const struct metric_facts *metric_facts(enum metric m)
{
    return &facts[m];
}

/* In percent of the smaller. */
static double differ(double a, double b)
{
    return fabs(a - b) / fmin(a, b) * 100;
}

static double value_of(const struct pair *p, const struct pair *q, enum metric which)
{
    if (!p->has)
        return NAN;
    switch (which) {
#define METRIC(name, title, brief, unit, more, present, value)                                     \
    case METRIC_##name:                                                                            \
        return (present) ? (value) : NAN;
#include "tools/skerry/metric.def"
#undef METRIC
    case METRIC_COUNT:
        break;
    }
    return NAN;
}

void cores_order(const struct runlog *l, struct cores *c)
{
    *c = (struct cores){.n = runlog_cores(l)};
    for (size_t i = 0; i < c->n; i++) {
        size_t at = i;

        /* Insertion by cluster; equal clusters stay in the order of their numbers. */
        while (at && l->core[c->order[at - 1]].cluster > l->core[i].cluster) {
            c->order[at] = c->order[at - 1];
            at--;
        }
        c->order[at] = i;
    }
    for (size_t i = 0; i < c->n; i++)
        c->cluster[i] = l->core[c->order[i]].cluster;
    c->nclusters = c->n > 0;
    for (size_t i = 1; i < c->n; i++)
        c->nclusters += cores_gap(c, i);
}

bool cores_gap(const struct cores *c, size_t i)
{
    return i > 0 && i < c->n && c->cluster[i] != c->cluster[i - 1];
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double median_of(double *v, size_t n)
{
    if (!n)
        return NAN;
    qsort(v, n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

bool matrix_fill(const struct runlog *l, const struct cores *c, enum metric which, struct matrix *m)
{
    double *seen = must(calloc(c->n * c->n + 1, sizeof *seen));

    m->metric = which;
    m->n = c->n;
    m->have = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->n; j++) {
            size_t from = c->order[i], to = c->order[j];

            m->v[i][j] = value_of(runlog_pair(l, from, to), runlog_pair(l, to, from), which);
            if (!isnan(m->v[i][j]))
                seen[m->have++] = m->v[i][j];
        }
    m->median = median_of(seen, m->have);
    m->min = m->have ? seen[0] : NAN;
    m->max = m->have ? seen[m->have - 1] : NAN;
    free(seen);
    return m->have > 0;
}

static bool any(const struct runlog *l, enum metric which)
{
    size_t n = runlog_cores(l);

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (!isnan(value_of(runlog_pair(l, i, j), runlog_pair(l, j, i), which)))
                return true;
    return false;
}

bool oneway_mixed(const struct runlog *l)
{
    size_t n = runlog_cores(l);
    const char *how = NULL;

    for (size_t i = 0; i < n * n; i++) {
        const struct pair *p = runlog_pair(l, i / n, i % n);

        if (!p->has || !p->oneway.has)
            continue;
        if (how && strcmp(how, p->oneway_how) != 0)
            return true;
        how = p->oneway_how;
    }
    return false;
}

enum metric matrix_lead(const struct runlog *l)
{
    return any(l, METRIC_oneway_p50) && !oneway_mixed(l) ? METRIC_oneway_p50
           : any(l, METRIC_rtt_p50)                      ? METRIC_rtt_p50
                                                         : METRIC_COUNT;
}

size_t tiers_of(const struct runlog *l, struct tier tier[2])
{
    static const char *const name[2][2] = {{"all pairs", ""}, {"same cluster", "other cluster"}};
    size_t n = runlog_cores(l), k = 0;
    bool oneway = matrix_lead(l) == METRIC_oneway_p50;
    double *v[2] = {must(calloc(n * n + 1, sizeof(double))),
                    must(calloc(n * n + 1, sizeof(double)))};
    struct cores c;

    cores_order(l, &c);
    for (size_t t = 0; t < 2; t++)
        tier[t] = (struct tier){.name = name[c.nclusters > 1][t]};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const struct pair *p = runlog_pair(l, i, j);
            const struct stats *s = oneway ? &p->oneway : &p->rtt;
            struct tier *t = &tier[l->core[i].cluster != l->core[j].cluster];

            if (!p->has || !s->has)
                continue;
            v[t - tier][t->pairs++] = (double)s->p50;
            t->worst_p99 = fmax(t->worst_p99, (double)s->p99);
        }
    for (size_t t = 0; t < 2; t++) {
        tier[k] = tier[t];
        tier[k].p50 = median_of(v[t], tier[t].pairs);
        k += tier[t].pairs > 0;
        free(v[t]);
    }
    return k;
}

double worst_asymmetry(const struct runlog *l)
{
    size_t n = runlog_cores(l);
    double worst = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double v = value_of(runlog_pair(l, i, j), runlog_pair(l, j, i), METRIC_asymmetry);

            if (!isnan(v))
                worst = fmax(worst, v);
        }
    return worst;
}

size_t pairs_with_outliers(const struct runlog *l, int64_t *samples)
{
    size_t n = runlog_cores(l), pairs = 0;

    *samples = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const struct pair *p = runlog_pair(l, i, j);

            if (!p->has || !p->rtt.outliers)
                continue;
            pairs++;
            *samples += p->rtt.outliers;
        }
    return pairs;
}

const char *provenance(const struct runlog *l)
{
    if (!l->boot.has)
        return "unknown";
    if (strncmp(l->boot.version, "sample", 6) == 0)
        return "sample";
    return l->boot.emulated ? "emulated" : "hardware";
}
