/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/migrate/world - what monitor/mover asks of its world: programs, their parts, channels, as a monitor has them. */
#include "tests/migrate/world.h"
#include "lib/abi/syscall.h"
#include <stdio.h>
#include <string.h>

struct truth *truth_of(uint64_t part)
{
    for (unsigned i = 0; i < sim.nparts; i++)
        if (sim.part[i].part == part)
            return &sim.part[i];
    return NULL;
}

struct inst *inst_of(struct core *c, uint64_t part)
{
    for (unsigned i = 0; i < INSTS; i++)
        if (c->inst[i].state != INST_FREE && c->inst[i].part == part)
            return &c->inst[i];
    return NULL;
}

/* ---- ends of channels: what monitor/conn.c and bind.c do ---- */

uint64_t end_ref(const struct core *c, const struct end *e)
{
    return (uint64_t)(e - c->end) | (uint64_t)(e->generation + 1) << 16;
}

struct end *end_find(struct core *c, uint64_t ref)
{
    struct end *e = &c->end[ref % 65536 % ENDS];

    return e->state != BIND_FREE && end_ref(c, e) == ref ? e : NULL;
}

static void end_free(struct end *e)
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

static void end_event(struct core *c, struct end *e, enum bind_event ev)
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

static void on_close(struct core *c, core_id from, uint64_t ref)
{
    for (unsigned i = 0; i < ENDS; i++)
        if (c->end[i].state != BIND_FREE && c->end[i].peer == from && c->end[i].peer_ref == ref) {
            end_event(c, &c->end[i], BIND_EV_CLOSE);
            return;
        }
    sim_send(c->id, from, EV_MESSAGE, PEER_CLOSED, &(struct peer_CLOSED){.to = ref},
             sizeof(struct peer_CLOSED));
}

static void on_closed(struct core *c, core_id from, uint64_t ref)
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
static void deafen(struct core *c, uint64_t part)
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

/* ---- struct mover_env ---- */

static void send(void *w, core_id to, enum peer_kind kind, const void *payload, size_t bytes)
{
    sim_send(((struct core *)w)->id, to, EV_MESSAGE, (uint16_t)kind, payload, bytes);
}

static void suspect(void *w, core_id core, const char *why)
{
    (void)w;
    if (sim.core[core].alive && !sim.core[core].stalled) {
        if (sim.trace)
            fprintf(stderr, "%u suspects %u: %s\n", ((struct core *)w)->id, core, why);
        sim_fail("W: a core is suspected that is well");
    }
    sim_die(core);
}

static void odd(void *w, const char *what, const char *where)
{
    (void)w;
    if (sim.trace)
        fprintf(stderr, "%u: %s (%s)\n", ((struct core *)w)->id, what, where);
    sim_fail("a monitor meets what its table does not allow");
}

static bool gone(void *w, core_id core)
{
    return ((struct core *)w)->dead[core];
}

static bool joined(void *w, core_id core)
{
    return !gone(w, core);
}

static enum mover_fault point(void *w, const char *name)
{
    static const enum mover_fault any[] = {MOVER_CANCEL, MOVER_REFUSE, MOVER_TIMEOUT, MOVER_MISMATCH,
                                           MOVER_LOST};
    enum mover_fault f;

    if (sim.fault_every == 0 || sim_rnd(sim.fault_every) != 0)
        return MOVER_NO_FAULT;
    f = any[sim_rnd(5)];
    sim.faults++;
    if (sim.trace)
        fprintf(stderr, "%12llu  %u: fault %d at %s\n", (unsigned long long)sim.now,
                ((struct core *)w)->id, f, name);
    return f;
}

