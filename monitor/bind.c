/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/bind.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/map.h"
#include "lib/rt/record.h"
#include "monitor/bind_sm.h"
#include "monitor/core.h"
#include "monitor/mon.h"
#include "monitor/names.h"
#include "monitor/pieces.h"
#include "monitor/registry.h"
#include "monitor/text.h"
#include <stdio.h>
#include <string.h>

#define CONNS 256u

enum conn_news { TELL_BOUND = 1, TELL_CLIENT = 2, TELL_REFUSED = 4, TELL_GONE = 8 };

/* One end. In use while its state is not FREE or its program was not yet told something. */
struct conn {
    enum bind_state state;
    uint32_t generation;
    uint32_t news;              /* enum conn_news                                        */
    uint64_t prog;              /* the program of this end                               */
    uint64_t service;           /* its id at its own monitor                             */
    uint64_t peer_ref;          /* the other end, once known                             */
    core_id peer;
    uint32_t peer_bucket;
    uint32_t piece;             /* PIECE_NONE: not known yet                             */
    bool took_piece;            /* it is this end that gives the piece back              */
    bool server;
    status_t refused;
    uint64_t deadline_ns;
    vaddr_t va;                 /* place in the program; 0: none                         */
    handle_t frame;             /* mapped there; 0: not mapped                           */
    handle_t bell;              /* in the program's table                                */
    char name[NAME_BYTES];
};

static struct conn conns[CONNS];
static unsigned waiting;        /* ends with a deadline                */
static unsigned untold;         /* ends with news for their programs   */
static bool self_news;

static uint64_t ref_of(const struct conn *c)
{
    return (uint64_t)(c - conns) | (uint64_t)c->generation << 16;
}

static struct conn *find(uint64_t ref)
{
    struct conn *c = &conns[ref % 65536 % CONNS];

    return ref_of(c) == ref && c->state != BIND_FREE ? c : NULL;
}

static struct conn *find_other(core_id peer, uint64_t peer_ref)
{
    for (unsigned i = 0; i < CONNS; i++)
        if (conns[i].state != BIND_FREE && conns[i].peer == peer && conns[i].peer_ref == peer_ref)
            return &conns[i];
    return NULL;
}

static struct conn *take_conn(uint64_t prog)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];
        uint32_t generation = c->generation + 1;

        if (c->state != BIND_FREE || c->news != 0)
            continue;
        *c = (struct conn){ .generation = generation, .prog = prog, .piece = PIECE_NONE };
        return c;
    }
    return NULL;
}

unsigned bind_in_use(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < CONNS; i++)
        n += conns[i].state != BIND_FREE;
    return n;
}

/* The lower core is side 0; on one core the client is. */
static unsigned side_of(const struct conn *c)
{
    return c->peer == mon.core ? c->server : c->peer < mon.core;
}

/* ---- in and out of the program's space ---- */

static void give_place(struct conn *c)
{
    struct prog *p = prog_find(c->prog);

    if (c->va != 0 && p != NULL)
        prog_give_chan(p, c->va);
    c->va = 0;
}

/* The own half writable, the other read-only (urpc/chan.h). */
static status_t map_halves(const struct prog *p, const struct conn *c)
{
    unsigned side = side_of(c);
    status_t st = ST_OK;

    for (unsigned half = 0; half < 2 && st == ST_OK; half++)
        st = sys_map(c->frame, p->space, c->va, half == side ? PERM_READ | PERM_WRITE : PERM_READ,
                     half, 1);
    return st;
}

/* What wakes the peer: its doorbell, or on this core an event of its task. */
static status_t make_bell(const struct prog *p, struct conn *c)
{
    const struct conn *other;
    const struct prog *peer;

    if (c->peer != mon.core)
        return sys_mint(mon.info->doorbell[c->peer], p->table, RIGHT_WRITE,
                        (uint64_t)c->peer_bucket + 1, &c->bell);
    other = find(c->peer_ref);
    peer = other != NULL ? prog_find(other->prog) : NULL;
    return peer != NULL ? sys_event(peer->task, EVENT_POKE, p->table, &c->bell) : ST_GONE;
}

