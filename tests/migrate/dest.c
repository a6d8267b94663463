/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/migrate/dest - of the simulated machine: what the destination of a move does, as monitor/arrive.c. */
#include "tests/migrate/world.h"
#include "lib/abi/syscall.h"
#include <string.h>

status_t world_prepare(void *w, const struct mover_arrival *a, const struct peer_MOVE_OFFER *o)
{
    struct core *c = w;
    struct inst *i = inst_of(c, a->part);

    memset(c->got[a - c->mover.arrival], 0, sizeof c->got[0]);
    if (o->slots != 64 || o->space_pages != 16)
        sim_fail("an offer says something else than its partition is");
    if (PART_HOME(a->part) == c->id)
        return i != NULL && i->state == INST_AWAY ? ST_OK : ST_NOT_FOUND;
    if (i != NULL)
        return ST_BUSY;
    for (unsigned k = 0; k < INSTS && i == NULL; k++)
        if (c->inst[k].state == INST_FREE)
            i = &c->inst[k];
    if (i == NULL || sim_rnd(100) == 0)
        return ST_TABLE_FULL;
    *i = (struct inst){.state = INST_COMING, .part = a->part};
    return ST_OK;
}

uint32_t world_bucket(void *w, const struct mover_arrival *a)
{
    struct core *c = w;

    return inst_of(c, a->part)->bucket = ++c->buckets;
}

status_t world_build(void *w, const struct mover_arrival *a)
{
    struct core *c = w;
    struct inst *i = inst_of(c, a->part);
    unsigned slot = (unsigned)(a - c->mover.arrival);

    i->copies = 0;
    for (unsigned k = 0; k < a->parts->n; k++) {
        const struct part *p = &a->parts->part[k];
        struct end *e;

        if (p->tag != 0 && !(c->got[slot][p->tag / 64] >> (p->tag % 64) & 1))
            sim_fail("it is built without all of its memory");
        i->copies += p->tag != 0;
        if (p->kind == PART_WORDS)
            memcpy(i->word, (uint64_t[]){p->handle, p->a, p->b}, sizeof i->word);
        if (p->kind != PART_CONN)
            continue;
        if ((e = end_take(c)) == NULL)
            return ST_TABLE_FULL;
        *e = (struct end){.state = (enum bind_state)LINK_STATE(p[1].handle),
                          .generation = e->generation,
                          .part = a->part,
                          .place = p->index,
                          .side = LINK_SIDE(p[1].handle),
                          .chan = (uint32_t)p->c,
                          .peer = (core_id)p[1].a,
                          .peer_bucket = (uint32_t)(p[1].a >> 16),
                          .peer_ref = p->a};
    }
    return sim_rnd(200) == 0 ? ST_NOMEM : ST_OK;
}

uint64_t world_check(void *w, const struct mover_arrival *a)
{
    struct core *c = w;

    world_list(c, inst_of(c, a->part), c->id, &c->again);
    return parts_hash(&c->again);
}

uint64_t world_resume(void *w, const struct mover_arrival *a)
{
    struct core *c = w;
    struct inst *i = inst_of(c, a->part);

    i->state = INST_RUNNING;
    i->moving = false;
    sim.arrivals++;
    truth_runs(c, i);
    return sim.now;
}

void world_drop(void *w, const struct mover_arrival *a)
{
    struct core *c = w;
    struct inst *i = inst_of(c, a->part);

    world_deafen(c, a->part);
    for (unsigned k = 0; k < ENDS; k++)
        if (c->end[k].state != BIND_FREE && c->end[k].part == a->part)
            end_free(&c->end[k]);
    i->copies = 0;
    if (i->state == INST_COMING)
        i->state = INST_FREE;
    else if (i->state != INST_AWAY)
        sim_fail("M1: what runs is dropped");
}
