/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * sim - 2 to 1024 cores that agree about capabilities, in one process: the code of monitor/caps and of the
 * CPU driver, with rings, time and programs simulated. The same seed does the same, event by event.
 *
 *     sim [--seed N] [--cores N] [--ops N] [--deaths N] [--json] [--detail] [--trace]
 *
 * Messages between two cores stay in order; between pairs they are delayed and so reordered as the seed says.
 * Some cores are slow, some stop for good, some stall until they are suspected, are stopped, and announced to
 * each of the others at another time; that a core which is only slow is suspected is an error. Programs give, pass
 * on, revoke, retype, delete, lend; receivers refuse. Every third seed has small tables, which are full again and again.
 * tests/sim/ledger.h checks after each answer and arrival, the end checks that everybody was answered and that
 * nothing is left. Exit status: 0, 1 something did not hold, 2 usage.
 */
#include "cpudriver/cap.h"
#include "lib/base/bits.h"
#include "monitor/peer.h"
#include "tests/sim/ledger.h"
#include "tests/support/sim_core.h"
#include "tests/support/fake_core.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_NS 2000000u          /* a core that takes longer is suspected                     */
#define LIMIT_NS (40ull * ANSWER_NS) /* and nobody waits for an answer longer than this           */
#define HOP_NS 2000u                /* a message takes 1 to 2 of these, sometimes 100            */
#define PAGES 64u
static struct sim_size size = { .own_slots = 1024, .prog_slots = 256, .pages = PAGES, .pool = 64,
                                      .nodes = 384, .holds = 384, .passes = 128, .ops = 32 };
static const struct sim_size tight = { .own_slots = 40, .prog_slots = 256, .pages = PAGES, .pool = 6,
                                       .nodes = 12, .holds = 12, .passes = 4, .ops = 3 };
#define HELD_MAX 24u                /* capabilities of a program beside its RAM                  */

/* ---- the machine ---- */

enum kind { EV_MESSAGE, EV_TURN, EV_ANNOUNCE, EV_OP };

struct event {
    uint64_t at, order;
    enum kind kind;
    core_id to, from;               /* EV_ANNOUNCE: `from` is the dead one */
    struct caps_msg msg;
};

struct request {
    bool open;
    uint8_t kind;                   /* enum op_kind */
    core_id core;
    uint32_t entry;                 /* what it is about, what it makes is below */
    uint8_t how;
    bool arrived;
    uint64_t since;
};

static struct {
    uint64_t seed, now, order, digest, messages, ops, answered, answered_ns, deaths, worst_ns;
    uint64_t refused, wrong, kinds[16], why[ST_COUNT];
    core_id ncores;
    struct sim_core *core;
    uint64_t *last;                 /* when the last message of a pair arrives */
    struct event *heap;
    size_t nheap, maxheap;
    struct request *request;
    uint32_t nrequests, maxrequests;
    struct ledger ledger;
    const char *broken;
    bool trace, detail, even;       /* even: every message takes one hop */
    uint64_t open;
} sim;

static uint64_t rnd(uint64_t n)
{
    sim.seed ^= sim.seed << 13;
    sim.seed ^= sim.seed >> 7;
    sim.seed ^= sim.seed << 17;
    return (sim.seed * 0x2545f4914f6cdd1dull >> 20) % n;
}

static void fail(const char *what)
{
    if (!sim.broken && !sim.ledger.broken)
        sim.broken = what;
}

/* ---- events, by time and then by order of making ---- */

static bool before(const struct event *a, const struct event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct event e)
{
    size_t i = sim.nheap++;

    if (sim.nheap > sim.maxheap) {
        sim.maxheap = sim.maxheap * 2 + 1024;
        sim.heap = realloc(sim.heap, sim.maxheap * sizeof *sim.heap);
    }
    e.order = sim.order++;
    for (; i > 0 && before(&e, &sim.heap[(i - 1) / 2]); i = (i - 1) / 2)
        sim.heap[i] = sim.heap[(i - 1) / 2];
    sim.heap[i] = e;
}

static struct event pop(void)
{
    struct event first = sim.heap[0], last = sim.heap[--sim.nheap];
    size_t i = 0;

    for (;;) {
        size_t kid = 2 * i + 1;

        if (kid >= sim.nheap)
            break;
        if (kid + 1 < sim.nheap && before(&sim.heap[kid + 1], &sim.heap[kid]))
            kid++;
        if (!before(&sim.heap[kid], &last))
            break;
        sim.heap[i] = sim.heap[kid];
        i = kid;
    }
    sim.heap[i] = last;
    return first;
}

