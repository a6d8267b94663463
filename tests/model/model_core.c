/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Three monitors join: every order of starting, messages, deadlines and deaths. J1 to J4 of
 * monitor/core_sm.h, and that between monitors that keep to the table nothing is refused.
 *
 * Core 0 is the first. Another core may begin late, never, be refused by the firmware, or
 * stop for good at any moment (one of them, once). A deadline may pass whenever it is armed.
 */
#include <stdio.h>
#include <string.h>
#include "monitor/core_sm.h"
#include "tests/support/explore.h"

#define CORES 3u
#define QUEUE 8u

enum message { HELLO = 1, ACK, DEAD_0 }; /* DEAD_0 + k: the first monitor gave up core k */
enum life { NOT_YET, ASKED, RUNS, STOPPED };

struct state {
    const char *broken;
    uint8_t life[CORES];
    uint8_t view[CORES][CORES];             /* [i][j]: what i knows of j: enum core_state    */
    uint8_t queue[CORES][CORES][QUEUE];     /* [from][to]                                    */
    uint8_t n[CORES][CORES];
    uint8_t heard[CORES][CORES], acked[CORES][CORES]; /* i has j's HELLO; j acknowledged i's */
    uint8_t stops;
};

enum { DELIVER = 0, TIMEOUT = 16, BEGIN = 32, REFUSE = 48, STOP = 64 };

static void send(struct state *s, unsigned from, unsigned to, unsigned message)
{
    if (s->n[from][to] == QUEUE)
        s->broken = "the model's queue is too short";
    else
        s->queue[from][to][s->n[from][to]++] = (uint8_t)message;
}

/* As monitor/core.c performs it. */
static void event(struct state *s, unsigned i, unsigned j, enum core_event e)
{
    enum core_state before = (enum core_state)s->view[i][j];
    struct core_step step = core_step(before, e);

    if (step.action & CORE_DO_REFUSE) {
        s->broken = "between monitors that keep to the table no event is refused";
        return;
    }
    s->view[i][j] = step.next;
    if (step.action & CORE_DO_SAY_HELLO)
        send(s, i, j, HELLO);
    if ((step.action & CORE_DO_START) && i == 0)
        s->life[j] = ASKED;
    if (step.action & CORE_DO_SAY_ACK)
        send(s, i, j, ACK);
    if ((step.action & CORE_DO_REPORT_DEAD) && i == 0)
        for (unsigned k = 1; k < CORES; k++)
            if (k != j)
                send(s, 0, k, DEAD_0 + j);
}

static void begin(struct state *s, unsigned i)
{
    s->life[i] = RUNS;
    for (unsigned j = 0; j < CORES; j++)
        s->view[i][j] = i == j ? CORE_JOINED : CORE_OUT;
    for (unsigned j = 0; j < CORES; j++)
        if (j != i)
            event(s, i, j, CORE_EV_BEGIN);
}

static void init(void *state)
{
    begin(state, 0);
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    size_t n = 0;

    (void)max;
    for (uint32_t i = 0; i < CORES; i++) {
        if (i != 0 && s->life[i] == ASKED) {
            list[n++] = BEGIN + i;
            if (s->view[0][i] == CORE_WAITING)
                list[n++] = REFUSE + i;
        }
        if (i != 0 && s->life[i] == RUNS && s->stops == 0)
            list[n++] = STOP + i;
        for (uint32_t j = 0; j < CORES && s->life[i] == RUNS; j++) {
            if (j != i && s->n[j][i] > 0)
                list[n++] = DELIVER + j * CORES + i;
            if (j != i && core_has_deadline((enum core_state)s->view[i][j]))
                list[n++] = TIMEOUT + i * CORES + j;
        }
    }
    return n;
}

static void deliver(struct state *s, unsigned from, unsigned to)
{
    unsigned m = s->queue[from][to][0];

    s->n[from][to]--;
    memmove(s->queue[from][to], s->queue[from][to] + 1, QUEUE - 1);
    s->queue[from][to][QUEUE - 1] = 0;
    if (m == HELLO) {
        s->heard[to][from] = 1;
        event(s, to, from, CORE_EV_HELLO);
    } else if (m == ACK) {
        s->acked[to][from] = 1;
        event(s, to, from, CORE_EV_ACK);
    } else if (m - DEAD_0 != to) {
        event(s, to, m - DEAD_0, CORE_EV_TOLD_DEAD);
    }
}

static void check(struct state *s)
{
    for (unsigned i = 0; i < CORES; i++)
        for (unsigned j = 0; j < CORES; j++)
            if (i != j && s->view[i][j] == CORE_JOINED && !(s->heard[i][j] && s->acked[i][j]))
                s->broken = "J1: joined means that both ways work";
}

static void step(void *state, uint32_t action)
{
    struct state *s = state;
    uint32_t i = action % 16;

    if (action >= STOP) {
        s->life[i] = STOPPED;
        s->stops = 1;
    } else if (action >= REFUSE) {
        s->life[i] = STOPPED; /* the firmware did not start it */
        event(s, 0, i, CORE_EV_START_FAILED);
    } else if (action >= BEGIN) {
        begin(s, i);
    } else if (action >= TIMEOUT) {
        event(s, i / CORES, i % CORES, CORE_EV_TIMEOUT);
    } else {
        deliver(s, i / CORES, i % CORES);
    }
    check(s);
}

static const char *broken(const void *state)
{
    return ((const struct state *)state)->broken;
}

/* Nothing can happen any more: nobody waits, and those who live have joined each other. */
static bool may_end(const void *state)
{
    const struct state *s = state;

    for (unsigned i = 0; i < CORES; i++)
        for (unsigned j = 0; j < CORES; j++) {
            if (i == j || s->life[i] != RUNS)
                continue;
            if (!core_settled((enum core_state)s->view[i][j]))
                return false; /* J2 */
            if (s->life[j] == RUNS && s->view[i][j] != CORE_JOINED)
                return false; /* J3 */
        }
    return true;
}

static void print(FILE *to, const void *state, uint32_t action)
{
    static const char *const messages[] = { "?", "HELLO", "ACK", "core 0 is dead", "core 1 is dead",
                                            "core 2 is dead" };
    const struct state *s = state;
    uint32_t i = action % 16;

    if (action >= STOP)
        fprintf(to, "core %u stops for good", i);
    else if (action >= REFUSE)
        fprintf(to, "the firmware refuses to start core %u", i);
    else if (action >= BEGIN)
        fprintf(to, "core %u begins", i);
    else if (action >= TIMEOUT)
        fprintf(to, "core %u has waited long enough for core %u", i / CORES, i % CORES);
    else
        fprintf(to, "%s from core %u arrives at core %u",
                messages[s->queue[i / CORES][i % CORES][0]], i / CORES, i % CORES);
}

int main(void)
{
    const struct explore_model m = { .name = "joining, three cores",
                                     .bytes = sizeof(struct state),
                                     .init = init,
                                     .actions = actions,
                                     .step = step,
                                     .broken = broken,
                                     .may_end = may_end,
                                     .print = print };

    struct explore_result r = explore(&m, 20000000, stdout);

    printf("%s - every order of starting, messages, deadlines and one death, %u cores (%llu states)\n",
           r.end == EXPLORE_ALL ? "ok" : "not ok", CORES, (unsigned long long)r.states);
    return r.end != EXPLORE_ALL;
}