static void list(struct core *c, const struct inst *i, core_id dest, struct parts *out)
{
    const struct truth *t = truth_of(i->part);
    core_id home = PART_HOME(i->part);
#define ADD(...) out->part[out->n++] = (struct part){__VA_ARGS__}

    out->n = out->copies = 0;
    for (unsigned k = 0; k < REGIONS; k++)
        ADD(.kind = PART_REGION, .index = k, .a = 0x1000 * k, .tag = home == dest ? 0 : ++out->copies);
    for (unsigned place = 0; place < 64; place++)
        for (unsigned k = 0; k < ENDS; k++) {
            const struct end *e = &c->end[k];

            if ((e->state != BIND_OPEN && e->state != BIND_ORPHAN) || e->part != i->part || e->place != place)
                continue;
            ADD(.kind = PART_CONN, .index = place, .handle = 77, .a = e->peer_ref, .c = e->chan);
            ADD(.kind = PART_LINK, .index = place, .handle = LINK(e->state, e->side, 0, 0, 0, 1),
                .a = e->peer | (uint64_t)e->peer_bucket << 16, .b = sim.chan[e->chan].mem,
                .tag = sim.chan[e->chan].mem == dest ? 0 : ++out->copies);
        }
    ADD(.kind = PART_TABLE, .handle = 1, .c = 64);
    ADD(.kind = PART_SPACE, .handle = 2, .c = 16 * PAGE_BYTES);
    for (unsigned k = 0; k < t->nmem; k++)
        ADD(.kind = PART_MEM, .handle = 10 + k, .b = CAP_WHAT_RIGHTS(0), .c = 0x100000 * k | (k & 1),
            .tag = (k & 1) && home == dest ? 0 : ++out->copies);
    ADD(.kind = PART_WORDS, .handle = i->word[0], .a = i->word[1], .b = i->word[2]);
}

static status_t stop(void *w, struct mover_move *m)
{
    struct core *c = w;
    struct inst *i = inst_of(c, m->part);

    if (i->moving)
        return ST_BUSY;
    for (unsigned k = 0; k < ENDS; k++) {
        const struct end *e = &c->end[k];

        if (e->state == BIND_FREE || e->part != m->part)
            continue;
        if (e->far.state != FAR_NONE || (e->state == BIND_ORPHAN && !c->dead[e->peer]))
            return ST_BUSY;
    }
    i->moving = true;
    i->dirty = false;
    list(c, i, m->dest, m->parts);
    return ST_OK;
}

static uint64_t thaw(void *w, const struct mover_move *m, bool *restored)
{
    struct core *c = w;
    struct inst *i = inst_of(c, m->part);
    uint64_t bound = MOVER_NS + 4 * LATE_NS + (sim.deaths > 0 ? 2 * ANSWER_NS : 0);

    list(c, i, m->dest, &c->again);
    *restored = parts_hash(&c->again) == m->hash;
    if (!*restored && !i->dirty)
        sim_fail("M5: the source is not what it was");
    if (sim.now - m->stopped_ns > bound)
        sim_fail("W2: it stood still for too long");
    i->moving = false;
    truth_runs(c, i);
    return sim.now;
}

static void let_go(void *w, const struct mover_move *m)
{
    struct core *c = w;
    struct inst *i = inst_of(c, m->part);

    deafen(c, m->part);
    for (unsigned k = 0; k < ENDS; k++)
        if (c->end[k].state != BIND_FREE && c->end[k].part == m->part)
            end_free(&c->end[k]);
    i->moving = false;
    i->copies = 0;
    i->state = PART_HOME(m->part) == c->id ? INST_AWAY : INST_FREE;
    i->at = m->dest;
    i->sure = true;
}

static status_t record(void *w, const struct mover_move *m)
{
    (void)w;
    if (sim_rnd(100) == 0)
        return ST_LOG_FULL;
    sim.records++;
    if (!sim.core[m->dest].alive || sim.core[m->dest].stalled) /* it is committed to nobody, and nobody knows */
        truth_of(m->part)->may_end = true;
    return ST_OK;
}

