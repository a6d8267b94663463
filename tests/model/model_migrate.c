/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A partition moves from S to D; its home, the owner of its memory and the far end of its channel are on C. Every order of
 * messages, refusals, deadlines, cancels, and the death of any one core at any time, told to the others one by one. M1 to M5
 * of monitor/migrate_sm.h.
 *
 * Two migrations after one another are walked, so that what one leaves behind is seen by the next. Parts of it
 * (handles, registers) are one message here, END; the one channel and the one piece of memory stand for all.
 */
#include <stdio.h>
#include <string.h>
#include "monitor/migrate_sm.h"
#include "tests/support/explore.h"

#define QUEUE  8u
#define ROUNDS 2u

enum core { S, D, C, CORES, NOBODY };
enum message {
    OFFER = 1,
    READY,
    MAPPED,
    PARTS,
    BUILT,
    CHECK,
    CHECKED,
    COMMIT,
    DONE,
    ABORT,
    ABORTED,
    REFUSED,
    HOLD,
    HELD,
    BUSY,
    SWITCH,
    SWITCHED,
    BACK,
    RETURNED,
    SETTLED,
    GIVE,
    COPY,
    NO_COPY,
    WHERE,
    THERE,
    HERE,
    GONE,
    RUNS,
    WHO,
};
static const char *const names[] = {
    "?",      "OFFER",    "READY", "MAPPED",   "PARTS",   "BUILT", "CHECK", "CHECKED",
    "COMMIT", "DONE",     "ABORT", "ABORTED",  "REFUSED", "HOLD",  "HELD",  "BUSY",
    "SWITCH", "SWITCHED", "BACK",  "RETURNED", "SETTLED", "GIVE",  "COPY",  "NO_COPY",
    "WHERE",  "THERE",    "HERE",  "GONE",     "RUNS",    "WHO",
};

struct state {
    const char *broken;
    uint8_t source, dest, far; /* enum mig_state, dest_state, far_state       */
    uint8_t runs[2];           /* at S, at D                                  */
    uint8_t bell;              /* of the far end: S, D, NOBODY: closed        */
    uint8_t where, sure;       /* what its home thinks: S, D, NOBODY; S's word alone is not sure */
    uint16_t early;            /* S: answers kept for the step that waits for them */
    uint8_t asked_d, asked_c;  /* S: whose answer UNDONE waits for            */
    uint8_t round, lost;
    uint8_t who;               /* D: its home wants to know how it ends       */
    uint8_t copy, at_d;        /* round the copy at D is of; a copy is there  */
    uint8_t dead, told[CORES]; /* NOBODY or the core; who knows               */
    uint8_t n[CORES][CORES];   /* from, to                                    */
    uint8_t queue[CORES][CORES][QUEUE], tag[CORES][CORES][QUEUE]; /* tag: the round */
};

enum { ASK = 1, DELIVER = 16, DELIVER_BAD = 32, TIMEOUT = 48, CANCEL = 49, DIES = 64, TOLD = 72 };

static void send(struct state *s, enum core from, enum core to, enum message m)
{
    uint8_t *n = &s->n[from][to];

    if (s->dead == to && s->told[from])
        return;
    if (*n == QUEUE) {
        s->broken = "the model's queue is too short";
        return;
    }
    s->queue[from][to][*n] = (uint8_t)m;
    s->tag[from][to][(*n)++] = s->round;
}

static void source_event(struct state *s, enum mig_event e);

/* Everybody who was asked has answered, or is dead. */
static void look_undone(struct state *s)
{
    if (s->source == MIG_UNDOING && !s->asked_d && !s->asked_c)
        source_event(s, MIG_EV_UNDONE);
}

/* An answer: now, or when its step comes. */
static void source_answer(struct state *s, enum mig_event e)
{
    if (mig_is_early((enum mig_state)s->source, e))
        s->early |= (uint16_t)(1u << e);
    else
        source_event(s, e);
}

static void look_early(struct state *s)
{
    static const uint8_t awaited[MIG_STATE_COUNT] = {
        [MIG_PAUSING] = MIG_EV_HELD, [MIG_TRANSFERRING] = MIG_EV_MAPPED, [MIG_GRAPH] = MIG_EV_THERE,
        [MIG_VERIFYING] = MIG_EV_CHECKED};
    unsigned e = awaited[s->source];

    if (e == 0 || !(s->early >> e & 1))
        return;
    s->early &= (uint16_t)~(1u << e);
    source_event(s, (enum mig_event)e);
}

static void undo(struct state *s)
{
    s->early = 0;
    if (s->asked_d)
        send(s, S, D, ABORT);
    if (s->asked_c)
        send(s, S, C, BACK);
    send(s, S, C, HERE);
}

