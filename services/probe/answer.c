/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/probe/answer - the answering side of rally.h. */
#include "services/probe/rally_priv.h"
#include <string.h>

static uint64_t idle_ns(void)
{
    struct rt_msg m;

    return sys_core_query(&m) == ST_OK ? m.w[0] : 0;
}

/*
 * Asleep until a message is there. *at_ticks: the counter, read as the first thing after the
 * wait came back; *slept: this core was really idle meanwhile.
 */
static status_t await_asleep(struct rally *r, struct probe_PONG *pong)
{
    uint64_t before = idle_ns(), badge;
    struct rt_msg m;
    status_t st;

    pong->slept = 0;
    while (urpc_may_sleep(r->rx)) {
        st = sys_recv(0, EVENT_BELL | EVENT_POKE, r->until_ns, &m, &badge);
        pong->at_ticks = rt_ticks_after();
        if (st != ST_EVENT)
            return st;
        pong->slept = 1;
    }
    if (pong->slept == 0)
        pong->at_ticks = rt_ticks_after();
    pong->slept = pong->slept && idle_ns() > before;
    return r->rx->broken ? ST_PEER : ST_OK;
}

/*
 * Take the message that is there: its counter reading first, if it wants one. A full message costs
 * its one copy, as it would in use.
 */
static uint16_t take(struct urpc_rx *rx, const struct urpc_slot *slot, struct probe_PONG *pong)
{
    uint16_t kind = urpc_kind(rx);
    uint64_t copy[URPC_WORDS];

    if (kind == PROBE_PING && urpc_word(slot, 0) != 0)
        pong->at_ticks = rt_ticks_after();
    if (kind == PROBE_STREAM) {
        memcpy(copy, slot->word, sizeof copy);
        __asm__ volatile("" : : "r"(copy) : "memory"); /* the copy is really made */
        pong->number++;
    }
    urpc_release(rx);
    return kind;
}

/* In place, and without a bell: the other side polls. */
static void pong_back(struct rally *r, const struct probe_PONG *pong)
{
    struct probe_PONG *out = probe_PONG_reserve(r->tx);

    if (out == NULL)
        return; /* it sent more than it waited for: it will miss this one */
    *out = *pong;
    probe_PONG_commit(r->tx, 0);
}

static void answer(struct rally *r, enum probe_mode mode)
{
    struct probe_PONG pong = {0};
    const struct urpc_slot *slot;

    for (;;) {
        uint16_t kind;

        if (mode == MODE_SLEEP && await_asleep(r, &pong) != ST_OK)
            return;
        if (rally_await(r, &slot) != ST_OK)
            return;
        kind = take(r->rx, slot, &pong);
        if (kind != PROBE_STREAM)
            pong_back(r, &pong);
        if (kind == PROBE_STOP)
            return;
    }
}

void rally_answer(struct rt_chan *c, const struct probe_ECHO *ask)
{
    struct rally r = {
        .c = c, .tx = &c->u.tx, .rx = &c->u.rx, .until_ns = ask->until_ns, .spin_ns = ask->spin_ns};
    struct probe_READY ready = {.session = ask->session};

    if (ask->mode >= MODES || rt_send(c, PROBE_READY, 0, &ready, sizeof ready) != ST_OK)
        return;
    answer(&r, (enum probe_mode)ask->mode);
}
