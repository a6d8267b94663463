/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/sim/sim.h"
#include "monitor/peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct sim_state sim;
struct sim_size sim_size = {.own_slots = 1024,
                            .prog_slots = 256,
                            .pages = PAGES,
                            .pool = 64,
                            .nodes = 384,
                            .holds = 384,
                            .passes = 128,
                            .ops = 32};
static const struct sim_size tight = {.own_slots = 40,
                                      .prog_slots = 256,
                                      .pages = PAGES,
                                      .pool = 6,
                                      .nodes = 12,
                                      .holds = 12,
                                      .passes = 4,
                                      .ops = 3};

uint64_t sim_rnd(uint64_t n)
{
    return events_chance(&sim.seed, n);
}

void sim_fail(const char *what)
{
    if (!sim.broken && !sim.ledger.broken)
        sim.broken = what;
}

/* ---- events ---- */

void sim_push(struct event e)
{
    sim.events.bytes = sizeof e;
    events_push(&sim.events, &e);
}

void sim_turn_soon(struct sim_core *c, uint64_t at)
{
    if (c->turn_at != 0 && c->turn_at <= at)
        return;
    c->turn_at = at;
    sim_push((struct event){.at = at, .kind = EV_TURN, .to = c->id});
}
/* ---- one event after the other ---- */

static bool sim_knows_dead(const struct sim_core *c, core_id core)
{
    return c->caps.dead[core / 64] >> (core % 64) & 1;
}

static void take_turn(struct sim_core *c)
{
    uint64_t next;

    caps_at(&c->caps, sim.now);
    caps_look(&c->caps);
    if (caps_turn(&c->caps, &next))
        sim_turn_soon(c, sim.now + 100 * c->slow);
    else if (next != UINT64_MAX)
        sim_turn_soon(c, next > sim.now ? next : sim.now + 100);
}

static void digest(uint64_t word)
{
    sim.digest = (sim.digest ^ word) * 0x100000001b3ull;
}

bool sim_step(void)
{
    struct event e;
    struct sim_core *c;

    if (sim.events.n == 0 || sim.broken || sim.ledger.broken)
        return false;
    events_pop(&sim.events, &e);
    sim.now = e.at;
    c = &sim.core[e.to];
    digest(e.at ^ (uint64_t)e.kind << 60 ^ (uint64_t)e.to << 40 ^ (uint64_t)e.from << 48);
    if (!c->alive)
        return true;
    if (c->stalled) {
        c->turn_at = 0;
        return true; /* it hears nothing more, and does nothing */
    }
    caps_at(&c->caps, sim.now);
    switch (e.kind) {
    case EV_MESSAGE:
        if (sim.trace)
            fprintf(stderr, "%12llu  %u -> %u  %s %llx\n", (unsigned long long)sim.now, e.from,
                    e.to, peer_name((uint16_t)e.msg.kind), (unsigned long long)e.msg.word[0]);
        if (caps_message(&c->caps, e.from, &e.msg) == ST_PEER && !sim_knows_dead(c, e.from))
            sim_fail("a monitor that keeps to the protocol was told that it does not");
        break;
    case EV_ANNOUNCE:
        caps_core_dead(&c->caps, e.from);
        break;
    case EV_OP:
        sim_program_op(c);
        break;
    case EV_TURN:
        if (c->turn_at == e.at)
            c->turn_at = 0;
        break;
    }
    take_turn(c);
    return true;
}

/* ---- a run ---- */

void sim_make_machine(core_id ncores, uint32_t ops)
{
    sim.ncores = ncores;
    sim.core = calloc(ncores, sizeof *sim.core);
    sim.last = calloc((size_t)ncores * ncores, sizeof *sim.last);
    ledger_init(&sim.ledger, ops * 2 + ncores + 16);
    for (core_id i = 0; i < ncores; i++) {
        struct sim_core *c = &sim.core[i];
        struct entry e = {.type = CAP_RAM,
                          .rights = RIGHTS_ALL,
                          .core = i,
                          .owner = i,
                          .bytes = PAGES * PAGE_BYTES};
        uint64_t x[8];

        sim_core_make(c, i, ncores, &sim_size);
        c->caps.env = sim_env();
        c->caps.answer_ns = ANSWER_NS;
        caps_init(&c->caps);
        if (sim_rnd(10) == 0)
            c->slow = 2 + sim_rnd(3);
        e.handle = c->ram;
        if (!sim_usable(c, c->ram, x))
            abort();
        e.base = x[2];
        ledger_add(&sim.ledger, 0, &e, true);
    }
}

/* Until nothing happens any more. Deadlines of the living are events too, so this ends, or C6 is broken. */
static void quiesce(void)
{
    uint64_t limit = sim.now + 4 * LIMIT_NS;

    while (sim_step())
        if (sim.now > limit && sim.open > 0) {
            sim_fail("C6: a request is not answered");
            return;
        }
}

