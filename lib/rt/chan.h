/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/chan - channels as programs use them: bound by name, with their doorbell.
 *
 *     service                monitors                      client
 *     -------                --------                      ------
 *     rt_serve("skb") -----> name is known
 *                                        <---------------- rt_bind("skb", deadline)
 *     NEWS_CLIENT  <-------- memory for both -----------> (channel)
 *     rt_chan_open()                                       rt_chan_open()
 *         <================== urpc, without them ==================>
 *
 * After binding no monitor is in the way: messages go by urpc, and a sleeping peer is
 * poked by the doorbell (other core) or the event (own core) that came with the channel.
 * When the other side closes or dies, `gone` is set the next time news is read; what it
 * had sent can still be received.
 */
#pragma once
#include "lib/rt/monitor.h"
#include "urpc/chan.h"
#include "urpc/wait.h"

#define RT_CAPS 4u      /* capabilities a channel has room for: offered, or come and not taken */

struct rt_cap {
    handle_t handle;
    uint64_t tag;       /* the sender's number for it */
};

struct rt_chan {
    struct urpc_chan u;
    handle_t bell;      /* doorbell or event that wakes the peer; 0: not bound */
    vaddr_t va;         /* where its CHANNEL_BYTES are                         */
    bool gone;          /* the other side closed or died                       */
    struct urpc_patience patience;
    uint8_t first_cap, ncaps;
    struct rt_cap cap[RT_CAPS]; /* came, in order, and not taken (lib/rt/give.h) */
};

/* Channels a program can hold at once. */
#define RT_CHANS 128u

/* Offer a service under `name` (1 to 31 characters). ST_EXISTS: taken. ST_TIMEOUT: no answer. */
MUST_CHECK status_t rt_serve(const char *name);
/* The same; *id is what NEWS_CLIENT names it by, for who offers more than one. */
MUST_CHECK status_t rt_serve_id(const char *name, uint64_t *id);

/* Connect to the service `name`, waiting until it exists; deadline_ns is not 0. ST_TIMEOUT, ST_NOT_FOUND (bad name),
 * ST_DEAD_CORE, ST_NOMEM. `c` must stay where it is until rt_close. */
MUST_CHECK status_t rt_bind(const char *name, uint64_t deadline_ns, struct rt_chan *c);

/* Open the channel of a NEWS_BOUND or NEWS_CLIENT. */
MUST_CHECK status_t rt_chan_open(struct rt_chan *c, const struct news *n);
/* The next client of any own service. ST_TIMEOUT. */
MUST_CHECK status_t rt_accept(struct rt_chan *c, uint64_t deadline_ns);
/* Let go of it; the other side is told. No effect on one that is not bound. */
void rt_close(struct rt_chan *c);

/* Wake the peer, whether or not it sleeps: one system call. */
void rt_poke(const struct rt_chan *c);

/* After commits to c->u.tx made by hand: wake the peer if it asked for it. */
static inline void rt_chan_ring(struct rt_chan *c)
{
    if (urpc_must_ring(&c->u.tx))
        rt_poke(c);
}

/* Send at most 56 bytes. ST_AGAIN: no room now. ST_GONE, ST_PEER. */
MUST_CHECK status_t rt_send(struct rt_chan *c, uint16_t kind, uint8_t info, const void *payload,
                            size_t bytes);
/* The same, waiting for room. ST_TIMEOUT. */
MUST_CHECK status_t rt_send_wait(struct rt_chan *c, uint16_t kind, uint8_t info,
                                 const void *payload, size_t bytes, uint64_t deadline_ns);

/* Take one message. ST_AGAIN: none. ST_GONE when there is none and never will be. */
MUST_CHECK status_t rt_recv(struct rt_chan *c, struct urpc_msg *m);
/* The same, polling for a while (where that has helped: urpc/wait.h) and then asleep until the peer's doorbell. ST_TIMEOUT. */
MUST_CHECK status_t rt_recv_wait(struct rt_chan *c, struct urpc_msg *m, uint64_t deadline_ns);

/* Looks at an empty ring before a program goes to sleep; the emulator's cores are few. */
#define RT_POLL_BUDGET 64u
/* What took longer was not worth looking for: sleeping and being woken takes less. */
#define RT_POLL_NS 20000u
