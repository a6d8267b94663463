/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/console_sample - console logs that nothing ever measured.
 *
 * The report is tested with logs of any number of cores without booting any. Their
 * numbers are made up from a seed; board and version say "sample", by which the
 * report knows to call them that and never a measurement.
 */
#pragma once
#include <stdio.h>
#include "lib/base/types.h"

enum sample_shape {
    SAMPLE_CLUSTERS, /* near pairs fast, far pairs slower, a thin tail        */
    SAMPLE_BUSY,     /* like an emulator on a busy host: tails of milliseconds */
    SAMPLE_EQUAL,    /* every sample the same                                 */
};

struct sample {
    unsigned cores, cluster; /* cores in all, and in one cluster */
    enum sample_shape shape;
    unsigned seed;
    bool emulated;
    bool cut;                 /* the log stops in the middle of the pairs */
    int dead;                 /* a core that never joins, or -1           */
    int skip_from, skip_to;   /* a pair left out, or -1                   */
};

void console_sample(FILE *to, const struct sample *s);
