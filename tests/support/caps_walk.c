/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/caps_walk.h"
#include <string.h>

const struct sim_size walk_size = { .own_slots = 16, .prog_slots = 12, .pages = 4, .pool = 2,
                                      .nodes = 5, .holds = 4, .passes = 3, .ops = 4 };
const struct script *walk_script;
struct sim_core walk_cores[CORES];
struct state *walk_now;

void walk_fail(const char *what)
{
    if (walk_now->broken == NULL)
        walk_now->broken = what;
}

/* ---- images ---- */

void walk_save(struct state *s)
{
    for (unsigned i = 0; i < walk_script->ncores; i++) {
        struct image *m = &s->image[i];
        struct sim_core *c = &walk_cores[i];

        memcpy(m->slot, c->share, sizeof m->slot);
        m->caps = c->caps;
        memcpy(m->node, c->caps.node, sizeof m->node);
        memcpy(m->hold, c->caps.hold, sizeof m->hold);
        memcpy(m->pass, c->caps.pass, sizeof m->pass);
        memcpy(m->op, c->caps.op, sizeof m->op);
        m->nrevoking = c->k->nrevoking;
        m->idle = c->k->idle;
    }
}

void walk_load(const struct state *s)
{
    for (unsigned i = 0; i < walk_script->ncores; i++) {
        const struct image *m = &s->image[i];
        struct sim_core *c = &walk_cores[i];

        memcpy(c->share, m->slot, sizeof m->slot);
        c->caps = m->caps;
        memcpy(c->caps.node, m->node, sizeof m->node);
        memcpy(c->caps.hold, m->hold, sizeof m->hold);
        memcpy(c->caps.pass, m->pass, sizeof m->pass);
        memcpy(c->caps.op, m->op, sizeof m->op);
        c->k->nrevoking = m->nrevoking;
        c->k->idle = m->idle;
    }
}

/* ---- what must hold ---- */

bool walk_usable(const struct reg *r, uint64_t x[8])
{
    return walk_now->alive[r->core] && sim_usable(&walk_cores[r->core], r->handle, x);
}

static bool is_below(unsigned n, unsigned above)
{
    while (n != 0) {
        n = walk_now->reg[n].parent;
        if (n == above)
            return true;
    }
    return false;
}

static bool is_fading(unsigned n)
{
    while (n != 0) {
        n = walk_now->reg[n].parent;
        if (walk_now->reg[n].revoking)
            return true;
    }
    return false;
}

void walk_revoked(unsigned n)
{
    uint64_t x[8];

    for (unsigned i = 1; i < REGS; i++) {
        struct reg *r = &walk_now->reg[i];

        if (r->state == EMPTY || !is_below(i, n))
            continue;
        if (r->state == LIVE && walk_usable(r, x))
            walk_fail("C1: a revoked capability is usable after the revoke has answered");
        r->state = r->state == LIVE ? REVOKED : r->state;
    }
    walk_now->reg[n].revoking--;
}

/* Objects of RAM that both can be used have no byte in common, unless one was made from the other. */
static void check_objects(void)
{
    uint64_t x[8];

    for (unsigned i = 1; i < REGS; i++)
        for (unsigned j = 1; j < i; j++) {
            const struct reg *a = &walk_now->reg[i], *b = &walk_now->reg[j];

            if (a->state == LIVE && b->state == LIVE && a->type == CAP_FRAME &&
                b->type == CAP_FRAME && !is_below(i, j) && !is_below(j, i) &&
                walk_now->reg[a->parent].type == CAP_RAM && walk_now->reg[b->parent].type == CAP_RAM &&
                a->base < b->base + b->bytes && b->base < a->base + a->bytes && walk_usable(a, x) &&
                walk_usable(b, x))
                walk_fail("C2: two objects were made of the same bytes");
        }
}

void walk_take_in(unsigned core, unsigned to, unsigned parent, handle_t h)
{
    struct reg *r = &walk_now->reg[to];
    uint64_t x[8];

    if (!sim_usable(&walk_cores[core], h, x)) {
        walk_fail("a capability that arrived cannot be used");
        return;
    }
    if (parent != 0 && walk_now->reg[parent].state == REVOKED)
        walk_fail("C1: a copy of what was revoked arrived after the revoke had answered");
    *r = (struct reg){ .handle = h, .base = x[2], .bytes = x[3], .state = LIVE,
                       .core = (uint8_t)core, .parent = (uint8_t)parent, .type = (uint8_t)x[1],
                       .rights = (uint8_t)(x[1] >> 8) };
    if (walk_now->reg[parent].state != EMPTY && r->type == walk_now->reg[parent].type &&
        (r->rights & ~walk_now->reg[parent].rights))
        walk_fail("C4: rights grew");
    check_objects();
}

