/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/probe/report - what was found, as records on the console (docs/spec/console.md). */
#pragma once
#include "services/probe/plan.h"
#include "services/probe/rally.h"

/* How the pairs are measured, and the loop with nobody there. Before the first pair. */
void report_probe(const struct rally_ask *ask, const struct series_result *control);

/* One core's own operations; `core` is the one they are about. */
void report_local(core_id core, const struct result *r);

void report_pair(core_id from, core_id to, const struct result *r);

void report_progress(const struct plan *p);

/* One error record: a pair, or a core, that could not be measured. */
void report_missing(const char *why, status_t st, core_id from, core_id to);
