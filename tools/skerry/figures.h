/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/figures - what can be worked out from a runlog, for all kinds of report.
 *
 * Matrices in the order of the clusters, medians over pairs, and tiers (pairs
 * within a cluster, pairs across). A pair without a record is NaN and stays so.
 */
#pragma once
#include "tools/skerry/runlog.h"

enum unit { UNIT_NS, UNIT_RATE, UNIT_BYTES, UNIT_PERCENT };

enum metric {
#define METRIC(name, title, brief, unit, more, present, value) METRIC_##name,
#include "tools/skerry/metric.def"
#undef METRIC
    METRIC_COUNT
};

struct metric_facts {
    const char *name, *title, *brief;
    enum unit unit;
    bool more_is_better;
};

const struct metric_facts *metric_facts(enum metric m);

/* Cores as the report shows them: by cluster, then by number. */
struct cores {
    size_t n, order[CORES_MAX];
    int64_t cluster[CORES_MAX]; /* of order[i]; all equal if the log names none */
    size_t nclusters;
};

void cores_order(const struct runlog *l, struct cores *c);
/* Does a new cluster begin at position i? */
bool cores_gap(const struct cores *c, size_t i);

struct matrix {
    enum metric metric;
    size_t n, have;
    double v[CORES_MAX][CORES_MAX]; /* by position in the order; NaN: not measured, or diagonal */
    double min, max, median;        /* of what is there */
};

/* False if the log has no such value at all. */
bool matrix_fill(const struct runlog *l, const struct cores *c, enum metric which,
                 struct matrix *m);
/* Were one-way times found in different ways, so that they cannot be compared? */
bool oneway_mixed(const struct runlog *l);
/* The metric a report leads with: one way if measured in one way, else round trip. METRIC_COUNT: neither. */
enum metric matrix_lead(const struct runlog *l);

/* Median of n values (changed: sorted); NaN for none. */
double median_of(double *v, size_t n);

struct tier {
    const char *name; /* "same cluster" */
    size_t pairs;
    double p50, worst_p99; /* median of the pairs' medians; their highest p99 */
};

/* One tier if there is one cluster, two if more. Of the one-way times, else of the round trips. */
size_t tiers_of(const struct runlog *l, struct tier tier[2]);

/* Largest asymmetry in percent, 0 if there is none to speak of. */
double worst_asymmetry(const struct runlog *l);
/* Pairs with samples above ten times their median, and how many samples. */
size_t pairs_with_outliers(const struct runlog *l, int64_t *samples);

/* "emulated", "hardware", "sample" (made up, for tests) or "unknown" (the log has no boot record). */
const char *provenance(const struct runlog *l);