static void delete_all(struct sim_core *c)
{
    caps_at(&c->caps, sim.now);
    sim_op_revoke(c, c->id +
                         1u); /* of its RAM: one for which the monitor had no room is still begun */
    for (uint32_t i = 1; i < sim.ledger.n && !sim.broken; i++)
        if (sim.ledger.entry[i].state == ENTRY_LIVE && sim.ledger.entry[i].core == c->id)
            sim_op_delete(c, i);
}

static void print_left(const struct caps *c)
{
    for (uint32_t i = 0; i < c->nnodes; i++)
        if (c->node[i].state)
            fprintf(stderr, "  node %u: state %u, holder %u, passer %u, kids %u, parent %u\n", i,
                    c->node[i].state, c->node[i].holder, c->node[i].passer, c->node[i].kids,
                    c->node[i].parent);
    for (uint32_t i = 0; i < c->nholds; i++)
        if (c->hold[i].state)
            fprintf(stderr,
                    "  hold %u: state %u, owner %u, node %llx, sub %u, idle %u, passes %u\n", i,
                    c->hold[i].state, c->hold[i].owner, (unsigned long long)c->hold[i].node,
                    c->hold[i].sub, c->hold[i].idle, c->hold[i].passes);
    for (uint32_t i = 0; i < c->npasses; i++)
        if (c->pass[i].state)
            fprintf(stderr, "  pass %u: state %u, owner %u, node %llx\n", i, c->pass[i].state,
                    c->pass[i].owner, (unsigned long long)c->pass[i].node);
}

static void check_end(struct sim_core *c)
{
    uint64_t x[8];
    uint32_t use[4];

    if (sim.broken || sim.ledger.broken)
        return;

    caps_in_use(&c->caps, use);
    if (use[0] || use[1] || use[2] || use[3]) {
        fprintf(stderr, "core %u: %u nodes, %u holds, %u passes, %u requests\n", c->id, use[0],
                use[1], use[2], use[3]);
        print_left(&c->caps);
        sim_fail("C5: something of a copy is left when all copies are gone");
    }
    if (!sim_usable(c, c->ram, x) || x[5] != PAGES * PAGE_BYTES)
        sim_fail("C5: memory has not come back");
    if (sim_held(c->id) != 1 || c->own->nslots - CAPTABLE_FIRST - c->own->nfree != 3)
        sim_fail("a slot is not free again");
    if (c->k->nrevoking != 0)
        sim_fail("a revoke is still under way");
}

static void end_run(void)
{
    for (core_id i = 0; i < sim.ncores; i++) /* those nobody has noticed */
        if (!sim.core[i].alive || sim.core[i].stalled)
            sim_announce(i);
    quiesce();
    for (unsigned round = 0; round < 3;
         round++) { /* what arrives while others delete is deleted next */
        for (core_id i = 0; i < sim.ncores; i++)
            if (sim.core[i].alive) {
                delete_all(&sim.core[i]);
                sim_turn_soon(&sim.core[i], sim.now + 1);
            }
        quiesce();
    }
    if (sim.open > 0)
        sim_fail("C6: a request was never answered");
    for (core_id i = 0; i < sim.ncores && !sim.broken; i++)
        if (sim.core[i].alive)
            check_end(&sim.core[i]);
}

static void progress(uint64_t done, uint64_t all)
{
    static time_t last;
    time_t now = time(NULL);

    if (!isatty(2) || now == last)
        return;
    last = now;
    fprintf(stderr, "\r%llu of %llu operations, %llu messages ", (unsigned long long)done,
            (unsigned long long)all, (unsigned long long)sim.messages);
}

void sim_run(uint64_t seed, core_id cores, uint32_t ops, uint32_t deaths)
{
    sim.seed = seed * 0x9e3779b97f4a7c15ull | 1;
    sim.digest = 0xcbf29ce484222325ull;
    if (seed % 3 == 0)
        sim_size = tight;
    sim_make_machine(cores, ops);
    for (uint32_t i = 0; i < ops && !sim.broken && !sim.ledger.broken; i++) {
        core_id core = (core_id)sim_rnd(cores);
        uint64_t at = sim.now + sim_rnd(3 * HOP_NS / (cores > 64 ? 16 : 1));

        progress(i, ops);
        if (deaths && sim_rnd(ops / deaths + 1) == 0 && cores - sim.deaths > 2) {
            if (sim_rnd(2))
                sim_kill_core(core);
            else
                sim.core[core].stalled = true;
        }
        if (sim.core[core].alive)
            sim_push((struct event){.at = at, .kind = EV_OP, .to = core});
        while (events_next(&sim.events) <= at && sim_step())
            ;
        sim.now = at;
    }
    quiesce();
    end_run();
    if (isatty(2))
        fprintf(stderr, "\r\033[K");
}

void sim_free_machine(void)
{
    for (core_id i = 0; i < sim.ncores; i++)
        sim_core_free(&sim.core[i]);
    ledger_free(&sim.ledger);
    free(sim.core);
    free(sim.last);
    events_free(&sim.events);
    free(sim.request);
}
