/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Two programs on two cores bind twice, use, close and die; every order of events. B1 to B5 of
 * monitor/bind_sm.h.
 *
 * The register is part of the client's side here: an answer to a lookup may come at any time,
 * found or not. Memory is taken and mapped as monitor/bind.c does it, by the client's monitor
 * or by the service's (the lower core's: both are walked). The service's core may die.
 */
#include <stdio.h>
#include <string.h>
#include "monitor/bind_sm.h"
#include "tests/support/explore.h"

#define BINDS 2u
#define QUEUE 6u

enum message { REQ = 1, ACCEPT, REFUSE, CLOSE, CLOSED };
enum side { CLIENT, SERVICE };

struct state {
    const char *broken;
    uint8_t end[2][BINDS];          /* enum bind_state of each end of each channel        */
    uint8_t piece[BINDS];           /* taken                                              */
    uint8_t took[2][BINDS];         /* by this end                                        */
    uint8_t asked[BINDS], answers[BINDS], left[BINDS]; /* left: the client let go unanswered */
    uint8_t looking[BINDS];         /* the register has a lookup                          */
    uint8_t queue[2][QUEUE], channel[2][QUEUE], n[2]; /* to CLIENT, to SERVICE: what, of which */
    uint8_t service_down, told_down;
};

static enum side lower; /* who gives out the memory */

enum { BIND = 0, FOUND = 8, NOT_FOUND = 16, DELIVER = 24, DELIVER_BAD = 32, LET_GO = 40, TIMEOUT = 56,
       CORE_DIES = 64, CORE_DEAD = 65 };

static void send(struct state *s, enum side from, unsigned k, enum message m)
{
    enum side to = from == CLIENT ? SERVICE : CLIENT;

    if (to == SERVICE && s->told_down)
        return; /* no channel to it any more */
    if (s->n[to] == QUEUE) {
        s->broken = "the model's queue is too short";
        return;
    }
    s->queue[to][s->n[to]] = (uint8_t)m;
    s->channel[to][s->n[to]++] = (uint8_t)k;
}

static void take_piece(struct state *s, enum side by, unsigned k)
{
    if (s->piece[k])
        s->broken = "B2: memory is given out that is still in use";
    s->piece[k] = 1;
    s->took[by][k] = 1;
}

static void release(struct state *s, enum side by, unsigned k)
{
    enum side other = by == CLIENT ? SERVICE : CLIENT;

    if (!s->took[by][k])
        return;
    s->took[by][k] = 0;
    s->piece[k] = 0;
    if (bind_is_mapped((enum bind_state)s->end[other][k]) &&
        !(other == SERVICE && s->service_down))
        s->broken = "B2: memory is free while the other end has it mapped";
}

static void answer(struct state *s, unsigned k)
{
    if (++s->answers[k] > 1)
        s->broken = "B1: a BIND is answered once";
}