static void turn_soon(struct sim_core *c, uint64_t at)
{
    if (c->turn_at != 0 && c->turn_at <= at)
        return;
    c->turn_at = at;
    push((struct event){ .at = at, .kind = EV_TURN, .to = c->id });
}

/* ---- what caps asks of the world ---- */

static void w_send(void *w, core_id to, const struct caps_msg *m)
{
    struct sim_core *c = w;
    uint64_t *last = &sim.last[(size_t)c->id * sim.ncores + to];
    uint64_t delay = sim.even ? HOP_NS : HOP_NS + rnd(HOP_NS) + (rnd(50) == 0 ? 100 * HOP_NS : 0);
    uint64_t at = sim.now + delay * c->slow;

    sim.messages++;
    sim.kinds[(m->kind - PEER_CAP_GIVE) % 16]++;
    if (at <= *last)
        at = *last + 1;
    *last = at;
    push((struct event){ .at = at, .kind = EV_MESSAGE, .to = to, .from = c->id, .msg = *m });
}

static unsigned held(core_id core)
{
    const struct captable *t = sim.core[core].theirs;

    return t->nslots - CAPTABLE_FIRST - t->nfree;
}

static status_t w_receiver(void *w, uint64_t to, handle_t *table)
{
    struct sim_core *c = w;

    if (to == 1 || held(c->id) > HELD_MAX) /* it has offered no room */
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

        if (o->state == ENTRY_LIVE && o->base < e->base + e->bytes && e->base < o->base + o->bytes &&
            !sim_usable(&sim.core[o->core], o->handle, x))
            ledger_vanished(&sim.ledger, i, !sim.core[o->owner].alive);
    }
}

static void took_in(struct sim_core *c, struct request *r, handle_t given, uint32_t parent,
                    bool is_object)
{
    uint64_t x[8];
    const struct entry *p = &sim.ledger.entry[parent];
    struct entry e = { .core = c->id, .handle = given };

    if (!sim_usable(c, given, x)) {
        fail("a capability that arrived cannot be used");
        return;
    }
    e.type = (uint8_t)x[1];
    e.rights = (uint8_t)(x[1] >> 8);
    e.base = x[2];
    e.bytes = x[3];
    e.owner = parent ? p->owner : sim.core[r->core].id;
    if ((x[1] >> 16 & 0xff) > DEPTH_MAX)
        fail("C4: passed on more than eight times");
    if (is_object)
        refresh(&e);
    ledger_add(&sim.ledger, parent, &e, is_object);
}

static void w_arrived(void *w, uint64_t to, handle_t given, uint64_t tag)
{
    struct request *r = &sim.request[tag];

    (void)to;
    r->arrived = true;
    took_in(w, r, given, r->entry, false);
    /* Given away, it is the giver's no more; what was below it stays below what it came from. */
}

/* Every entry below must be unusable, on every core that lives. */
static void check_revoked(uint32_t root)
{
    uint64_t x[8];

    for (uint32_t i = root + 1; i < sim.ledger.n; i++) {
        struct entry *e = &sim.ledger.entry[i];

        if (e->state == ENTRY_LIVE && sim.core[e->core].alive && ledger_is_below(&sim.ledger, i, root) &&
            sim_usable(&sim.core[e->core], e->handle, x)) {
            sim.ledger.about = i;
            fail("C1: a revoked capability is usable after the revoke has answered");
        }
    }
}

static void done_give(struct request *r, status_t st)
{
    struct entry *e = &sim.ledger.entry[r->entry];
    uint64_t x[8];
    bool usable = sim_usable(&sim.core[r->core], e->handle, x);

    if (st == ST_OK && !r->arrived)
        fail("C3: a give was answered with success, and nothing arrived");
    if (st == ST_OK && r->how == CAP_GIVE_AWAY) {
        if (usable)
            fail("C3: given away, it is still here");
        ledger_delete(&sim.ledger, r->entry);
    } else if (e->state == ENTRY_LIVE && !usable) {
        ledger_vanished(&sim.ledger, r->entry, !sim.core[e->owner].alive);
    } else if (e->state == ENTRY_LIVE && st != ST_OK && (uint8_t)(x[1] >> 8) != e->rights) {
        fail("C3: what was not given is not as it was");
    }
}

