/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/watch - show a run to a person while it happens.
 *
 * Console text is shown as it comes. Records become one status line that is
 * redrawn in place on a terminal, and a line per milestone and per tenth elsewhere.
 * Everything goes to stderr: it is talk, not result.
 */
#pragma once
#include "tools/skerry/runlog.h"
#include "tools/skerry/term.h"

struct watch {
    const struct term *term;
    FILE *to;
    bool quiet;
    bool drawn;   /* a status line stands at the bottom  */
    int tenth;    /* the last one told, -1 none          */
    double began; /* host seconds when the pairs began   */
    size_t cores_told;
    unsigned boots;
    bool phases_told, joined_told;
};

void watch_start(struct watch *w, const struct term *term, FILE *to, bool quiet);
/* A line of the console, after the runlog took it; `now` in host seconds. */
void watch_line(struct watch *w, const struct runlog *l, const struct stream_line *line,
                enum record_type type, double now);
/* Something to say above the status line. */
void watch_say(struct watch *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
void watch_stop(struct watch *w);
