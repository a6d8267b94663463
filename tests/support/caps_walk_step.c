/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/caps_walk.h"
#include <string.h>

#define LATE (1ull << 40)

/* Does something on this core wait for one that is dead, or to try again? */
static bool waits_in_vain(const struct state *s, unsigned core)
{
    const struct image *m = &s->image[core];

    for (unsigned i = 0; i < walk_size.nodes; i++)
        if (m->node[i].deadline_ns && !s->alive[m->node[i].holder])
            return true;
    for (unsigned i = 0; i < walk_size.holds; i++)
        if (m->hold[i].deadline_ns && !s->alive[m->hold[i].owner])
            return true;
    for (unsigned i = 0; i < walk_size.passes; i++)
        if (m->pass[i].deadline_ns &&
            (!s->alive[m->pass[i].owner] || m->pass[i].state == PASS_RETRY))
            return true;
    for (unsigned i = 0; i < walk_size.ops; i++)
        if (m->op[i].deadline_ns && !s->alive[m->op[i].to])
            return true;
    return false;
}

static bool is_ready(const struct state *s, unsigned n)
{
    const struct line *l = &walk_script->line[n];

    return s->line[n] == 0 && s->alive[l->core] &&
           (l->what == BORROW || s->reg[l->reg].state == LIVE);
}

size_t walk_actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    size_t n = 0;

    (void)max;
    for (uint32_t i = 0; i < walk_script->nlines; i++)
        if (is_ready(s, i))
            list[n++] = DO_LINE + i;
    for (uint32_t i = 0; i < walk_script->ncores; i++) {
        if (!s->alive[i])
            continue;
        for (uint32_t j = 0; j < walk_script->ncores; j++) {
            if (s->n[j][i] > 0)
                list[n++] = DELIVER + j * CORES + i;
            if (s->pending[i][j])
                list[n++] = ANNOUNCE + i * CORES + j;
        }
        if (s->dirty[i])
            list[n++] = TURN + i;
        if (waits_in_vain(s, i))
            list[n++] = TIMEOUT + i;
    }
    for (uint32_t i = 0, others = (uint32_t)n; i < walk_script->ncores; i++)
        if (others > 0 && (walk_script->kind & DEATHS) && s->deaths == 0) /* in an end there is nothing to disturb */
            list[n++] = DIE + i;
    return n;
}

/* ---- and how ---- */

static void begin_revoke(struct sim_core *c, unsigned n, const struct line *l)
{
    uint64_t x[8] = { walk_now->reg[l->reg].handle };
    struct cap_at at = { c->table, walk_now->reg[l->reg].handle };
    status_t st;

    walk_now->reg[l->reg].revoking++;
    st = sim_program(c, CAP_REVOKE, x);
    if (st == ST_REMOTE)
        st = caps_revoke(&c->caps, n, at);
    else
        walk_now->line[n] = 2;
    if (st == ST_OK && walk_now->line[n] == 2 && x[0] == ST_OK)
        walk_revoked(l->reg);
    else if (st != ST_OK)
        walk_now->line[n] = 2;
}

static void begin_retype(struct sim_core *c, unsigned n, const struct line *l)
{
    uint64_t x[8] = { walk_now->reg[l->reg].handle, l->type, l->pages * PAGE_BYTES };
    status_t st = sim_program(c, CAP_RETYPE, x);

    if (st == ST_REMOTE) {
        st = caps_make(&c->caps, n, (struct cap_at){ c->table, walk_now->reg[l->reg].handle }, l->type,
                       l->pages * PAGE_BYTES);
        if (st == ST_OK)
            return;
    } else if (st == ST_OK) {
        walk_take_in(l->core, l->to, l->reg, x[1]);
    }
    walk_now->line[n] = 2;
}

static void begin(unsigned n)
{
    const struct line *l = &walk_script->line[n];
    struct sim_core *c = &walk_cores[l->core];
    uint64_t x[8] = { walk_now->reg[l->reg].handle };

    walk_now->line[n] = 1;
    switch ((enum what)l->what) {
    case GIVE:
    case AWAY:
        if (caps_give(&c->caps, n, (struct cap_at){ c->table, walk_now->reg[l->reg].handle }, l->rights,
                      l->what == AWAY, l->dest, l->type, n) != ST_OK)
            walk_now->line[n] = 2;
        break;
    case REVOKE:
        begin_revoke(c, n, l);
        break;
    case DELETE:
        if (sim_program(c, CAP_DELETE, x) == ST_OK)
            walk_now->reg[l->reg].state = DELETED;
        walk_now->line[n] = 2;
        break;
    case RETYPE:
        begin_retype(c, n, l);
        break;
    case BORROW:
        if (caps_borrow(&c->caps, n, l->dest, l->pages * PAGE_BYTES, c->table) != ST_OK)
            walk_now->line[n] = 2;
        break;
    }
}

