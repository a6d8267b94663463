/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/migration - who ran where, how long moves stood still, what was said and cut: a page, its figures, a trace.
 *
 * From the records `migration`, `messages`, `stress`, `placement`, `coherence` and `cut` of a run (docs/spec/migration.md). Where a
 * run has none of them there is no page.
 */
#pragma once
#include "tools/skerry/messages.h"
#include "tools/skerry/runlog.h"
#include "tools/skerry/term.h"

bool migration_any(const struct runlog *l);
/* migration.json. The caller drops it. */
json_t *migration_json(const struct runlog *l, const struct messages *m);
/* The same without its lists of records. The caller drops it. */
json_t *migration_brief(json_t *doc);
/* For the terminal: moves, aborts by step and reason, blackouts, messages, what is missing. */
void migration_say(struct buf *t, const json_t *doc, const struct term *term);

/* migration.html: one file, no network. `doc` as far as a page can show it; what is left out it says. */
void migration_page(struct buf *t, json_t *doc, const char *where);
/* What the page draws. The caller drops it. */
json_t *migration_drawn(json_t *doc);

/*
 * For Perfetto and chrome://tracing: a process for each partition, with where it ran, what it said and an arrow for each message;
 * one for the cores, with an arrow for each move. The caller drops it.
 */
json_t *migration_trace(const json_t *doc, const struct messages *m);