/* ---- struct caps_env ---- */

static unsigned core_of(const void *w)
{
    return (unsigned)((const struct sim_core *)w - walk_cores);
}

static void w_send(void *w, core_id to, const struct caps_msg *m)
{
    unsigned from = core_of(w);

    if (!walk_now->alive[to])
        return;
    if (walk_now->n[from][to] == QUEUE)
        walk_fail("the model's queue is too short");
    else
        walk_now->queue[from][to][walk_now->n[from][to]++] = *m;
}

static status_t w_receiver(void *w, uint64_t to, handle_t *table)
{
    *table = ((struct sim_core *)w)->table;
    return to == REFUSED ? ST_NO_SLOT : ST_OK;
}

static void w_arrived(void *w, uint64_t to, handle_t given, uint64_t tag)
{
    const struct line *l = &walk_script->line[tag];

    (void)to;
    walk_now->arrived[tag] = 1;
    walk_take_in(core_of(w), l->to, l->reg, given);
    if (walk_now->reg[l->to].rights & ~l->rights)
        walk_fail("C4: more rights arrived than were given");
}

static void done_give(const struct line *l, unsigned n, status_t st)
{
    struct reg *r = &walk_now->reg[l->reg];
    uint64_t x[8];
    bool good = walk_usable(r, x);

    if (st == ST_OK && !walk_now->arrived[n])
        walk_fail("C3: a give was answered with success, and nothing arrived");
    if (st == ST_OK && l->what == AWAY) {
        if (good)
            walk_fail("C3: given away, it is still here");
        r->state = DELETED;
    } else if (st != ST_OK && r->state == LIVE && good && (uint8_t)(x[1] >> 8) != r->rights) {
        walk_fail("C3: what was not given is not as it was");
    } else if (st != ST_OK && r->state == LIVE && !good && !is_fading(l->reg) && walk_now->deaths == 0) {
        walk_fail("C3: what was not given is gone");
    }
}

static void w_answer(void *w, uint64_t client, status_t st, handle_t given, const struct cap_desc *d)
{
    const struct line *l = &walk_script->line[client];

    (void)d;
    if (walk_now->line[client] != 1)
        walk_fail("C6: a request was answered twice");
    walk_now->line[client] = 2;
    if (l->what == GIVE || l->what == AWAY)
        done_give(l, (unsigned)client, st);
    else if (l->what == REVOKE && st == ST_OK)
        walk_revoked(l->reg);
    else if ((l->what == RETYPE || l->what == BORROW) && st == ST_OK)
        walk_take_in(core_of(w), l->to, l->what == RETYPE ? l->reg : 0, given);
}

static void w_suspect(void *w, core_id core)
{
    (void)w;
    if (walk_now->alive[core])
        return; /* it only takes long: this model's deadlines are for the dead */
    for (unsigned i = 0; i < walk_script->ncores; i++)
        if (walk_now->alive[i] && !caps_is_dead(&walk_cores[i].caps, core))
            walk_now->pending[i][core] = 1;
}

static void make_cores(void)
{
    static struct caps_env env;

    env = sim_kernel_env;
    env.send = w_send;
    env.receiver = w_receiver;
    env.arrived = w_arrived;
    env.answer = w_answer;
    env.suspect = w_suspect;
    for (unsigned i = 0; i < walk_script->ncores; i++) {
        struct sim_core *c = &walk_cores[i];

        if (c->k != NULL)
            sim_core_free(c);
        sim_core_make(c, (core_id)i, (core_id)walk_script->ncores, &walk_size);
        c->caps.env = &env;
        c->caps.answer_ns = 1;
        c->caps.slices = 1;
        if (walk_script->kind & ONE_COPY)
            c->caps.nnodes = c->caps.nholds = 1;
        if (walk_script->kind & ONE_PASS)
            c->caps.npasses = 1;
        if (walk_script->kind & ONE_REQUEST)
            c->caps.nops = 2;
        caps_init(&c->caps);
        walk_forget_time(c);
    }
}

/* The same each time it is asked for. */
void walk_init(void *state)
{
    static struct state first;
    static const struct script *of;

    if (of != walk_script) {
        memset(&first, 0, sizeof first);
        make_cores();
        walk_now = &first;
        for (unsigned i = 0; i < walk_script->ncores; i++)
            first.alive[i] = 1;
        first.reg[0] = (struct reg){ .handle = walk_cores[0].ram, .state = LIVE, .type = CAP_RAM,
                                     .rights = RIGHTS_ALL };
        walk_save(&first);
        of = walk_script;
    }
    *(struct state *)state = first;
}
