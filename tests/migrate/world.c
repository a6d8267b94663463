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

void world_list(struct core *c, const struct inst *i, core_id dest, struct parts *out)
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
    world_list(c, i, m->dest, m->parts);
    return ST_OK;
}

static uint64_t thaw(void *w, const struct mover_move *m, bool *restored)
{
    struct core *c = w;
    struct inst *i = inst_of(c, m->part);
    uint64_t bound = MOVER_NS + 4 * LATE_NS + (sim.deaths > 0 ? 2 * ANSWER_NS : 0);

    world_list(c, i, m->dest, &c->again);
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

    world_deafen(c, m->part);
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
    .prepare = world_prepare, .bucket = world_bucket, .build = world_build, .check = world_check, .resume = world_resume,
    .drop = world_drop, .here = here, .far = far, .next_far = next_far, .set_other = set_other,
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
        end_on_close(c, from, peer_CLOSE_in(word)->from);
        break;
    case PEER_CLOSED:
        end_on_closed(c, from, peer_CLOSED_in(word)->to);
        break;
    case PEER_MOVE_GIVE:
        on_give(c, from, peer_MOVE_GIVE_in(word));
        break;
    default:
        if (!mover_message(&c->mover, from, kind, word))
            sim_fail("a message that nobody understands");
    }
}
