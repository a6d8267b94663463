/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/migrate/run - time, events one after the other, and what programs do. */
#include "tests/migrate/world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim sim;

uint64_t sim_rnd(uint64_t n)
{
    return events_chance(&sim.seed, n);
}

void sim_fail(const char *what)
{
    if (sim.broken == NULL)
        sim.broken = what;
}

/* ---- events ---- */

void sim_push(struct event e)
{
    sim.events.bytes = sizeof e;
    events_push(&sim.events, &e);
}

/* Mostly a few microseconds; now and then longer than a move may take altogether. */
static uint64_t delay(void)
{
    uint64_t r = sim_rnd(4000);

    return r == 0 ? sim_rnd(LATE_NS) : r < 40 ? sim_rnd(2000000) : 1000 + sim_rnd(4000);
}

void sim_send(core_id from, core_id to, enum event_kind kind, uint16_t message, const void *payload,
              size_t bytes)
{
    uint64_t *last = &sim.last[from * sim.ncores + to], at = sim.now + delay();
    struct event e = {.kind = kind, .to = to, .from = from, .message = message};

    if (sim.core[from].dead[to])
        return;
    memcpy(e.word, payload, bytes);
    e.at = *last = at > *last ? at : *last + 1; /* a ring keeps the order */
    sim.messages++;
    sim.bytes += 64;
    sim_push(e);
}

void sim_turn_soon(struct core *c, uint64_t at)
{
    if (c->turn_at != 0 && c->turn_at <= at)
        return;
    c->turn_at = at;
    sim_push((struct event){.at = at, .kind = EV_TURN, .to = c->id});
}

static void announce(core_id core)
{
    if (sim.core[core].announced)
        return;
    sim.core[core].announced = true;
    for (core_id k = 0; k < sim.ncores; k++)
        if (k != core)
            sim_push((struct event){.at = sim.now + 1 + sim_rnd(30000000),
                                    .kind = EV_ANNOUNCE,
                                    .to = k,
                                    .from = core});
}

void sim_die(core_id core)
{
    struct core *c = &sim.core[core];

    if (c->alive && !c->stalled) {
        truth_dies(core);
        sim.deaths++;
        c->open = 0;
    }
    c->alive = false;
    announce(core);
}

static void stall(core_id core)
{
    truth_dies(core);
    sim.deaths++;
    sim.core[core].open = 0;
    sim.core[core].stalled = true;
}

/* ---- one event after the other ---- */

static void trace(const struct event *e)
{
    static const char *const kinds[] = {"", "turn", "is told of the death", "bell", "copy"};

    if (sim.trace && e->kind != EV_TURN)
        fprintf(stderr, "%12llu  %u -> %u  %s %llx %llx %llx %llx %llx\n", (unsigned long long)e->at,
                e->from, e->to, e->kind == EV_MESSAGE ? peer_name(e->message) : kinds[e->kind],
                (unsigned long long)e->word[0], (unsigned long long)e->word[1],
                (unsigned long long)e->word[2], (unsigned long long)e->word[3],
                (unsigned long long)e->word[4]);
}

static void turn(struct core *c)
{
    uint64_t next;

    mover_at(&c->mover, sim.now);
    next = mover_turn(&c->mover);
    if (next != UINT64_MAX)
        sim_turn_soon(c, next > sim.now ? next : sim.now + 1);
}

static bool step(void)
{
    struct event e;
    struct core *c;

    if (sim.events.n == 0 || sim.broken)
        return false;
    events_pop(&sim.events, &e);
    sim.now = e.at;
    c = &sim.core[e.to];
    sim.digest = (sim.digest ^ e.at ^ (uint64_t)e.kind << 60 ^ (uint64_t)e.to << 40) * 0x100000001b3ull;
    if (e.kind == EV_TURN && c->turn_at == e.at)
        c->turn_at = 0;
    if (!c->alive || c->stalled || (e.kind != EV_ANNOUNCE && e.kind != EV_TURN && c->dead[e.from]))
        return true;
    trace(&e);
    mover_at(&c->mover, sim.now);
    switch (e.kind) {
    case EV_MESSAGE:
        world_message(c, e.from, e.message, e.word);
        break;
    case EV_COPY:
        world_copy(c, e.word);
        break;
    case EV_BELL:
        world_bell(c, (uint32_t)e.word[0]);
        break;
    case EV_ANNOUNCE:
        c->dead[e.from] = true;
        mover_core_dead(&c->mover, e.from);
        end_core_dead(c, e.from);
        break;
    case EV_TURN:
        break;
    }
    turn(c);
    return true;
}

