/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/deeds.h"
#include "lib/base/bits.h"
#include "lib/rt/clock.h"
#include "partition/life_sm.h"
#include "tests/stress/napping.h"
#include "tests/stress/shapes.h"
#include "tests/stress/tally.h"
#include <stdio.h>

#define STOPPED_OF 8u /* of so many parts one may be stopped at a time */

static uint64_t dice, wrong;

static void odd(const struct core *c, const char *what, status_t st)
{
    wrong++;
    printf("%s of part %u on core %u: %s: %s\n", c->deed->name,
           c->part != NULL ? (unsigned)(c->part - crew.part) : 0, (unsigned)(c - crew.core), what,
           status_text(st));
}

static bool tell(struct core *c, enum stress_kind kind, uint64_t word1)
{
    c->busy = true;
    crew.stuck |= !crew_send(c->chan, kind, (uint64_t[3]){(uint64_t)(c - crew.core), word1, c->what});
    return true;
}

static struct part *any_part(void)
{
    return &crew.part[stress_below(&dice, crew.nparts)];
}

/* ---- moves ---- */

static bool move_to(struct core *c, struct part *p, uint64_t to)
{
    c->part = p;
    c->what = to;
    c->lives = p->lives;
    c->stood = p->suspended && !p->living;
    p->moving = true;
    return tell(c, STRESS_MOVE, p->name);
}

/* Any part that is not on its way, to any other core. */
static bool order_move(struct core *c)
{
    struct part *p;
    uint64_t to;

    do
        p = any_part();
    while (p->moving);
    do
        to = stress_below(&dice, crew.ncores);
    while (to == p->core);
    (void)move_to(c, p, to);
    if (stress_below(&dice, 4) == 0)
        crew_verify(p, KEEP_MORE);
    if (stress_below(&dice, 8) == 0)
        crew_verify(any_part(), KEEP_MORE);
    return true;
}

static void moved(struct core *c, const struct urpc_msg *m)
{
    struct part *p = c->part;
    status_t st = (status_t)m->word[1];

    p->moving = false;
    if (st != ST_OK) {
        tally_refused(st, m->word[3]);
        if (m->word[3] != 0)
            crew_verify(p, KEEP_LOOK); /* it was stopped, and must be what it was */
        return;
    }
    p->core = c->what;
    p->moves++;
    tally_moved(m->word[2]);
    if (c->stood && p->suspended && p->lives == c->lives)
        odd(c, "it was stopped, and was moved", st);
}

/* ---- stopped, and resumed ---- */

static bool order_life(struct core *c, struct part *p, enum part_ask what)
{
    if (p->living)
        return false;
    c->part = p;
    c->what = what;
    p->living = true;
    return tell(c, STRESS_LIFE, p->name);
}

static unsigned stopped(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < crew.nparts; i++)
        n += crew.part[i].suspended;
    return n;
}

/* Any part, on its way or not; now and then what makes no sense. */
static bool order_life_any(struct core *c)
{
    struct part *p = any_part();
    bool resume = p->suspended;

    if (stress_below(&dice, 8) == 0)
        resume = !resume;
    if (!resume && !p->suspended && stopped() >= 1 + crew.nparts / STOPPED_OF)
        return false;
    return order_life(c, p, resume ? PART_RESUME : PART_SUSPEND);
}

static bool order_resume(struct core *c)
{
    for (unsigned i = 0; i < crew.nparts; i++)
        if (crew.part[i].suspended && order_life(c, &crew.part[i], PART_RESUME))
            return true;
    return false;
}

/* Busy: it moves, or waits for an answer. Else it must be what follows from its state. */
static void lived(struct core *c, const struct urpc_msg *m)
{
    struct part *p = c->part;
    status_t st = (status_t)m->word[1];
    bool resume = c->what == PART_RESUME, can = resume == p->suspended;

    p->living = false;
    tally_answer(resume ? "resume" : "suspend", st);
    if (st == ST_BUSY || (st == ST_STATE && !can))
        return;
    if (st != ST_OK || !can) {
        odd(c, can ? "that could be done" : "that could not be done", st);
        return;
    }
    p->lives++;
    p->suspended = !resume;
    if (m->word[2] != LIFE_SUSPENDED)
        odd(c, "its home does not say that it is stopped", st);
    if (resume && m->word[3] != p->ran_ns)
        odd(c, "it has run while it was stopped", st);
    p->ran_ns = m->word[3];
}

/* ---- naps ---- */

static bool nap_as(struct core *c, enum nap what)
{
    c->part = NULL;
    c->what = what;
    c->busy = true;
    crew.stuck |= !crew_send(c->chan, STRESS_NAP, (uint64_t[3]){0, what});
    return true;
}

static bool order_nap(struct core *c)
{
    return c->naps && nap_as(c, c->asleep ? NAP_WAKE : NAP_SLEEP);
}

