/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Three monitors join: every order of starting, messages, deadlines and deaths. J1 to J4 of
 * monitor/core_sm.h, and that between monitors that keep to the table nothing is refused.
 *
 * Core 0 is the first. Another core may begin late, never, be refused by the firmware, or
 * stop for good at any moment (one of them, once). A deadline may pass whenever it is armed.
 *
 * Then the same with a suspicion: whoever has heard another core may find it silent, rightly or not, and
 * stops it. F1 and F2. The interrupt takes any time; until it is taken the core goes on. What is
 * assumed is that the patience of who waits is longer than that.
 *
 * Then four monitors that have joined, where anybody may suspect anybody. F3: one lives. Assumed here as well: a
 * core that waits its turn before it stops a lower one waits longer than a lower one's interrupt takes.
 */
#include <stdio.h>
#include <string.h>
#include "monitor/core_sm.h"
#include "tests/support/explore.h"

#define MOST  4u
#define QUEUE 8u

/* DEAD_0 + k: the first monitor waits for k no longer; GONE_0 + k: k was stopped, for good */
enum message { HELLO = 1, ACK, DEAD_0, GONE_0 = DEAD_0 + MOST };
enum life { NOT_YET, ASKED, RUNS, DOOMED, STOPPED }; /* DOOMED: the interrupt is on its way */

static struct {
    unsigned cores;
    bool joined;                /* all have, at the beginning                    */
    unsigned stops, suspicions; /* at most: cores that stop by themselves, ...   */
} with;

struct state {
    const char *broken;
    uint8_t life[MOST];
    uint8_t view[MOST][MOST];         /* [i][j]: what i knows of j: enum core_state    */
    uint8_t told[MOST][MOST];         /* i has told j to stop                          */
    uint8_t queue[MOST][MOST][QUEUE]; /* [from][to]                                    */
    uint8_t n[MOST][MOST];
    uint8_t heard[MOST][MOST], acked[MOST][MOST]; /* i has j's HELLO; j acknowledged i's     */
    uint8_t stops, suspicions;
};

enum {
    DELIVER = 0,
    TIMEOUT = 16,
    BEGIN = 32,
    REFUSE = 48,
    STOP = 64,
    SUSPECT = 80,
    TELL = 96,
    DIE = 112,
    SEE = 128
};

static bool acts(const struct state *s, unsigned i)
{
    return s->life[i] == RUNS || s->life[i] == DOOMED;
}

/* Who is gone for either is not written to, and not read. */
static void send(struct state *s, unsigned from, unsigned to, unsigned message)
{
    if (s->view[from][to] == CORE_GONE || s->view[to][from] == CORE_GONE)
        return;
    if (s->n[from][to] == QUEUE)
        s->broken = "the model's queue is too short";
    else
        s->queue[from][to][s->n[from][to]++] = (uint8_t)message;
}

static void drop(struct state *s, unsigned i, unsigned j)
{
    memset(s->queue[j][i], 0, QUEUE);
    s->n[j][i] = 0;
    s->told[i][j] = 0;
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
    for (unsigned k = 0; k < with.cores; k++) {
        if (k == i || k == j)
            continue;
        if ((step.action & CORE_DO_TELL_LATE) && i == 0)
            send(s, i, k, DEAD_0 + j);
        if (step.action & CORE_DO_TELL_DEAD)
            send(s, i, k, GONE_0 + j);
    }
    if (step.action & CORE_DO_DROP)
        drop(s, i, j);
}

static void begin(struct state *s, unsigned i)
{
    s->life[i] = RUNS;
    for (unsigned j = 0; j < with.cores; j++)
        s->view[i][j] = i == j ? CORE_JOINED : CORE_OUT;
    for (unsigned j = 0; j < with.cores; j++)
        if (j != i)
            event(s, i, j, CORE_EV_BEGIN);
}

static void init(void *state)
{
    struct state *s = state;

    if (!with.joined) {
        begin(state, 0);
        return;
    }
    for (unsigned i = 0; i < with.cores; i++) {
        s->life[i] = RUNS;
        memset(s->view[i], CORE_JOINED, with.cores);
        memset(s->heard[i], 1, with.cores);
        memset(s->acked[i], 1, with.cores);
    }
}

