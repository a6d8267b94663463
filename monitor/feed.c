/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/feed.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "monitor/bind.h"
#include "monitor/core.h"
#include "monitor/feed_priv.h"
#include "monitor/home_edge.h"
#include "monitor/move.h"
#include "monitor/note.h"
#include "monitor/part_shape.h"
#include "monitor/rings.h"
#include "monitor/urge.h"
#include "partition/partition.h"
#include <string.h>

#define OPEN_NS   (200 * NS_PER_MS) /* who has not bound yet is told again               */
#define BIND_NS   (2 * NS_PER_S)
#define RETRY_NS  NS_PER_MS         /* the channel was full, or there is more to tell    */

/* The program here that serves; 0: none. */
static uint64_t server, served, open_at_ns;
static uint64_t fed; /* cores whose monitors have a channel to it */

static struct rt_chan chan;
static struct rt_source source;
static bool asked, bound;
static uint64_t ticket;

static uint32_t period = 1;
static uint64_t report_at_ns, told_epochs, rings_known;
static uint64_t told_ns, told_idle_ns; /* when the last report began */

static struct report {
    bool on;
    uint64_t epoch, window_ns, idle_ns;
    struct prog *prog; /* told last */
    bool parts_told;
    uint32_t ring, parts, edges;
    struct rings_edge edge; /* counted, and not sent yet */
} report;

static struct ran {
    uint64_t prog, run_ns, missed;
} ran[PROGS_MAX];

/* ---- who serves ---- */

bool feed_is_name(const char *name)
{
    return strncmp(name, FEED_NAME, NAME_BYTES) == 0;
}

void feed_served(const struct prog *p, uint64_t service)
{
    server = prog_id(p);
    served = service;
    open_at_ns = fed = 0;
}

static bool wants_open(core_id core)
{
    return (core == mon.core || core_is_joined(core)) && !(fed >> core & 1);
}

static uint64_t open_turn(uint64_t now_ns)
{
    bool any = false;

    if (server == 0)
        return UINT64_MAX;
    if (prog_find(server) == NULL) {
        server = 0;
        return UINT64_MAX;
    }
    for (core_id i = 0; i < mon.ncores; i++)
        any = any || wants_open(i);
    if (!any)
        return UINT64_MAX; /* until one joins, or lets its channel go */
    if (now_ns < open_at_ns)
        return open_at_ns;
    open_at_ns = now_ns + OPEN_NS;
    for (core_id i = 0; i < mon.ncores; i++)
        if (wants_open(i))
            PEER_SEND(i, FEED_OPEN, .core = mon.core);
    return open_at_ns;
}

void feed_edge(uint64_t service, core_id from, bool begins)
{
    if (server == 0 || service != served)
        return;
    fed = begins ? fed | BIT(from) : fed & ~BIT(from);
}

void feed_on_open(core_id from, const struct peer_FEED_OPEN *m)
{
    char name[NAME_BYTES] = FEED_NAME;

    (void)from;
    (void)m;
    if (asked || bound || bind_request(prog_self(), name, rt_now_ns() + BIND_NS, &ticket) != ST_OK)
        return; /* the next OPEN comes soon */
    asked = true;
}

/* ---- the channel ---- */

/* All cores at once: coherence thinks when all have told. */
static uint64_t next_report(uint64_t epoch)
{
    return (epoch / period + 1) * period * FEED_EPOCH_NS;
}

static void report_by(uint64_t at_ns)
{
    if (at_ns < report_at_ns)
        report_at_ns = at_ns;
}