/* ---- what programs do ---- */

static struct inst *run_at(uint64_t part, struct core **where)
{
    for (core_id k = 0; k < sim.ncores; k++) {
        struct core *c = &sim.core[k];
        struct inst *i = c->alive && !c->stalled ? inst_of(c, part) : NULL;

        *where = c;
        if (i != NULL && i->state == INST_RUNNING && !i->moving)
            return i;
    }
    return NULL;
}

static struct end *end_of(struct core *c, unsigned chan, unsigned side)
{
    for (unsigned k = 0; k < ENDS; k++)
        if (c->end[k].state != BIND_FREE && c->end[k].chan == chan && c->end[k].side == side &&
            c->end[k].part != UINT64_MAX)
            return &c->end[k];
    return NULL;
}

static void ask_move(uint64_t part)
{
    struct core *by = &sim.core[sim_rnd(sim.ncores)];

    if (!by->alive || by->stalled)
        return;
    sim.asked++;
    by->open++;
    if (mover_ask(&by->mover, 1, part, (core_id)sim_rnd(sim.ncores)) != ST_OK)
        by->open--;
    turn(by);
}

static void say(unsigned chan, unsigned side)
{
    struct core *c;
    struct inst *i = run_at(sim.chan[chan].part[side], &c);
    struct end *e = i != NULL ? end_of(c, chan, side) : NULL;
    struct truth *t = i != NULL ? truth_of(i->part) : NULL;

    if (e == NULL || e->state != BIND_OPEN)
        return;
    sim.chan[chan].sent[side]++;
    i->word[0] = ++t->word[0];
    i->word[1] = t->word[1] = t->word[1] * 31 + sim.now;
    sim_send(c->id, e->peer, EV_BELL, 0, (uint64_t[]){e->peer_bucket}, 8);
}

static void close_chan(unsigned chan, unsigned side)
{
    struct core *c;
    struct inst *i = run_at(sim.chan[chan].part[side], &c);
    struct end *e = i != NULL ? end_of(c, chan, side) : NULL;

    if (e != NULL && (e->state == BIND_OPEN || e->state == BIND_ORPHAN))
        end_closed(c, e);
}

/* Programs let go of channels whose other end has gone. */
static void tidy(struct core *c)
{
    for (unsigned k = 0; k < ENDS; k++) {
        struct end *e = &c->end[k];
        const struct inst *i = e->state == BIND_ORPHAN ? inst_of(c, e->part) : NULL;

        if (i != NULL && i->state == INST_RUNNING && !i->moving)
            end_closed(c, e);
    }
}

static unsigned free_place(struct truth *t)
{
    unsigned p = 0;

    while (p < 64 && (t->places >> p & 1))
        p++;
    return p;
}

/* A channel between two, as if by the protocol of binding. */
static void bind_two(uint64_t a, uint64_t b)
{
    struct core *ca, *cb;
    struct inst *ia = run_at(a, &ca), *ib = run_at(b, &cb);
    struct truth *ta = truth_of(a), *tb = truth_of(b);
    struct chan *ch = &sim.chan[sim.nchans];
    struct end *ea, *eb;

    if (a == b || ia == NULL || ib == NULL || sim.nchans == CHANS || ca->dead[cb->id] || cb->dead[ca->id] ||
        free_place(ta) >= 12 || free_place(tb) >= 12 || (ea = end_take(ca)) == NULL)
        return;
    ea->state = BIND_OPEN;
    if ((eb = end_take(cb)) == NULL) {
        ea->state = BIND_FREE;
        return;
    }
    *ch = (struct chan){.part = {a, b}, .place = {free_place(ta), free_place(tb)}, .mem = PART_HOME(a)};
    ta->places |= 1ull << ch->place[0];
    tb->places |= 1ull << ch->place[1];
    *ea = (struct end){.state = BIND_OPEN, .generation = ea->generation, .part = a, .place = ch->place[0],
                       .chan = sim.nchans, .peer = cb->id, .peer_bucket = ib->bucket};
    *eb = (struct end){.state = BIND_OPEN, .generation = eb->generation, .part = b, .place = ch->place[1],
                       .side = 1, .chan = sim.nchans, .peer = ca->id, .peer_bucket = ia->bucket};
    ea->peer_ref = end_ref(cb, eb);
    eb->peer_ref = end_ref(ca, ea);
    sim.nchans++;
}

