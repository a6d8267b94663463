/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/rally_priv.h"
#include <string.h>

/* So long at most without breathers. */
#define SPIN_MOST_NS (100 * NS_PER_MS)
/* After the receiver asked for the doorbell: so long until its core has surely gone to sleep. */
#define ASLEEP_NS (100 * NS_PER_US)
/* Messages of the stream between two looks at the clock. */
#define STREAM_BURST 512u

static struct series series; /* one measurement at a time */

/* Wait for a message of one kind and drop what comes before it: left over from a session given up. */
static status_t await_kind(struct rally *r, uint16_t kind, struct urpc_msg *m)
{
    status_t st;

    for (;;) {
        const struct urpc_slot *slot;

        if ((st = rally_await(r, &slot)) != ST_OK || (st = urpc_recv(r->rx, m)) != ST_OK)
            return st;
        if (m->kind == kind)
            return ST_OK;
    }
}

static status_t send(struct rally *r, uint16_t kind, const void *payload, size_t bytes)
{
    return rt_send_wait(r->c, kind, 0, payload, bytes, r->until_ns);
}

static status_t begin(struct rally *r, enum probe_mode mode, uint64_t budget_ns)
{
    struct probe_ECHO echo = {.session = r->ask->session, .mode = mode};
    uint64_t now = rt_now_ns(), spin = r->ask->budget_ns / 2;
    struct urpc_msg m;
    status_t st;

    r->spin_ns = echo.spin_ns = now + (spin < SPIN_MOST_NS ? spin : SPIN_MOST_NS);
    r->until_ns = echo.until_ns = now + budget_ns + RALLY_PATIENCE_NS;
    if ((st = send(r, PROBE_ECHO, &echo, sizeof echo)) != ST_OK)
        return st;
    do {
        if ((st = await_kind(r, PROBE_READY, &m)) != ST_OK)
            return st;
    } while (probe_READY_in(m.word)->session != r->ask->session);
    return ST_OK;
}

static status_t end(struct rally *r, struct probe_PONG *last)
{
    struct probe_STOP stop = {.session = r->ask->session};
    struct urpc_msg m;
    status_t st;

    if ((st = send(r, PROBE_STOP, &stop, sizeof stop)) != ST_OK ||
        (st = await_kind(r, PROBE_PONG, &m)) != ST_OK)
        return st;
    *last = *probe_PONG_in(m.word);
    return ST_OK;
}

/* One message there, one back. The peer polls, so no bell is rung. It notes its time if `stamp`. */
static inline status_t exchange(struct rally *r, bool stamp, uint64_t *at_ticks)
{
    struct probe_PING *ping = probe_PING_reserve(r->tx);
    const struct urpc_slot *slot;
    status_t st;

    if (ping == NULL)
        return ST_PEER; /* of two messages under way there is always room for one */
    ping->stamp = stamp;
    probe_PING_commit(r->tx, 0);
    if ((st = rally_await(r, &slot)) != ST_OK)
        return st;
    *at_ticks = urpc_word(slot, offsetof(struct probe_PONG, at_ticks) / sizeof(uint64_t));
    urpc_release(r->rx);
    return ST_OK;
}

static status_t round_trips(struct rally *r, uint64_t *ticks)
{
    uint64_t began = rt_ticks_after(), unused;
    status_t st;

    for (uint32_t i = 0; i < r->ask->batch; i++)
        if ((st = exchange(r, false, &unused)) != ST_OK)
            return st;
    *ticks = rt_ticks_after() - began;
    return ST_OK;
}

/* Both stamps are of the one counter all cores read; if they were not, some would go backwards. */
static status_t one_ways(struct rally *r, uint64_t *ticks, uint64_t *backwards)
{
    status_t st;

    *ticks = 0;
    for (uint32_t i = 0; i < r->ask->batch; i++) {
        uint64_t left = rt_ticks_after(), arrived;

        if ((st = exchange(r, true, &arrived)) != ST_OK)
            return st;
        if (arrived >= left)
            *ticks += arrived - left;
        else
            ++*backwards;
    }
    return ST_OK;
}

/* Until one exchange went without a breather, which on a real machine is the first. */
static status_t settle(struct rally *r)
{
    uint64_t unused;
    uint32_t before;
    status_t st;

    do {
        before = r->breathers;
        st = exchange(r, false, &unused);
    } while (st == ST_OK && r->breathers != before && rt_now_ns() < r->spin_ns);
    return st;
}

static status_t measure_exchanges(struct rally *r, enum series_id id, uint64_t budget_ns,
                                  struct result *out)
{
    status_t st;

    series_begin(&series, rt_clock.ns_per_tick, r->ask->rounds, r->ask->warmup, r->ask->batch,
                 rt_now_ns() + budget_ns);
    while (series_more(&series, rt_now_ns())) {
        uint64_t ticks;

        st = id == SERIES_ONEWAY ? one_ways(r, &ticks, &out->backwards) : round_trips(r, &ticks);
        if (st != ST_OK)
            return st;
        series_add(&series, ticks);
    }
    series_end(&series, &out->series[id]);
    return ST_OK;
}