void walk_deliver(unsigned from, unsigned to)
{
    struct caps_msg m = walk_now->queue[from][to][0];

    walk_now->n[from][to]--;
    memmove(&walk_now->queue[from][to][0], &walk_now->queue[from][to][1],
            (QUEUE - 1) * sizeof walk_now->queue[from][to][0]);
    memset(&walk_now->queue[from][to][QUEUE - 1], 0, sizeof walk_now->queue[from][to][0]);
    if (caps_message(&walk_cores[to].caps, (core_id)from, &m) == ST_PEER &&
        !caps_is_dead(&walk_cores[to].caps, (core_id)from))
        walk_fail("a monitor that keeps to the protocol was told that it does not");
}

static void stop(unsigned core)
{
    walk_now->alive[core] = 0;
    walk_now->deaths = 1;
    walk_now->dirty[core] = 0;
    for (unsigned j = 0; j < walk_script->ncores; j++) /* what it sent before still arrives */
        walk_now->n[j][core] = 0;
    for (unsigned i = 0; i < walk_script->nlines; i++)
        if (walk_script->line[i].core == core)
            walk_now->line[i] = 2;
    for (unsigned i = 1; i < REGS; i++) /* what it held is as if it had deleted it */
        if (walk_now->reg[i].core == core && walk_now->reg[i].state == LIVE)
            walk_now->reg[i].state = DELETED;
}

void walk_turn(unsigned core, uint64_t at)
{
    struct sim_core *c = &walk_cores[core];
    uint64_t next;

    caps_at(&c->caps, at);
    caps_look(&c->caps);
    walk_now->dirty[core] = caps_turn(&c->caps, &next);
    caps_at(&c->caps, 0);
}

void walk_forget_time(struct sim_core *c)
{
    c->caps.next_ns = LATE / 2;
    for (unsigned i = 0; i < walk_size.nodes; i++)
        c->caps.node[i].deadline_ns = c->caps.node[i].deadline_ns ? LATE / 2 : 0;
    for (unsigned i = 0; i < walk_size.holds; i++)
        c->caps.hold[i].deadline_ns = c->caps.hold[i].deadline_ns ? LATE / 2 : 0;
    for (unsigned i = 0; i < walk_size.passes; i++)
        c->caps.pass[i].deadline_ns = c->caps.pass[i].deadline_ns ? LATE / 2 : 0;
    for (unsigned i = 0; i < walk_size.ops; i++)
        c->caps.op[i].deadline_ns = c->caps.op[i].deadline_ns ? LATE / 2 : 0;
}

/* Who waited in vain has suspected somebody by now, or has work left that ends it. */
static void check_patience(unsigned core)
{
    for (unsigned i = 0; i < walk_script->ncores; i++)
        if (walk_now->pending[core][i])
            return;
    walk_save(walk_now);
    if (!walk_now->dirty[core] && waits_in_vain(walk_now, core))
        walk_fail("C6: a deadline has passed and nothing came of it");
}

static void act(uint32_t action)
{
    unsigned core;

    if (action >= ANNOUNCE) {
        core = (action - ANNOUNCE) / CORES;
        walk_now->pending[core][(action - ANNOUNCE) % CORES] = 0;
        caps_core_dead(&walk_cores[core].caps, (core_id)((action - ANNOUNCE) % CORES));
    } else if (action >= TIMEOUT) {
        core = action - TIMEOUT;
        walk_turn(core, LATE);
        walk_turn(core, 2 * LATE); /* what began to wait in the first */
        check_patience(core);
    } else if (action >= DIE) {
        stop(action - DIE);
        return;
    } else if (action >= TURN) {
        core = action - TURN;
        walk_turn(core, 0);
        return;
    } else if (action >= DELIVER) {
        core = (action - DELIVER) % CORES;
        walk_deliver((action - DELIVER) / CORES, core);
    } else {
        core = walk_script->line[action].core;
        begin(action);
    }
    walk_now->dirty[core] = 1;
}

void walk_step(void *state, uint32_t action)
{
    walk_now = state;
    walk_load(walk_now);
    act(action);
    for (unsigned i = 0; i < walk_script->ncores; i++)
        walk_forget_time(&walk_cores[i]);
    walk_save(walk_now);
}