static void set_pace(uint32_t to, uint64_t now_ns)
{
    period = to < 1 || to > FEED_PERIOD_MAX ? 1 : to;
    report_by(next_report(now_ns / FEED_EPOCH_NS));
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    (void)s;
    switch (m->kind) {
    case FEED_PACE:
        set_pace(feed_PACE_in(m->word)->period, rt_now_ns());
        mode_heard(rt_now_ns());
        break;
    case FEED_PRESSURE:
        if (feed_PRESSURE_in(m->word)->bp <= BOOST_BP_MAX)
            urge_part(feed_PRESSURE_in(m->word)->part, feed_PRESSURE_in(m->word)->bp);
        break;
    case FEED_OVER:
        if (prog_find(server) != NULL) /* it is recorded where it runs, once */
            note_ended(&(struct note){.kind = WITNESS_MINCUT_BUDGET,
                                      .target = feed_OVER_in(m->word)->nodes,
                                      .payload = feed_OVER_in(m->word)->weight,
                                      .hash = feed_OVER_in(m->word)->spent_us});
        break;
    case FEED_SCORES:
        shape_on_scores(feed_SCORES_in(m->word));
        break;
    default:
        break; /* of a later version */
    }
}

static void let_go(void)
{
    loop_remove(&source);
    if (bind_close(prog_self(), chan.va) == ST_OK)
        rt_close(&chan);
    bound = report.on = false;
    mode_gone(rt_now_ns());
}

static void on_gone(struct rt_source *s)
{
    (void)s;
    let_go();
}

static void begin_feeding(const struct news *n)
{
    struct rt_msg core;

    if (rt_chan_open(&chan, n) != ST_OK)
        return;
    source = (struct rt_source){.chan = &chan, .on_message = on_message, .on_gone = on_gone};
    CHECK(loop_add(&mon.loop, &source) == ST_OK); /* there is room for all cores and more */
    bound = true;
    told_ns = rt_now_ns();
    mode_begin();
    period = 1; /* a new one wants to know all at first */
    told_idle_ns = sys_core_query(&core) == ST_OK ? core.w[0] : 0;
    report_at_ns = 0;
    memset(ran, 0, sizeof ran);
    rings_skip();
}

bool feed_on_news(const struct news *n)
{
    if (n->kind == NEWS_GONE && bound && n->w[1] == chan.va) {
        let_go();
        return true;
    }
    if (!asked || (n->kind != NEWS_BOUND && n->kind != NEWS_REFUSED) || n->w[0] != ticket)
        return false;
    asked = false;
    if (n->kind == NEWS_BOUND)
        begin_feeding(n);
    return true;
}

/* ---- what is asked of it ---- */

bool feed_is_there(void)
{
    return bound && !feed_degraded();
}

status_t feed_ask(uint64_t number, uint64_t a, uint64_t b)
{
    const struct feed_ASK m = {.number = number, .a = a, .b = b};

    return feed_is_there() ? rt_send(&chan, FEED_ASK, 0, &m, sizeof m) : ST_STATE;
}

/* ---- a report ---- */

