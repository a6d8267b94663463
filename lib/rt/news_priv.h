/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/news - how the files of lib/rt hand news to each other. */
#pragma once
#include "lib/rt/chan.h"

/* Fetch all news there is; what is not about a channel that is gone is kept for its taker. */
void news_pump(void);
/* Take the first kept piece that `wanted` says yes to. */
bool news_take(bool (*wanted)(const struct news *, uint64_t), uint64_t arg, struct news *out);
/* The same, waiting for it. ST_TIMEOUT. deadline_ns 0: none. */
status_t news_wait(bool (*wanted)(const struct news *, uint64_t), uint64_t arg,
                   uint64_t deadline_ns, struct news *out);

/* Asleep until there may be news. ST_TIMEOUT. */
status_t news_sleep(uint64_t deadline_ns);

/* A capability came over the channel mapped at `va`. False: no such channel is open. */
bool chan_cap_came(vaddr_t va, handle_t h, uint64_t tag);
/* An open channel over which one came that is not taken yet. NULL. */
struct rt_chan *chan_with_cap(void);
/* The channel mapped at `va` has lost its other side. */
void chan_mark_gone(vaddr_t va);
