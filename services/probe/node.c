/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/node.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/probe/local.h"
#include <stdio.h>
#include <string.h>

#define BIND_PATIENCE_NS    (5 * NS_PER_S)
#define ANSWER_PATIENCE_NS  NS_PER_S
#define LOCAL_WARMUP        4u
#define LOCAL_CONTROL_BATCH 8u

static uint64_t bit(core_id core)
{
    return 1ull << core;
}

static void name_of(core_id core, char name[NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, "probe.%u", core);
}

/* ---- channels ---- */

static void on_message(struct rt_source *s, const struct urpc_msg *m);

static void on_gone(struct rt_source *s)
{
    struct node *n = s->context;
    core_id core = (core_id)(s - n->source);

    n->have &= ~bit(core);
    rt_close(s->chan);
    if (n->on_lost != NULL)
        n->on_lost(n, core);
}

static status_t add(struct node *n, core_id core)
{
    status_t st;

    n->source[core] = (struct rt_source){
        .chan = &n->chan[core], .on_message = on_message, .on_gone = on_gone, .context = n};
    if ((st = loop_add(&n->loop, &n->source[core])) == ST_OK)
        n->have |= bit(core);
    else
        rt_close(&n->chan[core]);
    return st;
}

/* A client is the probe of a higher core; which one, its channel says. */
static void take_client(struct node *n, const struct news *news)
{
    core_id core = NEWS_PEER_CORE(news->w[3]);

    if (core >= n->ncores || n->have & bit(core))
        return; /* not one of ours: it will find nobody reading */
    if (rt_chan_open(&n->chan[core], news) == ST_OK && add(n, core) != ST_OK)
        rec_error("probe", ST_TABLE_FULL, "no room for the channel to another core");
}

static void on_news(struct rt_loop *l, const struct news *news)
{
    if (news->kind == NEWS_CLIENT)
        take_client(l->context, news);
}

status_t node_open(struct node *n, uint64_t joined)
{
    char name[NAME_BYTES];
    status_t st;

    n->self = rt_info()->core;
    n->ncores = rt_info()->ncores;
    n->loop.on_news = on_news;
    n->loop.context = n;
    name_of(n->self, name);
    if ((st = rt_serve(name)) != ST_OK)
        return st;
    /* Core 0 last: who has reached it has reached all others. */
    for (core_id core = n->self; core-- > 0;) {
        if (!(joined & bit(core)))
            continue;
        name_of(core, name);
        st = rt_bind(name, rt_now_ns() + BIND_PATIENCE_NS, &n->chan[core]);
        if (st != ST_OK || (st = add(n, core)) != ST_OK)
            rec_error(name, st, "no channel to the probe of this core: its pairs will be missing");
    }
    return ST_OK;
}

/* Take the news that is there, until the channel exists or the time is up. */
static bool have_by(struct node *n, core_id core, uint64_t deadline_ns)
{
    struct news news;
    struct rt_msg m;
    uint64_t badge;

    for (;;) {
        while (rt_news(&news) == ST_OK)
            on_news(&n->loop, &news);
        if (n->have & bit(core))
            return true;
        if (sys_recv(0, EVENT_NEWS, deadline_ns, &m, &badge) != ST_EVENT)
            return false;
    }
}

void node_gather(struct node *n, uint64_t joined, uint64_t deadline_ns)
{
    for (core_id core = (core_id)(n->self + 1); core < n->ncores; core++)
        if (joined & bit(core))
            (void)have_by(n, core, deadline_ns); /* who is missing is seen in n->have */
}

/* ---- jobs ---- */

status_t node_local(struct node *n, const struct probe_LOCAL *job)
{
    struct rally_ask ask = {.session = job->session,
                            .rounds = job->rounds,
                            .warmup = LOCAL_WARMUP,
                            .batch = LOCAL_CONTROL_BATCH,
                            .budget_ns = job->budget_ns / 6};

    result_clear(&n->result);
    rally_control(&ask, &n->result.series[SERIES_CONTROL]);
    ask.budget_ns = job->budget_ns - ask.budget_ns;
    return local_measure(&ask, &n->result);
}

status_t node_pair(struct node *n, const struct probe_PAIR *job, core_id *culprit)
{
    struct rally_ask ask = {.session = job->session,
                            .rounds = job->rounds,
                            .warmup = job->warmup,
                            .batch = job->batch,
                            .wakes = job->wakes,
                            .budget_ns = job->budget_ns};
    core_id peer = (core_id)job->peer;

    result_clear(&n->result);
    *culprit = peer;
    if (peer >= n->ncores || peer == n->self)
        return ST_INVALID;
    if (!have_by(n, peer, rt_now_ns() + ANSWER_PATIENCE_NS))
        return ST_NOT_FOUND;
    return rally_measure(&n->chan[peer], &ask, &n->result);
}

/* ---- answers ---- */

static status_t tell(struct rt_chan *c, uint16_t kind, uint8_t info, const void *payload,
                     size_t bytes)
{
    return rt_send_wait(c, kind, info, payload, bytes, rt_now_ns() + ANSWER_PATIENCE_NS);
}

static status_t tell_series(struct rt_chan *c, const struct series_result *s, uint8_t info)
{
    struct probe_STATS stats;
    struct probe_HIST hist;
    uint32_t at = 0;
    status_t st;

    wire_stats(&s->stats, &stats);
    st = tell(c, PROBE_STATS, info, &stats, sizeof stats);
    while (st == ST_OK && wire_hist(&s->hist, &at, &hist))
        st = tell(c, PROBE_HIST, info, &hist, sizeof hist);
    return st;
}

/* That the coordinator is gone shows at its end, not here. */
static void tell_result(struct rt_chan *c, const struct result *r, uint32_t session,
                        status_t status, core_id culprit)
{
    struct probe_RATE rate = {r->messages, r->ns, r->awake, r->backwards};
    struct probe_DONE done = {session, (uint32_t)status, culprit};
    status_t st = tell(c, PROBE_RATE, wire_info(SERIES_RTT, session), &rate, sizeof rate);

    for (unsigned i = 0; i < SERIES_COUNT && st == ST_OK; i++)
        if (r->series[i].stats.n > 0)
            st = tell_series(c, &r->series[i], wire_info((enum series_id)i, session));
    if (st == ST_OK)
        st = tell(c, PROBE_DONE, 0, &done, sizeof done);
    (void)st;
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    struct node *n = s->context;
    core_id from = (core_id)(s - n->source), culprit = n->self;
    status_t st;

    switch (m->kind) {
    case PROBE_ECHO:
        rally_answer(s->chan, probe_ECHO_in(m->word));
        break;
    case PROBE_LOCAL:
        st = node_local(n, probe_LOCAL_in(m->word));
        tell_result(s->chan, &n->result, probe_LOCAL_in(m->word)->session, st, culprit);
        break;
    case PROBE_PAIR:
        st = node_pair(n, probe_PAIR_in(m->word), &culprit);
        tell_result(s->chan, &n->result, probe_PAIR_in(m->word)->session, st, culprit);
        break;
    default: /* answers, or left over from a session that was given up */
        if (n->on_answer != NULL)
            n->on_answer(n, from, m);
        break;
    }
}

void node_run(struct node *n)
{
    loop_run(&n->loop);
}