static status_t send(uint16_t kind, const void *payload, size_t bytes)
{
    return rt_send(&chan, kind, 0, payload, bytes);
}
#define SEND(NAME, ...)                                                                            \
    send(FEED_##NAME, &(const struct feed_##NAME){__VA_ARGS__}, sizeof(struct feed_##NAME))

/* What it ran and missed since the last time. */
static struct ran look_at(const struct prog *p, struct feed_PART *m)
{
    const struct ran *r = &ran[prog_space(p)];
    struct ran now = *r;
    struct rt_msg q;

    if (sys_task_query(p->task, &q) != ST_OK)
        return now;                                  /* it ends just now */
    if (r->prog == prog_id(p) && q.w[1] >= r->run_ns) { /* else it is here for the first time */
        m->run_ns += q.w[1] - r->run_ns;
        m->missed += (uint32_t)(q.w[2] - r->missed);
    }
    return (struct ran){prog_id(p), q.w[1], q.w[2]};
}

/* Several programs that are one are told of as one. */
static status_t tell_part(struct prog *p)
{
    struct feed_PART m = {.part = prog_part(p), .flags = move_possible(p) ? 0 : FEED_FIXED};
    struct ran now[PARTITION_TASKS];
    unsigned n = 0;
    status_t st;

    if (p->mate != NULL && prog_of_part(p->part) != p)
        return ST_OK;
    for (struct prog *q = p; q != NULL && n < PARTITION_TASKS; q = prog_mate(p, q))
        now[n++] = look_at(q, &m);
    memcpy(m.name, p->line.program, sizeof m.name);
    m.name[sizeof m.name - 1] = '\0';
    if ((st = send(FEED_PART, &m, sizeof m)) != ST_OK)
        return st;
    n = 0;
    for (struct prog *q = p; q != NULL && n < PARTITION_TASKS; q = prog_mate(p, q))
        ran[prog_space(q)] = now[n++];
    report.parts++;
    return ST_OK;
}

/* ST_AGAIN: no room, or not in this slice. */
static status_t tell_parts(uint32_t *budget)
{
    struct prog *next;
    status_t st;

    while (!report.parts_told) {
        for (next = prog_next(report.prog); next != NULL && next->state != PROG_RUNNING;)
            next = prog_next(next);
        if (next == NULL) {
            report.parts_told = true;
            break;
        }
        if (*budget == 0)
            return ST_AGAIN;
        --*budget;
        if ((st = tell_part(next)) != ST_OK)
            return st;
        report.prog = next;
    }
    return ST_OK;
}

static status_t tell_edges(uint32_t *budget)
{
    struct rings_edge *e = &report.edge;
    status_t st;

    for (;;) {
        if (e->messages != 0) {
            st = SEND(EDGE, .a = e->a, .b = e->b, .messages = e->messages,
                      .bytes = e->messages * URPC_SLOT_BYTES);
            if (st != ST_OK)
                return st;
            home_talked(e->a, e->b, e->messages);
            e->messages = 0;
            report.edges++;
        }
        if (!rings_next(&report.ring, budget, e)) {
            e->messages = 0;
            return report.ring == 0 ? ST_OK : ST_AGAIN;
        }
    }
}

static void begin_report(uint64_t now_ns)
{
    struct rt_msg core;
    uint64_t idle_ns = sys_core_query(&core) == ST_OK ? core.w[0] : told_idle_ns;

    report = (struct report){.on = true,
                             .epoch = now_ns / FEED_EPOCH_NS,
                             .window_ns = now_ns - told_ns,
                             .idle_ns = idle_ns - told_idle_ns};
    told_ns = now_ns;
    told_idle_ns = idle_ns;
    mode_asked(now_ns);
}

static status_t go_on(void)
{
    uint32_t budget = FEED_SLICE;
    uint64_t late = report.window_ns / FEED_EPOCH_NS / period;
    status_t st;

    if ((st = tell_parts(&budget)) != ST_OK || (st = tell_edges(&budget)) != ST_OK)
        return st;
    st = SEND(EPOCH, .epoch = report.epoch, .window_ns = report.window_ns,
              .idle_ns = report.idle_ns, .core = mon.core, .parts = report.parts,
              .edges = report.edges, .late = (uint32_t)(late > 1 ? late - 1 : 0));
    told_epochs += st == ST_OK;
    return st;
}

static uint64_t report_turn(uint64_t now_ns)
{
    if (!bound)
        return UINT64_MAX;
    if (!report.on) {
        if (rings_changes() != rings_known) { /* two who may have much to say: not only when the pace of a machine at rest allows */
            rings_known = rings_changes();
            report_by((now_ns / FEED_EPOCH_NS + 1) * FEED_EPOCH_NS);
        }
        if (now_ns < report_at_ns)
            return report_at_ns;
        begin_report(now_ns);
    }
    if (go_on() != ST_OK)
        return now_ns + RETRY_NS; /* also when it is gone: news of that comes */
    report.on = false;
    report_at_ns = next_report(report.epoch);
    return report_at_ns;
}

uint64_t feed_turn(uint64_t now_ns)
{
    uint64_t next = open_turn(now_ns), t;

    if ((t = report_turn(now_ns)) < next)
        next = t;
    if (bound && (t = mode_turn(now_ns)) < next)
        next = t;
    if ((t = urge_turn(now_ns)) < next)
        next = t;
    return next;
}

status_t feed_tell(struct prog *p, struct rt_msg *m)
{
    (void)p;
    mode_put(m);
    m->w[4] = period;
    m->w[5] = told_epochs;
    return ST_OK;
}