static void source_event(struct state *s, enum mig_event e)
{
    struct mig_step step = mig_step((enum mig_state)s->source, e);
    uint16_t a = step.action;

    if (a & MIG_REFUSE) {
        s->broken = "the source meets an event its table refuses";
        return;
    }
    s->source = step.next;
    if (a & MIG_SEND_OFFER) {
        s->runs[S] = 0;
        s->early = 0;
        s->asked_d = !(s->dead == D && s->told[S]);
        send(s, S, D, OFFER);
    }
    if (a & MIG_SEND_HOLD) {
        s->asked_c = !(s->dead == C && s->told[S]);
        send(s, S, C, HOLD);
    }
    if (a & MIG_SEND_GIVE)
        send(s, S, C, GIVE);
    if (a & MIG_SEND_PARTS)
        send(s, S, D, PARTS);
    if (a & MIG_SEND_WHERE)
        send(s, S, C, WHERE);
    if (a & MIG_SEND_CHECK)
        send(s, S, D, CHECK);
    if (a & MIG_SEND_SWITCH)
        send(s, S, C, SWITCH);
    if (a & MIG_SEND_COMMIT)
        send(s, S, D, COMMIT);
    if (a & MIG_SEND_ABORT)
        undo(s);
    if (a & MIG_DO_THAW)
        s->runs[S] = 1;
    if (a & MIG_DO_DROP)
        send(s, S, C, SETTLED);
    if (a & MIG_DO_LOST) {
        s->lost = 1;
        send(s, S, C, GONE);
    }
    look_undone(s);
    look_early(s);
}

static void dest_event(struct state *s, enum dest_event e)
{
    struct mig_step step = dest_step((enum dest_state)s->dest, e);
    uint16_t a = step.action;

    if (a & DEST_REFUSE) {
        s->broken = "the destination meets an event its table refuses";
        return;
    }
    s->dest = step.next;
    if (a & DEST_SEND_READY)
        send(s, D, S, READY);
    if (a & DEST_SEND_MAPPED)
        send(s, D, S, MAPPED);
    if (a & DEST_SEND_BUILT)
        send(s, D, S, BUILT);
    if (a & DEST_SEND_CHECKED)
        send(s, D, S, CHECKED);
    if (a & DEST_DO_RESUME) {
        s->runs[D] = 1;
        if (!s->at_d)
            s->broken = "it runs at D without its memory";
        send(s, D, C, RUNS);
    }
    if (a & DEST_SEND_DONE)
        send(s, D, S, DONE);
    if (a & DEST_DO_DROP)
        s->at_d = 0;
    if (s->who && (a & DEST_DO_DROP))
        send(s, D, C, GONE);
    if (a & DEST_SEND_REFUSED)
        send(s, D, S, REFUSED);
    if (a & DEST_SEND_ABORTED)
        send(s, D, S, ABORTED);
}

static void far_event(struct state *s, enum far_event e)
{
    struct mig_step step = far_step((enum far_state)s->far, e);
    uint16_t a = step.action;

    if (a & FAR_REFUSE) {
        s->broken = "the far end meets an event its table refuses";
        return;
    }
    s->far = step.next;
    if (a & FAR_SEND_HELD)
        send(s, C, S, HELD);
    if (a & FAR_SEND_BUSY)
        send(s, C, S, BUSY);
    if (a & FAR_DO_SWITCH)
        s->bell = D;
    if (a & FAR_SEND_SWITCHED)
        send(s, C, S, SWITCHED);
    if (a & FAR_DO_RETURN)
        s->bell = S;
    if (a & FAR_SEND_RETURNED)
        send(s, C, S, RETURNED);
    /* What a dead core means for the channel was put off while it was held. */
    if ((a & FAR_DO_FREE) && s->dead == s->bell && s->told[C])
        s->bell = NOBODY;
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    bool alive = s->dead != S;
    size_t n = 0;

    (void)max;
    if (alive && s->source == MIG_FREE && s->runs[S] && s->round < ROUNDS)
        list[n++] = ASK;
    if (alive && mig_is_reversible((enum mig_state)s->source)) {
        list[n++] = TIMEOUT;
        list[n++] = CANCEL;
    }
    for (uint32_t from = 0; from < CORES; from++)
        for (uint32_t to = 0; to < CORES; to++) {
            unsigned m = s->queue[from][to][0];

            if (s->n[from][to] == 0 || s->dead == to)
                continue;
            list[n++] = DELIVER + from * 4 + to;
            if (m == OFFER || m == PARTS || m == HOLD || m == GIVE)
                list[n++] = DELIVER_BAD + from * 4 + to;
        }
    if (s->dead == NOBODY)
        for (uint32_t k = 0; k < CORES; k++)
            list[n++] = DIES + k;
    else
        for (uint32_t k = 0; k < CORES; k++)
            if (k != s->dead && !s->told[k])
                list[n++] = TOLD + k;
    return n;
}