static void w_answer(void *w, uint64_t client, status_t st, handle_t given, const struct cap_desc *d)
{
    struct request *r = &sim.request[client];

    (void)d;
    if (!r->open) {
        fail("C6: a request was answered twice");
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
        done_give(r, st);
        break;
    case OP_REVOKE:
        if (st == ST_OK) {
            check_revoked(r->entry);
            ledger_revoked(&sim.ledger, r->entry, true);
        }
        break;
    case OP_MAKE:
        if (st == ST_OK)
            took_in(w, r, given, r->entry, true);
        break;
    case OP_BORROW:
        if (st == ST_OK) {
            took_in(w, r, given, 0, true);
            sim.ledger.entry[sim.ledger.n - 1].owner = (uint16_t)r->entry; /* the lender */
        }
        break;
    default:
        break;
    }
}

/* It is stopped at once; each of the others hears of it when it does. */
static void kill_core(core_id core)
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

static void announce(core_id core)
{
    kill_core(core);
    for (core_id i = 0; i < sim.ncores; i++)
        if (sim.core[i].alive)
            push((struct event){ .at = sim.now + HOP_NS + rnd(50 * HOP_NS),
                                 .kind = EV_ANNOUNCE, .to = i, .from = core });
}

/* Deadlines are longer than the slowest core takes: who lets one pass has stopped, or somebody owes an answer. */
static void w_suspect(void *w, core_id core)
{
    (void)w;
    if (sim.core[core].alive && !sim.core[core].stalled)
        fail("C6: a healthy core was suspected");
    announce(core);
}

/* ---- programs ---- */

static uint32_t pick_entry(core_id core)
{
    uint32_t n = sim.ledger.n, start = 1 + (uint32_t)rnd(n);

    for (uint32_t i = 0; i < n && i < 4000; i++) {
        uint32_t at = 1 + (start + i) % (n - 1 ? n - 1 : 1);

        if (at < n && sim.ledger.entry[at].state == ENTRY_LIVE && sim.ledger.entry[at].core == core)
            return at;
    }
    return 0;
}

static struct request *new_request(core_id core, enum op_kind kind, uint32_t entry)
{
    struct request *r;

    if (sim.nrequests == sim.maxrequests) {
        sim.maxrequests = sim.maxrequests * 2 + 1024;
        sim.request = realloc(sim.request, sim.maxrequests * sizeof *sim.request);
    }
    r = &sim.request[sim.nrequests++];
    *r = (struct request){ .open = true, .kind = (uint8_t)kind, .core = core, .entry = entry,
                           .since = sim.now };
    sim.open++;
    return r;
}

/* What the monitor refused at once is no request. */
static void asked(struct request *r, status_t st)
{
    if (st == ST_OK || !r->open)
        return;
    r->open = false;
    sim.open--;
    sim.refused++;
    sim.why[st]++;
    if (r->kind == OP_GIVE)
        done_give(r, st);
}

/* A local system call said that the handle is stale: was it revoked, or is its owner dead? */
static bool is_gone(uint32_t n, status_t st)
{
    if (st != ST_STALE_HANDLE)
        return false;
    ledger_vanished(&sim.ledger, n, !sim.core[sim.ledger.entry[n].owner].alive);
    return true;
}

static void add_local(struct sim_core *c, uint32_t parent, handle_t h, bool is_object)
{
    struct request r = { .core = c->id };

    took_in(c, &r, h, parent, is_object);
}

static void op_copy(struct sim_core *c, uint32_t n)
{
    uint64_t x[8] = { sim.ledger.entry[n].handle, 0, rnd(4) ? RIGHTS_ALL : rnd(RIGHTS_ALL) };
    status_t st;

    if (held(c->id) > HELD_MAX)
        return;
    st = sim_program(c, CAP_COPY, x);
    if (!is_gone(n, st) && st == ST_OK)
        add_local(c, n, x[1], false);
}

static void op_delete(struct sim_core *c, uint32_t n)
{
    uint64_t x[8] = { sim.ledger.entry[n].handle };
    status_t st;

    if (sim.ledger.entry[n].handle == c->ram)
        return;
    st = sim_program(c, CAP_DELETE, x);
    if (!is_gone(n, st) && st == ST_OK)
        ledger_delete(&sim.ledger, n);
}

