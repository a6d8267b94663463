/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/mixed - one agent of workload `mixed`: deadlines beside neighbours that have none.
 *
 *     mixed all - 0           in place core + cores x the argument
 *     mixed all - 1 3         agents are drawn from a seed (0: in turn)
 *     mixed all - 1 0 fair    nobody has a deadline: what the rows must notice
 *
 *     asker      every period asks its answerer over a channel and waits; how long that took is kept for whoever asks (trip.h).
 *                Both are of the EDF class; those of the last askers are of the fair class, to compare with
 *     pair       says much to one other agent, by the clock (links.h)
 *     churner    takes a frame every tick, fills it, looks at it, gives it back; tells an asker, and a stranger
 */
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "tests/workloads/links.h"
#include "tests/workloads/trip.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET_NS    (1500 * NS_PER_US)
#define KEPT         4096u /* periods */
#define CLIENTS      2u
#define PHASE_NS     (1300 * NS_PER_US)
#define CHURN_NS     (13 * NS_PER_MS)
#define CHURN_BYTES  65536u
#define CHURN_PASSES 8u
#define CHURN_AT     (USER_DEVICES + 0x4000000ull)

static struct sample {
    uint64_t began_ns;
    uint32_t trip_ns, done_ns;
} kept[KEPT];
static uint64_t trips;
static bool has_deadlines = true;

static void set_class(unsigned asker)
{
    bool edf = has_deadlines && asker < TRIP_MEASURED;

    if (edf && sys_task_edf(rt_info()->task, BUDGET_NS, TRIP_PERIOD_NS) != ST_OK)
        exit(BAD_CLASS);
}

/* ---- who asks ---- */

