/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/target_wake - a message to a core that sleeps, and its answer to one that sleeps too.
 *
 *     core 0                                     core 1
 *     t0; send; its bell was asked for: ring --> WFI ... wakes, takes the message
 *     asks for the bell, sleeps in WFI      <--- sends, rings, asks, sleeps
 *     wakes, takes the message; t1
 *
 * Nobody polls. Counted: t1 - t0, the instructions of both cores.
 */
#include "tests/bench/target.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"

#define KIND_BALL 1u

/* In place, as urpc/msg.h does it: the message is written and read in its slot. */
static bool send(struct rt_chan *c, uint64_t ball)
{
    struct urpc_slot *slot = urpc_reserve(&c->u.tx);

    if (slot == NULL)
        return false;
    slot->word[0] = ball;
    urpc_commit(&c->u.tx, KIND_BALL, sizeof ball);
    rt_chan_ring(c);
    return true;
}

/* 0: it did not come. */
static uint64_t take_asleep(struct rt_chan *c)
{
    const struct urpc_slot *slot;
    struct rt_msg unused;
    uint64_t badge, ball;

    while (urpc_may_sleep(&c->u.rx))
        if (sys_recv(0, EVENT_BELL, 0, &unused, &badge) != ST_EVENT)
            return 0;
    if ((slot = urpc_peek(&c->u.rx)) == NULL)
        return 0;
    ball = urpc_word(slot, 0);
    urpc_release(&c->u.rx);
    return ball;
}

static uint64_t wake_round(void *context)
{
    struct rt_chan *c = context;
    uint64_t began;
    bool ok;

    (void)sys_sleep_for(50 * NS_PER_US); /* until the other side sleeps */
    began = bench_counter();
    ok = send(c, began) && take_asleep(c) == began;
    return ok ? bench_counter() - began : 0;
}

bool bench_wake(struct rt_chan *peer)
{
    return bench_row("target.wake_rtt", wake_round, peer);
}

void bench_wake_peer(struct rt_chan *peer)
{
    uint64_t ball;

    while ((ball = take_asleep(peer)) != 0 && send(peer, ball))
        ;
}
