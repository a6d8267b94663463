/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/news - how the files of lib/rt hand news to each other. */
#pragma once
#include "lib/rt/monitor.h"

/* Fetch all news there is; what is not about a channel that is gone is kept for its taker. */
void news_pump(void);
/* Take the first kept piece that `wanted` says yes to. */
bool news_take(bool (*wanted)(const struct news *, uint64_t), uint64_t arg, struct news *out);
/* The same, waiting for it. ST_TIMEOUT. deadline_ns 0: none. */
status_t news_wait(bool (*wanted)(const struct news *, uint64_t), uint64_t arg,
                   uint64_t deadline_ns, struct news *out);

/* The channel mapped at `va` has lost its other side. */
void chan_mark_gone(vaddr_t va);