/* Answers of an undone migration that were on their way are of no account in the next: they carry its number. */
static void at_source(struct state *s, enum message m, uint8_t tag)
{
    if (tag != s->round && m != ABORTED && m != RETURNED)
        return;
    switch (m) {
    case READY:
        source_answer(s, MIG_EV_READY);
        break;
    case MAPPED:
        source_answer(s, MIG_EV_MAPPED);
        break;
    case BUILT:
        source_answer(s, MIG_EV_BUILT);
        break;
    case CHECKED:
        source_answer(s, MIG_EV_CHECKED);
        break;
    case DONE:
        source_event(s, MIG_EV_DONE);
        break;
    case REFUSED:
    case BUSY:
    case NO_COPY:
        source_event(s, MIG_EV_REFUSED);
        break;
    case HELD:
        source_answer(s, MIG_EV_HELD);
        break;
    case THERE:
        source_answer(s, MIG_EV_THERE);
        break;
    case SWITCHED:
        source_answer(s, MIG_EV_SWITCHED);
        break;
    case ABORTED:
        s->asked_d = 0;
        look_undone(s);
        break;
    default:
        s->asked_c = 0;
        look_undone(s);
    }
}

static void at_dest(struct state *s, enum message m, uint8_t tag, bool bad)
{
    switch (m) {
    case OFFER:
        dest_event(s, bad ? DEST_EV_OFFER_BAD : DEST_EV_OFFER);
        s->copy = s->dest == DEST_READY ? tag : 0;
        break;
    case COPY:
        if (s->dest == DEST_READY && s->copy == tag) {
            s->at_d = 1;
            dest_event(s, DEST_EV_ALL_IN);
        } /* else for a migration that is undone: it is dropped */
        break;
    case PARTS:
        if (s->dest != DEST_FREE)
            dest_event(s, bad ? DEST_EV_BAD : DEST_EV_END);
        break;
    case CHECK:
        dest_event(s, DEST_EV_CHECK);
        break;
    case WHO: /* while it is being built that is not known yet */
        s->who = s->dest != DEST_FREE;
        if (!s->who)
            send(s, D, C, s->runs[D] ? RUNS : GONE);
        break;
    case COMMIT:
        dest_event(s, DEST_EV_COMMIT);
        break;
    default:
        dest_event(s, DEST_EV_ABORT);
    }
}

static void at_far(struct state *s, enum core from, enum message m, bool bad)
{
    switch (m) {
    case HOLD:
        far_event(s, bad || s->bell != S ? FAR_EV_HOLD_BUSY : FAR_EV_HOLD);
        break;
    case SWITCH:
        far_event(s, FAR_EV_SWITCH);
        break;
    case BACK:
        far_event(s, FAR_EV_BACK);
        break;
    case SETTLED:
        far_event(s, FAR_EV_SETTLED);
        break;
    case GIVE:
        if (bad)
            send(s, C, S, NO_COPY);
        else
            send(s, C, D, COPY);
        break;
    case WHERE: /* what D says goes before: the two may cross when S dies */
        if (s->where == S) {
            s->where = D;
            s->sure = 0;
        }
        send(s, C, S, THERE);
        break;
    case HERE:
        s->where = S;
        break;
    case RUNS:
        s->where = D;
        s->sure = 1;
        break;
    default: /* GONE */
        s->where = NOBODY;
        if (s->bell == from || from == S)
            s->bell = NOBODY;
    }
}

static void deliver(struct state *s, enum core from, enum core to, bool bad)
{
    enum message m = (enum message)s->queue[from][to][0];
    uint8_t tag = s->tag[from][to][0];

    s->n[from][to]--;
    memmove(s->queue[from][to], s->queue[from][to] + 1, QUEUE - 1);
    memmove(s->tag[from][to], s->tag[from][to] + 1, QUEUE - 1);
    s->queue[from][to][QUEUE - 1] = s->tag[from][to][QUEUE - 1] = 0;
    if (to == S)
        at_source(s, m, tag);
    else if (to == D)
        at_dest(s, m, tag, bad);
    else
        at_far(s, from, m, bad);
}

static void drop_queue(struct state *s, enum core from, enum core to)
{
    memset(s->queue[from][to], 0, QUEUE);
    memset(s->tag[from][to], 0, QUEUE);
    s->n[from][to] = 0;
}