/* It may be mapped whole, by half, or not at all. */
static void drop_mapping(struct conn *c)
{
    status_t st = map_out(c->frame);

    CHECK(st == ST_OK || st == ST_NOT_MAPPED);
    piece_drop_frame(c->peer, c->frame);
    c->frame = 0;
}

static void unmap(struct conn *c)
{
    if (c->frame != 0)
        drop_mapping(c);
}

/* All of it, or nothing is left. */
static status_t map_in(struct conn *c)
{
    struct prog *p = prog_find(c->prog);
    status_t st;

    if (p == NULL)
        return ST_GONE;
    if ((st = piece_frame(c->peer, c->piece, side_of(c), &c->frame)) != ST_OK) {
        c->frame = 0;
        return st;
    }
    if ((st = map_halves(p, c)) == ST_OK && (st = make_bell(p, c)) == ST_OK)
        return ST_OK;
    drop_mapping(c);
    return st;
}

/* ---- what the machine of bind_sm.h asks for ---- */

static void tell(struct conn *c, uint32_t news)
{
    struct prog *p = prog_find(c->prog);

    if (p == NULL)
        return;
    untold += c->news == 0;
    c->news |= news;
    prog_tell(p);
}

static void told(struct conn *c, uint32_t news)
{
    if (c->news == 0)
        return;
    c->news &= ~news;
    untold -= c->news == 0;
}

static void send_lookup(const struct conn *c)
{
    struct peer_LOOKUP m = { .ref = ref_of(c) };

    memcpy(m.name, c->name, sizeof m.name);
    peers_send(FIRST_CORE, PEER_LOOKUP, &m, sizeof m);
}

static void send(const struct conn *c, uint16_t what)
{
    const struct prog *p = prog_find(c->prog);
    uint32_t bucket = p != NULL ? p->bucket : 0;

    if (what & BIND_SEND_LOOKUP)
        send_lookup(c);
    if (what & BIND_SEND_CANCEL)
        PEER_SEND(FIRST_CORE, CANCEL, .ref = ref_of(c));
    if (what & BIND_SEND_REQ)
        PEER_SEND(c->peer, BIND_REQ, .from = ref_of(c), .service = c->service, .bucket = bucket,
                  .piece = c->piece);
    if (what & BIND_SEND_ACCEPT)
        PEER_SEND(c->peer, ACCEPT, .to = c->peer_ref, .from = ref_of(c), .bucket = bucket,
                  .piece = c->piece);
    if (what & BIND_SEND_REFUSE)
        PEER_SEND(c->peer, REFUSE, .to = c->peer_ref, .status = (uint32_t)c->refused);
    if (what & BIND_SEND_CLOSE)
        PEER_SEND(c->peer, CLOSE, .from = ref_of(c));
    if (what & BIND_SEND_CLOSED)
        PEER_SEND(c->peer, CLOSED, .to = c->peer_ref);
}

static void release(struct conn *c)
{
    if (c->took_piece)
        piece_give(c->peer, c->piece);
    c->took_piece = false;
}

static void report_refused(const struct conn *c, enum bind_event event)
{
    char what[64];

    snprintf(what, sizeof what, "channel with core %u: event %u in state %u", c->peer,
             (unsigned)event, (unsigned)c->state);
    rec_error(what, ST_PEER, "the protocol of binding does not allow it; ignored");
}

