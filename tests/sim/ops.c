/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/sim/ops - what programs do: copy, delete, retype, revoke, give, borrow, and hand in what is wrong. */
#include "tests/sim/sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t pick_entry(core_id core)
{
    uint32_t n = sim.ledger.n, start = 1 + (uint32_t)sim_rnd(n);

    for (uint32_t i = 0; i < n && i < 4000; i++) {
        uint32_t at = 1 + (start + i) % (n - 1 ? n - 1 : 1);

        if (at < n && sim.ledger.entry[at].state == ENTRY_LIVE && sim.ledger.entry[at].core == core)
            return at;
    }
    return 0;
}

struct request *sim_new_request(core_id core, enum op_kind kind, uint32_t entry)
{
    struct request *r;

    if (sim.nrequests == sim.maxrequests) {
        sim.maxrequests = sim.maxrequests * 2 + 1024;
        sim.request = realloc(sim.request, sim.maxrequests * sizeof *sim.request);
    }
    r = &sim.request[sim.nrequests++];
    *r = (struct request){
        .open = true, .kind = (uint8_t)kind, .core = core, .entry = entry, .since = sim.now};
    sim.open++;
    return r;
}

/* What the monitor refused at once is no request. */
void sim_asked(struct request *r, status_t st)
{
    if (st == ST_OK || !r->open)
        return;
    r->open = false;
    sim.open--;
    sim.refused++;
    sim.why[st]++;
    if (r->kind == OP_GIVE)
        sim_done_give(r, st);
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
    struct request r = {.core = c->id};

    sim_took_in(c, &r, h, parent, is_object);
}

static void op_copy(struct sim_core *c, uint32_t n)
{
    uint64_t x[8] = {sim.ledger.entry[n].handle, 0, sim_rnd(4) ? RIGHTS_ALL : sim_rnd(RIGHTS_ALL)};
    status_t st;

    if (sim_held(c->id) > HELD_MAX)
        return;
    st = sim_program(c, CAP_COPY, x);
    if (!is_gone(n, st) && st == ST_OK)
        add_local(c, n, x[1], false);
}

void sim_op_delete(struct sim_core *c, uint32_t n)
{
    uint64_t x[8] = {sim.ledger.entry[n].handle};
    status_t st;

    if (sim.ledger.entry[n].handle == c->ram)
        return;
    st = sim_program(c, CAP_DELETE, x);
    if (!is_gone(n, st) && st == ST_OK)
        ledger_delete(&sim.ledger, n);
}

void sim_op_retype_as(struct sim_core *c, uint32_t n, unsigned type, uint64_t bytes)
{
    uint64_t x[8] = {sim.ledger.entry[n].handle, type, bytes};
    status_t st;

    if (sim_held(c->id) > HELD_MAX)
        return;
    st = sim_program(c, CAP_RETYPE, x);
    if (st == ST_REMOTE) {
        struct request *r = sim_new_request(c->id, OP_MAKE, n);

        sim_asked(r, caps_make(&c->caps, (uint64_t)(r - sim.request),
                               (struct cap_at){c->table, sim.ledger.entry[n].handle}, type, bytes));
    } else if (!is_gone(n, st) && st == ST_OK) {
        add_local(c, n, x[1], true);
    }
}

static void op_retype(struct sim_core *c, uint32_t n)
{
    sim_op_retype_as(c, n, sim_rnd(3) ? CAP_FRAME : CAP_RAM, (1 + sim_rnd(4)) * PAGE_BYTES);
}

void sim_op_revoke(struct sim_core *c, uint32_t n)
{
    uint64_t x[8] = {sim.ledger.entry[n].handle};
    struct request *r;
    status_t st;

    ledger_revoking(&sim.ledger, n);
    st = sim_program(c, CAP_REVOKE, x);
    if (st != ST_OK && st != ST_REMOTE)
        ledger_revoked(&sim.ledger, n, false); /* it has not begun */
    if (is_gone(n, st))
        return;
    if (st == ST_OK) {
        sim_check_revoked(n);
        ledger_revoked(&sim.ledger, n, true);
    } else if (st == ST_REMOTE) {
        r = sim_new_request(c->id, OP_REVOKE, n);
        sim_asked(r, caps_revoke(&c->caps, (uint64_t)(r - sim.request),
                                 (struct cap_at){c->table, sim.ledger.entry[n].handle}));
    }
}

static void op_give(struct sim_core *c, uint32_t n)
{
    core_id dest = (core_id)sim_rnd(sim.ncores);
    struct request *r = sim_new_request(c->id, OP_GIVE, n);

    r->how = (uint8_t)(sim_rnd(5) ? CAP_COPY_OF : CAP_GIVE_AWAY);
    if (sim.ledger.entry[n].handle == c->ram)
        r->how = CAP_COPY_OF;
    sim_asked(r, caps_give(&c->caps, (uint64_t)(r - sim.request),
                           (struct cap_at){c->table, sim.ledger.entry[n].handle},
                           sim_rnd(4) ? RIGHTS_ALL : (uint8_t)sim_rnd(RIGHTS_ALL), r->how, dest,
                           sim_rnd(12) == 0, (uint64_t)(r - sim.request)));
}

static void op_borrow(struct sim_core *c)
{
    core_id from = (core_id)sim_rnd(sim.ncores);
    struct request *r;

    if (from == c->id || sim_held(c->id) > HELD_MAX)
        return;
    r = sim_new_request(c->id, OP_BORROW, from);
    sim_asked(r, caps_borrow(&c->caps, (uint64_t)(r - sim.request), from,
                             (1 + sim_rnd(2)) * PAGE_BYTES, c->table));
}

/* A forged, a stale or a foreign handle: each is refused, and nothing happens. */
static void op_wrong(struct sim_core *c)
{
    static const status_t expected[3] = {ST_INVALID_HANDLE, ST_STALE_HANDLE, ST_FOREIGN};
    unsigned which = (unsigned)sim_rnd(3);
    uint32_t id = c->info.core, top = id << GENERATION_BITS;
    handle_t h[3] = {HANDLE(sim_size.prog_slots + 7, top | 1),
                     HANDLE(HANDLE_INDEX(c->ram), top | 77),
                     HANDLE(HANDLE_INDEX(c->ram), (id ^ 1u) << GENERATION_BITS | 1)};
    struct cap_at at = {c->table, h[which]};
    struct request *r = sim_new_request(c->id, OP_REVOKE, 0);
    uint64_t client = (uint64_t)(r - sim.request);
    status_t st = sim_rnd(2) ? caps_revoke(&c->caps, client, at)
                             : caps_give(&c->caps, client, at, RIGHTS_ALL, 0,
                                         (core_id)((c->id + 1u) % sim.ncores), 0, client);

    sim.wrong++;
    if (st != expected[which] && st != ST_DEAD_CORE && st != ST_TABLE_FULL)
        sim_fail("a handle that is wrong was not answered with its own error");
    sim_asked(r, st);
}

void sim_program_op(struct sim_core *c)
{
    uint32_t n = pick_entry(c->id);
    uint64_t what = sim_rnd(100);

    sim.ops++;
    if (what < 3 || n == 0)
        op_wrong(c);
    else if (what < 15)
        op_copy(c, n);
    else if (what < 33)
        sim_op_delete(c, n);
    else if (what < 51)
        op_retype(c, sim.ledger.entry[n].type == CAP_RAM || sim_rnd(2) ? n : n);
    else if (what < 60)
        sim_op_revoke(c, n);
    else if (what < 64)
        op_borrow(c);
    else
        op_give(c, n);
}