static void op_retype_as(struct sim_core *c, uint32_t n, unsigned type, uint64_t bytes)
{
    uint64_t x[8] = { sim.ledger.entry[n].handle, type, bytes };
    status_t st;

    if (held(c->id) > HELD_MAX)
        return;
    st = sim_program(c, CAP_RETYPE, x);
    if (st == ST_REMOTE) {
        struct request *r = new_request(c->id, OP_MAKE, n);

        asked(r, caps_make(&c->caps, (uint64_t)(r - sim.request),
                           (struct cap_at){ c->table, sim.ledger.entry[n].handle }, type, bytes));
    } else if (!is_gone(n, st) && st == ST_OK) {
        add_local(c, n, x[1], true);
    }
}

static void op_retype(struct sim_core *c, uint32_t n)
{
    op_retype_as(c, n, rnd(3) ? CAP_FRAME : CAP_RAM, (1 + rnd(4)) * PAGE_BYTES);
}

static void op_revoke(struct sim_core *c, uint32_t n)
{
    uint64_t x[8] = { sim.ledger.entry[n].handle };
    struct request *r;
    status_t st;

    ledger_revoking(&sim.ledger, n);
    st = sim_program(c, CAP_REVOKE, x);
    if (st != ST_OK && st != ST_REMOTE)
        ledger_revoked(&sim.ledger, n, false); /* it has not begun */
    if (is_gone(n, st))
        return;
    if (st == ST_OK) {
        check_revoked(n);
        ledger_revoked(&sim.ledger, n, true);
    } else if (st == ST_REMOTE) {
        r = new_request(c->id, OP_REVOKE, n);
        asked(r, caps_revoke(&c->caps, (uint64_t)(r - sim.request),
                             (struct cap_at){ c->table, sim.ledger.entry[n].handle }));
    }
}

static void op_give(struct sim_core *c, uint32_t n)
{
    core_id dest = (core_id)rnd(sim.ncores);
    struct request *r = new_request(c->id, OP_GIVE, n);

    r->how = (uint8_t)(rnd(5) ? CAP_COPY_OF : CAP_GIVE_AWAY);
    if (sim.ledger.entry[n].handle == c->ram)
        r->how = CAP_COPY_OF;
    asked(r, caps_give(&c->caps, (uint64_t)(r - sim.request),
                       (struct cap_at){ c->table, sim.ledger.entry[n].handle },
                       rnd(4) ? RIGHTS_ALL : (uint8_t)rnd(RIGHTS_ALL), r->how, dest, rnd(12) == 0,
                       (uint64_t)(r - sim.request)));
}

static void op_borrow(struct sim_core *c)
{
    core_id from = (core_id)rnd(sim.ncores);
    struct request *r;

    if (from == c->id || held(c->id) > HELD_MAX)
        return;
    r = new_request(c->id, OP_BORROW, from);
    asked(r, caps_borrow(&c->caps, (uint64_t)(r - sim.request), from, (1 + rnd(2)) * PAGE_BYTES, c->table));
}

/* A forged, a stale or a foreign handle: each is refused, and nothing happens. */
static void op_wrong(struct sim_core *c)
{
    static const status_t expected[3] = { ST_INVALID_HANDLE, ST_STALE_HANDLE, ST_FOREIGN };
    unsigned which = (unsigned)rnd(3);
    uint32_t id = c->info.core, top = id << GENERATION_BITS;
    handle_t h[3] = { HANDLE(size.prog_slots + 7, top | 1), HANDLE(HANDLE_INDEX(c->ram), top | 77),
                      HANDLE(HANDLE_INDEX(c->ram), (id ^ 1u) << GENERATION_BITS | 1) };
    struct cap_at at = { c->table, h[which] };
    struct request *r = new_request(c->id, OP_REVOKE, 0);
    uint64_t client = (uint64_t)(r - sim.request);
    status_t st = rnd(2) ? caps_revoke(&c->caps, client, at)
                         : caps_give(&c->caps, client, at, RIGHTS_ALL, 0,
                                     (core_id)((c->id + 1u) % sim.ncores), 0, client);

    sim.wrong++;
    if (st != expected[which] && st != ST_DEAD_CORE && st != ST_TABLE_FULL)
        fail("a handle that is wrong was not answered with its own error");
    asked(r, st);
}

