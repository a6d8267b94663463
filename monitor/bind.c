/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/bind.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/conn.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/feed.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/names.h"
#include "monitor/pieces.h"
#include "monitor/registry.h"
#include "monitor/text.h"
#include "witness/record.h"
#include <stdio.h>
#include <string.h>

#define CLOSED_NS (5 * NS_PER_S) /* a monitor answers CLOSE at once: one that does not is suspected */

static unsigned waiting;        /* ends with a deadline */
static bool self_news;

/* ---- what the machine of bind_sm.h asks for ---- */

static void send_lookup(const struct conn *c)
{
    struct peer_LOOKUP m = { .ref = conn_ref(c) };

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
        PEER_SEND(FIRST_CORE, CANCEL, .ref = conn_ref(c));
    if (what & BIND_SEND_REQ)
        PEER_SEND(c->peer, BIND_REQ, .from = conn_ref(c), .service = c->service, .bucket = bucket,
                  .piece = c->piece);
    if (what & BIND_SEND_ACCEPT)
        PEER_SEND(c->peer, ACCEPT, .to = c->peer_ref, .from = conn_ref(c), .bucket = bucket,
                  .piece = c->piece);
    if (what & BIND_SEND_REFUSE)
        PEER_SEND(c->peer, REFUSE, .to = c->peer_ref, .status = (uint32_t)c->refused);
    if (what & BIND_SEND_CLOSE)
        PEER_SEND(c->peer, CLOSE, .from = conn_ref(c));
    if (what & BIND_SEND_CLOSED)
        PEER_SEND(c->peer, CLOSED, .to = c->peer_ref);
}

static void report_refused(const struct conn *c, enum bind_event event)
{
    char what[64];

    snprintf(what, sizeof what, "channel with core %u: event %u in state %u", c->peer,
             (unsigned)event, (unsigned)c->state);
    rec_error(what, ST_PEER, "the protocol of binding does not allow it; ignored");
}

/* A program's patience, or ours with another monitor. */
static bool has_deadline(enum bind_state state)
{
    return bind_has_deadline(state) || state == BIND_CLOSING;
}

/* By what a channel ended, as its record says. */
static unsigned why_ended(enum bind_event event)
{
    return event == BIND_EV_CORE_DEAD ? WITNESS_F_FAULT : event == BIND_EV_CLOSE ? WITNESS_F_CANCEL : 0;
}

static void happen(struct conn *c, enum bind_event event)
{
    struct bind_step step = bind_step(c->state, event);
    enum bind_edge edge = bind_edge(c->state, (enum bind_state)step.next);

    if (step.action & BIND_REFUSED) {
        report_refused(c, event);
        return;
    }
    if (step.next == BIND_CLOSING && c->state != BIND_CLOSING)
        c->deadline_ns = rt_now_ns() + CLOSED_NS;
    waiting -= has_deadline(c->state);
    c->state = (enum bind_state)step.next;
    waiting += has_deadline(c->state);
    if (step.action & BIND_DO_UNMAP)
        conn_unmap(c);
    CHECK(edge != BIND_EDGE_BEGINS || c->noted); /* conn_map: before anybody hears of it */
    if (edge == BIND_EDGE_ENDS)
        conn_ended(c, why_ended(event));
    if (edge != BIND_EDGE_SAME && c->server)
        feed_edge(c->service, c->peer, edge == BIND_EDGE_BEGINS);
    send(c, step.action);
    if (step.action & BIND_TELL_BOUND)
        conn_tell(c, TELL_BOUND);
    if (step.action & BIND_TELL_CLIENT)
        conn_tell(c, TELL_CLIENT);
    if (step.action & BIND_TELL_REFUSED)
        conn_tell(c, TELL_REFUSED);
    if (step.action & BIND_TELL_GONE)
        conn_tell(c, TELL_GONE);
    if (c->state == BIND_FREE || c->state == BIND_CLOSING)
        conn_give_place(c);
    if (step.action & BIND_DO_RELEASE)
        conn_release(c);
}

/* ---- what programs ask ---- */

status_t bind_request(struct prog *p, const char *name, uint64_t deadline_ns, uint64_t *ticket)
{
    struct conn *c;
    status_t st;

    if (deadline_ns == 0 || !name_valid(name))
        return ST_INVALID;
    if (core_is_gone(FIRST_CORE))
        return ST_DEAD_CORE; /* the names are gone with it */
    if ((c = conn_take(prog_id(p))) == NULL)
        return ST_TABLE_FULL;
    if ((st = prog_take_chan(p, &c->va)) != ST_OK)
        return st;
    memcpy(c->name, name, sizeof c->name);
    c->deadline_ns = deadline_ns;
    *ticket = conn_ref(c);
    happen(c, BIND_EV_BIND);
    return ST_OK;
}

status_t bind_close(struct prog *p, vaddr_t va)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = conn_at(i);

        if (c->prog != prog_id(p) || c->va != va || !bind_is_mapped(c->state))
            continue;
        conn_told(c, UINT32_MAX);
        if (!move_far_waits(c))
            happen(c, BIND_EV_LET_GO);
        return ST_OK;
    }
    return ST_NOT_FOUND;
}

/* ---- what happens to programs and cores ---- */

