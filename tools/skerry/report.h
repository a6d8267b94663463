/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/report - everything that is made out of a runlog. */
#pragma once
#include "tools/skerry/options.h"
#include "tools/skerry/runlog.h"

struct report_ask {
    const char *log;       /* the log's path, or NULL if it did not come from a file */
    const char *out;       /* folder; NULL: the log's own                            */
    const json_t *sidecar; /* of skerry run, or NULL                                 */
    bool brief;            /* run prints its own last words                          */
};

bool report_make(const struct common *c, const struct runlog *l, const struct report_ask *ask,
                 struct complaint *bad);