/* Is anybody about to be stopped by a lower core, or on the way to it? */
static bool something_under_way(const struct state *s)
{
    for (unsigned i = 0; i < with.cores; i++) {
        if (s->life[i] == DOOMED)
            return true;
        for (unsigned j = i + 1; j < with.cores; j++)
            if (acts(s, i) && s->view[i][j] == CORE_STOPPING && !s->told[i][j])
                return true;
    }
    return false;
}

/* A lower core goes first; a higher one waits until that one's interrupt would have come. */
static bool may_tell(const struct state *s, unsigned i, unsigned j)
{
    if (s->view[i][j] != CORE_STOPPING || s->told[i][j])
        return false;
    return j > i || !something_under_way(s);
}

static bool may_suspect(const struct state *s, unsigned i, unsigned j)
{
    return s->suspicions < with.suspicions && s->life[i] == RUNS &&
           (s->view[i][j] == CORE_HEARD || s->view[i][j] == CORE_JOINED ||
            s->view[i][j] == CORE_LOST);
}

static size_t of_pair(const struct state *s, uint32_t i, uint32_t j, uint32_t *list)
{
    size_t n = 0;

    if (s->n[j][i] > 0)
        list[n++] = DELIVER + j * MOST + i;
    if (s->view[i][j] != CORE_STOPPING && core_has_deadline((enum core_state)s->view[i][j]))
        list[n++] = TIMEOUT + i * MOST + j;
    if (may_suspect(s, i, j))
        list[n++] = SUSPECT + i * MOST + j;
    if (may_tell(s, i, j))
        list[n++] = TELL + i * MOST + j;
    if (s->view[i][j] == CORE_STOPPING && s->told[i][j] && s->life[j] == STOPPED)
        list[n++] = SEE + i * MOST + j;
    return n;
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    size_t n = 0;

    (void)max;
    for (uint32_t i = 0; i < with.cores; i++) {
        if (i != 0 && s->life[i] == ASKED) {
            list[n++] = BEGIN + i;
            if (s->view[0][i] == CORE_WAITING)
                list[n++] = REFUSE + i;
        }
        if ((i != 0 || with.joined) && s->life[i] == RUNS && s->stops < with.stops)
            list[n++] = STOP + i;
        if (s->life[i] == DOOMED)
            list[n++] = DIE + i;
        for (uint32_t j = 0; j < with.cores && acts(s, i); j++)
            if (j != i)
                n += of_pair(s, i, j, list + n);
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
    } else if (m >= GONE_0) {
        if (m - GONE_0 != to)
            event(s, to, m - GONE_0, CORE_EV_TOLD_DEAD);
    } else if (m - DEAD_0 != to) {
        event(s, to, m - DEAD_0, CORE_EV_TOLD_LATE);
    }
}

static void check(struct state *s)
{
    unsigned living = 0;

    for (unsigned i = 0; i < with.cores; i++) {
        living += s->life[i] != STOPPED;
        for (unsigned j = 0; j < with.cores; j++) {
            if (i == j)
                continue;
            if (s->view[i][j] == CORE_JOINED && !(s->heard[i][j] && s->acked[i][j]))
                s->broken = "J1: joined means that both ways work";
            if (s->view[i][j] == CORE_GONE && s->life[j] != STOPPED)
                s->broken = "F1: who is gone for anybody has stopped";
        }
    }
    if (with.joined && with.stops == 0 && living == 0)
        s->broken = "F3: of cores that suspect each other one lives";
}