static void program_op(struct sim_core *c)
{
    uint32_t n = pick_entry(c->id);
    uint64_t what = rnd(100);

    sim.ops++;
    if (what < 3 || n == 0)
        op_wrong(c);
    else if (what < 15)
        op_copy(c, n);
    else if (what < 33)
        op_delete(c, n);
    else if (what < 51)
        op_retype(c, sim.ledger.entry[n].type == CAP_RAM || rnd(2) ? n : n);
    else if (what < 60)
        op_revoke(c, n);
    else if (what < 64)
        op_borrow(c);
    else
        op_give(c, n);
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
        turn_soon(c, sim.now + 100 * c->slow);
    else if (next != UINT64_MAX)
        turn_soon(c, next > sim.now ? next : sim.now + 100);
}

static void digest(uint64_t word)
{
    sim.digest = (sim.digest ^ word) * 0x100000001b3ull;
}

static bool step(void)
{
    struct event e;
    struct sim_core *c;

    if (sim.nheap == 0 || sim.broken || sim.ledger.broken)
        return false;
    e = pop();
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
            fprintf(stderr, "%12llu  %u -> %u  %s %llx\n", (unsigned long long)sim.now, e.from, e.to,
                    peer_name((uint16_t)e.msg.kind), (unsigned long long)e.msg.word[0]);
        if (caps_message(&c->caps, e.from, &e.msg) == ST_PEER && !sim_knows_dead(c, e.from))
            fail("a monitor that keeps to the protocol was told that it does not");
        break;
    case EV_ANNOUNCE:
        caps_core_dead(&c->caps, e.from);
        break;
    case EV_OP:
        program_op(c);
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

static void make_machine(core_id ncores, uint32_t ops)
{
    sim.ncores = ncores;
    sim.core = calloc(ncores, sizeof *sim.core);
    sim.last = calloc((size_t)ncores * ncores, sizeof *sim.last);
    ledger_init(&sim.ledger, ops * 2 + ncores + 16);
    for (core_id i = 0; i < ncores; i++) {
        struct sim_core *c = &sim.core[i];
        static struct caps_env env;
        struct entry e = { .type = CAP_RAM, .rights = RIGHTS_ALL, .core = i, .owner = i,
                           .bytes = PAGES * PAGE_BYTES };
        uint64_t x[8];

        env = sim_kernel_env;
        env.send = w_send;
        env.receiver = w_receiver;
        env.arrived = w_arrived;
        env.answer = w_answer;
        env.suspect = w_suspect;
        sim_core_make(c, i, ncores, &size);
        c->caps.env = &env;
        c->caps.answer_ns = ANSWER_NS;
        caps_init(&c->caps);
        if (rnd(10) == 0)
            c->slow = 2 + rnd(3);
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

    while (step())
        if (sim.now > limit && sim.open > 0) {
            fail("C6: a request is not answered");
            return;
        }
}

static void delete_all(struct sim_core *c)
{
    caps_at(&c->caps, sim.now);
    op_revoke(c, c->id + 1u); /* of its RAM: one for which the monitor had no room is still begun */
    for (uint32_t i = 1; i < sim.ledger.n && !sim.broken; i++)
        if (sim.ledger.entry[i].state == ENTRY_LIVE && sim.ledger.entry[i].core == c->id)
            op_delete(c, i);
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
            fprintf(stderr, "  hold %u: state %u, owner %u, node %llx, sub %u, idle %u, passes %u\n", i,
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
        fprintf(stderr, "core %u: %u nodes, %u holds, %u passes, %u requests\n", c->id, use[0], use[1],
                use[2], use[3]);
        print_left(&c->caps);
        fail("C5: something of a copy is left when all copies are gone");
    }
    if (!sim_usable(c, c->ram, x) || x[5] != PAGES * PAGE_BYTES)
        fail("C5: memory has not come back");
    if (held(c->id) != 1 || c->own->nslots - CAPTABLE_FIRST - c->own->nfree != 3)
        fail("a slot is not free again");
    if (c->k->nrevoking != 0)
        fail("a revoke is still under way");
}

static void end_run(void)
{
    for (core_id i = 0; i < sim.ncores; i++) /* those nobody has noticed */
        if (!sim.core[i].alive || sim.core[i].stalled)
            announce(i);
    quiesce();
    for (unsigned round = 0; round < 3; round++) { /* what arrives while others delete is deleted next */
        for (core_id i = 0; i < sim.ncores; i++)
            if (sim.core[i].alive) {
                delete_all(&sim.core[i]);
                turn_soon(&sim.core[i], sim.now + 1);
            }
        quiesce();
    }
    if (sim.open > 0)
        fail("C6: a request was never answered");
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

static void run(uint64_t seed, core_id cores, uint32_t ops, uint32_t deaths)
{
    sim.seed = seed * 0x9e3779b97f4a7c15ull | 1;
    sim.digest = 0xcbf29ce484222325ull;
    if (seed % 3 == 0)
        size = tight;
    make_machine(cores, ops);
    for (uint32_t i = 0; i < ops && !sim.broken && !sim.ledger.broken; i++) {
        core_id core = (core_id)rnd(cores);
        uint64_t at = sim.now + rnd(3 * HOP_NS / (cores > 64 ? 16 : 1));

        progress(i, ops);
        if (deaths && rnd(ops / deaths + 1) == 0 && cores - sim.deaths > 2) {
            if (rnd(2))
                kill_core(core);
            else
                sim.core[core].stalled = true;
        }
        if (sim.core[core].alive)
            push((struct event){ .at = at, .kind = EV_OP, .to = core });
        while (sim.nheap > 0 && sim.heap[0].at <= at && step())
            ;
        sim.now = at;
    }
    quiesce();
    end_run();
    if (isatty(2))
        fprintf(stderr, "\r\033[K");
}

/* ---- a curve: one revoke with all others as holders ---- */

static void curve_row(bool json, const char *what, core_id n, const char *unit, uint64_t value)
{
    if (json)
        printf("{\"name\":\"sim.%s.all.%u\",\"unit\":\"%s\",\"value\":%llu}\n", what, n, unit,
               (unsigned long long)value);
    else
        printf("  %-14s %5u cores  %8llu %s\n", what, n, (unsigned long long)value, unit);
}

static void settle_all(void)
{
    while (step())
        ;
}

static uint32_t share_with_all(void)
{
    struct sim_core *c = &sim.core[0];

    op_retype_as(c, 1, CAP_FRAME, PAGE_BYTES);
    for (core_id i = 1; i < sim.ncores; i++) {
        struct request *r = new_request(0, OP_GIVE, sim.ledger.n - 1);

        r->entry = sim.ncores + 1u;
        asked(r, caps_give(&c->caps, (uint64_t)(r - sim.request),
                           (struct cap_at){ c->table, sim.ledger.entry[r->entry].handle }, RIGHTS_ALL,
                           CAP_COPY_OF, i, 0, (uint64_t)(r - sim.request)));
        turn_soon(c, sim.now + 1);
        settle_all();
    }
    return sim.ncores + 1u;
}

static void free_machine(void)
{
    for (core_id i = 0; i < sim.ncores; i++)
        sim_core_free(&sim.core[i]);
    ledger_free(&sim.ledger);
    free(sim.core);
    free(sim.last);
    free(sim.heap);
    free(sim.request);
}

static int curve(bool json)
{
    for (core_id n = 2; n <= 1024; n = (core_id)(n * 2)) {
        uint64_t messages, began;
        uint32_t frame;

        memset(&sim, 0, sizeof sim);
        sim.seed = 1;
        sim.digest = 1;
        sim.even = true;
        size.nodes = n;
        size.own_slots = 2048;
        make_machine(n, 4u * n);
        for (core_id i = 0; i < n; i++)
            sim.core[i].slow = 1;
        frame = share_with_all();
        messages = sim.messages;
        began = sim.now;
        op_revoke(&sim.core[0], frame);
        turn_soon(&sim.core[0], sim.now + 1);
        settle_all();
        if (sim.broken || sim.ledger.broken || sim.open) {
            fprintf(stderr, "sim: %s\n", sim.broken ? sim.broken : "a revoke of the curve has not ended");
            return 1;
        }
        curve_row(json, "revoke_msgs", n, "messages", sim.messages - messages);
        curve_row(json, "revoke_hops", n, "hops", (sim.answered_ns - began) / HOP_NS);
        free_machine();
    }
    return 0;
}

/* ---- the command line ---- */

static uint64_t number(const char *name, const char *text, uint64_t low, uint64_t high)
{
    char *end = NULL;
    uint64_t v = text ? strtoull(text, &end, 10) : 0;

    if (text == NULL || *text == '\0' || *end != '\0' || v < low || v > high) {
        fprintf(stderr, "sim: %s wants a number from %llu to %llu, not \"%s\"\n", name,
                (unsigned long long)low, (unsigned long long)high, text ? text : "");
        exit(2);
    }
    return v;
}

static void report(bool json, uint64_t seed, uint64_t ops, uint64_t deaths)
{
    if (json) {
        printf("{\"seed\":%llu,\"cores\":%u,\"ops\":%llu,\"messages\":%llu,\"answered\":%llu,"
               "\"refused\":%llu,\"deaths\":%llu,\"worst_ns\":%llu,\"digest\":\"%016llx\",\"broken\":%s%s%s}\n",
               (unsigned long long)seed, sim.ncores, (unsigned long long)sim.ops,
               (unsigned long long)sim.messages, (unsigned long long)sim.answered,
               (unsigned long long)sim.refused, (unsigned long long)sim.deaths,
               (unsigned long long)sim.worst_ns, (unsigned long long)sim.digest,
               sim.broken ? "\"" : "", sim.broken ? sim.broken : "null", sim.broken ? "\"" : "");
        return;
    }
    printf("%s - %u cores, seed %llu: %llu operations, %llu messages, %llu requests answered (%llu refused), "
           "%llu wrong handles, %llu cores stopped, longest wait %llu us, digest %016llx\n",
           sim.broken ? "not ok" : "ok", sim.ncores, (unsigned long long)seed, (unsigned long long)sim.ops,
           (unsigned long long)sim.messages, (unsigned long long)sim.answered,
           (unsigned long long)sim.refused, (unsigned long long)sim.wrong,
           (unsigned long long)sim.deaths, (unsigned long long)(sim.worst_ns / 1000),
           (unsigned long long)sim.digest);
    if (sim.detail) {
        for (unsigned i = 0; i < ST_COUNT; i++)
            if (sim.why[i])
                printf("  %-18s %llu\n", status_name((status_t)i), (unsigned long long)sim.why[i]);
        for (unsigned i = 0; i < 11; i++)
            printf("  %-18s %llu\n", peer_name((uint16_t)(PEER_CAP_GIVE + i)), (unsigned long long)sim.kinds[i]);
    }
    if (sim.broken)
        printf("sim: %s (entry %u, core %u, after %llu us)\nreplay: make sim SEED=%llu CORES=%u OPS=%llu DEATHS=%llu\n",
               sim.broken, sim.ledger.about, sim.ledger.entry[sim.ledger.about].core,
               (unsigned long long)(sim.now / 1000), (unsigned long long)seed, sim.ncores,
               (unsigned long long)ops, (unsigned long long)deaths);
}

static void usage(FILE *to)
{
    fprintf(to, "usage: sim [--seed N] [--cores 2..1024] [--ops N] [--deaths N] [--json] [--detail] [--trace]\n"
                "       sim --curve [--json]    one revoke with all others as holders, 2 to 1024 cores\n"
                "Simulates cores that agree about capabilities. The same seed does the same.\n");
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, cores = 8, ops = 20000, deaths = UINT64_MAX;
    bool json = false, show_curve = false;

    for (int i = 1; i < argc; i++) {
        const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(a, "--seed") == 0)
            seed = number(a, v, 0, UINT64_MAX - 1), i++;
        else if (strcmp(a, "--cores") == 0)
            cores = number(a, v, 2, 1024), i++;
        else if (strcmp(a, "--ops") == 0)
            ops = number(a, v, 1, 10000000), i++;
        else if (strcmp(a, "--deaths") == 0)
            deaths = number(a, v, 0, 1000), i++;
        else if (strcmp(a, "--json") == 0)
            json = true;
        else if (strcmp(a, "--curve") == 0)
            show_curve = true;
        else if (strcmp(a, "--detail") == 0)
            sim.detail = true;
        else if (strcmp(a, "--trace") == 0)
            sim.trace = true;
        else if (strcmp(a, "--help") == 0)
            return usage(stdout), 0;
        else
            return fprintf(stderr, "sim: unknown option \"%s\"\n", a), usage(stderr), 2;
    }
    if (show_curve)
        return curve(json);
    if (deaths == UINT64_MAX)
        deaths = cores / 4;
    run(seed, (core_id)cores, (uint32_t)ops, (uint32_t)deaths);
    if (!sim.broken)
        sim.broken = sim.ledger.broken;
    report(json, seed, ops, deaths);
    return sim.broken != NULL;
}