static void napped(struct core *c, const struct urpc_msg *m)
{
    static const char *const names[] = {
        [NAP_MAKE] = "create", [NAP_SLEEP] = "hibernate", [NAP_WAKE] = "reconstruct", [NAP_END] = "destroy"};
    status_t st = (status_t)m->word[1];

    tally_answer(names[c->what], st);
    if (st != ST_OK) {
        odd(c, names[c->what], st);
        return;
    }
    c->naps = c->what != NAP_END;
    c->asleep = c->what == NAP_SLEEP;
}

/* ---- one after the other ---- */

enum { DEED_MOVE, DEED_LIFE, DEED_NAP, DEED_SHAPE, DEEDS };

static const struct deed deeds[DEEDS] = {
    [DEED_MOVE] = {"move", 24, order_move, moved},
    [DEED_LIFE] = {"life", 6, order_life_any, lived},
    [DEED_NAP] = {"nap", 1, order_nap, napped},
    [DEED_SHAPE] = {"shape", 6, shape_order, shape_answered},
};

static bool order(struct core *c, unsigned which)
{
    c->deed = &deeds[which];
    return c->deed->order(c);
}

static void order_any(struct core *c)
{
    unsigned sum = 0, which = 0;
    uint64_t at;

    for (unsigned i = 0; i < DEEDS; i++)
        sum += deeds[i].weight;
    at = stress_below(&dice, sum);
    while (at >= deeds[which].weight)
        at -= deeds[which++].weight;
    if (!order(c, which))
        (void)order(c, DEED_MOVE);
}

void deeds_answered(struct core *c, const struct urpc_msg *m)
{
    c->busy = false;
    c->deed->answered(c, m);
}

void deeds_start(uint64_t seed)
{
    dice = seed;
}

uint64_t deeds_wrong(void)
{
    return wrong + shapes_wrong();
}

static unsigned moving(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < crew.ncores; i++)
        n += crew.core[i].busy && crew.core[i].deed == &deeds[DEED_MOVE];
    return n;
}

void deeds_do(uint64_t moves)
{
    uint64_t done = 0, until = rt_now_ns() + STUCK_NS;

    while (tally_moves() < moves && !crew.stuck) {
        for (unsigned i = 0; i < crew.ncores; i++)
            if (!crew.core[i].busy && tally_moves() + moving() < moves)
                order_any(&crew.core[i]);
        crew_turn();
        if (tally_moves() > done) {
            done = tally_moves();
            until = rt_now_ns() + STUCK_NS;
        }
        if (rt_now_ns() > until) {
            printf("no move was done for %u s\n", (unsigned)(STUCK_NS / NS_PER_S));
            crew.stuck = true;
        }
    }
}

/* Whoever is not busy does `next`, until nobody is busy and nobody has something to do. False: it takes too long. */
static bool drain(bool (*next)(struct core *))
{
    uint64_t until = rt_now_ns() + PATIENCE_NS;
    bool any = true;

    while (any && !crew.stuck) {
        any = false;
        for (unsigned i = 0; i < crew.ncores; i++)
            any |= crew.core[i].busy || next(&crew.core[i]);
        if (any)
            crew_turn();
        if (rt_now_ns() > until)
            return false;
    }
    return !crew.stuck;
}

static bool order_wake(struct core *c)
{
    c->deed = &deeds[DEED_NAP];
    return c->asleep && nap_as(c, NAP_WAKE);
}

static bool settle(struct core *c)
{
    c->deed = &deeds[DEED_LIFE];
    return order_resume(c) || order_wake(c);
}

bool deeds_settle(void)
{
    return drain(settle);
}

static bool order_home(struct core *c)
{
    c->deed = &deeds[DEED_MOVE];
    for (unsigned i = 0; i < crew.nparts; i++) {
        struct part *p = &crew.part[i];

        if (p->core != p->home && !p->moving)
            return move_to(c, p, p->home);
    }
    return false;
}

unsigned deeds_go_home(void)
{
    unsigned away = 0;

    (void)drain(order_home);
    for (unsigned i = 0; i < crew.nparts; i++)
        away += crew.part[i].core != crew.part[i].home;
    return away;
}

static bool make(struct core *c)
{
    c->deed = &deeds[DEED_NAP];
    return !c->naps && nap_as(c, NAP_MAKE);
}

static bool unmake(struct core *c)
{
    c->deed = &deeds[DEED_NAP];
    return c->naps && nap_as(c, NAP_END);
}

bool deeds_naps_begin(void)
{
    return drain(make) && wrong == 0;
}

bool deeds_naps_end(void)
{
    return drain(unmake);
}

static bool twins_make(struct core *c)
{
    c->deed = &deeds[DEED_SHAPE];
    return shape_make(c);
}

static bool twins_once(struct core *c)
{
    c->deed = &deeds[DEED_SHAPE];
    return shape_once(c);
}

static bool twins_end(struct core *c)
{
    c->deed = &deeds[DEED_SHAPE];
    return shape_end(c);
}

bool deeds_twins_begin(void)
{
    return drain(twins_make) && deeds_wrong() == 0;
}

bool deeds_twins_once(void)
{
    return drain(twins_once) && shapes_were_done();
}

bool deeds_twins_end(void)
{
    return drain(twins_end) && shapes_exact();
}
