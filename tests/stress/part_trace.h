/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/part_trace - with argument trace=N, when every Nth message of each way was sent, and when it was taken from the ring.
 *
 * Both ends choose by the number that the message has, so a message is noted at both or at neither. Times are of the counter that
 * all cores share, with a barrier before each reading. Where there is no more room, what would be noted is counted.
 */
#pragma once
#include "lib/base/types.h"

/* A way is one direction of a link: which end sends. */
#define TRACE_WAY(link, by_binder) ((link)*2 + ((by_binder) ? 1 : 0))

struct trace_row {
    uint64_t received; /* 0: sent */
    uint64_t way, number, at_ns, ns, core;
};

/* Note every `every`th; 0: none. False: no memory. */
bool trace_start(uint64_t every);
/* Before a message is sent, or as soon as one has come. */
struct trace_row trace_begin(void);
/* It is sent, or dealt with. */
void trace_end(const struct trace_row *begun, bool received, uint64_t way, uint64_t number);

const struct trace_row *trace_rows(unsigned *n);
uint64_t trace_dropped(void);