void bind_prog_dead(struct prog *p)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = conn_at(i);

        if (c->prog != prog_id(p))
            continue;
        if (c->state != BIND_FREE && !move_far_waits(c))
            happen(c, BIND_EV_LET_GO);
        conn_told(c, UINT32_MAX);
        c->prog = UINT64_MAX; /* nobody's: an id that is given out no more */
    }
}

void bind_core_dead(core_id core)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = conn_at(i);
        core_id waits_for = c->state == BIND_LOOKUP ? FIRST_CORE : c->peer;

        if (c->state == BIND_FREE || waits_for != core || c->far.state != FAR_NONE)
            continue;
        c->refused = ST_DEAD_CORE;
        happen(c, BIND_EV_CORE_DEAD);
    }
}

void bind_after_move(struct conn *c)
{
    if (c->let_go) {
        c->let_go = false;
        happen(c, BIND_EV_LET_GO);
    }
    if (c->state != BIND_FREE && core_is_gone(c->peer)) {
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
    while (conn_next_news(prog_self(), &m)) {
        struct news n = { m.w[1], { m.w[2], m.w[3], m.w[4], m.w[5] } };

        if (!feed_on_news(&n))
            text_on_news(&n);
    }
}

uint64_t bind_turn(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < CONNS && waiting > 0; i++) {
        struct conn *c = conn_at(i);

        if (!has_deadline(c->state))
            continue;
        if (now_ns >= c->deadline_ns && c->state == BIND_CLOSING) {
            c->deadline_ns = UINT64_MAX; /* it ends by the core's death */
            core_suspect(c->peer, "it did not answer when a channel was closed");
        } else if (now_ns >= c->deadline_ns) {
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
    struct conn *c = conn_find(m->ref);

    if (c == NULL || from != FIRST_CORE || c->state != BIND_LOOKUP)
        return; /* it was given up meanwhile */
    c->peer = (core_id)m->core;
    c->service = m->id;
    c->refused = (status_t)m->status;
    if (c->refused == ST_OK && c->peer != mon.core && !core_is_joined(c->peer))
        c->refused = ST_DEAD_CORE;
    if (c->refused == ST_OK && later_any())
        c->refused = ST_LOG_FULL; /* a piece that is still mapped here may be the one it would get */
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
    return conn_map(c);
}

/*
 * Who serves, and may be given an end now. Of one that is being moved it is listed already what goes along: an end made behind
 * that list would stay here when it goes, and who bound would wait for ever. It is told GONE, and asks again (lib/rt/chan.c).
 */
static struct prog *taker(uint64_t service)
{
    struct prog *p = registry_service(service);

    return p != NULL && !p->moving ? p : NULL;
}

void bind_on_req(core_id from, const struct peer_BIND_REQ *m)
{
    struct prog *p = taker(m->service);
    struct conn *c = p != NULL ? conn_take(prog_id(p)) : NULL;

    if (c == NULL) {
        PEER_SEND(from, REFUSE, .to = m->from, .status = p == NULL ? ST_GONE : ST_TABLE_FULL);
        return;
    }
    c->server = true;
    c->peer = from;
    c->peer_ref = m->from;
    c->peer_bucket = m->bucket;
    c->service = registry_told(m->service);
    if ((c->refused = prepare(c, p, m)) == ST_OK) {
        happen(c, BIND_EV_REQ);
        fail_point(0, "bind");
        return;
    }
    happen(c, BIND_EV_REQ_BAD);
    conn_release(c);
}

void bind_on_accept(core_id from, const struct peer_ACCEPT *m)
{
    struct conn *c = conn_find(m->to);
    status_t st = ST_OK;

    if (c == NULL || c->peer != from)
        return;
    c->peer_ref = m->from;
    c->peer_bucket = m->bucket;
    if (c->state == BIND_ASKED) {
        if (!c->took_piece)
            c->piece = m->piece;
        st = conn_map(c);
        c->refused = st;
    }
    happen(c, st == ST_OK ? BIND_EV_ACCEPT : BIND_EV_ACCEPT_BAD);
}

void bind_on_refuse(core_id from, const struct peer_REFUSE *m)
{
    struct conn *c = conn_find(m->to);

    if (c == NULL || c->peer != from)
        return;
    c->refused = (status_t)m->status;
    happen(c, BIND_EV_REFUSE);
}

void bind_on_close(core_id from, const struct peer_CLOSE *m)
{
    struct conn *c = conn_find_other(from, m->from);

    fail_point(0, "close");
    if (c == NULL) {
        PEER_SEND(from, CLOSED, .to = m->from); /* as the table says for FREE */
        return;
    }
    happen(c, BIND_EV_CLOSE);
    if (c->state == BIND_ORPHAN)
        bind_say_heard(c);
}

/* So that nobody takes a program that does not let go for a monitor that does not answer. */
void bind_say_heard(const struct conn *c)
{
    PEER_SEND(c->peer, HEARD, .to = c->peer_ref);
}

/* It may be elsewhere than it was: a partition took its end along. */
void bind_on_heard(core_id from, const struct peer_HEARD *m)
{
    struct conn *c = conn_find(m->to);

    if (c == NULL || c->state != BIND_CLOSING)
        return;
    c->peer = from;
    c->deadline_ns = UINT64_MAX; /* its program decides; or its core dies */
}

void bind_on_closed(core_id from, const struct peer_CLOSED *m)
{
    struct conn *c = conn_find(m->to);

    if (c != NULL && (c->peer == from || c->state == BIND_CLOSING))
        happen(c, BIND_EV_CLOSED);
}
