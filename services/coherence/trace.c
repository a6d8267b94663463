/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/coherence/trace.h"
#include "lib/rt/record.h"

#define ROWS 100u /* a line of the console is 16 KiB at most */

static uint64_t row[ROWS][6], left;
static size_t rows;

static void flush(void)
{
    if (rows == 0)
        return;
    rec_begin("heard");
    rec_rows("rows", row[0], rows, 6);
    rec_end();
    rows = 0;
}

void trace_begin(const struct mind *m, uint32_t nodes, uint32_t edges, uint64_t epochs)
{
    left = epochs;
    if (left == 0)
        return;
    rec_begin("mind");
    rec_u64("nodes", nodes);
    rec_u64("edges", edges);
    rec_u64("cores", m->cores);
    rec_end();
    trace_distances(m);
}

void trace_heard(enum trace_what what, core_id core, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    const uint64_t is[6] = {what, core, a, b, c, d};

    if (left == 0)
        return;
    for (unsigned i = 0; i < 6; i++)
        row[rows][i] = is[i];
    if (++rows == ROWS)
        flush();
}

void trace_distances(const struct mind *m)
{
    for (uint32_t a = 0; a < m->cores; a++)
        for (uint32_t b = 0; b < m->cores; b++)
            trace_heard(TRACE_DISTANCE, (core_id)a, b, m->distance[a * m->cores + b], 0, 0);
}

void trace_thought(const struct mind *m, const struct trace_thought *t)
{
    uint64_t want[MOVES_MAX][2];

    if (left == 0)
        return;
    flush();
    for (uint32_t i = 0; i < m->moves.n; i++) {
        want[i][0] = m->nodes.node[m->moves.want[i].node].part;
        want[i][1] = m->moves.want[i].to;
    }
    rec_begin("thought");
    rec_u64("epoch", m->epoch);
    rec_u64("on", m->on);
    rec_u64("dry", m->dry);
    rec_u64("passed", t->passed);
    rec_u64("steps", t->steps);
    rec_u64("slices", t->slices);
    rec_u64("ended", t->ended);
    rec_u64("has_cut", t->cut);
    rec_u64("cut", m->cut.weight);
    rec_u64("cross", m->cross);
    rec_rows("want", want[0], m->moves.n, 2);
    rec_end();
    left--;
}

void trace_asked(const struct mind *m, uint32_t i, status_t st)
{
    if (left == 0)
        return;
    rec_begin("asked");
    rec_u64("part", m->nodes.node[m->moves.want[i].node].part);
    rec_u64("status", st);
    rec_end();
}