static void one_op(void)
{
    uint64_t r = sim_rnd(1000);
    unsigned chan = sim.nchans > 0 ? (unsigned)sim_rnd(sim.nchans) : 0;
    struct core *c = &sim.core[sim_rnd(sim.ncores)];

    if (sim.nchans == 0 && r < 900)
        r = 980;
    if (r < 300) {
        ask_move(sim.part[sim_rnd(sim.nparts)].part);
    } else if (r < 380) { /* both ends at once */
        ask_move(sim.chan[chan].part[0]);
        ask_move(sim.chan[chan].part[1]);
    } else if (r < 900) {
        say(chan, (unsigned)sim_rnd(2));
    } else if (r < 915) {
        close_chan(chan, (unsigned)sim_rnd(2));
    } else if (r < 945 && c->alive && !c->stalled) {
        tidy(c);
    } else if (r < 965 && c->alive && !c->stalled) {
        mover_at(&c->mover, sim.now);
        mover_cancel(&c->mover, c->mover.move[sim_rnd(MOVER_MOVES)].part);
        turn(c);
    } else if (r >= 965) {
        bind_two(sim.part[sim_rnd(sim.nparts)].part, sim.part[sim_rnd(sim.nparts)].part);
    }
}

/* ---- a run ---- */

static void make_machine(core_id ncores, unsigned parts)
{
    sim.ncores = ncores;
    sim.core = calloc(ncores, sizeof *sim.core);
    sim.last = calloc((size_t)ncores * ncores, sizeof *sim.last);
    for (core_id k = 0; k < ncores; k++) {
        struct core *c = &sim.core[k];

        c->id = k;
        c->alive = true;
        c->mover.env = &world_env;
        c->mover.world = c;
        c->mover.core = k;
        c->mover.ncores = ncores;
        c->mover.answer_ns = ANSWER_NS;
        c->mover.asks = (struct asks){.kept = c->asked, .size = MOVER_ASKS};
        for (unsigned i = 0; i < MOVER_MOVES; i++)
            c->mover.move[i].parts = &c->listed[i];
        for (unsigned i = 0; i < MOVER_ARRIVALS; i++)
            c->mover.arrival[i].parts = &c->coming[i];
    }
    for (unsigned p = 0; p < parts; p++) {
        struct core *c = &sim.core[p % ncores];
        struct inst *i = &c->inst[p / ncores];
        struct truth *t = &sim.part[sim.nparts++];

        t->part = PART_ID(c->id, 1 + p / ncores);
        t->at = c->id;
        t->nmem = (unsigned)sim_rnd(MEMS + 1);
        for (unsigned w = 0; w < 3; w++)
            t->word[w] = sim_rnd(UINT32_MAX);
        *i = (struct inst){.state = INST_RUNNING, .part = t->part, .bucket = ++c->buckets};
        memcpy(i->word, t->word, sizeof i->word);
    }
    for (unsigned k = 0; k < 2 * parts; k++)
        bind_two(sim.part[sim_rnd(parts)].part, sim.part[sim_rnd(parts)].part);
}

static void quiesce(void)
{
    uint64_t limit = sim.now + 60 * 1000000000ull;

    while (step())
        if (sim.now > limit)
            sim_fail("M4: it does not come to an end");
}

void sim_run(uint64_t seed, core_id cores, unsigned parts, unsigned ops, unsigned deaths, unsigned fault_every)
{
    sim.seed = (seed + 1) * 0x9e3779b97f4a7c15ull | 1;
    sim.digest = 0xcbf29ce484222325ull;
    sim.fault_every = fault_every;
    for (unsigned i = 0; i < 8; i++)
        (void)sim_rnd(2);
    make_machine(cores, parts);
    for (unsigned i = 0; i < ops && !sim.broken; i++) {
        uint64_t at = sim.now + sim_rnd(6000000u / cores);
        core_id core = (core_id)sim_rnd(cores);

        while (events_next(&sim.events) <= at && step())
            ;
        sim.now = at;
        if (deaths > 0 && sim_rnd(ops / deaths + 1ull) == 0 && sim.deaths + 1u < cores &&
            sim.core[core].alive && !sim.core[core].stalled) {
            if (sim_rnd(2))
                sim_die(core);
            else
                stall(core);
        }
        one_op();
    }
    quiesce();
    for (core_id k = 0; k < cores; k++) /* those nobody has noticed */
        if (sim.core[k].stalled)
            sim_die(k);
    quiesce();
    for (unsigned round = 0; round < 3; round++) {
        for (core_id k = 0; k < cores; k++)
            if (sim.core[k].alive)
                tidy(&sim.core[k]);
        quiesce();
    }
    if (!sim.broken)
        truth_end();
}

void sim_free(void)
{
    free(sim.core);
    free(sim.last);
    events_free(&sim.events);
}