/* As monitor/bind.c performs it. */
static void event(struct state *s, enum side side, unsigned k, enum bind_event e)
{
    struct bind_step step = bind_step((enum bind_state)s->end[side][k], e);
    uint16_t a = step.action;

    if (a & BIND_REFUSED) {
        s->broken = "B4: between monitors that keep to the table no event is refused";
        return;
    }
    s->end[side][k] = step.next;
    if (a & BIND_SEND_LOOKUP)
        s->looking[k] = 1;
    if (a & BIND_SEND_REQ)
        send(s, side, k, REQ);
    if (a & BIND_SEND_ACCEPT)
        send(s, side, k, ACCEPT);
    if (a & BIND_SEND_REFUSE)
        send(s, side, k, REFUSE);
    if (a & BIND_SEND_CLOSE)
        send(s, side, k, CLOSE);
    if (a & BIND_SEND_CLOSED)
        send(s, side, k, CLOSED);
    if (a & (BIND_TELL_BOUND | BIND_TELL_REFUSED))
        answer(s, k);
    if (a & BIND_DO_RELEASE)
        release(s, side, k);
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    size_t n = 0;

    (void)max;
    for (uint32_t k = 0; k < BINDS; k++) {
        if (!s->asked[k] && !s->told_down)
            list[n++] = BIND + k;
        if (s->looking[k]) {
            list[n++] = FOUND + k;
            list[n++] = NOT_FOUND + k;
        }
        if (bind_has_deadline((enum bind_state)s->end[CLIENT][k]))
            list[n++] = TIMEOUT + k;
        if (s->end[CLIENT][k] != BIND_FREE)
            list[n++] = LET_GO + k;
        if (bind_is_mapped((enum bind_state)s->end[SERVICE][k]) && !s->service_down)
            list[n++] = LET_GO + 8 + k;
    }
    if (s->n[CLIENT] > 0 && !s->told_down) {
        list[n++] = DELIVER + CLIENT;
        if (s->queue[CLIENT][0] == ACCEPT && s->end[CLIENT][s->channel[CLIENT][0]] == BIND_ASKED)
            list[n++] = DELIVER_BAD + CLIENT;
    }
    if (s->n[SERVICE] > 0 && !s->service_down) {
        list[n++] = DELIVER + SERVICE;
        if (s->queue[SERVICE][0] == REQ)
            list[n++] = DELIVER_BAD + SERVICE;
    }
    if (!s->service_down)
        list[n++] = CORE_DIES;
    else if (!s->told_down)
        list[n++] = CORE_DEAD;
    return n;
}

static void request(struct state *s, unsigned k, bool bad)
{
    if (bad) {
        event(s, SERVICE, k, BIND_EV_REQ_BAD);
        return;
    }
    if (lower == SERVICE)
        take_piece(s, SERVICE, k);
    event(s, SERVICE, k, BIND_EV_REQ);
}

static void deliver(struct state *s, enum side to, bool bad)
{
    unsigned m = s->queue[to][0], k = s->channel[to][0];

    s->n[to]--;
    memmove(s->queue[to], s->queue[to] + 1, QUEUE - 1);
    memmove(s->channel[to], s->channel[to] + 1, QUEUE - 1);
    s->queue[to][QUEUE - 1] = s->channel[to][QUEUE - 1] = 0;
    switch (m) {
    case REQ:
        request(s, k, bad);
        break;
    case ACCEPT:
        event(s, to, k, bad ? BIND_EV_ACCEPT_BAD : BIND_EV_ACCEPT);
        break;
    case REFUSE:
        event(s, to, k, BIND_EV_REFUSE);
        break;
    case CLOSE:
        event(s, to, k, BIND_EV_CLOSE);
        break;
    default:
        event(s, to, k, BIND_EV_CLOSED);
    }
}

static void core_dead(struct state *s)
{
    s->told_down = 1;
    for (enum side to = CLIENT; to <= SERVICE; to++) {
        memset(s->queue[to], 0, QUEUE);
        memset(s->channel[to], 0, QUEUE);
        s->n[to] = 0;
    }
    for (unsigned k = 0; k < BINDS; k++)
        if (s->end[CLIENT][k] != BIND_FREE && s->end[CLIENT][k] != BIND_LOOKUP)
            event(s, CLIENT, k, BIND_EV_CORE_DEAD);
}

/* With nothing on its way the two ends agree. */
static void check_quiet(struct state *s)
{
    if (s->n[CLIENT] + s->n[SERVICE] > 0 || s->service_down)
        return;
    for (unsigned k = 0; k < BINDS; k++) {
        unsigned c = s->end[CLIENT][k], v = s->end[SERVICE][k];
        bool agree = (c == BIND_FREE || c == BIND_LOOKUP) ? v == BIND_FREE
                     : c == BIND_OPEN                     ? v == BIND_OPEN
                     : c == BIND_ORPHAN                   ? v == BIND_CLOSING
                     : c == BIND_CLOSING                  ? v == BIND_ORPHAN
                                                          : false;

        if (!agree)
            s->broken = "B3: with nothing in flight both ends agree";
        if (c == BIND_FREE && s->piece[k])
            s->broken = "B2: memory is lost";
    }
}

