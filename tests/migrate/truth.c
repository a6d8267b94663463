/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/migrate/truth - what must hold: M1 to M5 of monitor/migrate_sm.h, W1 of monitor/mover.h, and that nothing is left over. */
#include "tests/migrate/world.h"
#include <stdio.h>
#include <string.h>

static bool lives(const struct core *c)
{
    return c->alive && !c->stalled;
}

static const struct inst *running(const struct truth *t, const struct core **where, unsigned *n)
{
    const struct inst *found = NULL;

    *n = 0;
    for (core_id k = 0; k < sim.ncores; k++) {
        struct core *c = &sim.core[k];
        const struct inst *i = lives(c) ? inst_of(c, t->part) : NULL;

        if (i == NULL || i->state != INST_RUNNING || i->moving)
            continue;
        found = i;
        *where = c;
        ++*n;
    }
    return found;
}

void truth_runs(struct core *c, struct inst *i)
{
    struct truth *t = truth_of(i->part);
    const struct core *where;
    unsigned n;

    running(t, &where, &n);
    if (n != 1)
        sim_fail("M1: a partition runs on two cores");
    if (memcmp(i->word, t->word, sizeof i->word) != 0)
        sim_fail("M2: its registers are not what they were");
    t->at = c->id;
    world_read_rings(c, i);
}

/* Before `core` stops: who may be lost with it. */
void truth_dies(core_id core)
{
    for (unsigned p = 0; p < sim.nparts; p++) {
        struct truth *t = &sim.part[p];
        const struct inst *i = inst_of(&sim.core[core], t->part);

        if (PART_HOME(t->part) == core || (i != NULL && i->state == INST_RUNNING))
            t->may_end = true;
        for (core_id k = 0; k < sim.ncores; k++)
            for (unsigned v = 0; v < MOVER_MOVES; v++) {
                const struct mover_move *m = &sim.core[k].mover.move[v];

                if (m->state == MIG_COMMITTED && m->dest == core && m->part == t->part)
                    t->may_end = true;
            }
    }
}

/* ---- at the end ---- */

static void check_part(const struct truth *t)
{
    const struct core *where = NULL;
    core_id home = PART_HOME(t->part);
    const struct inst *i, *h;
    unsigned n;

    sim.about = t->part;
    i = running(t, &where, &n);
    h = lives(&sim.core[home]) ? inst_of(&sim.core[home], t->part) : NULL;
    if (n > 1)
        sim_fail("M1: at the end it runs on two cores");
    if (n == 0 && !t->may_end)
        sim_fail("M2: at the end it runs nowhere, and no core it needed died");
    if (n == 0 && h != NULL)
        sim_fail("its home believes in a program that has ended");
    if (n == 1 && !lives(&sim.core[home]))
        sim_fail("it runs on without its memory");
    if (n == 1 && (h == NULL || (where->id != home && (h->state != INST_AWAY || h->at != where->id))))
        sim_fail("its home does not know where it is");
    if (n == 1 && where->id != home && i->copies < REGIONS + t->nmem)
        sim_fail("it runs without copies of its memory");
    for (core_id k = 0; k < sim.ncores; k++) {
        struct core *c = &sim.core[k];
        const struct inst *left = lives(c) ? inst_of(c, t->part) : NULL;

        if (left != NULL && left != i && left != h)
            sim_fail("something of it is left where it is not");
        if (left != NULL && left->moving)
            sim_fail("M4: it is stopped for ever");
    }
}

static void check_end(struct core *c, const struct end *e)
{
    const struct chan *ch = &sim.chan[e->chan];
    struct end *o;

    sim.about = e->part;
    if (sim.trace)
        fprintf(stderr, "end %llx of channel %u at core %u: state %d, the other %llx at core %u\n",
                (unsigned long long)end_ref(c, e), e->chan, c->id, e->state,
                (unsigned long long)e->peer_ref, e->peer);
    if (e->far.state != FAR_NONE || e->let_go)
        sim_fail("M5: a channel is held when all is over");
    if (e->state == BIND_CLOSING)
        sim_fail("an end waits for its other end for ever");
    if (e->state != BIND_OPEN)
        return;
    if (e->part != ch->part[e->side] || inst_of(c, e->part) == NULL)
        sim_fail("an end is left of a program that is gone");
    if (!lives(&sim.core[e->peer]))
        sim_fail("an end is open to a core that is dead");
    o = end_find(&sim.core[e->peer], e->peer_ref);
    if (o == NULL || o->chan != e->chan || o->side == e->side || o->peer != c->id ||
        o->peer_ref != end_ref(c, e) || o->state != BIND_OPEN) {
        sim_fail("an end does not find its other end");
        return;
    }
    if (inst_of(&sim.core[e->peer], o->part) == NULL ||
        inst_of(&sim.core[e->peer], o->part)->bucket != e->peer_bucket)
        sim_fail("M3: a doorbell rings where its program is not");
    if (e->deaf)
        sim_fail("M3: its doorbell is gone");
    if (ch->got[e->side] != ch->sent[!e->side])
        sim_fail("M3: a message waits, and nobody was told");
}

void truth_end(void)
{
    for (unsigned p = 0; p < sim.nparts && !sim.broken; p++)
        check_part(&sim.part[p]);
    for (core_id k = 0; k < sim.ncores && !sim.broken; k++) {
        struct core *c = &sim.core[k];

        if (!lives(c))
            continue;
        if (c->open != 0)
            sim_fail("W1: somebody who asked was never answered");
        if (!mover_is_idle(&c->mover))
            sim_fail("M4: a move has not ended");
        for (unsigned i = 0; i < ENDS; i++)
            if (c->end[i].state != BIND_FREE)
                check_end(c, &c->end[i]);
    }
    if (sim.deaths == 0 && (sim.records != sim.arrivals || sim.records != sim.moved))
        sim_fail("the log has not one record for each move");
}
