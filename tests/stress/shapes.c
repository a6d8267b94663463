/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/shapes.h"
#include "lib/rt/record.h"
#include "partition/merge.h"
#include "tests/stress/deeds.h"
#include "tests/stress/tally.h"
#include "tests/stress/twins.h"
#include <stdio.h>

#define LEAST   2u  /* times that each two are merged, and split: what the first left behind is in the way of the next */
#define REST_MS 20u /* between two refusals, when nothing else is to be done */

/* A core's two, as the conductor knows them. */
static struct twins {
    bool there, merged, stopped;
    uint64_t at[2]; /* cores */
    uint64_t merges, splits, moves, whole_moves; /* whole_moves: asked for while they were one, and refused */
    enum twins_ask asked;
    uint64_t to;
} twins[CORES];

static uint64_t dice, wrong, messages, lost, doubled;
static bool on;

static struct twins *of(const struct core *c)
{
    return &twins[c - crew.core];
}

static bool tell(struct core *c, enum twins_ask what, uint64_t to)
{
    struct twins *t = of(c);

    t->asked = what;
    t->to = to;
    c->part = NULL;
    c->busy = true;
    crew.stuck |= !crew_send(c->chan, STRESS_TWINS, (uint64_t[3]){0, what, to});
    return true;
}

/* ---- what next ---- */

static bool at_home(const struct core *c)
{
    uint64_t home = (uint64_t)(c - crew.core);

    return of(c)->at[0] == home && of(c)->at[1] == home;
}

static bool order_move(struct core *c, unsigned i)
{
    uint64_t to;

    of(c)->whole_moves += of(c)->merged;
    do
        to = stress_below(&dice, crew.ncores);
    while (to == of(c)->at[i]);
    return tell(c, i == 0 ? TWINS_MOVE_A : TWINS_MOVE_B, to);
}

static bool order_home(struct core *c)
{
    uint64_t home = (uint64_t)(c - crew.core);

    return tell(c, of(c)->at[0] != home ? TWINS_MOVE_A : TWINS_MOVE_B, home);
}

static bool order_one(struct core *c)
{
    uint64_t n = stress_below(&dice, 8);

    if (of(c)->stopped)
        return tell(c, n < 3 ? TWINS_SPLIT : TWINS_RESUME, 0);
    if (n < 5)
        return tell(c, TWINS_SPLIT, 0);
    return n < 7 ? tell(c, TWINS_SUSPEND, 0) : order_move(c, 0);
}

static bool order_two(struct core *c)
{
    uint64_t n = stress_below(&dice, 8);

    if (of(c)->stopped)
        return tell(c, TWINS_RESUME, 0);
    if (!at_home(c) && n < 4)
        return order_home(c);
    return n < 6 ? tell(c, TWINS_MERGE, 0) : order_move(c, (unsigned)(n & 1));
}

bool shape_order(struct core *c)
{
    if (!of(c)->there)
        return false;
    return of(c)->merged ? order_one(c) : order_two(c);
}

bool shape_make(struct core *c)
{
    return on && !of(c)->there && tell(c, TWINS_MAKE, 0);
}

bool shape_once(struct core *c)
{
    struct twins *t = of(c);

    if (!t->there)
        return false;
    if (t->stopped)
        return tell(c, TWINS_RESUME, 0);
    if (t->merged)
        return t->whole_moves == 0 ? order_move(c, 0) : tell(c, TWINS_SPLIT, REST_MS);
    if (t->splits > 0 && t->moves == 0)
        return order_move(c, 0);
    if (t->merges >= LEAST && at_home(c))
        return false;
    return at_home(c) ? tell(c, TWINS_MERGE, REST_MS) : order_home(c);
}

bool shape_end(struct core *c)
{
    return of(c)->there && tell(c, TWINS_END, 0);
}

/* ---- what was answered ---- */

static const char *name_of(const struct twins *t)
{
    static const char *const names[] = {
        [TWINS_MAKE] = "twins", [TWINS_MERGE] = "merge", [TWINS_SPLIT] = "split", [TWINS_SUSPEND] = "suspend merged",
        [TWINS_RESUME] = "resume shaped", [TWINS_MOVE_A] = "move split", [TWINS_MOVE_B] = "move split", [TWINS_END] = "end twins"};

    return t->merged && (t->asked == TWINS_MOVE_A || t->asked == TWINS_MOVE_B) ? "move merged" : names[t->asked];
}

