/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/coord.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include "services/probe/facts.h"
#include "services/probe/report.h"

#define CORES_PATIENCE_NS  (30 * NS_PER_S) /* until all have joined or are given up        */
#define GATHER_PATIENCE_NS (10 * NS_PER_S) /* until the probes of all others are there     */
#define ANSWER_PATIENCE_NS (2 * RALLY_PATIENCE_NS)
#define FLUSH_NS           (5 * NS_PER_S)
#define PAIR_LEAST_NS      (10 * NS_PER_MS)
#define PAIR_MOST_NS       (250 * NS_PER_MS)
#define LOCAL_NS           (60 * NS_PER_MS)
#define NOBODY             CORES_MAX

enum stage { STAGE_LOCAL, STAGE_PAIRS, STAGE_OVER };

static struct coord {
    struct node *node;
    const struct coord_ask *ask;
    struct rally_ask pair_ask;
    struct plan plan;
    enum stage stage;
    core_id local; /* next core to measure itself */
    uint32_t session;
    core_id busy; /* who works for us; NOBODY    */
} coord;

static bool is_there(const struct coord *c, core_id core)
{
    return c->plan.present >> core & 1;
}

/* ---- a job is over ---- */

/* It is asked nothing more. Said once. */
static void lose(struct coord *c, core_id core, status_t st)
{
    if (!is_there(c, core))
        return;
    plan_give_up(&c->plan, core);
    report_missing("it does not answer: the pairs it has left will be missing", st, core, core);
}

static void local_over(struct coord *c, core_id core, status_t st)
{
    if (!is_there(c, core))
        return; /* lose() has said so */
    if (core == c->node->self)
        report_probe(&c->pair_ask, &c->node->result.series[SERIES_CONTROL]);
    report_local(core, &c->node->result);
    facts_local(core, &c->node->result);
    if (st != ST_OK)
        report_missing("an operation of this core's own could not be measured", st, core, core);
}

static void pair_over(struct coord *c, status_t st, core_id culprit)
{
    if (st == ST_OK) {
        plan_measured(&c->plan);
        report_pair(c->plan.from, c->plan.to, &c->node->result);
        facts_pair(c->plan.from, c->plan.to, &c->node->result);
    } else {
        plan_failed(&c->plan);
        lose(c, culprit, st);
        report_missing(culprit == c->plan.to ? "the answering core did not do its part"
                                             : "the measuring core did not report",
                       st, c->plan.from, c->plan.to);
    }
    report_progress(&c->plan);
}

static void job_over(struct coord *c, core_id who, status_t st, core_id culprit)
{
    c->busy = NOBODY;
    c->node->loop.deadline_ns = 0;
    if (c->stage == STAGE_LOCAL)
        local_over(c, who, st);
    else
        pair_over(c, st, culprit);
    rt_print_flush(rt_now_ns() + FLUSH_NS); /* the console is quiet while the next is measured */
}

/* ---- a job begins ---- */

static void give(struct coord *c, core_id core, uint16_t kind, const void *job, size_t bytes,
                 uint64_t budget_ns)
{
    uint64_t now = rt_now_ns();
    status_t st = rt_send_wait(&c->node->chan[core], kind, 0, job, bytes, now + RALLY_PATIENCE_NS);

    result_clear(&c->node->result);
    if (st != ST_OK) {
        lose(c, core, st);
        job_over(c, core, st, core);
        return;
    }
    c->busy = core;
    c->node->loop.deadline_ns = now + budget_ns + ANSWER_PATIENCE_NS;
}

static void begin_local(struct coord *c, core_id core)
{
    struct probe_LOCAL job = {++c->session, c->ask->rounds, LOCAL_NS};

    if (core == c->node->self)
        job_over(c, core, node_local(c->node, &job), core);
    else
        give(c, core, PROBE_LOCAL, &job, sizeof job, job.budget_ns);
}

static void begin_pair(struct coord *c)
{
    const struct rally_ask *a = &c->pair_ask;
    struct probe_PAIR job = {++c->session, c->plan.to, a->rounds,   a->warmup,
                             a->batch,     a->wakes,   a->budget_ns};
    core_id culprit;
    status_t st;

    if (c->plan.from != c->node->self) {
        give(c, c->plan.from, PROBE_PAIR, &job, sizeof job, job.budget_ns);
        return;
    }
    st = node_pair(c->node, &job, &culprit);
    job_over(c, c->node->self, st, culprit);
}

