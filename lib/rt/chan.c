/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/chan.h"
#include "lib/abi/layout.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/news_priv.h"
#include <string.h>

#define BIND_AGAIN_NS NS_PER_MS
#define SERVE_PATIENCE_NS (10 * NS_PER_S) /* for the register on the first core to answer */

static struct rt_chan *open_chans[RT_CHANS]; /* by place in the area of channels */

static struct rt_chan **place(vaddr_t va)
{
    uint64_t i = (va - USER_CHANNELS) / CHANNEL_BYTES;

    return i < RT_CHANS ? &open_chans[i] : NULL;
}

void chan_mark_gone(vaddr_t va)
{
    struct rt_chan **at = place(va);

    if (at != NULL && *at != NULL)
        (*at)->gone = true;
}

bool chan_cap_came(vaddr_t va, handle_t h, uint64_t tag)
{
    struct rt_chan **at = place(va), *c = at != NULL ? *at : NULL;

    if (c == NULL || c->ncaps == RT_CAPS)
        return false;
    c->cap[(c->first_cap + c->ncaps++) % RT_CAPS] = (struct rt_cap){ h, tag };
    return true;
}

/* What came over it and was not taken goes as well. */
static void drop_caps(struct rt_chan *c)
{
    news_pump();
    for (; c->ncaps > 0; c->ncaps--) {
        handle_t h = c->cap[c->first_cap].handle;

        c->first_cap = (uint8_t)((c->first_cap + 1) % RT_CAPS);
        if (cap_delete(h) != ST_OK)
            continue; /* it was revoked already */
    }
}

struct rt_chan *chan_with_cap(void)
{
    for (unsigned i = 0; i < RT_CHANS; i++)
        if (open_chans[i] != NULL && open_chans[i]->ncaps > 0)
            return open_chans[i];
    return NULL;
}

static status_t put_name(const char *name, struct rt_msg *m)
{
    size_t n = strlen(name);

    if (n == 0 || n >= NAME_BYTES)
        return ST_INVALID;
    memcpy(&m->w[1], name, n);
    return ST_OK;
}

static bool names_service(const struct news *n, uint64_t id)
{
    return n->kind == NEWS_NAMED && n->w[0] == id;
}

status_t rt_serve_id(const char *name, uint64_t *id)
{
    struct rt_msg m = { { 0 } };
    struct news n;
    status_t st = put_name(name, &m);

    if (st != ST_OK || (st = mon_call(MON_SERVE, &m)) != ST_OK)
        return st;
    *id = m.w[1];
    st = news_wait(names_service, m.w[1], rt_now_ns() + SERVE_PATIENCE_NS, &n);
    return st != ST_OK ? st : (status_t)n.w[1];
}

status_t rt_serve(const char *name)
{
    uint64_t unused;

    return rt_serve_id(name, &unused);
}

status_t rt_chan_open(struct rt_chan *c, const struct news *n)
{
    vaddr_t va = n->w[1];
    struct rt_chan **at = place(va);
    status_t st;

    *c = (struct rt_chan){ 0 };
    if (at == NULL || *at != NULL)
        return ST_INVALID;
    st = urpc_chan_attach(&c->u, (void *)(uintptr_t)va, CHANNEL_BYTES, NEWS_PEER_SIDE(n->w[3]),
                          NEWS_PEER_CORE(n->w[3]), va);
    if (st != ST_OK)
        return st;
    c->bell = n->w[2];
    c->va = va;
    *at = c;
    return ST_OK;
}

static bool answers_ticket(const struct news *n, uint64_t ticket)
{
    return (n->kind == NEWS_BOUND || n->kind == NEWS_REFUSED) && n->w[0] == ticket;
}

static status_t bind_once(const char *name, uint64_t deadline_ns, struct rt_chan *c)
{
    struct rt_msg m = { { [5] = deadline_ns } };
    struct news n;
    status_t st = put_name(name, &m);

    if (st != ST_OK || (st = mon_call(MON_BIND, &m)) != ST_OK)
        return st;
    /* No deadline here: the monitor answers every ticket, if need be with ST_TIMEOUT. */
    if ((st = news_wait(answers_ticket, m.w[1], 0, &n)) != ST_OK)
        return st;
    return n.kind == NEWS_BOUND ? rt_chan_open(c, &n) : (status_t)n.w[1];
}

