/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/part_trace.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include <stdlib.h>

#define ROWS 2048u

static struct trace_row *rows;
static unsigned nrows;
static uint64_t one_in, dropped;

bool trace_start(uint64_t every)
{
    one_in = every;
    return every == 0 || (rows = malloc(ROWS * sizeof *rows)) != NULL;
}

static uint64_t now_ns(void)
{
    return rt_ticks_to_ns(rt_ticks_after() - rt_clock.reset_ticks);
}

struct trace_row trace_begin(void)
{
    volatile const core_id *page = &rt_info()->core; /* it may be moved at any time */

    if (one_in == 0)
        return (struct trace_row){0};
    return (struct trace_row){.core = *page, .at_ns = now_ns()};
}

void trace_end(const struct trace_row *begun, bool received, uint64_t way, uint64_t number)
{
    if (one_in == 0 || number % one_in != 0)
        return;
    if (nrows == ROWS) {
        dropped++;
        return;
    }
    rows[nrows] = *begun;
    rows[nrows].received = received;
    rows[nrows].way = way;
    rows[nrows].number = number;
    rows[nrows++].ns = now_ns() - begun->at_ns;
}

const struct trace_row *trace_rows(unsigned *n)
{
    *n = nrows;
    return rows;
}

uint64_t trace_dropped(void)
{
    return dropped;
}