/* One job further; false when all is done. */
static bool begin_next(struct coord *c)
{
    while (c->stage == STAGE_LOCAL) {
        core_id core = c->local++;

        if (core >= c->node->ncores) {
            c->stage = STAGE_PAIRS;
        } else if (is_there(c, core)) {
            begin_local(c, core);
            return true;
        }
    }
    if (!plan_next(&c->plan))
        return false;
    begin_pair(c);
    return true;
}

/* ---- the event loop's side ---- */

static void on_turn(struct rt_loop *l)
{
    struct coord *c = &coord;

    while (c->busy == NOBODY && !l->stop)
        if (!begin_next(c)) {
            l->stop = true;
            l->deadline_ns = 1; /* long past: this turn does not sleep */
        }
}

static void on_answer(struct node *n, core_id from, const struct urpc_msg *m)
{
    const struct probe_DONE *done = probe_DONE_in(m->word);
    struct coord *c = &coord;

    if (from != c->busy)
        return;
    if (m->kind != PROBE_DONE) {
        status_t st = wire_take(&n->result, c->session, m);

        (void)st; /* of another session, or nonsense: dropped; what is missing shows */
        return;
    }
    if (done->session == c->session)
        job_over(c, from, (status_t)done->status,
                 done->culprit < n->ncores ? (core_id)done->culprit : from);
}

/* Its own measurements or the next pair are not asked of it; other pairs go on. */
static void give_up(struct coord *c, core_id core, status_t st)
{
    lose(c, core, st);
    if (c->busy == core)
        job_over(c, core, st, core);
}

static void on_lost(struct node *n, core_id core)
{
    (void)n;
    give_up(&coord, core, ST_GONE);
}

static void on_deadline(struct rt_loop *l)
{
    (void)l;
    if (coord.busy != NOBODY)
        give_up(&coord, coord.busy, ST_TIMEOUT);
}

/* ---- from the beginning ---- */

static void report_absent(struct coord *c, const struct rt_cores *cores, struct coord_end *end)
{
    for (core_id i = 0; i < c->node->ncores; i++) {
        if (!(cores->joined >> i & 1))
            report_missing("the core has not joined: all its pairs are missing", ST_DEAD_CORE, i,
                           i);
        else if (!is_there(c, i))
            report_missing("its probe did not come: all its pairs are missing", ST_TIMEOUT, i, i);
        end->missing += !is_there(c, i);
    }
}

static void prepare(struct coord *c, struct node *n, const struct coord_ask *ask,
                    const struct rt_cores *cores)
{
    uint64_t self = 1ull << n->self;

    *c = (struct coord){.node = n, .ask = ask, .busy = NOBODY};
    plan_begin(&c->plan, n->ncores, (n->have & cores->joined) | self);
    c->pair_ask = (struct rally_ask){
        .rounds = ask->rounds,
        .warmup = ask->warmup,
        .batch = ask->batch,
        .wakes = ask->wakes,
        .budget_ns = plan_share(ask->total_ns, c->plan.total, PAIR_LEAST_NS, PAIR_MOST_NS),
    };
    n->on_answer = on_answer;
    n->on_lost = on_lost;
    n->loop.on_turn = on_turn;
    n->loop.on_deadline = on_deadline;
}

void coord_run(struct node *n, const struct coord_ask *ask, struct coord_end *end)
{
    struct rt_cores cores;
    status_t st = rt_wait_cores(rt_now_ns() + CORES_PATIENCE_NS, &cores);

    *end = (struct coord_end){0};
    if (st != ST_OK)
        rec_error("probe: joining", st, "measuring the cores that have joined by now");
    node_gather(n, cores.joined, rt_now_ns() + GATHER_PATIENCE_NS);
    prepare(&coord, n, ask, &cores);
    report_absent(&coord, &cores, end);
    facts_open();
    rt_print_flush(rt_now_ns() + FLUSH_NS);
    node_run(n);
    end->pairs = coord.plan.total;
    end->measured = coord.plan.measured;
    facts_say(n->self, coord.plan.present);
}