static bool merge_may_say(const struct core *c, status_t st, uint64_t missing)
{
    if (!at_home(c))
        return st == ST_FOREIGN && missing == 0;
    return missing == 0 ? st == ST_BUSY || st == ST_AGAIN || st == ST_STATE
                        : st == ST_AGAIN && missing == 1ull << MERGE_COHERENCE;
}

/* Not done: may it be? */
static bool may_say(const struct core *c, status_t st, uint64_t missing)
{
    const struct twins *t = of(c);

    switch (t->asked) {
    case TWINS_MERGE:
        return merge_may_say(c, st, missing);
    case TWINS_SPLIT:
        return st == ST_BUSY || st == ST_AGAIN || st == ST_STATE;
    case TWINS_SUSPEND:
        return st == ST_BUSY;
    case TWINS_MOVE_A:
    case TWINS_MOVE_B:
        return t->merged ? st == ST_TYPE || st == ST_BUSY : missing != 0 || st == ST_BUSY || st == ST_COOLDOWN;
    default:
        return false;
    }
}

static void done(struct core *c)
{
    struct twins *t = of(c);

    switch (t->asked) {
    case TWINS_MAKE:
        *t = (struct twins){.there = true, .at = {(uint64_t)(c - crew.core), (uint64_t)(c - crew.core)}};
        break;
    case TWINS_MERGE:
        t->merged = true;
        t->merges++;
        break;
    case TWINS_SPLIT:
        t->merged = false;
        t->splits++;
        break;
    case TWINS_SUSPEND:
        t->stopped = true;
        break;
    case TWINS_RESUME:
        t->stopped = false;
        break;
    case TWINS_MOVE_A:
    case TWINS_MOVE_B:
        t->at[t->asked - TWINS_MOVE_A] = t->to;
        t->moves++;
        break;
    case TWINS_END:
        t->there = false;
        break;
    }
}

static void odd(const struct core *c, const char *what, status_t st, uint64_t word)
{
    wrong++;
    printf("%s of the twins of core %u: %s: %s, %llu\n", name_of(of(c)), (unsigned)(c - crew.core), what, status_text(st),
           (unsigned long long)word);
}

void shape_answered(struct core *c, const struct urpc_msg *m)
{
    const struct twins *t = of(c);
    status_t st = (status_t)m->word[1];
    bool cannot = t->asked == TWINS_MERGE ? !at_home(c) : t->merged && (t->asked == TWINS_MOVE_A || t->asked == TWINS_MOVE_B);

    tally_answer(t->asked == TWINS_MERGE && m->word[2] != 0 ? "merge, COHERENCE missing" : name_of(t), st);
    if (m->word[3] != 0)
        odd(c, "what it led to is wrong (line of twins.c)", st, m->word[3]);
    if (st == ST_OK ? cannot : !may_say(c, st, m->word[2]))
        odd(c, "that is not what can be said then", st, m->word[2]);
    if (t->asked == TWINS_END) {
        messages += m->word[4];
        lost += m->word[5];
        doubled += m->word[6];
    }
    if (st == ST_OK)
        done(c);
    else if (t->asked == TWINS_MAKE || t->asked == TWINS_END)
        crew.stuck = true;
}

/* ---- all of it ---- */

void shapes_start(uint64_t seed, bool are_there)
{
    dice = seed * 31 + 7;
    on = are_there;
}

uint64_t shapes_wrong(void)
{
    return wrong;
}

bool shapes_were_done(void)
{
    for (unsigned i = 0; on && i < crew.ncores; i++)
        if (!twins[i].there || twins[i].merges < LEAST || twins[i].splits < LEAST)
            return false;
    return true;
}

bool shapes_exact(void)
{
    return !on || (messages > 0 && lost == 0 && doubled == 0);
}

void shapes_write(void)
{
    uint64_t merges = 0, splits = 0, moves = 0;

    for (unsigned i = 0; i < crew.ncores; i++) {
        merges += twins[i].merges;
        splits += twins[i].splits;
        moves += twins[i].moves;
    }
    if (!on)
        return;
    rec_begin("stress_shapes");
    rec_u64("merges", merges);
    rec_u64("splits", splits);
    rec_u64("moves", moves);
    rec_u64("messages", messages);
    rec_u64("lost", lost);
    rec_u64("doubled", doubled);
    rec_u64("wrong", wrong);
    rec_end();
}