static void step(void *state, uint32_t action)
{
    struct state *s = state;
    uint32_t a = action % 16, i = a / MOST, j = a % MOST;

    switch (action - a) {
    case SEE:
        event(s, i, j, CORE_EV_STOPPED);
        break;
    case DIE:
        s->life[a] = STOPPED;
        break;
    case TELL:
        s->told[i][j] = 1;
        if (s->life[j] == RUNS)
            s->life[j] = DOOMED;
        break;
    case SUSPECT:
        s->suspicions++;
        event(s, i, j, CORE_EV_SUSPECT);
        break;
    case STOP:
        s->life[a] = STOPPED;
        s->stops++;
        break;
    case REFUSE:
        s->life[a] = STOPPED; /* the firmware did not start it */
        event(s, 0, a, CORE_EV_START_FAILED);
        break;
    case BEGIN:
        begin(s, a);
        break;
    case TIMEOUT:
        event(s, i, j, CORE_EV_TIMEOUT);
        break;
    default:
        deliver(s, i, j);
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
    unsigned stopped = 0, knows = 0, unknowing = 0;

    for (unsigned i = 0; i < with.cores; i++)
        stopped += s->life[i] == STOPPED;
    for (unsigned i = 0; i < with.cores; i++)
        for (unsigned j = 0; j < with.cores; j++) {
            if (i == j || s->life[i] != RUNS)
                continue;
            if (!core_settled((enum core_state)s->view[i][j]))
                return false; /* J2, F2 */
            if (s->life[j] == RUNS && s->view[i][j] != CORE_JOINED)
                return false; /* J3 */
            knows += s->life[j] == STOPPED && s->view[i][j] == CORE_GONE;
            unknowing += s->life[j] == STOPPED && s->view[i][j] != CORE_GONE;
        }
    /* Who told the others may be stopped in turn, and be dropped unread; else all know, or none. */
    return stopped != 1 || knows == 0 || unknowing == 0;
}

static void print_message(FILE *to, unsigned m)
{
    if (m >= GONE_0)
        fprintf(to, "\"core %u has stopped\"", m - GONE_0);
    else if (m >= DEAD_0)
        fprintf(to, "\"core %u is late\"", m - DEAD_0);
    else
        fputs(m == HELLO ? "HELLO" : m == ACK ? "ACK" : "?", to);
}

static void print(FILE *to, const void *state, uint32_t action)
{
    const struct state *s = state;
    uint32_t a = action % 16, i = a / MOST, j = a % MOST;

    switch (action - a) {
    case SEE:
        fprintf(to, "core %u sees that core %u has stopped", i, j);
        break;
    case DIE:
        fprintf(to, "core %u takes the interrupt and stops", a);
        break;
    case TELL:
        fprintf(to, "core %u tells core %u to stop", i, j);
        break;
    case SUSPECT:
        fprintf(to, "core %u suspects core %u", i, j);
        break;
    case STOP:
        fprintf(to, "core %u stops for good", a);
        break;
    case REFUSE:
        fprintf(to, "the firmware refuses to start core %u", a);
        break;
    case BEGIN:
        fprintf(to, "core %u begins", a);
        break;
    case TIMEOUT:
        fprintf(to, "core %u has waited long enough for core %u", i, j);
        break;
    default:
        print_message(to, s->queue[i][j][0]);
        fprintf(to, " from core %u arrives at core %u", i, j);
    }
}

static bool walk(const char *what)
{
    const struct explore_model m = {.name = what,
                                    .bytes = sizeof(struct state),
                                    .init = init,
                                    .actions = actions,
                                    .step = step,
                                    .broken = broken,
                                    .may_end = may_end,
                                    .print = print};
    struct explore_result r = explore(&m, 20000000, stdout);

    printf("%s - %s, %u cores (%llu states)\n", r.end == EXPLORE_ALL ? "ok" : "not ok", what,
           with.cores, (unsigned long long)r.states);
    return r.end == EXPLORE_ALL;
}

int main(void)
{
    bool ok;

    with.cores = 3;
    with.stops = 1;
    ok = walk("every order of starting, messages, deadlines and one death");
    with.stops = 0;
    with.suspicions = 1;
    ok = walk("joining, and one core suspects another") && ok;
    with.joined = true;
    with.cores = 4;
    with.suspicions = 6;
    ok = walk("any six suspicions") && ok;
    with.stops = 1;
    with.suspicions = 4;
    ok = walk("four suspicions, and one core stops by itself") && ok;
    return !ok;
}
