/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/migration - who ran where, how long moves stood still, what was cut: a page, its figures, a trace.
 *
 * From the records `migration`, `stress`, `stress_refused`, `coherence` and `cut` of a run (docs/spec/console.md). Where a run has
 * none of them there is no page.
 */
#pragma once
#include "tools/skerry/buf.h"
#include "tools/skerry/runlog.h"

bool migration_any(const struct runlog *l);
/* migration.json. The caller drops it. */
json_t *migration_json(const struct runlog *l);
/* migration.html: everything in one file, with `doc` in it. */
void migration_page(struct buf *t, const json_t *doc);
/* For Perfetto and chrome://tracing: cores as threads, an arrow for each move. */
json_t *migration_trace(const json_t *doc);