static void told(void *w, const struct mover_move *m)
{
    (void)w;
    if (m->why == ST_OK)
        sim.moved++;
    else if (m->failed != MIG_FREE)
        sim.undone++;
    else
        sim.declined++;
    sim.cooled += m->why == ST_COOLDOWN;
    sim.failed[m->failed] += m->failed != MIG_FREE;
    if (m->failed != MIG_FREE && m->why == ST_OK)
        sim_fail("a move that was undone was told as done");
    if (m->blackout_ns > sim.worst_ns)
        sim.worst_ns = m->blackout_ns;
}

static uint64_t ref(void *w, uint64_t part, unsigned place)
{
    struct core *c = w;

    for (unsigned k = 0; k < ENDS; k++)
        if (c->end[k].state != BIND_FREE && c->end[k].part == part && c->end[k].place == place &&
            c->end[k].state != BIND_CLOSING)
            return end_ref(c, &c->end[k]);
    return 0;
}

static status_t prepare(void *w, const struct mover_arrival *a, const struct peer_MOVE_OFFER *o)
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

static uint32_t bucket(void *w, const struct mover_arrival *a)
{
    struct core *c = w;

    return inst_of(c, a->part)->bucket = ++c->buckets;
}

static status_t build(void *w, const struct mover_arrival *a)
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

static uint64_t check(void *w, const struct mover_arrival *a)
{
    struct core *c = w;

    list(c, inst_of(c, a->part), c->id, &c->again);
    return parts_hash(&c->again);
}

static uint64_t resume(void *w, const struct mover_arrival *a)
{
    struct core *c = w;
    struct inst *i = inst_of(c, a->part);

    i->state = INST_RUNNING;
    i->moving = false;
    sim.arrivals++;
    truth_runs(c, i);
    return sim.now;
}

static void drop(void *w, const struct mover_arrival *a)
{
    struct core *c = w;
    struct inst *i = inst_of(c, a->part);

    deafen(c, a->part);
    for (unsigned k = 0; k < ENDS; k++)
        if (c->end[k].state != BIND_FREE && c->end[k].part == a->part)
            end_free(&c->end[k]);
    i->copies = 0;
    if (i->state == INST_COMING)
        i->state = INST_FREE;
    else if (i->state != INST_AWAY)
        sim_fail("M1: what runs is dropped");
}

static bool here(void *w, uint64_t part)
{
    const struct inst *i = inst_of(w, part);

    return i != NULL && i->state == INST_RUNNING;
}

static struct mover_far *far(void *w, uint64_t r, struct mover_other *o)
{
    struct core *c = w;
    struct end *e = end_find(c, r);
    const struct inst *i = e != NULL ? inst_of(c, e->part) : NULL;

    if (e == NULL)
        return NULL;
    *o = (struct mover_other){.peer = e->peer, .ref = e->peer_ref, .bucket = e->peer_bucket, .open = e->state == BIND_OPEN,
                              .quiet = e->state == BIND_OPEN && i != NULL &&
                                       i->state == INST_RUNNING && !i->moving};
    return &e->far;
}

static bool next_far(void *w, unsigned *cursor, uint64_t *r)
{
    struct core *c = w;

    for (; *cursor < ENDS; ++*cursor)
        if (c->end[*cursor].far.state != FAR_NONE) {
            *r = end_ref(c, &c->end[*cursor]);
            ++*cursor;
            return true;
        }
    return false;
}

static void set_other(void *w, uint64_t r, core_id core, uint64_t other, uint32_t bucket_there)
{
    struct end *e = end_find(w, r);

    e->peer = core;
    e->peer_ref = other;
    e->peer_bucket = bucket_there;
}

static void freed(void *w, uint64_t r)
{
    struct core *c = w;
    struct end *e = end_find(c, r);

    if (e->let_go) {
        e->let_go = false;
        end_event(c, e, BIND_EV_LET_GO);
    }
    if (e->state != BIND_FREE && c->dead[e->peer]) {
        end_event(c, e, BIND_EV_CORE_DEAD);
    }
}