static void told(struct state *s, enum core who)
{
    enum core dead = (enum core)s->dead;

    s->told[who] = 1;
    drop_queue(s, dead, who);
    drop_queue(s, who, dead);
    if (who == S && dead == D) {
        s->asked_d = 0;
        source_event(s, MIG_EV_DEST_DEAD);
    } else if (who == S) { /* its home and memory are gone with C */
        s->asked_c = 0;
        source_event(s, MIG_EV_OTHER_DEAD);
    } else if (who == D && dead == S) {
        dest_event(s, DEST_EV_SOURCE_DEAD);
    } else if (who == C) {
        bool was_free = s->far == FAR_NONE;

        far_event(s, dead == S ? FAR_EV_SOURCE_DEAD : FAR_EV_DEST_DEAD);
        if (was_free && s->bell == dead)
            s->bell = NOBODY;
        if (s->where == S && dead == S)
            s->where = NOBODY;
        /* S's last words may have come after what D said: D is asked */
        if (dead == S && (s->where == D || s->bell == D) && !s->sure)
            send(s, C, D, WHO);
    }
    look_undone(s);
}

static void check(struct state *s)
{
    bool all = s->dead == NOBODY;

    if (s->broken)
        return;
    if (s->runs[S] && s->runs[D] && s->dead != S && s->dead != D)
        s->broken = "M1: it runs on two cores";
    if (all && s->source == MIG_FREE && s->runs[S] + s->runs[D] != 1)
        s->broken = "M2: it runs nowhere";
    if (all && s->runs[S] && s->bell != S)
        s->broken = "M3: it runs at S and its doorbell is elsewhere";
    if (all && s->runs[D] && s->bell != D)
        s->broken = "M3: it runs at D and its doorbell is elsewhere";
    if (all && s->source == MIG_FREE && (s->dest != DEST_FREE || s->at_d != s->runs[D]))
        s->broken = "M5: the destination keeps something of a migration that is undone";
}

static void step(void *state, uint32_t action)
{
    struct state *s = state;
    uint32_t k = action % 16;

    if (action >= TOLD)
        told(s, (enum core)(action - TOLD));
    else if (action >= DIES)
        s->dead = (uint8_t)(action - DIES);
    else if (action == CANCEL)
        source_event(s, MIG_EV_CANCEL);
    else if (action == TIMEOUT)
        source_event(s, MIG_EV_TIMEOUT);
    else if (action >= DELIVER)
        deliver(s, (enum core)(k / 4), (enum core)(k % 4), action >= DELIVER_BAD);
    else {
        s->round++;
        source_event(s, MIG_EV_ASK);
    }
    check(s);
}

static const char *broken(const void *state)
{
    return ((const struct state *)state)->broken;
}

/* Nothing can happen any more. */
static bool may_end(const void *state)
{
    const struct state *s = state;
    bool d_alive = s->dead != D, c_alive = s->dead != C, s_alive = s->dead != S;

    if (s_alive && s->source != MIG_FREE)
        return false;
    if (d_alive && s->dest != DEST_FREE)
        return false;
    if (c_alive && s->far != FAR_NONE)
        return false;
    if (c_alive && s->runs[S] && s_alive && s->bell != S)
        return false;
    if (c_alive && s->runs[D] && d_alive && (s->bell != D || s->where != D))
        return false;
    if (c_alive && d_alive && !s->runs[D] && (s->bell == D || s->where == D))
        return false; /* nobody told C that nothing came of it */
    return true;
}

static void init(void *state)
{
    struct state *s = state;

    s->runs[S] = 1;
    s->bell = s->where = S;
    s->dead = NOBODY;
}

static void print(FILE *to, const void *state, uint32_t action)
{
    static const char core[] = "SDC";
    const struct state *s = state;
    uint32_t from = action % 16 / 4, at = action % 4;

    if (action >= TOLD)
        fprintf(to, "%c is told", core[action - TOLD]);
    else if (action >= DIES)
        fprintf(to, "%c dies", core[action - DIES]);
    else if (action >= TIMEOUT)
        fprintf(to, action == TIMEOUT ? "deadline" : "cancel");
    else if (action >= DELIVER)
        fprintf(to, "%s from %c arrives at %c%s", names[s->queue[from][at][0]], core[from],
                core[at], action >= DELIVER_BAD ? ", and is refused" : "");
    else
        fprintf(to, "asked for");
}

int main(void)
{
    const struct explore_model m = {
        "migration", sizeof(struct state), init, actions, step, broken, may_end, print, NULL};
    struct explore_result r = explore(&m, 50000000, stdout);

    printf("%s - a partition moves, twice; every order, one core may die (%llu states)\n",
           r.end == EXPLORE_ALL ? "ok" : "not ok", (unsigned long long)r.states);
    return r.end != EXPLORE_ALL;
}