static void happen(struct conn *c, enum bind_event event)
{
    struct bind_step step = bind_step(c->state, event);

    if (step.action & BIND_REFUSED) {
        report_refused(c, event);
        return;
    }
    waiting -= bind_has_deadline(c->state);
    c->state = (enum bind_state)step.next;
    waiting += bind_has_deadline(c->state);
    if (step.action & BIND_DO_UNMAP)
        unmap(c);
    send(c, step.action);
    if (step.action & BIND_TELL_BOUND)
        tell(c, TELL_BOUND);
    if (step.action & BIND_TELL_CLIENT)
        tell(c, TELL_CLIENT);
    if (step.action & BIND_TELL_REFUSED)
        tell(c, TELL_REFUSED);
    if (step.action & BIND_TELL_GONE)
        tell(c, TELL_GONE);
    if (c->state == BIND_FREE || c->state == BIND_CLOSING)
        give_place(c);
    if (step.action & BIND_DO_RELEASE)
        release(c);
}

/* ---- what programs ask ---- */

status_t bind_request(struct prog *p, const char *name, uint64_t deadline_ns, uint64_t *ticket)
{
    struct conn *c;
    status_t st;

    if (deadline_ns == 0 || !name_valid(name))
        return ST_INVALID;
    if ((c = take_conn(prog_id(p))) == NULL)
        return ST_TABLE_FULL;
    if ((st = prog_take_chan(p, &c->va)) != ST_OK)
        return st;
    memcpy(c->name, name, sizeof c->name);
    c->deadline_ns = deadline_ns;
    *ticket = ref_of(c);
    happen(c, BIND_EV_BIND);
    return ST_OK;
}

status_t bind_close(struct prog *p, vaddr_t va)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];

        if (c->prog != prog_id(p) || c->va != va || !bind_is_mapped(c->state))
            continue;
        told(c, UINT32_MAX);
        happen(c, BIND_EV_LET_GO);
        return ST_OK;
    }
    return ST_NOT_FOUND;
}

static void put_news(const struct conn *c, uint32_t what, struct rt_msg *m)
{
    bool here = c->peer == mon.core;

    m->w[2] = what == TELL_CLIENT ? c->service : ref_of(c);
    m->w[3] = what == TELL_REFUSED ? c->refused : c->va;
    m->w[4] = c->bell;
    m->w[5] = NEWS_PEER(c->peer, c->peer_bucket, here, side_of(c));
    m->w[1] = what == TELL_BOUND     ? NEWS_BOUND
              : what == TELL_CLIENT  ? NEWS_CLIENT
              : what == TELL_REFUSED ? NEWS_REFUSED
                                     : NEWS_GONE;
}

bool bind_next_news(struct prog *p, struct rt_msg *m)
{
    for (unsigned i = 0; i < CONNS && untold > 0; i++) {
        struct conn *c = &conns[i];
        uint32_t what = c->news & -c->news; /* the lowest bit: what happened first */

        if (what == 0 || c->prog != prog_id(p))
            continue;
        told(c, what);
        put_news(c, what, m);
        return true;
    }
    return false;
}

/* ---- what happens to programs and cores ---- */

void bind_prog_dead(struct prog *p)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];

        if (c->prog != prog_id(p))
            continue;
        if (c->state != BIND_FREE)
            happen(c, BIND_EV_LET_GO);
        told(c, UINT32_MAX);
        c->prog = UINT64_MAX; /* nobody's: an id that is given out no more */
    }
}

void bind_core_dead(core_id core)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];
        core_id waits_for = c->state == BIND_LOOKUP ? FIRST_CORE : c->peer;

        if (c->state == BIND_FREE || waits_for != core)
            continue;
        c->refused = ST_DEAD_CORE;
        happen(c, BIND_EV_CORE_DEAD);
    }
}

void bind_self_news(void)
{
    self_news = true;
}

static void take_self_news(void)
{
    struct rt_msg m;

    self_news = false;
    while (bind_next_news(prog_self(), &m))
        text_on_news(&(struct news){ m.w[1], { m.w[2], m.w[3], m.w[4], m.w[5] } });
}