/* The receiver has raised its bell for a new time: it is on its way to sleep. */
static bool asked_for_bell(const struct urpc_tx *tx)
{
    /* Relaxed: only a hint for when to start; urpc_must_ring looks again behind its fence. */
    return atomic_load_explicit(&tx->line->bell, memory_order_relaxed) != tx->bell_seen;
}

static status_t wait_until_asleep(struct rally *r)
{
    for (unsigned looks = 1; !asked_for_bell(r->tx); looks++) {
        if (looks % LOOKS == 0 && rt_now_ns() >= r->until_ns)
            return ST_TIMEOUT;
        cpu_relax();
    }
    return sys_sleep_for(ASLEEP_NS);
}

static status_t wake_up(struct rally *r, uint64_t *ticks, uint64_t *awake)
{
    struct probe_PING ping = {0};
    struct probe_PONG pong;
    struct urpc_msg m;
    uint64_t began;
    status_t st;

    if ((st = wait_until_asleep(r)) != ST_OK)
        return st;
    began = rt_ticks_after();
    if ((st = rt_send(r->c, PROBE_PING, 0, &ping, sizeof ping)) != ST_OK ||
        (st = await_kind(r, PROBE_PONG, &m)) != ST_OK)
        return st;
    pong = *probe_PONG_in(m.word);
    *ticks = pong.at_ticks > began ? pong.at_ticks - began : 0;
    *awake += pong.slept == 0;
    return ST_OK;
}

static status_t measure_wake(struct rally *r, uint64_t budget_ns, struct result *out)
{
    uint32_t warmup = r->ask->warmup < r->ask->wakes / 8 ? r->ask->warmup : r->ask->wakes / 8;
    struct probe_PONG last;
    status_t st;

    if ((st = begin(r, MODE_SLEEP, budget_ns)) != ST_OK)
        return st;
    series_begin(&series, rt_clock.ns_per_tick, r->ask->wakes, warmup, 1, rt_now_ns() + budget_ns);
    while (series_more(&series, rt_now_ns())) {
        uint64_t ticks;

        if ((st = wake_up(r, &ticks, &out->awake)) != ST_OK)
            return st;
        series_add(&series, ticks);
    }
    series_end(&series, &out->series[SERIES_WAKE]);
    return end(r, &last);
}

/* As many messages of full size as there is room for. ST_TIMEOUT: nobody takes them. */
static status_t burst(struct rally *r, uint64_t *sent)
{
    for (unsigned i = 0, looks = 1; i < STREAM_BURST;) {
        struct probe_STREAM *out = probe_STREAM_reserve(r->tx);

        if (out == NULL) {
            if (r->tx->broken)
                return ST_PEER;
            if (looks % LOOKS == 0 && rt_now_ns() >= r->until_ns)
                return ST_TIMEOUT;
            if (looks++ % LOOKS_PATIENCE == 0)
                rally_breathe(r);
            cpu_relax();
            continue;
        }
        for (unsigned w = 0; w < URPC_WORDS; w++)
            out->word[w] = *sent;
        probe_STREAM_commit(r->tx, 0);
        ++*sent;
        i++;
    }
    return ST_OK;
}

static status_t measure_stream(struct rally *r, uint64_t budget_ns, struct result *out)
{
    struct probe_PONG last;
    uint64_t sent = 0, began, warm = 0;
    status_t st;

    if ((st = burst(r, &warm)) != ST_OK)
        return st;
    began = rt_ticks_after();
    do {
        if ((st = burst(r, &sent)) != ST_OK)
            return st;
    } while (rt_ticks_to_ns(rt_ticks() - began) < budget_ns);
    if ((st = end(r, &last)) != ST_OK)
        return st;
    out->messages = sent;
    out->ns = rt_ticks_to_ns(rt_ticks_after() - began);
    return last.number == sent + warm ? ST_OK : ST_PEER; /* each came exactly once */
}

/* All that is done with both sides awake, while they are at it. */
static status_t measure_awake(struct rally *r, uint64_t tenth_ns, struct result *out)
{
    status_t st;

    if ((st = begin(r, MODE_POLL, 7 * tenth_ns)) != ST_OK || (st = settle(r)) != ST_OK ||
        (st = measure_exchanges(r, SERIES_RTT, 3 * tenth_ns, out)) != ST_OK ||
        (st = measure_exchanges(r, SERIES_ONEWAY, 3 * tenth_ns, out)) != ST_OK)
        return st;
    return measure_stream(r, tenth_ns, out);
}

status_t rally_measure(struct rt_chan *c, const struct rally_ask *ask, struct result *out)
{
    struct rally r = {.c = c, .tx = &c->u.tx, .rx = &c->u.rx, .ask = ask};
    uint64_t tenth_ns = ask->budget_ns / 10;
    status_t st = measure_awake(&r, tenth_ns, out);

    return st != ST_OK ? st : measure_wake(&r, 3 * tenth_ns, out);
}
