/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/latency_json - out/latency.json, schema skerry.latency/1, and out/latency.csv.
 *
 * The JSON has every number of the records, by their names there; the CSV has the
 * shape of core-to-core-latency: no header, a row per core, the one-way median in
 * ns below the diagonal, the rest empty. Row i, column j is the pair from i to j.
 */
#pragma once
#include "tools/skerry/remark.h"

struct report_facts {
    const struct runlog *l;
    const struct remarks *remarks;
    const json_t *sidecar; /* or NULL */
    const char *log;       /* path of the console log, or NULL */
    const char *log_link;  /* the same as seen from the page, or NULL */
    const char *command;   /* that repeats the run, or NULL */
};

json_t *latency_json(const struct report_facts *f);
/* One key per line, and one element per line in lists of objects: can be read, searched and compared. */
void json_lines(struct buf *t, json_t *root);
void latency_csv(struct buf *t, const struct runlog *l);
