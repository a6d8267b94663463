/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/report - everything that is made out of a runlog: four files and a table. */
#pragma once
#include "tools/skerry/options.h"
#include "tools/skerry/runlog.h"

struct report_ask {
    const char *log;       /* path of the log, or NULL if nothing keeps it         */
    const char *out;       /* folder of the files; NULL: that of the log           */
    const json_t *sidecar; /* of skerry run, or NULL                               */
    bool stale;            /* there is a sidecar, of another log                   */
    bool json, csv;        /* print that on stdout, in place of the table          */
    bool silent;           /* print nothing on stdout                              */
};

/*
 * Write latency.json, .csv, .svg and .html and print. False if a file could not be
 * written. *whole: nothing is missing and the machine ended with 0; else `bad` says what.
 */
bool report_make(const struct common *c, const struct runlog *l, const struct report_ask *ask,
                 bool *whole, struct complaint *bad);
