/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/migrate/ends - of the simulated machine: the ends of channels, as monitor/conn.c and bind.c keep them, and programs that end. */
#include "tests/migrate/world.h"
#include <stdio.h>

uint64_t end_ref(const struct core *c, const struct end *e)
{
    return (uint64_t)(e - c->end) | (uint64_t)(e->generation + 1) << 16;
}

struct end *end_find(struct core *c, uint64_t ref)
{
    struct end *e = &c->end[ref % 65536 % ENDS];

    return e->state != BIND_FREE && end_ref(c, e) == ref ? e : NULL;
}

void end_free(struct end *e)
{
    if (e->far.state != FAR_NONE)
        sim_fail("an end is used again while its other end is on its way");
    *e = (struct end){.generation = e->generation + 1};
}

struct end *end_take(struct core *c)
{
    for (unsigned i = 0; i < ENDS; i++)
        if (c->end[i].state == BIND_FREE)
            return &c->end[i];
    return NULL;
}

void end_event(struct core *c, struct end *e, enum bind_event ev)
{
    struct bind_step step = bind_step(e->state, ev);
    struct inst *i = inst_of(c, e->part);

    if (step.action & BIND_REFUSED) {
        if (sim.trace)
            fprintf(stderr, "%u: end %llx, state %d, event %d, peer %u\n", c->id,
                    (unsigned long long)end_ref(c, e), e->state, ev, e->peer);
        sim_fail("an end of a channel meets what binding does not allow");
        return;
    }
    if (sim.trace)
        fprintf(stderr, "%12llu  %u: end %llx of channel %u, event %d: state %d to %d\n",
                (unsigned long long)sim.now, c->id, (unsigned long long)end_ref(c, e), e->chan, ev, e->state,
                step.next);
    if (i != NULL && i->moving && step.next != e->state)
        i->dirty = true;
    e->state = (enum bind_state)step.next;
    if (step.action & BIND_SEND_CLOSE)
        sim_send(c->id, e->peer, EV_MESSAGE, PEER_CLOSE,
                 &(struct peer_CLOSE){.from = end_ref(c, e)}, sizeof(struct peer_CLOSE));
    if (step.action & BIND_SEND_CLOSED)
        sim_send(c->id, e->peer, EV_MESSAGE, PEER_CLOSED,
                 &(struct peer_CLOSED){.to = e->peer_ref}, sizeof(struct peer_CLOSED));
    if (e->state == BIND_FREE)
        end_free(e);
}

void end_closed(struct core *c, struct end *e)
{
    if (e->far.state != FAR_NONE)
        e->let_go = true;
    else
        end_event(c, e, BIND_EV_LET_GO);
}

void end_core_dead(struct core *c, core_id dead)
{
    for (unsigned i = 0; i < ENDS; i++)
        if (c->end[i].state != BIND_FREE && c->end[i].peer == dead && c->end[i].far.state == FAR_NONE)
            end_event(c, &c->end[i], BIND_EV_CORE_DEAD);
}

void end_on_close(struct core *c, core_id from, uint64_t ref)
{
    for (unsigned i = 0; i < ENDS; i++)
        if (c->end[i].state != BIND_FREE && c->end[i].peer == from && c->end[i].peer_ref == ref) {
            end_event(c, &c->end[i], BIND_EV_CLOSE);
            return;
        }
    sim_send(c->id, from, EV_MESSAGE, PEER_CLOSED, &(struct peer_CLOSED){.to = ref},
             sizeof(struct peer_CLOSED));
}

void end_on_closed(struct core *c, core_id from, uint64_t ref)
{
    struct end *e = end_find(c, ref);

    if (e != NULL && e->peer == from)
        end_event(c, e, BIND_EV_CLOSED);
}

/* ---- programs ---- */

void world_read_rings(struct core *c, struct inst *i)
{
    for (unsigned k = 0; k < ENDS; k++) {
        struct end *e = &c->end[k];

        if (e->state != BIND_FREE && e->state != BIND_CLOSING && e->part == i->part)
            sim.chan[e->chan].got[e->side] = sim.chan[e->chan].sent[!e->side];
    }
}

void world_bell(struct core *c, uint32_t bucket)
{
    for (unsigned k = 0; k < INSTS; k++)
        if (c->inst[k].state == INST_RUNNING && c->inst[k].bucket == bucket && !c->inst[k].moving)
            world_read_rings(c, &c->inst[k]);
}

/* The task of `part` here goes, and with it the bells of the other ends on this core. */
void world_deafen(struct core *c, uint64_t part)
{
    for (unsigned k = 0; k < ENDS; k++) {
        struct end *e = &c->end[k];
        const struct end *o = e->state != BIND_FREE && e->peer == c->id ? end_find(c, e->peer_ref) : NULL;

        if (o != NULL && o->part == part)
            e->deaf = true;
    }
}

void world_end_program(struct core *c, struct inst *i)
{
    for (unsigned k = 0; k < ENDS; k++) {
        struct end *e = &c->end[k];

        if (e->state == BIND_FREE || e->part != i->part)
            continue;
        e->part = UINT64_MAX;
        if (e->state != BIND_CLOSING)
            end_closed(c, e);
    }
    i->state = INST_FREE;
}
