/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/probe/rally_priv - one end of a rally, and how it waits: for rally.c and answer.c. */
#pragma once
#include "services/probe/rally.h"
#include "lib/rt/clock.h"

/* Looks at an empty ring between two looks at the clock. */
#define LOOKS 256u
/*
 * Looks in vain - some 50 us, a hundred round trips - after which a side sleeps for a moment and
 * looks on. On a real machine that does not happen. An emulator may have both cores on one
 * processor of the host, where each would keep it from the other for milliseconds. Not at
 * once: a host that sees both at work for a while (half of the budget) is likely to put them apart.
 */
#define LOOKS_PATIENCE (16 * LOOKS)
#define BREATHER_NS    (20 * NS_PER_US)

struct rally {
    struct rt_chan *c;
    struct urpc_tx *tx;
    struct urpc_rx *rx;
    const struct rally_ask *ask;
    uint64_t until_ns; /* when to give up               */
    uint64_t spin_ns;  /* until then without breathers  */
    uint32_t breathers;
};

static inline void rally_breathe(struct rally *r)
{
    r->breathers++;
    if (rt_now_ns() >= r->spin_ns)
        (void)sys_sleep_for(BREATHER_NS); /* shorter or longer, it looks again */
}

/* The next message, polled for. ST_TIMEOUT, ST_PEER. */
static inline status_t rally_await(struct rally *r, const struct urpc_slot **slot)
{
    for (unsigned looks = 1;; looks++) {
        if ((*slot = urpc_peek(r->rx)) != NULL)
            return ST_OK;
        if (looks % LOOKS == 0) {
            if (r->rx->broken)
                return ST_PEER;
            if (rt_now_ns() >= r->until_ns)
                return ST_TIMEOUT;
            if (looks % LOOKS_PATIENCE == 0)
                rally_breathe(r);
        }
        cpu_relax();
    }
}
