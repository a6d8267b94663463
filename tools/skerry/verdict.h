/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/verdict - what a run that is over means: fine, or the one complaint that matters most. */
#pragma once
#include "tools/skerry/boot.h"
#include "tools/skerry/error.h"

/* True: the machine said 0, every test record was ok, and QEMU ended with 0. */
bool run_verdict(const struct runlog *l, const struct boot_outcome *o, int64_t timeout,
                 const char *log, struct complaint *bad);
/* "record phase SchedulerInit at +0.013 s", or the last text, or "nothing". */
void last_seen(const struct runlog *l, const char *last_text, char *to, size_t room);