static uint32_t at_most_32(uint64_t ns)
{
    return ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

static void send_samples(struct rt_chan *c, const struct trip_ASK *ask)
{
    uint64_t first = trips > KEPT ? trips - KEPT : 0;
    struct trip_SAMPLES m = {.n = 0};

    for (uint64_t i = first; i < trips; i++) {
        const struct sample *s = &kept[i % KEPT];

        if (s->began_ns < ask->from_ns || s->began_ns >= ask->to_ns)
            continue;
        m.of[m.n++] = (uint64_t)s->done_ns << 32 | s->trip_ns;
        if (m.n < TRIP_IN_ONE)
            continue;
        if (rt_send_wait(c, TRIP_SAMPLES, 0, &m, sizeof m, rt_now_ns() + PATIENCE_NS) != ST_OK)
            exit(BAD_CHANNEL);
        m.n = 0;
    }
    for (bool last = m.n == 0;; last = true, m.n = 0) {
        if (rt_send_wait(c, TRIP_SAMPLES, 0, &m, sizeof m, rt_now_ns() + PATIENCE_NS) != ST_OK)
            exit(BAD_CHANNEL);
        if (last)
            return;
    }
}

/* Its churner tells it things that it does not want to know; whoever judges asks. */
static void hear_clients(void)
{
    static struct rt_chan client[CLIENTS];
    static unsigned clients;
    struct urpc_msg m;
    struct news n;

    while (rt_news(&n) == ST_OK)
        if (n.kind == NEWS_CLIENT && (clients == CLIENTS || rt_chan_open(&client[clients++], &n) != ST_OK))
            exit(BAD_BIND);
    for (unsigned i = 0; i < clients; i++)
        while (rt_recv(&client[i], &m) == ST_OK)
            if (m.kind == TRIP_ASK)
                send_samples(&client[i], trip_ASK_in(m.word));
}

static void make_trip(struct rt_chan *c, uint64_t released_ns)
{
    struct trip_TRIP ask = {.number = trips + 1};
    uint64_t began = rt_now_ns(), now;
    struct urpc_msg m;

    if (rt_send_wait(c, TRIP_TRIP, 0, &ask, sizeof ask, began + PATIENCE_NS) != ST_OK ||
        rt_recv_wait(c, &m, began + PATIENCE_NS) != ST_OK)
        exit(BAD_CHANNEL);
    if (m.kind != TRIP_TRIP || trip_TRIP_in(m.word)->number != ask.number)
        exit(BAD_ORDER);
    now = rt_now_ns();
    kept[trips++ % KEPT] = (struct sample){began, at_most_32(now - began), at_most_32(now - released_ns)};
}

static _Noreturn void ask(unsigned self)
{
    static struct rt_chan to;
    char name[NAME_BYTES];
    uint64_t next;

    snprintf(name, sizeof name, "talk.%u", self);
    if (rt_serve(name) != ST_OK)
        exit(BAD_SERVICE);
    snprintf(name, sizeof name, "answerer.%u", pattern_asked_by(self));
    if (rt_bind(name, rt_now_ns() + PATIENCE_NS, &to) != ST_OK)
        exit(BAD_BIND);
    set_class(self);
    for (next = (rt_now_ns() / TRIP_PERIOD_NS + 1) * TRIP_PERIOD_NS + self * PHASE_NS;; next += TRIP_PERIOD_NS) {
        while (rt_now_ns() > next)
            next += TRIP_PERIOD_NS; /* a period that was lost */
        (void)sys_sleep_until(next);
        make_trip(&to, next);
        hear_clients();
    }
}

/* ---- who answers ---- */

static _Noreturn void answer(unsigned self)
{
    static struct rt_chan from;
    char name[NAME_BYTES];
    struct urpc_msg m;
    unsigned asker = 0;

    while (pattern_asked_by(asker) != self)
        asker++;
    snprintf(name, sizeof name, "answerer.%u", self);
    if (rt_serve(name) != ST_OK || rt_accept(&from, rt_now_ns() + PATIENCE_NS) != ST_OK)
        exit(BAD_SERVICE);
    set_class(asker);
    for (;;) {
        if (rt_recv_wait(&from, &m, rt_now_ns() + PATIENCE_NS) != ST_OK ||
            rt_send_wait(&from, m.kind, 0, m.word, sizeof(struct trip_TRIP), rt_now_ns() + PATIENCE_NS) != ST_OK)
            exit(BAD_CHANNEL);
    }
}

/* ---- their neighbours ---- */

enum churn_call { CHURN_RETYPE = 1, CHURN_MAP, CHURN_UNMAP, CHURN_DELETE };

static status_t churn_once(enum churn_call call, handle_t *frame)
{
    switch (call) {
    case CHURN_RETYPE:
        return cap_retype(rt_info()->ram, CAP_FRAME, CHURN_BYTES, frame);
    case CHURN_MAP:
        return map_here(*frame, CHURN_AT, CHURN_BYTES, PERM_READ | PERM_WRITE);
    case CHURN_UNMAP:
        return map_out(*frame);
    default:
        return cap_delete(*frame);
    }
}

/* What passes: there is no room for its record, or for the request; what was deleted elsewhere is not yet back at home. */
static bool passes(enum churn_call call, status_t st)
{
    return st == ST_LOG_FULL || st == ST_TABLE_FULL || (call == CHURN_RETYPE && st == ST_NOMEM);
}

/* Waits for room, as any program has to. Refused for good: its exit code has which call in its hundreds, and the status. */
static void churn_call(enum churn_call call, handle_t *frame)
{
    uint64_t deadline = rt_now_ns() + PATIENCE_NS;
    status_t st;

    for (bool said = false; (st = churn_once(call, frame)) != ST_OK; said = true) {
        if (!passes(call, st) || rt_now_ns() >= deadline)
            exit(BAD_MEMORY * 10000 + (int)call * 100 + (int)st);
        if (!said)
            printf("mixed: a churner waits, its call %u: %s\n", (unsigned)call, status_text(st));
        (void)sys_sleep_for(NS_PER_MS);
    }
}

static void churn(unsigned self)
{
    volatile uint64_t *word = (volatile uint64_t *)CHURN_AT;
    handle_t frame;

    churn_call(CHURN_RETYPE, &frame);
    churn_call(CHURN_MAP, &frame);
    for (uint64_t pass = 1; pass <= CHURN_PASSES; pass++)
        for (uint64_t i = 0; i < CHURN_BYTES / sizeof *word; i++) {
            if (pass > 1 && word[i] != i * self + pass - 1)
                exit(BAD_MEMORY);
            word[i] = i * self + pass;
        }
    churn_call(CHURN_UNMAP, &frame);
    churn_call(CHURN_DELETE, &frame);
}

static _Noreturn void neighbour(unsigned self)
{
    bool churns = pattern_role(self) == ROLE_CHURNER;
    uint64_t every = churns ? CHURN_NS : TICK_NS, next, now, talk_at = 0;

    links_begin(PATTERN_MIXED, self);
    for (next = rt_now_ns();; next += every) {
        if ((now = rt_now_ns()) > next + every)
            next = now;
        (void)sys_sleep_until(next);
        if (churns)
            churn(self);
        if (!churns || (now = rt_now_ns()) >= talk_at) {
            links_tick(false);
            talk_at = now + TICK_NS;
        }
    }
}

int main(int argc, char **argv)
{
    unsigned place, self;

    if (argc < 2)
        return BAD_ARGS;
    place = (unsigned)(rt_info()->core + rt_info()->ncores * strtoul(argv[1], NULL, 10));
    if (place >= PATTERN_AGENTS)
        return 0; /* a machine of more cores than agents */
    has_deadlines = argc <= 3 || strcmp(argv[3], "fair") != 0;
    self = pattern_agent(argc > 2 ? strtoull(argv[2], NULL, 10) : 0, place);
    if (pattern_role(self) == ROLE_ASKER)
        ask(self);
    if (pattern_role(self) == ROLE_ANSWERER)
        answer(self);
    neighbour(self);
}