/* A service that died may still be in the register for the time of a message: ask again. */
status_t rt_bind(const char *name, uint64_t deadline_ns, struct rt_chan *c)
{
    status_t st;

    *c = (struct rt_chan){ 0 };
    while ((st = bind_once(name, deadline_ns, c)) == ST_GONE && rt_now_ns() < deadline_ns)
        (void)sys_sleep_for(BIND_AGAIN_NS);
    return st == ST_GONE ? ST_TIMEOUT : st;
}

static bool is_client(const struct news *n, uint64_t unused)
{
    (void)unused;
    return n->kind == NEWS_CLIENT;
}

status_t rt_accept(struct rt_chan *c, uint64_t deadline_ns)
{
    struct news n;
    status_t st = news_wait(is_client, 0, deadline_ns, &n);

    return st != ST_OK ? st : rt_chan_open(c, &n);
}

void rt_close(struct rt_chan *c)
{
    struct rt_msg m = { { 0, c->va } };
    struct rt_chan **at = place(c->va);
    status_t st;

    if (c->bell == 0)
        return;
    drop_caps(c);
    if (at != NULL)
        *at = NULL;
    (void)mon_call(MON_CLOSE, &m); /* not found: the monitor has closed it already */
    while ((st = sys_delete(c->bell)) == ST_AGAIN)
        ;
    /* Not waited for: who makes room in the log may be who closes this. Then its slot is lost. */
    if (st == ST_LOG_FULL && cap_drop_later != NULL)
        cap_drop_later(c->bell);
    *c = (struct rt_chan){ 0 };
}

void rt_poke(const struct rt_chan *c)
{
    /* Event or doorbell: it changes when the peer moves. One that fails means the peer is gone, which news tells better. */
    (void)sys_signal(c->bell);
}

status_t rt_send(struct rt_chan *c, uint16_t kind, uint8_t info, const void *payload, size_t bytes)
{
    status_t st;

    if (c->gone)
        return ST_GONE;
    if ((st = urpc_send(&c->u.tx, kind, info, payload, bytes)) == ST_OK)
        rt_chan_ring(c);
    return st;
}

/* A ring has no bell for room, so a sender that found none looks again, first soon, then at leisure. */
#define ROOM_YIELDS 32u
#define ROOM_NAP_NS (200 * NS_PER_US)

status_t rt_send_wait(struct rt_chan *c, uint16_t kind, uint8_t info, const void *payload,
                      size_t bytes, uint64_t deadline_ns)
{
    status_t st;

    for (unsigned tries = 0; (st = rt_send(c, kind, info, payload, bytes)) == ST_AGAIN; tries++) {
        if (rt_now_ns() >= deadline_ns)
            return ST_TIMEOUT;
        if (tries < ROOM_YIELDS) {
            sys_yield();
            continue;
        }
        (void)sys_sleep_for(ROOM_NAP_NS);
        news_pump(); /* it may be full because nobody is there any more */
    }
    return st;
}

status_t rt_recv(struct rt_chan *c, struct urpc_msg *m)
{
    status_t st = urpc_recv(&c->u.rx, m);

    return st == ST_AGAIN && c->gone ? ST_GONE : st;
}

status_t rt_recv_wait(struct rt_chan *c, struct urpc_msg *m, uint64_t deadline_ns)
{
    struct urpc_waiter w = { .budget = 0 };
    struct urpc_rx *rx = &c->u.rx;
    bool looked = false, slept = false;
    struct rt_msg unused;
    uint64_t badge, began;
    size_t which;
    status_t st = rt_recv(c, m);

    if (st != ST_AGAIN)
        return st;
    w.budget = urpc_patience(&c->patience, RT_POLL_BUDGET);
    began = w.budget == 0 ? 0 : rt_now_ns();
    for (; st == ST_AGAIN; st = rt_recv(c, m)) {
        switch (urpc_wait(&w, &rx, 1, &which)) {
        case URPC_READY:
            break;
        case URPC_POLL:
            looked = true;
            cpu_relax();
            break;
        case URPC_SLEEP:
            slept = true;
            st = sys_recv(0, EVENT_WAKE, deadline_ns, &unused, &badge);
            if (st == ST_EVENT && (unused.w[0] & EVENT_NEWS))
                news_pump();
            else if (st != ST_EVENT && !urpc_ready(rx))
                return st;
        }
    }
    if (looked)
        urpc_waited(&c->patience, slept || rt_now_ns() > began + RT_POLL_NS);
    return st;
}
