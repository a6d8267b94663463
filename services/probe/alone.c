/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/probe/alone - the noise floor of rally.h: the exchange with nobody there. */
#include "services/probe/rally.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include <string.h>

static struct series series;

#define ALONE_BYTES 8192u

/* Both sides of an exchange, one after the other: what is left when nothing has to travel. */
static void exchange_alone(struct urpc_chan *a, struct urpc_chan *b)
{
    const struct urpc_slot *slot;
    struct probe_PING *ping = probe_PING_reserve(&a->tx);
    struct probe_PONG *pong;

    CHECK(ping != NULL);
    ping->stamp = 0;
    probe_PING_commit(&a->tx, 0);
    slot = urpc_peek(&b->rx);
    CHECK(slot != NULL && urpc_word(slot, 0) == 0);
    urpc_release(&b->rx);
    pong = probe_PONG_reserve(&b->tx);
    CHECK(pong != NULL);
    *pong = (struct probe_PONG){0};
    probe_PONG_commit(&b->tx, 0);
    slot = urpc_peek(&a->rx);
    CHECK(slot != NULL && urpc_word(slot, 0) == 0);
    urpc_release(&a->rx);
}

void rally_control(const struct rally_ask *ask, struct series_result *out)
{
    static _Alignas(64) char memory[ALONE_BYTES];
    struct urpc_chan a, b;

    memset(memory, 0, sizeof memory);
    CHECK(urpc_chan_attach(&a, memory, sizeof memory, 0, 0, 0) == ST_OK);
    CHECK(urpc_chan_attach(&b, memory, sizeof memory, 1, 0, 0) == ST_OK);
    series_begin(&series, rt_clock.ns_per_tick, ask->rounds, ask->warmup, ask->batch,
                 rt_now_ns() + ask->budget_ns);
    while (series_more(&series, rt_now_ns())) {
        uint64_t began = rt_ticks();

        for (uint32_t i = 0; i < series.batch; i++)
            exchange_alone(&a, &b);
        series_add(&series, rt_ticks_after() - began);
    }
    series_end(&series, out);
}
