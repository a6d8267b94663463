/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/tally.h"
#include "lib/rt/record.h"
#include <stdlib.h>

#define REASONS 64u

/* Of a link: [1] the end that bound it. */
static struct end {
    bool known;
    uint64_t sent, received, reordered, bad;
} ends[TALLY_LINKS][2];

static struct {
    status_t why;
    uint64_t step, n;
} reasons[REASONS];
static unsigned nreasons;
static uint64_t refusals;

static uint64_t *blackout, moves, room;
static struct hist hist;

void tally_end(uint64_t link, bool bound_it, uint64_t sent, uint64_t received, uint64_t reordered,
               uint64_t bad)
{
    if (link < TALLY_LINKS)
        ends[link][bound_it] = (struct end){true, sent, received, reordered, bad};
}

static void add_way(struct tally_sums *sum, const struct end *from, const struct end *to)
{
    sum->messages += to->received;
    sum->lost += from->sent > to->received ? from->sent - to->received : 0;
    sum->doubled += to->received > from->sent ? to->received - from->sent : 0;
    sum->reordered += to->reordered;
    sum->bad += to->bad;
}

struct tally_sums tally_sum(void)
{
    struct tally_sums sum = {0};

    for (unsigned i = 0; i < TALLY_LINKS; i++) {
        sum.one_ended += ends[i][0].known != ends[i][1].known;
        add_way(&sum, &ends[i][0], &ends[i][1]);
        add_way(&sum, &ends[i][1], &ends[i][0]);
    }
    return sum;
}

bool tally_start(uint64_t n)
{
    room = n;
    return (blackout = malloc((size_t)(n + 1) * sizeof *blackout)) != NULL;
}

void tally_moved(uint64_t blackout_ns)
{
    if (moves < room)
        blackout[moves++] = blackout_ns;
    hist_add(&hist, blackout_ns);
}

void tally_refused(status_t why, uint64_t step)
{
    unsigned i = 0;

    refusals++;
    while (i < nreasons && (reasons[i].why != why || reasons[i].step != step))
        i++;
    if (i == REASONS)
        return;
    nreasons += i == nreasons;
    reasons[i].why = why;
    reasons[i].step = step;
    reasons[i].n++;
}

uint64_t tally_moves(void)
{
    return moves;
}

uint64_t tally_refusals(void)
{
    return refusals;
}

/* Steps as monitor/migrate_sm.h numbers them; what was refused before the first has number 0. */
static const char *step_name(uint64_t step)
{
    static const char *const names[] = {"-",     "SERIALIZING", "PAUSING",   "TRANSFERRING", "EDGES",
                                        "GRAPH", "VERIFYING",   "SWITCHING", "COMMITTED"};

    return step < sizeof names / sizeof names[0] ? names[step] : "?";
}

void tally_write_refusals(void)
{
    for (unsigned i = 0; i < nreasons; i++) {
        rec_begin("stress_refused");
        rec_str("status", status_text(reasons[i].why));
        rec_str("step", step_name(reasons[i].step));
        rec_u64("n", reasons[i].n);
        rec_end();
    }
}

void tally_write_blackout(void)
{
    struct stats s;

    stats_of(blackout, (size_t)moves, &s);
    rec_stats("blackout_ns", &s, &hist);
}
