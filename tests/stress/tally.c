/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/tally.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REASONS 64u

/* Of a link: [1] the end that bound it. */
static struct end {
    bool known;
    uint64_t sent, received, reordered, bad;
    uint32_t given, taken, presented, presents, refused;
    bool has_token;
} ends[TALLY_LINKS][2];

static struct {
    status_t why;
    uint64_t step, n;
} reasons[REASONS];
static unsigned nreasons;
static uint64_t refusals, undone;

#define ANSWERS 64u
static struct {
    const char *asked;
    status_t st;
    uint64_t n;
} answers[ANSWERS];
static unsigned nanswers;

static uint64_t *blackout, moves, room, all;
static struct hist hist;

void tally_end(uint64_t link, bool bound_it, uint64_t sent, uint64_t received, uint64_t reordered,
               uint64_t bad)
{
    if (link < TALLY_LINKS)
        ends[link][bound_it] = (struct end){.known = true, .sent = sent, .received = received,
                                            .reordered = reordered, .bad = bad};
}

/* Behind tally_end() of the same end. */
void tally_caps(const uint64_t *word)
{
    struct end *e;

    if (word[0] >= TALLY_LINKS)
        return;
    e = &ends[word[0]][word[1] != 0];
    e->given = (uint32_t)word[2];
    e->taken = (uint32_t)(word[2] >> 32);
    e->presented = (uint32_t)word[3];
    e->presents = (uint32_t)(word[3] >> 32);
    e->refused = (uint32_t)word[4];
    e->has_token = word[5] != 0;
}

static void add_way(struct tally_sums *sum, const struct end *from, const struct end *to)
{
    sum->messages += to->received;
    sum->lost += from->sent > to->received ? from->sent - to->received : 0;
    sum->doubled += to->received > from->sent ? to->received - from->sent : 0;
    sum->reordered += to->reordered;
    sum->bad += to->bad;
    sum->given += from->given + from->presented;
    sum->not_taken += from->given != to->taken;
    sum->not_taken += from->presented != to->presents;
}

/* What two ends say of capabilities, where it does not agree. */
static void tell_caps(unsigned link)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct end *e = &ends[link][i], *o = &ends[link][1 - i];

        if (e->given != o->taken || e->presented != o->presents || e->has_token == o->has_token)
            printf("link %u, %s end: gave %u (%u taken) and %u copies (%u taken), %s\n", link, i == 1 ? "first" : "second",
                   e->given, o->taken, e->presented, o->presents, e->has_token ? "has it" : "has it not");
    }
}

struct tally_sums tally_sum(void)
{
    struct tally_sums sum = {0};

    for (unsigned i = 0; i < TALLY_LINKS; i++) {
        sum.one_ended += ends[i][0].known != ends[i][1].known;
        add_way(&sum, &ends[i][0], &ends[i][1]);
        add_way(&sum, &ends[i][1], &ends[i][0]);
        if (ends[i][0].known)
            tell_caps(i);
        sum.not_one += ends[i][0].known && ends[i][0].has_token == ends[i][1].has_token;
    }
    return sum;
}

bool tally_start(uint64_t n, uint64_t wanted)
{
    room = n;
    all = wanted;
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
    undone += step != 0;
    while (i < nreasons && (reasons[i].why != why || reasons[i].step != step))
        i++;
    if (i == REASONS)
        return;
    nreasons += i == nreasons;
    reasons[i].why = why;
    reasons[i].step = step;
    reasons[i].n++;
}

void tally_answer(const char *asked, status_t st)
{
    unsigned i = 0;

    while (i < nanswers && (answers[i].st != st || strcmp(answers[i].asked, asked) != 0))
        i++;
    if (i == ANSWERS)
        return;
    nanswers += i == nanswers;
    answers[i].asked = asked;
    answers[i].st = st;
    answers[i].n++;
}

uint64_t tally_undone(void)
{
    return undone;
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
    for (unsigned i = 0; i < nanswers; i++) {
        rec_begin("stress_answers");
        rec_str("asked", answers[i].asked);
        rec_str("status", status_text(answers[i].st));
        rec_u64("n", answers[i].n);
        rec_end();
    }
}

void tally_progress(uint64_t wrong)
{
    static uint64_t next_ns;

    if (rt_now_ns() < next_ns)
        return;
    next_ns = rt_now_ns() + NS_PER_S;
    rec_begin("progress");
    rec_u64("done", moves < all ? moves : all);
    rec_u64("total", all);
    rec_str("what", "moves");
    rec_u64("refused", refusals);
    rec_u64("undone", undone);
    rec_u64("wrong", wrong);
    rec_end();
}

void tally_write_blackout(void)
{
    struct stats s;

    stats_of(blackout, (size_t)moves, &s);
    rec_stats("blackout_ns", &s, &hist);
}
