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

#define PATIENCE_NS NS_PER_S
#define KIND_BALL   1u

static status_t take_asleep(struct rt_chan *c, struct urpc_msg *m, uint64_t deadline_ns)
{
    struct rt_msg unused;
    uint64_t badge;
    status_t st;

    while (urpc_may_sleep(&c->u.rx))
        if ((st = sys_recv(0, EVENT_BELL, deadline_ns, &unused, &badge)) != ST_EVENT)
            return st;
    return urpc_recv(&c->u.rx, m);
}

static uint64_t wake_round(void *context)
{
    struct rt_chan *c = context;
    uint64_t ball = 1, began;
    struct urpc_msg m;

    (void)sys_sleep_for(50 * NS_PER_US); /* until the other side sleeps */
    began = bench_counter();
    if (rt_send(c, KIND_BALL, 0, &ball, sizeof ball) != ST_OK || take_asleep(c, &m, 0) != ST_OK)
        return 0;
    return bench_counter() - began;
}

bool bench_wake(struct rt_chan *peer)
{
    return bench_row("target.wake_rtt", wake_round, peer);
}

void bench_wake_peer(struct rt_chan *peer)
{
    struct urpc_msg m;

    while (take_asleep(peer, &m, 0) == ST_OK)
        if (rt_send(peer, KIND_BALL, 0, m.word, sizeof m.word[0]) != ST_OK)
            return;
}
