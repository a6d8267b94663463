/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/sim/world - what monitor/caps asks of the world: letters, programs that receive, answers, and who is suspected. */
#include "tests/sim/sim.h"
#include "monitor/peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void w_send(void *w, core_id to, const struct caps_msg *m)
{
    struct sim_core *c = w;
    uint64_t *last = &sim.last[(size_t)c->id * sim.ncores + to];
    uint64_t delay =
        sim.even ? HOP_NS : HOP_NS + sim_rnd(HOP_NS) + (sim_rnd(50) == 0 ? 100 * HOP_NS : 0);
    uint64_t at = sim.now + delay * c->slow;

    sim.messages++;
    sim.kinds[(m->kind - PEER_CAP_GIVE) % 16]++;
    if (at <= *last)
        at = *last + 1;
    *last = at;
    sim_push((struct event){.at = at, .kind = EV_MESSAGE, .to = to, .from = c->id, .msg = *m});
}

unsigned sim_held(core_id core)
{
    const struct captable *t = sim.core[core].theirs;

    return t->nslots - CAPTABLE_FIRST - t->nfree;
}

static status_t w_receiver(void *w, uint64_t to, handle_t *table)
{
    struct sim_core *c = w;

    if (to == 1 || sim_held(c->id) > HELD_MAX) /* it has offered no room */
        return ST_NO_SLOT;
    *table = c->table;
    return ST_OK;
}

/* Those that a revoke has taken by now, or whose owner is dead, are in nobody's way. */
static void refresh(const struct entry *e)
{
    uint64_t x[8];

    for (uint32_t i = 1; i < sim.ledger.n; i++) {
        const struct entry *o = &sim.ledger.entry[i];

        if (o->state == ENTRY_LIVE && o->base < e->base + e->bytes &&
            e->base < o->base + o->bytes && !sim_usable(&sim.core[o->core], o->handle, x))
            ledger_vanished(&sim.ledger, i, !sim.core[o->owner].alive);
    }
}

void sim_took_in(struct sim_core *c, struct request *r, handle_t given, uint32_t parent,
                 bool is_object)
{
    uint64_t x[8];
    const struct entry *p = &sim.ledger.entry[parent];
    struct entry e = {.core = c->id, .handle = given};

    if (!sim_usable(c, given, x)) {
        sim_fail("a capability that arrived cannot be used");
        return;
    }
    e.type = (uint8_t)x[1];
    e.rights = (uint8_t)(x[1] >> 8);
    e.base = x[2];
    e.bytes = x[3];
    e.owner = parent ? p->owner : sim.core[r->core].id;
    if ((x[1] >> 16 & 0xff) > DEPTH_MAX)
        sim_fail("C4: passed on more than eight times");
    if (is_object)
        refresh(&e);
    ledger_add(&sim.ledger, parent, &e, is_object);
}

static void w_arrived(void *w, uint64_t to, handle_t given, uint64_t tag)
{
    struct request *r = &sim.request[tag];

    (void)to;
    r->arrived = true;
    sim_took_in(w, r, given, r->entry, false);
    /* Given away, it is the giver's no more; what was below it stays below what it came from. */
}

/* Every entry below must be unusable, on every core that lives. */
void sim_check_revoked(uint32_t root)
{
    uint64_t x[8];

    for (uint32_t i = root + 1; i < sim.ledger.n; i++) {
        struct entry *e = &sim.ledger.entry[i];

        if (e->state == ENTRY_LIVE && sim.core[e->core].alive &&
            ledger_is_below(&sim.ledger, i, root) && sim_usable(&sim.core[e->core], e->handle, x)) {
            sim.ledger.about = i;
            sim_fail("C1: a revoked capability is usable after the revoke has answered");
        }
    }
}

void sim_done_give(struct request *r, status_t st)
{
    struct entry *e = &sim.ledger.entry[r->entry];
    uint64_t x[8];
    bool usable = sim_usable(&sim.core[r->core], e->handle, x);

    if (st == ST_OK && !r->arrived)
        sim_fail("C3: a give was answered with success, and nothing arrived");
    if (st == ST_OK && r->how == CAP_GIVE_AWAY) {
        if (usable)
            sim_fail("C3: given away, it is still here");
        ledger_delete(&sim.ledger, r->entry);
    } else if (e->state == ENTRY_LIVE && !usable) {
        ledger_vanished(&sim.ledger, r->entry, !sim.core[e->owner].alive);
    } else if (e->state == ENTRY_LIVE && st != ST_OK && (uint8_t)(x[1] >> 8) != e->rights) {
        sim_fail("C3: what was not given is not as it was");
    }
}

static void w_answer(void *w, uint64_t client, status_t st, handle_t given,
                     const struct cap_desc *d)
{
    struct request *r = &sim.request[client];

    (void)d;
    if (!r->open) {
        sim_fail("C6: a request was answered twice");
        return;
    }
    r->open = false;
    sim.open--;
    sim.answered++;
    sim.answered_ns = sim.now;
    sim.refused += st != ST_OK;
    sim.why[st]++;
    if (sim.now - r->since > sim.worst_ns)
        sim.worst_ns = sim.now - r->since;
    switch (r->kind) {
    case OP_GIVE:
        sim_done_give(r, st);
        break;
    case OP_REVOKE:
        if (st == ST_OK) {
            sim_check_revoked(r->entry);
            ledger_revoked(&sim.ledger, r->entry, true);
        }
        break;
    case OP_MAKE:
        if (st == ST_OK)
            sim_took_in(w, r, given, r->entry, true);
        break;
    case OP_BORROW:
        if (st == ST_OK) {
            sim_took_in(w, r, given, 0, true);
            sim.ledger.entry[sim.ledger.n - 1].owner = (uint16_t)r->entry; /* the lender */
        }
        break;
    default:
        break;
    }
}

/* It is stopped at once; each of the others hears of it when it does. */
void sim_kill_core(core_id core)
{
    struct sim_core *c = &sim.core[core];

    if (!c->alive)
        return;
    c->alive = false;
    sim.deaths++;
    for (uint32_t i = 1; i < sim.ledger.n; i++) /* what it held is as if it had deleted it */
        if (sim.ledger.entry[i].core == core)
            ledger_delete(&sim.ledger, i);
    for (uint32_t i = 0; i < sim.nrequests; i++)
        if (sim.request[i].open && sim.request[i].core == core) {
            sim.request[i].open = false; /* nobody waits any more */
            sim.open--;
        }
}

void sim_announce(core_id core)
{
    sim_kill_core(core);
    for (core_id i = 0; i < sim.ncores; i++)
        if (sim.core[i].alive)
            sim_push((struct event){.at = sim.now + HOP_NS + sim_rnd(50 * HOP_NS),
                                    .kind = EV_ANNOUNCE,
                                    .to = i,
                                    .from = core});
}

/* Deadlines are longer than the slowest core takes: who lets one pass has stopped, or somebody owes an answer. */
static void w_suspect(void *w, core_id core)
{
    (void)w;
    if (sim.core[core].alive && !sim.core[core].stalled)
        sim_fail("C6: a healthy core was suspected");
    sim_announce(core);
}

const struct caps_env *sim_env(void)
{
    static struct caps_env env;

    env = sim_kernel_env;
    env.send = w_send;
    env.receiver = w_receiver;
    env.arrived = w_arrived;
    env.answer = w_answer;
    env.suspect = w_suspect;
    return &env;
}
