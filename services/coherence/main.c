/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/coherence - advice as a program: the monitors tell it who talks with whom, it asks them to move programs.
 *
 *     monitors ==feed==> mind --+--> MON_MOVE, one after the other
 *     anybody  --ASK---> mind   |--> PRESSURE, OVER, PACE back to the monitors
 *                               `--> records
 *
 * It has no authority but the option `place`: to be fed, and to ask. It can end at any time; a new one begins with what it is
 * told then, and needs a second to know it all again. docs/coherence.md.
 *
 * Arguments: off (counts, gives no advice), after=N (advice is followed from its Nth epoch on), dry (advice is given and not
 * followed), every=N (epochs between two records; 0: none), nodes=N, trace=N (all of the first N epochs as records). For tests: fault=N fails on purpose in its Nth epoch unless it
 * was started again, hang=N says nothing for four seconds then.
 */
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/feed.h"
#include "lib/rt/info.h"
#include "lib/rt/loop.h"
#include "lib/rt/record.h"
#include "services/coherence/asks.h"
#include "services/coherence/far.h"
#include "services/coherence/mind.h"
#include "services/coherence/tell.h"
#include "services/coherence/trace.h"
#include <stdlib.h>
#include <string.h>

#define NODES            256u
#define CUT_NS           (50 * NS_PER_US) /* spec.md section 6: in one epoch */
#define CUT_UNITS        400u             /* between two looks at the clock  */
#define ADVISE_NS        (5 * NS_PER_MS)
#define ADVISE_STEPS     4000u
#define STEP_EPOCHS      3u  /* so many reports' time who has told waits for who has not,     */
#define STEP_EPOCHS_MOST 20u /* and no longer than this: monitors take us for dead after 50  */
#define FAR_EPOCHS       200u
#define PRESSURE_STEP_BP 1000u
#define MODE_EPOCH       20u
#define JUDGE            0u /* the core whose monitor says when we are silent for too long */
#define HANG_NS          (4 * NS_PER_S)

static struct mind mind;
static struct options {
    uint64_t off, after, dry, every, nodes, trace, fault, hang;
} options = {.every = 100, .nodes = NODES};

static struct feeder {
    struct rt_chan chan;
    struct rt_source source;
    bool bound, told; /* told: an epoch, since the last step */
    bool owed;        /* it has told, and was not answered  */
    uint32_t pace;    /* that it knows                      */
    core_id core;
    uint64_t epoch;
} feeders[CORES_MAX];
static uint64_t feed_service, first_told_ns, step_epoch, late;
static struct tell_used used;
static struct trace_thought thought;
static struct rt_loop loop;
static bool far_known;

/* ---- to the monitors ---- */

/* What finds no room is said the next time. */
static void say(struct feeder *f, uint16_t kind, const void *payload, size_t bytes)
{
    (void)!rt_send(&f->chan, kind, 0, payload, bytes);
}

/* To who has told, which says that we live, and to whom it is news: the others are left asleep. */
static void say_pace(void)
{
    struct feed_PACE m = {.period = mind_period(&mind)};

    for (core_id c = 0; c < mind.cores; c++) {
        struct feeder *f = &feeders[c];

        if (!f->bound || (!f->owed && f->pace == m.period) || rt_send(&f->chan, FEED_PACE, 0, &m, sizeof m) != ST_OK)
            continue;
        f->owed = false;
        f->pace = m.period;
    }
}

static void say_pressure(void)
{
    for (uint32_t i = 0; i < mind.nodes.used; i++) {
        struct node *n = &mind.nodes.node[i];
        uint32_t bp = score_pressure_bp(&mind.score[i]);
        uint32_t off = bp > n->pressure_bp ? bp - n->pressure_bp : n->pressure_bp - bp;
        struct feed_PRESSURE m = {.part = n->part, .bp = bp};

        if (n->part == 0 || off < PRESSURE_STEP_BP || n->core >= mind.cores ||
            !feeders[n->core].bound)
            continue;
        if (rt_send(&feeders[n->core].chan, FEED_PRESSURE, 0, &m, sizeof m) == ST_OK)
            n->pressure_bp = bp;
    }
}

/* ---- an epoch ---- */

static void cut(void)
{
    struct feeder *own = &feeders[rt_info()->core];
    uint64_t began = rt_now_ns(), spent = 0;
    status_t st = ST_OK;

    if (!mind_cut_due(&mind))
        return;
    while ((st = mind_cut_run(&mind, CUT_UNITS)) == ST_AGAIN &&
           (spent = rt_now_ns() - began) < CUT_NS)
        ;
    spent = rt_now_ns() - began;
    used.cut_ns += spent;
    thought.cut = st == ST_OK && mind.cut.slices == 0;
    used.most_ns = spent > used.most_ns ? spent : used.most_ns;
    if (st == ST_AGAIN && mind_cut_late(&mind) && own->bound) {
        struct feed_OVER m = {.weight = mind.cut.weight,
                              .nodes = mind.cut.view.nodes,
                              .spent_us = (uint32_t)(spent / NS_PER_US)};

        say(own, FEED_OVER, &m, sizeof m);
    }
}

static void advise(void)
{
    uint64_t began = rt_now_ns();

    for (thought.slices = 1; !mind_advise(&mind, ADVISE_STEPS); thought.slices++)
        if (rt_now_ns() - began > ADVISE_NS) {
            mind_advise_end(&mind);
            thought.ended = true;
            break;
        }
    used.advise_ns += rt_now_ns() - began;
}

/* Each is asked for once an epoch; the answer comes when the move has ended. */
static void ask_for_moves(void)
{
    for (uint32_t i = 0; i < mind.moves.n;) {
        struct rt_msg m = {
            {0, mind.nodes.node[mind.moves.want[i].node].part, mind.moves.want[i].to}};
        status_t st = mon_call(MON_MOVE, &m);

        trace_asked(&mind, i, st);
        i += !mind_moved(&mind, i, st);
        feeders[JUDGE].owed = true; /* the next may take long, too: it is to know that we live */
        say_pace();
    }
}

static void fail_on_purpose(void)
{
    if (rt_info()->flags & PROGRAM_RESTARTED)
        return;
    if (options.fault != 0 && mind.epoch == options.fault)
        __builtin_trap();
    if (options.hang != 0 && mind.epoch == options.hang)
        (void)sys_sleep_for(HANG_NS);
}

static void say_mode(void)
{
    unsigned cores = 0;

    for (core_id c = 0; c < mind.cores; c++)
        cores += feeders[c].bound;
    tell_mode(&mind, cores);
}

static void step(uint64_t passed)
{
    mind.on = !options.off && !options.dry && mind.epoch >= options.after;
    mind.dry = options.dry != 0;
    thought = (struct trace_thought){.passed = passed, .steps = ADVISE_STEPS};
    if (mind.on && mind.on_epoch == 0)
        mind.on_epoch = mind.epoch;
    mind_epoch(&mind, (uint32_t)passed);
    fail_on_purpose();
    cut();
    advise();
    trace_thought(&mind, &thought);
    say_pace();
    say_pressure();
    ask_for_moves();
    if (mind.epoch == MODE_EPOCH)
        say_mode();
    if (options.every != 0)
        tell_advice(&mind);
    tell_turn(&mind, &used, (uint32_t)options.every, rt_now_ns());
    if (!far_known && mind.epoch % FAR_EPOCHS == 1) {
        far_known = far_ask(&mind);
        trace_distances(&mind);
    }
}

/* All have told, or some have and the others take too long. */
static void perhaps_step(uint64_t now_ns)
{
    bool all = true, any = false;
    uint64_t newest = step_epoch, patience = STEP_EPOCHS * mind_period(&mind);

    for (core_id c = 0; c < mind.cores; c++) {
        all = all && (!feeders[c].bound || feeders[c].told);
        any = any || feeders[c].told;
        newest = feeders[c].told && feeders[c].epoch > newest ? feeders[c].epoch : newest;
    }
    if (patience > STEP_EPOCHS_MOST)
        patience = STEP_EPOCHS_MOST;
    loop.deadline_ns = any && !all ? first_told_ns + patience * FEED_EPOCH_NS : 0;
    if (!any || (!all && now_ns < loop.deadline_ns))
        return;
    loop.deadline_ns = 0;
    for (core_id c = 0; c < mind.cores; c++) {
        feeders[c].owed = feeders[c].owed || feeders[c].told;
        feeders[c].told = false;
    }
    step(step_epoch == 0 ? 1 : newest - step_epoch);
    step_epoch = newest;
}

/* ---- from the monitors ---- */

static void on_epoch(struct feeder *f, const struct feed_EPOCH *m)
{
    uint64_t now = rt_now_ns();
    bool any = false;

    for (core_id c = 0; c < mind.cores; c++)
        any = any || feeders[c].told;
    if (!any)
        first_told_ns = now;
    f->told = true;
    f->epoch = m->epoch;
    late += m->late;
    trace_heard(TRACE_CORE, f->core, m->window_ns, m->idle_ns, m->epoch, 0);
    mind_core(&mind, f->core, m->window_ns, m->idle_ns);
    perhaps_step(now);
}

/* Who gets no answer asks again, or gives it up. */
static void tell_pair(struct feeder *f, const struct feed_ASK *ask)
{
    struct mind_pair p = mind_pair(&mind, ask->a, ask->b);
    struct feed_SCORES m = {.number = ask->number,
                            .total_a = p.total[0],
                            .total_b = p.total[1],
                            .between = p.between,
                            .score_a = p.score_bp[0],
                            .score_b = p.score_bp[1],
                            .known = p.known};

    say(f, FEED_SCORES, &m, sizeof m);
}

static void on_feed(struct rt_source *s, const struct urpc_msg *m)
{
    struct feeder *f = s->context;
    const struct feed_EDGE *e = feed_EDGE_in(m->word);
    const struct feed_PART *p = feed_PART_in(m->word);
    static bool full;

    switch (m->kind) {
    case FEED_PART:
        trace_heard(TRACE_PART, f->core, p->part, p->run_ns, p->flags & FEED_FIXED, 0);
        if (mind_part(&mind, f->core, p->part, p->run_ns, p->flags & FEED_FIXED, p->name) !=
                ST_OK &&
            !full) {
            full = true;
            rec_error(
                "coherence", ST_TABLE_FULL,
                "there are more programs than nodes=, those that came late stay where they are");
        }
        break;
    case FEED_EDGE:
        trace_heard(TRACE_EDGE, f->core, e->a, e->b, e->messages, e->bytes);
        mind_edge(&mind, e->a, e->b, e->messages, e->bytes);
        break;
    case FEED_ASK:
        tell_pair(f, feed_ASK_in(m->word));
        break;
    case FEED_EPOCH:
        on_epoch(f, feed_EPOCH_in(m->word));
        break;
    default:
        break; /* of a later version */
    }
}

static void on_feed_gone(struct rt_source *s)
{
    struct feeder *f = s->context;

    rt_close(&f->chan);
    trace_heard(TRACE_GONE, f->core, 0, 0, 0, 0);
    mind_core_gone(&mind, f->core);
    *f = (struct feeder){0};
}

static void take_feeder(struct rt_loop *l, const struct news *n)
{
    core_id core = NEWS_PEER_CORE(n->w[3]);
    struct feeder *f = &feeders[core];

    if (core >= mind.cores)
        return; /* only monitors bind to it */
    if (f->bound) { /* it has given up the one before, of which we have not heard yet */
        loop_remove(&f->source);
        on_feed_gone(&f->source);
    }
    if (rt_chan_open(&f->chan, n) != ST_OK)
        return;
    f->bound = true;
    f->core = core;
    f->source = (struct rt_source){
        .chan = &f->chan, .on_message = on_feed, .on_gone = on_feed_gone, .context = f};
    CHECK(loop_add(l, &f->source) == ST_OK); /* there is room for all cores and more */
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    if (n->kind != NEWS_CLIENT)
        return;
    if (n->w[0] == feed_service)
        take_feeder(l, n);
    else
        asks_take(l, n, &mind, &late);
}

static void on_deadline(struct rt_loop *l)
{
    (void)l;
    perhaps_step(rt_now_ns());
}

static void read_word(const char *word)
{
    static const struct {
        const char *name;
        uint64_t *to;
    } known[] = {{"off", &options.off},     {"dry", &options.dry},     {"after", &options.after},
                 {"every", &options.every}, {"nodes", &options.nodes}, {"trace", &options.trace},
                 {"fault", &options.fault}, {"hang", &options.hang}};

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        size_t n = strlen(known[i].name);

        if (strncmp(word, known[i].name, n) == 0 && (word[n] == '\0' || word[n] == '=')) {
            *known[i].to = word[n] == '=' ? strtoull(word + n + 1, NULL, 10) : 1;
            return;
        }
    }
    rec_error(word, ST_INVALID, "coherence has no such argument");
}

int main(int argc, char **argv)
{
    uint32_t nodes, edges, cores = (uint32_t)rt_info()->ncores;
    uint64_t unused;
    void *memory;
    status_t st;

    for (int i = 1; i < argc; i++)
        read_word(argv[i]);
    nodes = options.nodes > GRAPH_NODES_MAX ? GRAPH_NODES_MAX : (uint32_t)options.nodes;
    edges = 8 * nodes;
    memory = malloc(mind_bytes(nodes, edges, cores));
    if (memory == NULL || (st = mind_init(&mind, memory, nodes, edges, cores)) != ST_OK) {
        rec_error("coherence", ST_NOMEM, "there is no memory for so many nodes: mem= in etc/start");
        return 0; /* starting it again would not help */
    }
    far_guess(&mind);
    trace_begin(&mind, nodes, edges, options.trace);
    if ((st = rt_serve_id(FEED_NAME, &feed_service)) != ST_OK ||
        (st = rt_serve_id("coherence", &unused)) != ST_OK) {
        rec_error("coherence: cannot offer its service", st, status_text(st));
        return 1;
    }
    loop.on_news = on_news;
    loop.on_deadline = on_deadline;
    loop.budget = 8;
    loop_run(&loop);
    return 0;
}
