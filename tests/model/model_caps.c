/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Two and three cores agree about capabilities: every order of what programs do, of messages between pairs, of
 * kernel slices, and the stop of any core at any moment. C1 to C6 of spec.md section 2 in every state.
 *
 * What is walked is the code itself: monitor/caps*.c and the CPU driver's cap, retype and remote, over a share
 * of host memory (tests/support/sim_core.h). A state is the bytes of their tables; two states are taken for one
 * when they differ only in generations, free slots and the numbers that order requests.
 *
 * A script lists what the programs do; each line happens once, at any time when what it needs is there.
 */
#include "cpudriver/cap.h"
#include "monitor/caps_priv.h"
#include "tests/support/explore.h"
#include "tests/support/sim_core.h"
#include <stdlib.h>
#include <string.h>

#define CORES 3u
#define QUEUE 6u
#define REGS 8u
#define LINES 6u
#define SLOTS 28u           /* of both tables of a core together        */
#define LATE (1ull << 40)

static const struct sim_size size = { .own_slots = 16, .prog_slots = 12, .pages = 4, .pool = 2,
                                      .nodes = 5, .holds = 4, .passes = 3, .ops = 4 };

#define REFUSED 1u          /* as `type` of GIVE and AWAY: the receiver has no room */
enum what { GIVE, AWAY, REVOKE, DELETE, RETYPE, BORROW };

/* `reg` and `to` number capabilities: 0 is the RAM of core 0, `parent` of `to` is `reg`. */
struct line {
    uint8_t core, what, reg, to, dest, type, rights, pages;
};

/* What kind of script: one core stops; or a table has less room than the script needs. */
#define DEATHS 1u
#define ONE_COPY 2u
#define ONE_PASS 4u
#define ONE_REQUEST 8u      /* and the entry that is kept for CAP_UNDO */

struct script {
    const char *name;
    unsigned ncores, nlines;
    unsigned kind;
    struct line line[LINES];
};

static const struct script *script;
static struct sim_core cores[CORES];

enum reg_state { EMPTY, LIVE, DELETED, REVOKED };

struct reg {
    handle_t handle;
    uint64_t base, bytes;
    uint8_t state, core, parent, rights, type, revoking;
};

/* What a core's code keeps: copied into the state and back. */
struct image {
    struct cap slot[SLOTS];
    struct caps caps;
    struct caps_node node[5];
    struct caps_hold hold[4];
    struct caps_pass pass[3];
    struct caps_op op[4];
    uint32_t nrevoking, idle;
};

struct state {
    const char *broken;
    struct image image[CORES];
    struct reg reg[REGS];
    uint8_t line[LINES];        /* 0 not yet, 1 under way, 2 answered             */
    uint8_t arrived[LINES];
    uint8_t alive[CORES], dirty[CORES], pending[CORES][CORES]; /* [who hears][who is dead] */
    uint8_t deaths;
    uint8_t n[CORES][CORES];
    struct caps_msg queue[CORES][CORES][QUEUE];
};

static struct state *now;       /* what the callbacks belong to */

static void fail(const char *what)
{
    if (now->broken == NULL)
        now->broken = what;
}

/* ---- images ---- */