uint64_t bind_turn(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < CONNS && waiting > 0; i++) {
        struct conn *c = &conns[i];

        if (!bind_has_deadline(c->state))
            continue;
        if (now_ns >= c->deadline_ns) {
            c->refused = ST_TIMEOUT;
            happen(c, BIND_EV_TIMEOUT);
        } else if (c->deadline_ns < next) {
            next = c->deadline_ns;
        }
    }
    if (self_news)
        take_self_news();
    return next;
}

/* ---- messages ---- */

void bind_on_found(core_id from, const struct peer_FOUND *m)
{
    struct conn *c = find(m->ref);

    if (c == NULL || from != FIRST_CORE || c->state != BIND_LOOKUP)
        return; /* it was given up meanwhile */
    c->peer = (core_id)m->core;
    c->service = m->id;
    c->refused = (status_t)m->status;
    if (c->refused == ST_OK && c->peer != mon.core && !core_is_joined(c->peer))
        c->refused = ST_DEAD_CORE;
    if (c->refused == ST_OK && pieces_are_ours(c->peer)) {
        c->refused = piece_take(c->peer, &c->piece);
        c->took_piece = c->refused == ST_OK;
    }
    happen(c, c->refused == ST_OK ? BIND_EV_FOUND : BIND_EV_NOT_FOUND);
}

/* Everything the service's end needs. ST_OK, or why not; what was taken is in `c`. */
static status_t prepare(struct conn *c, struct prog *p, const struct peer_BIND_REQ *m)
{
    status_t st;

    if ((st = prog_take_chan(p, &c->va)) != ST_OK)
        return st;
    c->piece = m->piece;
    if (c->peer != mon.core && pieces_are_ours(c->peer)) {
        if ((st = piece_take(c->peer, &c->piece)) != ST_OK)
            return st;
        c->took_piece = true;
    }
    return map_in(c);
}

void bind_on_req(core_id from, const struct peer_BIND_REQ *m)
{
    struct prog *p = registry_service(m->service);
    struct conn *c = p != NULL ? take_conn(prog_id(p)) : NULL;

    if (c == NULL) {
        PEER_SEND(from, REFUSE, .to = m->from, .status = p == NULL ? ST_GONE : ST_TABLE_FULL);
        return;
    }
    c->server = true;
    c->peer = from;
    c->peer_ref = m->from;
    c->peer_bucket = m->bucket;
    c->service = m->service;
    if ((c->refused = prepare(c, p, m)) == ST_OK) {
        happen(c, BIND_EV_REQ);
        return;
    }
    happen(c, BIND_EV_REQ_BAD);
    release(c);
}

void bind_on_accept(core_id from, const struct peer_ACCEPT *m)
{
    struct conn *c = find(m->to);
    status_t st = ST_OK;

    if (c == NULL || c->peer != from)
        return;
    c->peer_ref = m->from;
    c->peer_bucket = m->bucket;
    if (c->state == BIND_ASKED) {
        if (!c->took_piece)
            c->piece = m->piece;
        st = map_in(c);
        c->refused = st;
    }
    happen(c, st == ST_OK ? BIND_EV_ACCEPT : BIND_EV_ACCEPT_BAD);
}

void bind_on_refuse(core_id from, const struct peer_REFUSE *m)
{
    struct conn *c = find(m->to);

    if (c == NULL || c->peer != from)
        return;
    c->refused = (status_t)m->status;
    happen(c, BIND_EV_REFUSE);
}

void bind_on_close(core_id from, const struct peer_CLOSE *m)
{
    struct conn *c = find_other(from, m->from);

    if (c == NULL)
        PEER_SEND(from, CLOSED, .to = m->from); /* as the table says for FREE */
    else
        happen(c, BIND_EV_CLOSE);
}

void bind_on_closed(core_id from, const struct peer_CLOSED *m)
{
    struct conn *c = find(m->to);

    if (c != NULL && c->peer == from)
        happen(c, BIND_EV_CLOSED);
}