static void describe(const struct inst *i, struct mover_where *o)
{
    *o = (struct mover_where){.part = i->part, .away = i->state == INST_AWAY, .sure = i->sure,
                              .moving = i->moving, .at = i->at, .by = i->by};
}

static bool where(void *w, uint64_t part, struct mover_where *o)
{
    const struct inst *i = inst_of(w, part);

    if (i != NULL)
        describe(i, o);
    return i != NULL;
}

static void set_where(void *w, uint64_t part, core_id at, core_id by)
{
    struct inst *i = inst_of(w, part);

    i->at = at;
    i->by = by;
    i->sure = at == by;
}

static bool next_part(void *w, unsigned *cursor, struct mover_where *o)
{
    struct core *c = w;

    for (; *cursor < INSTS; ++*cursor) {
        const struct inst *i = &c->inst[*cursor];

        if (i->state != INST_RUNNING && i->state != INST_AWAY)
            continue;
        ++*cursor;
        describe(i, o);
        return true;
    }
    return false;
}

static void ended_away(void *w, uint64_t part)
{
    inst_of(w, part)->state = INST_FREE;
}

static void end_here(void *w, uint64_t part)
{
    world_end_program(w, inst_of(w, part));
}

static void answer(void *w, uint64_t client, status_t st, uint64_t blackout_ns, uint64_t step)
{
    struct core *c = w;

    (void)client;
    (void)st;
    (void)blackout_ns;
    (void)step;
    sim.answered++;
    if (c->open-- == 0)
        sim_fail("W1: somebody is answered twice");
}

const struct mover_env world_env = {
    .send = send, .suspect = suspect, .odd = odd, .joined = joined, .gone = gone, .point = point,
    .stop = stop, .thaw = thaw, .let_go = let_go, .record = record, .told = told, .ref = ref,
    .prepare = prepare, .bucket = bucket, .build = build, .check = check, .resume = resume,
    .drop = drop, .here = here, .far = far, .next_far = next_far, .set_other = set_other,
    .freed = freed, .where = where, .set_where = set_where, .next_part = next_part,
    .ended_away = ended_away, .end_here = end_here, .answer = answer,
};

/* ---- messages that are not the engine's ---- */

static void on_give(struct core *c, core_id from, const struct peer_MOVE_GIVE *g)
{
    if (sim_rnd(1000) == 0 || inst_of(c, g->part) == NULL ? g->what != GIVE_PIECE : false) {
        sim_send(c->id, from, EV_MESSAGE, PEER_MOVE_GAVE,
                 &(struct peer_MOVE_GAVE){.move = g->move, .tag = g->tag, .status = ST_NOMEM},
                 sizeof(struct peer_MOVE_GAVE));
        return;
    }
    sim_send(c->id, (core_id)g->core, EV_COPY, 0, (uint64_t[]){g->to, g->tag}, 16);
}

void world_copy(struct core *c, const uint64_t *word)
{
    int i = word[1] != 0 ? mover_wants(&c->mover, word[0], word[1]) : -1;

    if (i < 0)
        return;
    c->got[i][word[1] / 64] |= 1ull << (word[1] % 64);
    mover_came(&c->mover, word[0], word[1]);
}

void world_message(struct core *c, core_id from, uint16_t kind, const uint64_t *word)
{
    switch (kind) {
    case PEER_CLOSE:
        on_close(c, from, peer_CLOSE_in(word)->from);
        break;
    case PEER_CLOSED:
        on_closed(c, from, peer_CLOSED_in(word)->to);
        break;
    case PEER_MOVE_GIVE:
        on_give(c, from, peer_MOVE_GIVE_in(word));
        break;
    default:
        if (!mover_message(&c->mover, from, kind, word))
            sim_fail("a message that nobody understands");
    }
}