static void save(struct state *s)
{
    for (unsigned i = 0; i < script->ncores; i++) {
        struct image *m = &s->image[i];
        struct sim_core *c = &cores[i];

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

static void load(const struct state *s)
{
    for (unsigned i = 0; i < script->ncores; i++) {
        const struct image *m = &s->image[i];
        struct sim_core *c = &cores[i];

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

static bool usable(const struct reg *r, uint64_t x[8])
{
    return now->alive[r->core] && sim_usable(&cores[r->core], r->handle, x);
}

static bool is_below(unsigned n, unsigned above)
{
    while (n != 0) {
        n = now->reg[n].parent;
        if (n == above)
            return true;
    }
    return false;
}

static bool is_fading(unsigned n)
{
    while (n != 0) {
        n = now->reg[n].parent;
        if (now->reg[n].revoking)
            return true;
    }
    return false;
}

static void check_revoked(unsigned n)
{
    uint64_t x[8];

    for (unsigned i = 1; i < REGS; i++) {
        struct reg *r = &now->reg[i];

        if (r->state == EMPTY || !is_below(i, n))
            continue;
        if (r->state == LIVE && usable(r, x))
            fail("C1: a revoked capability is usable after the revoke has answered");
        r->state = r->state == LIVE ? REVOKED : r->state;
    }
    now->reg[n].revoking--;
}

/* Objects of RAM that both can be used have no byte in common, unless one was made from the other. */
static void check_objects(void)
{
    uint64_t x[8];

    for (unsigned i = 1; i < REGS; i++)
        for (unsigned j = 1; j < i; j++) {
            const struct reg *a = &now->reg[i], *b = &now->reg[j];

            if (a->state == LIVE && b->state == LIVE && a->type == CAP_FRAME &&
                b->type == CAP_FRAME && !is_below(i, j) && !is_below(j, i) &&
                now->reg[a->parent].type == CAP_RAM && now->reg[b->parent].type == CAP_RAM &&
                a->base < b->base + b->bytes && b->base < a->base + a->bytes && usable(a, x) &&
                usable(b, x))
                fail("C2: two objects were made of the same bytes");
        }
}

static void take_in(unsigned core, unsigned to, unsigned parent, handle_t h)
{
    struct reg *r = &now->reg[to];
    uint64_t x[8];

    if (!sim_usable(&cores[core], h, x)) {
        fail("a capability that arrived cannot be used");
        return;
    }
    if (parent != 0 && now->reg[parent].state == REVOKED)
        fail("C1: a copy of what was revoked arrived after the revoke had answered");
    *r = (struct reg){ .handle = h, .base = x[2], .bytes = x[3], .state = LIVE,
                       .core = (uint8_t)core, .parent = (uint8_t)parent, .type = (uint8_t)x[1],
                       .rights = (uint8_t)(x[1] >> 8) };
    if (now->reg[parent].state != EMPTY && r->type == now->reg[parent].type &&
        (r->rights & ~now->reg[parent].rights))
        fail("C4: rights grew");
    check_objects();
}

/* ---- struct caps_env ---- */

static unsigned core_of(const void *w)
{
    return (unsigned)((const struct sim_core *)w - cores);
}

static void w_send(void *w, core_id to, const struct caps_msg *m)
{
    unsigned from = core_of(w);

    if (!now->alive[to])
        return;
    if (now->n[from][to] == QUEUE)
        fail("the model's queue is too short");
    else
        now->queue[from][to][now->n[from][to]++] = *m;
}

static status_t w_receiver(void *w, uint64_t to, handle_t *table)
{
    *table = ((struct sim_core *)w)->table;
    return to == REFUSED ? ST_NO_SLOT : ST_OK;
}

static void w_arrived(void *w, uint64_t to, handle_t given, uint64_t tag)
{
    const struct line *l = &script->line[tag];

    (void)to;
    now->arrived[tag] = 1;
    take_in(core_of(w), l->to, l->reg, given);
    if (now->reg[l->to].rights & ~l->rights)
        fail("C4: more rights arrived than were given");
}

static void done_give(const struct line *l, unsigned n, status_t st)
{
    struct reg *r = &now->reg[l->reg];
    uint64_t x[8];
    bool good = usable(r, x);

    if (st == ST_OK && !now->arrived[n])
        fail("C3: a give was answered with success, and nothing arrived");
    if (st == ST_OK && l->what == AWAY) {
        if (good)
            fail("C3: given away, it is still here");
        r->state = DELETED;
    } else if (st != ST_OK && r->state == LIVE && good && (uint8_t)(x[1] >> 8) != r->rights) {
        fail("C3: what was not given is not as it was");
    } else if (st != ST_OK && r->state == LIVE && !good && !is_fading(l->reg) && now->deaths == 0) {
        fail("C3: what was not given is gone");
    }
}

static void w_answer(void *w, uint64_t client, status_t st, handle_t given, const struct cap_desc *d)
{
    const struct line *l = &script->line[client];

    (void)d;
    if (now->line[client] != 1)
        fail("C6: a request was answered twice");
    now->line[client] = 2;
    if (l->what == GIVE || l->what == AWAY)
        done_give(l, (unsigned)client, st);
    else if (l->what == REVOKE && st == ST_OK)
        check_revoked(l->reg);
    else if ((l->what == RETYPE || l->what == BORROW) && st == ST_OK)
        take_in(core_of(w), l->to, l->what == RETYPE ? l->reg : 0, given);
}

static void w_suspect(void *w, core_id core)
{
    (void)w;
    if (now->alive[core])
        return; /* it only takes long: this model's deadlines are for the dead */
    for (unsigned i = 0; i < script->ncores; i++)
        if (now->alive[i] && !caps_is_dead(&cores[i].caps, core))
            now->pending[i][core] = 1;
}

/* ---- what may happen ---- */

enum { DO_LINE = 0, DELIVER = 16, TURN = 32, DIE = 40, TIMEOUT = 48, ANNOUNCE = 56 };

/* Does something on this core wait for one that is dead, or to try again? */
static bool waits_in_vain(const struct state *s, unsigned core)
{
    const struct image *m = &s->image[core];

    for (unsigned i = 0; i < size.nodes; i++)
        if (m->node[i].deadline_ns && !s->alive[m->node[i].holder])
            return true;
    for (unsigned i = 0; i < size.holds; i++)
        if (m->hold[i].deadline_ns && !s->alive[m->hold[i].owner])
            return true;
    for (unsigned i = 0; i < size.passes; i++)
        if (m->pass[i].deadline_ns &&
            (!s->alive[m->pass[i].owner] || m->pass[i].state == PASS_RETRY))
            return true;
    for (unsigned i = 0; i < size.ops; i++)
        if (m->op[i].deadline_ns && !s->alive[m->op[i].to])
            return true;
    return false;
}

static bool is_ready(const struct state *s, unsigned n)
{
    const struct line *l = &script->line[n];

    return s->line[n] == 0 && s->alive[l->core] &&
           (l->what == BORROW || s->reg[l->reg].state == LIVE);
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    size_t n = 0;

    (void)max;
    for (uint32_t i = 0; i < script->nlines; i++)
        if (is_ready(s, i))
            list[n++] = DO_LINE + i;
    for (uint32_t i = 0; i < script->ncores; i++) {
        if (!s->alive[i])
            continue;
        for (uint32_t j = 0; j < script->ncores; j++) {
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
    for (uint32_t i = 0, others = (uint32_t)n; i < script->ncores; i++)
        if (others > 0 && (script->kind & DEATHS) && s->deaths == 0) /* in an end there is nothing to disturb */
            list[n++] = DIE + i;
    return n;
}

/* ---- and how ---- */

static void begin_revoke(struct sim_core *c, unsigned n, const struct line *l)
{
    uint64_t x[8] = { now->reg[l->reg].handle };
    struct cap_at at = { c->table, now->reg[l->reg].handle };
    status_t st;

    now->reg[l->reg].revoking++;
    st = sim_program(c, CAP_REVOKE, x);
    if (st == ST_REMOTE)
        st = caps_revoke(&c->caps, n, at);
    else
        now->line[n] = 2;
    if (st == ST_OK && now->line[n] == 2 && x[0] == ST_OK)
        check_revoked(l->reg);
    else if (st != ST_OK)
        now->line[n] = 2;
}

static void begin_retype(struct sim_core *c, unsigned n, const struct line *l)
{
    uint64_t x[8] = { now->reg[l->reg].handle, l->type, l->pages * PAGE_BYTES };
    status_t st = sim_program(c, CAP_RETYPE, x);

    if (st == ST_REMOTE) {
        st = caps_make(&c->caps, n, (struct cap_at){ c->table, now->reg[l->reg].handle }, l->type,
                       l->pages * PAGE_BYTES);
        if (st == ST_OK)
            return;
    } else if (st == ST_OK) {
        take_in(l->core, l->to, l->reg, x[1]);
    }
    now->line[n] = 2;
}

static void begin(unsigned n)
{
    const struct line *l = &script->line[n];
    struct sim_core *c = &cores[l->core];
    uint64_t x[8] = { now->reg[l->reg].handle };

    now->line[n] = 1;
    switch ((enum what)l->what) {
    case GIVE:
    case AWAY:
        if (caps_give(&c->caps, n, (struct cap_at){ c->table, now->reg[l->reg].handle }, l->rights,
                      l->what == AWAY, l->dest, l->type, n) != ST_OK)
            now->line[n] = 2;
        break;
    case REVOKE:
        begin_revoke(c, n, l);
        break;
    case DELETE:
        if (sim_program(c, CAP_DELETE, x) == ST_OK)
            now->reg[l->reg].state = DELETED;
        now->line[n] = 2;
        break;
    case RETYPE:
        begin_retype(c, n, l);
        break;
    case BORROW:
        if (caps_borrow(&c->caps, n, l->dest, l->pages * PAGE_BYTES, c->table) != ST_OK)
            now->line[n] = 2;
        break;
    }
}

static void deliver(unsigned from, unsigned to)
{
    struct caps_msg m = now->queue[from][to][0];

    now->n[from][to]--;
    memmove(&now->queue[from][to][0], &now->queue[from][to][1],
            (QUEUE - 1) * sizeof now->queue[from][to][0]);
    memset(&now->queue[from][to][QUEUE - 1], 0, sizeof now->queue[from][to][0]);
    if (caps_message(&cores[to].caps, (core_id)from, &m) == ST_PEER &&
        !caps_is_dead(&cores[to].caps, (core_id)from))
        fail("a monitor that keeps to the protocol was told that it does not");
}

static void stop(unsigned core)
{
    now->alive[core] = 0;
    now->deaths = 1;
    now->dirty[core] = 0;
    for (unsigned j = 0; j < script->ncores; j++) /* what it sent before still arrives */
        now->n[j][core] = 0;
    for (unsigned i = 0; i < script->nlines; i++)
        if (script->line[i].core == core)
            now->line[i] = 2;
    for (unsigned i = 1; i < REGS; i++) /* what it held is as if it had deleted it */
        if (now->reg[i].core == core && now->reg[i].state == LIVE)
            now->reg[i].state = DELETED;
}

static void turn(unsigned core, uint64_t at)
{
    struct sim_core *c = &cores[core];
    uint64_t next;

    caps_at(&c->caps, at);
    caps_look(&c->caps);
    now->dirty[core] = caps_turn(&c->caps, &next);
    caps_at(&c->caps, 0);
}

/* Time passes only for those who wait in vain, so a deadline is either there or not. */
static void forget_time(struct sim_core *c)
{
    c->caps.next_ns = LATE / 2;
    for (unsigned i = 0; i < size.nodes; i++)
        c->caps.node[i].deadline_ns = c->caps.node[i].deadline_ns ? LATE / 2 : 0;
    for (unsigned i = 0; i < size.holds; i++)
        c->caps.hold[i].deadline_ns = c->caps.hold[i].deadline_ns ? LATE / 2 : 0;
    for (unsigned i = 0; i < size.passes; i++)
        c->caps.pass[i].deadline_ns = c->caps.pass[i].deadline_ns ? LATE / 2 : 0;
    for (unsigned i = 0; i < size.ops; i++)
        c->caps.op[i].deadline_ns = c->caps.op[i].deadline_ns ? LATE / 2 : 0;
}

/* Who waited in vain has suspected somebody by now, or has work left that ends it. */
static void check_patience(unsigned core)
{
    for (unsigned i = 0; i < script->ncores; i++)
        if (now->pending[core][i])
            return;
    save(now);
    if (!now->dirty[core] && waits_in_vain(now, core))
        fail("C6: a deadline has passed and nothing came of it");
}

static void act(uint32_t action)
{
    unsigned core;

    if (action >= ANNOUNCE) {
        core = (action - ANNOUNCE) / CORES;
        now->pending[core][(action - ANNOUNCE) % CORES] = 0;
        caps_core_dead(&cores[core].caps, (core_id)((action - ANNOUNCE) % CORES));
    } else if (action >= TIMEOUT) {
        core = action - TIMEOUT;
        turn(core, LATE);
        turn(core, 2 * LATE); /* what began to wait in the first */
        check_patience(core);
    } else if (action >= DIE) {
        stop(action - DIE);
        return;
    } else if (action >= TURN) {
        core = action - TURN;
        turn(core, 0);
        return;
    } else if (action >= DELIVER) {
        core = (action - DELIVER) % CORES;
        deliver((action - DELIVER) / CORES, core);
    } else {
        core = script->line[action].core;
        begin(action);
    }
    now->dirty[core] = 1;
}

static void step(void *state, uint32_t action)
{
    now = state;
    load(now);
    act(action);
    for (unsigned i = 0; i < script->ncores; i++)
        forget_time(&cores[i]);
    save(now);
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
    for (unsigned i = 0; i < script->ncores; i++) {
        struct sim_core *c = &cores[i];

        if (c->k != NULL)
            sim_core_free(c);
        sim_core_make(c, (core_id)i, (core_id)script->ncores, &size);
        c->caps.env = &env;
        c->caps.answer_ns = 1;
        c->caps.slices = 1;
        if (script->kind & ONE_COPY)
            c->caps.nnodes = c->caps.nholds = 1;
        if (script->kind & ONE_PASS)
            c->caps.npasses = 1;
        if (script->kind & ONE_REQUEST)
            c->caps.nops = 2;
        caps_init(&c->caps);
        forget_time(c);
    }
}

/* The same each time it is asked for. */
static void init(void *state)
{
    static struct state first;
    static const struct script *of;

    if (of != script) {
        memset(&first, 0, sizeof first);
        make_cores();
        now = &first;
        for (unsigned i = 0; i < script->ncores; i++)
            first.alive[i] = 1;
        first.reg[0] = (struct reg){ .handle = cores[0].ram, .state = LIVE, .type = CAP_RAM,
                                     .rights = RIGHTS_ALL };
        save(&first);
        of = script;
    }
    *(struct state *)state = first;
}

/* ---- ends ---- */

static bool is_clean(void)
{
    for (unsigned i = 0; i < script->ncores; i++) {
        uint64_t x[8];
        uint32_t use[4];

        if (!now->alive[i])
            continue;
        caps_in_use(&cores[i].caps, use);
        if (use[0] || use[1] || use[2] || use[3] || cores[i].k->nrevoking)
            return false;
        if (cores[i].own->nfree != size.own_slots - CAPTABLE_FIRST - 3 ||
            cores[i].theirs->nfree != size.prog_slots - CAPTABLE_FIRST - 1)
            return false;
        if (!sim_usable(&cores[i], cores[i].ram, x) || x[5] != size.pages * PAGE_BYTES)
            return false;
    }
    return true;
}

static void run_out(void)
{
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < script->ncores; i++)
            for (unsigned j = 0; j < script->ncores; j++)
                while (now->alive[i] && now->n[j][i] > 0) {
                    deliver(j, i);
                    now->dirty[i] = 1;
                    more = true;
                }
        for (unsigned i = 0; i < script->ncores; i++)
            while (now->alive[i] && now->dirty[i]) {
                turn(i, 0);
                more = true;
            }
    }
}

/* What was left, for the reader of a counter-example. */
static void print_left(FILE *to)
{
    for (unsigned i = 0; i < script->nlines; i++)
        fprintf(to, "# line %u: %s\n", i, now->line[i] == 2 ? "answered" : now->line[i] ? "waits" : "not begun");
    for (unsigned i = 0; i < script->ncores; i++) {
        uint64_t x[8];
        uint32_t use[4];

        caps_in_use(&cores[i].caps, use);
        if (!sim_usable(&cores[i], cores[i].ram, x))
            x[5] = 0;
        fprintf(to, "# core %u%s: %u nodes, %u holds, %u passes, %u requests, %u revokes, %u and %u slots, %u pages free\n",
                i, now->alive[i] ? "" : " (dead)", use[0], use[1], use[2], use[3],
                cores[i].k->nrevoking, cores[i].own->nfree, cores[i].theirs->nfree,
                (unsigned)(x[5] / PAGE_BYTES));
    }
}

/* When nothing happens any more all have been answered; and when then all is deleted nothing is left. */
static bool may_end(const void *state)
{
    static struct state s;
    uint64_t x[8];

    s = *(const struct state *)state;
    now = &s;
    for (unsigned i = 0; i < script->nlines; i++)
        if (s.line[i] == 1) {
            load(now);
            print_left(stdout);
            return false; /* C6 */
        }
    load(now);
    for (unsigned i = 0; i < script->ncores; i++)
        for (unsigned j = 0; j < script->ncores; j++)
            if (s.alive[i] && !s.alive[j])
                caps_core_dead(&cores[i].caps, (core_id)j);
    for (unsigned i = 0; i < script->ncores; i++)
        s.dirty[i] = s.alive[i];
    run_out();
    for (unsigned i = 1; i < REGS; i++)
        if (s.reg[i].state == LIVE && usable(&s.reg[i], x)) {
            memset(x, 0, sizeof x);
            x[0] = s.reg[i].handle;
            if (sim_program(&cores[s.reg[i].core], CAP_DELETE, x) != ST_OK)
                return false;
            s.dirty[s.reg[i].core] = 1;
        }
    if (s.alive[0]) { /* one that was refused is still begun */
        memset(x, 0, sizeof x);
        x[0] = cores[0].ram;
        run_out();
        if (sim_program(&cores[0], CAP_REVOKE, x) != ST_OK)
            return false;
        s.dirty[0] = 1;
    }
    run_out();
    if (is_clean() && s.broken == NULL)
        return true;
    print_left(stdout);
    return false;
}

static const char *broken(const void *state)
{
    return ((const struct state *)state)->broken;
}

/* ---- which states are the same ---- */

static uint64_t digest_a, digest_b;

static void add(uint64_t word)
{
    digest_a = (digest_a ^ word) * 0x9fb21c651e98df25ull;
    digest_a ^= digest_a >> 29;
    digest_b = (digest_b + word) * 0xd6e8feb86659fd93ull;
    digest_b ^= digest_b >> 32;
}

/* A handle by its slot, and whether it is still good. */
static void add_handle(const struct image *m, handle_t h, bool own)
{
    uint32_t i = HANDLE_INDEX(h) + (own ? 0 : size.own_slots);

    add(h == 0                                                       ? 0
        : i < SLOTS && m->slot[i].generation == HANDLE_GENERATION(h) ? i
                                                                     : 1000);
}

static void add_node_id(const struct state *s, unsigned owner, uint64_t node)
{
    const struct image *m = &s->image[owner];
    uint32_t i = (uint32_t)node;

    add(node == 0                                                                 ? 1
        : i < size.nodes && m->node[i].generation + 1 == (uint32_t)(node >> 32) &&
                m->node[i].state != NODE_FREE
            ? 100 + i
            : 99);
}

static void add_id(const struct state *s, unsigned core, uint32_t id)
{
    const struct image *m = &s->image[core];
    uint32_t i = ID_INDEX(id), g = ID_GENERATION(id);
    bool good = ID_TAG(id) == ID_PASS   ? i < size.passes && (m->pass[i].generation & 0x3fff) == g
                : ID_TAG(id) == ID_HOLD ? i < size.holds && (m->hold[i].generation & 0x3fff) == g
                                        : i < size.ops && (m->op[i].generation & 0x3fff) == g &&
                                              m->op[i].state != OP_FREE;

    add(good ? ID_TAG(id) * 100 + i : 999);
}

static void add_message(const struct state *s, unsigned from, unsigned to, const struct caps_msg *m)
{
    const struct peer_CAP_GIVE *give = peer_CAP_GIVE_in(m->word);
    const struct peer_CAP_ASK *ask = peer_CAP_ASK_in(m->word);

    add(m->kind);
    switch (m->kind) {
    case PEER_CAP_GIVE:
        add_node_id(s, from, give->node);
        add(give->base), add(give->bytes), add(give->what), add(give->tag);
        if (give->to & CAPS_TO_OP)
            add_id(s, to, (uint32_t)give->to);
        break;
    case PEER_CAP_ASK:
        add_node_id(s, to, ask->node);
        add(ask->base), add(ask->bytes), add(ask->what), add(ask->tag), add(ask->dest);
        add_id(s, from, ask->op);
        break;
    case PEER_CAP_TOOK:
        add_node_id(s, to, m->word[0]), add(m->word[1]);
        break;
    case PEER_CAP_BACK:
        add_node_id(s, to, m->word[0]);
        break;
    case PEER_CAP_GAVE:
        add_node_id(s, from, m->word[0]);
        add_id(s, to, peer_CAP_GAVE_in(m->word)->op), add(peer_CAP_GAVE_in(m->word)->status);
        break;
    case PEER_CAP_RECALL:
    case PEER_CAP_GONE:
        add_node_id(s, from, m->word[0]);
        break;
    case PEER_CAP_UNDO:
        add_node_id(s, to, m->word[0]), add_id(s, from, peer_CAP_UNDO_in(m->word)->op);
        break;
    case PEER_CAP_UNDONE:
        add_id(s, to, peer_CAP_UNDONE_in(m->word)->op), add(peer_CAP_UNDONE_in(m->word)->status);
        break;
    case PEER_CAP_MAKE:
        add_node_id(s, to, m->word[0]), add(m->word[1]), add(peer_CAP_MAKE_in(m->word)->type);
        add_id(s, from, peer_CAP_MAKE_in(m->word)->op);
        break;
    default:
        add(m->word[0]), add_id(s, from, (uint32_t)m->word[1]);
        break;
    }
}

static void add_kernel(const struct image *m)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct cap *c = &m->slot[i];

        if (i % size.own_slots < CAPTABLE_FIRST || c->type == CAP_NULL)
            continue;
        add(i | (uint64_t)c->type << 8 | (uint64_t)c->rights << 16 | (uint64_t)c->depth << 24 |
            (uint64_t)c->flags << 32);
        add(c->object), add(c->value), add(c->extra), add(c->made);
        add(c->parent | (uint64_t)c->child << 32), add(c->next | (uint64_t)c->prev << 32);
    }
    add(m->nrevoking), add(m->idle);
}

static void add_tables(const struct state *s, unsigned core)
{
    const struct image *m = &s->image[core];

    for (unsigned i = 0; i < size.nodes; i++) {
        const struct caps_node *n = &m->node[i];

        if (n->state == NODE_FREE)
            continue;
        add(i | (uint64_t)n->state << 8 | (uint64_t)n->lent << 16 | (uint64_t)n->owed << 24 |
            (uint64_t)n->op << 32 | (uint64_t)n->runs << 48);
        add(n->holder | (uint64_t)n->passer << 16 | (uint64_t)n->asker << 32 |
            (uint64_t)n->undoer << 48);
        add(n->parent | (uint64_t)n->kids << 32);
        add_handle(m, n->proxy, true);
        if (n->asker != CAPS_NO_CORE && n->owed)
            add_id(s, n->asker, n->reply);
        if (n->undoer != CAPS_NO_CORE)
            add_id(s, n->undoer, n->reply);
    }
    for (unsigned i = 0; i < size.holds; i++) {
        const struct caps_hold *h = &m->hold[i];

        if (h->state == HOLD_FREE)
            continue;
        add(i | (uint64_t)h->state << 8 | (uint64_t)h->sub << 16 | (uint64_t)h->idle << 24 |
            (uint64_t)h->owner << 32 | (uint64_t)h->passes << 48);
        add_node_id(s, h->owner, h->node);
        add_handle(m, h->import, true);
    }
    for (unsigned i = 0; i < size.passes; i++) {
        const struct caps_pass *p = &m->pass[i];

        if (p->state == PASS_FREE)
            continue;
        add(i | (uint64_t)p->state << 8 | (uint64_t)p->owed << 16 | (uint64_t)p->owner << 24 |
            (uint64_t)p->op << 40 | (uint64_t)p->hold << 52);
        add_node_id(s, p->owner, p->node);
        add_handle(m, p->proxy, true);
    }
    for (unsigned i = 0; i < size.ops; i++) {
        const struct caps_op *o = &m->op[i];
        unsigned rank = 0;

        if (o->state == OP_FREE)
            continue;
        for (unsigned k = 0; k < size.ops; k++)
            rank += m->op[k].state != OP_FREE && m->op[k].started < o->started;
        for (unsigned k = 0; k < size.nodes; k++)
            rank += 4u * (m->node[k].state >= NODE_UNDOING && m->node[k].started <= o->started);
        add(i | (uint64_t)o->state << 8 | (uint64_t)o->kind << 16 | (uint64_t)o->to << 24 |
            (uint64_t)o->client << 40 | (uint64_t)rank << 52);
        add(o->from);
        add_handle(m, o->at.handle, o->at.table == 0);
        if (o->from != CAPS_NO_CORE)
            add_id(s, o->from, o->from_id);
    }
    add(m->caps.dead[0] | (uint64_t)m->caps.kick << 32 | (uint64_t)m->caps.look << 33);
}

static void hash(const void *state, uint64_t out[2])
{
    const struct state *s = state;

    digest_a = 0x243f6a8885a308d3ull;
    digest_b = 0x13198a2e03707344ull;
    add(s->broken != NULL);
    for (unsigned i = 0; i < LINES; i++)
        add(s->line[i] | (uint64_t)s->arrived[i] << 8);
    for (unsigned i = 0; i < REGS; i++) {
        const struct reg *r = &s->reg[i];

        add(r->state | (uint64_t)r->core << 8 | (uint64_t)r->parent << 16 |
            (uint64_t)r->revoking << 24 | (uint64_t)r->rights << 32);
        if (r->state == LIVE)
            add_handle(&s->image[r->core], r->handle, false);
    }
    for (unsigned i = 0; i < script->ncores; i++) {
        add(s->alive[i] | (uint64_t)s->dirty[i] << 8);
        if (s->alive[i]) {
            add_kernel(&s->image[i]);
            add_tables(s, i);
        }
        for (unsigned j = 0; j < script->ncores; j++) {
            add(s->n[i][j] | (uint64_t)s->pending[i][j] << 8);
            for (unsigned k = 0; k < s->n[i][j]; k++)
                add_message(s, i, j, &s->queue[i][j][k]);
        }
    }
    out[0] = digest_a;
    out[1] = digest_b;
}

static void print(FILE *to, const void *state, uint32_t action)
{
    static const char *const verb[] = { "gives", "gives away", "revokes", "deletes", "retypes", "borrows" };
    const struct state *s = state;

    if (action >= ANNOUNCE)
        fprintf(to, "core %u hears that core %u is dead", (action - ANNOUNCE) / CORES,
                (action - ANNOUNCE) % CORES);
    else if (action >= TIMEOUT)
        fprintf(to, "core %u has waited long enough", action - TIMEOUT);
    else if (action >= DIE)
        fprintf(to, "core %u stops", action - DIE);
    else if (action >= TURN)
        fprintf(to, "core %u goes on", action - TURN);
    else if (action >= DELIVER)
        fprintf(to, "%s from core %u arrives at core %u (%llx)",
                peer_name((uint16_t)s->queue[(action - DELIVER) / CORES][(action - DELIVER) % CORES][0].kind),
                (action - DELIVER) / CORES, (action - DELIVER) % CORES,
                (unsigned long long)s->queue[(action - DELIVER) / CORES][(action - DELIVER) % CORES][0].word[0]);
    else
        fprintf(to, "core %u %s %u to core %u as %u", script->line[action].core,
                verb[script->line[action].what], script->line[action].reg, script->line[action].dest,
                script->line[action].to);
}

/* ---- scripts ---- */

#define ALL RIGHTS_ALL
static const struct script scripts[] = {
    { "give, give away, delete", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, GIVE, 1, 2, 1, 0, RIGHT_READ, 0 },
        { 0, DELETE, 1, 0, 0, 0, 0, 0 }, { 1, DELETE, 2, 0, 0, 0, 0, 0 },
        { 0, AWAY, 1, 3, 1, 0, ALL, 0 } } },
    { "revoke against give and release", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, GIVE, 1, 2, 1, 0, ALL, 0 },
        { 0, GIVE, 1, 3, 1, 0, ALL, 0 }, { 0, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "pass on, release between, revoke by who passed on", 3, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 1, REVOKE, 1, 0, 0, 0, 0, 0 }, { 2, DELETE, 2, 0, 0, 0, 0, 0 },
        { 1, DELETE, 1, 0, 0, 0, 0, 0 } } },
    { "pass on twice, revoke by the first of them", 3, 4, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 2, GIVE, 2, 3, 0, 0, ALL, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "two revokes, one below the other", 3, 4, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 0, REVOKE, 0, 0, 0, 0, 0, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "retype of one memory on two cores, revoke", 2, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, RETYPE, 1, 2, 0, CAP_FRAME, 0, 3 },
        { 0, RETYPE, 0, 3, 0, CAP_FRAME, 0, 3 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "retype there, pass on, revoke here", 3, 4, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, RETYPE, 1, 2, 0, CAP_FRAME, 0, 1 },
        { 1, GIVE, 2, 3, 2, 0, ALL, 0 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 } } },
    { "retype there, pass on, revoke there", 3, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, RETYPE, 1, 2, 0, CAP_FRAME, 0, 1 },
        { 1, GIVE, 2, 3, 2, 0, ALL, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "give away from hand to hand, revoke", 3, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, GIVE, 1, 2, 1, 0, ALL, 0 },
        { 1, AWAY, 2, 3, 2, 0, ALL, 0 }, { 2, AWAY, 3, 4, 0, 0, ALL, 0 },
        { 0, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "RAM given away, retyped there", 3, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_RAM, 0, 2 }, { 0, AWAY, 1, 2, 1, 0, ALL, 0 },
        { 1, RETYPE, 2, 3, 0, CAP_FRAME, 0, 2 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 },
        { 0, RETYPE, 0, 4, 0, CAP_FRAME, 0, 3 } } },
    { "back to its owner, and on from there", 3, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 0, 0, ALL, 0 },
        { 0, GIVE, 2, 3, 2, 0, ALL, 0 }, { 0, REVOKE, 2, 0, 0, 0, 0, 0 },
        { 1, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "refused, and revoked meanwhile", 2, 4, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, AWAY, 1, 2, 1, REFUSED, ALL, 0 },
        { 0, GIVE, 1, 3, 1, REFUSED, ALL, 0 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 } } },
    { "what is being revoked is deleted", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_RAM, 0, 2 }, { 0, GIVE, 1, 2, 1, 0, ALL, 0 },
        { 1, RETYPE, 2, 3, 0, CAP_FRAME, 0, 1 }, { 0, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 0, DELETE, 1, 0, 0, 0, 0, 0 } } },
    { "two revokes, one below the other, four deep", 3, 6, 0,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 2, GIVE, 2, 3, 1, 0, ALL, 0 }, { 1, GIVE, 3, 4, 0, 0, ALL, 0 },
        { 1, REVOKE, 1, 0, 0, 0, 0, 0 }, { 2, REVOKE, 2, 0, 0, 0, 0, 0 } } },
    { "lend, pass on, give back", 3, 3, DEATHS,
      { { 1, BORROW, 0, 1, 0, 0, 0, 1 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 1, DELETE, 1, 0, 0, 0, 0, 0 } } },
    { "lend more than there is, lend all", 2, 4, DEATHS,
      { { 1, BORROW, 0, 1, 0, 0, 0, 3 }, { 1, BORROW, 0, 2, 0, 0, 0, 2 },
        { 1, BORROW, 0, 3, 0, 0, 0, 1 }, { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "two given away to one core", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, RETYPE, 0, 2, 0, CAP_FRAME, 0, 1 },
        { 0, AWAY, 1, 3, 1, 0, ALL, 0 }, { 0, AWAY, 2, 4, 1, 0, ALL, 0 },
        { 0, REVOKE, 0, 0, 0, 0, 0, 0 } } },
    { "no room for a second copy, or request", 2, 5, DEATHS | ONE_COPY | ONE_REQUEST,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, AWAY, 1, 2, 1, 0, ALL, 0 },
        { 0, GIVE, 0, 3, 1, 0, ALL, 0 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 },
        { 1, RETYPE, 3, 4, 0, CAP_FRAME, 0, 1 } } },
    { "no room for a second pass", 3, 5, DEATHS | ONE_PASS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 1, AWAY, 1, 3, 0, 0, ALL, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 2, DELETE, 2, 0, 0, 0, 0, 0 } } },
};

int main(void)
{
    bool bad = false;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (unsigned i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        const struct explore_model m = { .name = scripts[i].name,
                                         .bytes = sizeof(struct state),
                                         .init = init,
                                         .actions = actions,
                                         .step = step,
                                         .broken = broken,
                                         .may_end = may_end,
                                         .print = print,
                                         .hash = hash };
        struct explore_result r;

        script = &scripts[i];
        r = explore(&m, 3000000, stdout);
        bad = bad || r.end != EXPLORE_ALL;
        printf("%s - %u cores: %s (%llu states)\n", r.end == EXPLORE_ALL ? "ok" : "not ok",
               script->ncores, script->name, (unsigned long long)r.states);
    }
    return bad;
}