static void step(void *state, uint32_t action)
{
    struct state *s = state;
    uint32_t k = action % 8;

    if (action >= CORE_DEAD)
        core_dead(s);
    else if (action >= CORE_DIES)
        s->service_down = 1;
    else if (action >= TIMEOUT)
        event(s, CLIENT, k, BIND_EV_TIMEOUT);
    else if (action >= LET_GO + 8)
        event(s, SERVICE, k, BIND_EV_LET_GO);
    else if (action >= LET_GO) {
        s->left[k] |= s->answers[k] == 0;
        event(s, CLIENT, k, BIND_EV_LET_GO);
    } else if (action >= DELIVER_BAD)
        deliver(s, (enum side)k, true);
    else if (action >= DELIVER)
        deliver(s, (enum side)k, false);
    else if (action >= FOUND) {
        s->looking[k] = 0;
        if (s->end[CLIENT][k] != BIND_LOOKUP)
            return; /* it crossed the CANCEL */
        if (action < NOT_FOUND && lower == CLIENT)
            take_piece(s, CLIENT, k);
        event(s, CLIENT, k, action < NOT_FOUND ? BIND_EV_FOUND : BIND_EV_NOT_FOUND);
    } else {
        s->asked[k] = 1;
        event(s, CLIENT, k, BIND_EV_BIND);
    }
    check_quiet(s);
}

static const char *broken(const void *state)
{
    return ((const struct state *)state)->broken;
}

/* Nothing can happen any more: all is given back, and every BIND had its answer. */
static bool may_end(const void *state)
{
    const struct state *s = state;

    for (unsigned k = 0; k < BINDS; k++) {
        if (s->end[CLIENT][k] != BIND_FREE || (lower == CLIENT && s->piece[k]))
            return false;
        if (s->asked[k] && s->answers[k] + s->left[k] == 0)
            return false;
    }
    return true;
}

static void init(void *state)
{
    (void)state;
}

static void print(FILE *to, const void *state, uint32_t action)
{
    static const char *const names[] = { "?", "REQ", "ACCEPT", "REFUSE", "CLOSE", "CLOSED" };
    const struct state *s = state;
    uint32_t k = action % 8;

    if (action >= CORE_DIES)
        fprintf(to, action == CORE_DIES ? "the service's core dies" : "the client's core is told");
    else if (action >= TIMEOUT)
        fprintf(to, "bind %u: deadline", k);
    else if (action >= LET_GO)
        fprintf(to, "bind %u: the %s lets go", k, action >= LET_GO + 8 ? "service" : "client");
    else if (action >= DELIVER)
        fprintf(to, "bind %u: %s arrives%s", s->channel[k][0], names[s->queue[k][0]],
                action >= DELIVER_BAD ? ", but there is no room" : "");
    else if (action >= FOUND)
        fprintf(to, "bind %u: %s", k, action >= NOT_FOUND ? "not found" : "found");
    else
        fprintf(to, "bind %u: asked for", k);
}

int main(void)
{
    const struct explore_model m = {
        "binding", sizeof(struct state), init, actions, step, broken, may_end, print, NULL};
    bool ok = true;

    for (lower = CLIENT; lower <= SERVICE; lower++) {
        struct explore_result r = explore(&m, 20000000, stdout);

        ok = ok && r.end == EXPLORE_ALL;
        printf("%s - every order of events, memory given out by the %s's core (%llu states)\n",
               r.end == EXPLORE_ALL ? "ok" : "not ok", lower == CLIENT ? "client" : "service",
               (unsigned long long)r.states);
    }
    return !ok;
}
