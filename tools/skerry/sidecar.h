/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/sidecar - what the console log itself cannot know: <log>.run.json.
 *
 * `skerry run` writes it beside the log: the command, the QEMU line and version,
 * the host, how the run ended, and the size and sum of the log, by which a later
 * `skerry report` sees whether the two still belong together.
 */
#pragma once
#include "tools/skerry/boot.h"
#include "tools/skerry/host.h"
#include "tools/skerry/machine.h"

struct sidecar_facts {
    const char *command, *qemu_version, *log;
    const struct line *line;
    const struct machine *machine;
    const struct host *host;
    const struct boot_outcome *outcome;
    const struct runlog *runlog;
    const struct complaint *complaint; /* NULL: fine */
    int status;
};

json_t *sidecar_json(const struct sidecar_facts *f);
bool sidecar_write(const char *log, const json_t *doc, struct complaint *bad);
/* The sidecar of `log`, or NULL if there is none or it is of other bytes (`stale` says which). */
json_t *sidecar_read(const char *log, int64_t log_bytes, uint64_t log_sum, bool *stale);
