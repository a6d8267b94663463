/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/move.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/mon.h"
#include "monitor/move_parts.h"
#include "monitor/prove.h"
#include "monitor/registry.h"
#include "witness/record.h"
#include <string.h>

#define MOVES 4u
#define WORDS (CONNS / 64)

struct move {
    enum mig_state state;
    enum mig_state failed; /* the step that was not done; MIG_FREE: none          */
    uint32_t number;
    struct prog *prog;
    uint64_t part;
    core_id dest, asker;
    uint64_t client;
    uint64_t to;     /* its name at the destination                         */
    uint32_t bucket; /* there                                               */
    bool asked_dest; /* and it has not said that it has forgotten           */
    bool mapped;     /* the destination has all copies                      */
    status_t why;
    uint64_t begun_ns, stopped_ns, blackout_ns, deadline_ns;
    uint64_t asked[WORDS], held[WORDS], switched[WORDS]; /* far ends, by the number of our end */
    uint64_t hash;
    struct parts parts;
};

static struct move moves[MOVES];
static uint32_t begun;

static struct move *find(uint32_t number)
{
    for (unsigned i = 0; i < MOVES; i++)
        if (moves[i].state != MIG_FREE && moves[i].number == number)
            return &moves[i];
    return NULL;
}

static bool has(const uint64_t *set, unsigned i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static void put(uint64_t *set, unsigned i, bool in)
{
    set[i / 64] = (set[i / 64] & ~(1ull << (i % 64))) | (uint64_t)in << (i % 64);
}

/* The ends of a program that have another end to tell. */
static bool is_its(const struct move *m, unsigned i)
{
    const struct conn *c = conn_at(i);

    return c->state == BIND_OPEN && c->prog == prog_id(m->prog);
}

/* ---- what the table asks for ---- */

/* Of its table, or its space; 0: it has deleted its capability to it, and cannot move. */
static uint64_t size_of(const struct move *m, enum part_kind kind)
{
    for (unsigned i = 0; i < m->parts.n; i++)
        if (m->parts.part[i].kind == kind)
            return m->parts.part[i].c;
    return 0;
}

static void send_offer(struct move *m)
{
    struct peer_MOVE_OFFER offer = {
        .part = m->part, .stopped_ns = m->stopped_ns, .move = m->number, .copies = m->parts.copies};

    memcpy(offer.name, m->prog->line.program, sizeof offer.name);
    offer.slots = (uint32_t)size_of(m, PART_TABLE);
    offer.space_pages = (uint32_t)(size_of(m, PART_SPACE) / PAGE_BYTES);
    m->asked_dest = true;
    peers_send(m->dest, PEER_MOVE_OFFER, &offer, sizeof offer);
}

static void tell_far(const struct move *m, const struct conn *c, enum far_event what)
{
    PEER_SEND(c->peer, MOVE_CONN, .conn = c->peer_ref, .from = conn_ref(c), .at = c->there,
              .move = m->number, .what = what, .core = m->dest, .bucket = m->bucket);
}

/* To those asked so far; HOLD asks. */
static void tell_all_far(struct move *m, enum far_event what)
{
    for (unsigned i = 0; i < CONNS; i++) {
        if (what == FAR_EV_HOLD && is_its(m, i))
            put(m->asked, i, true);
        if (has(m->asked, i))
            tell_far(m, conn_at(i), what);
    }
}

static void ask_for_copies(const struct move *m)
{
    for (unsigned i = 0; i < m->parts.n; i++) {
        const struct part *p = &m->parts.part[i];
        struct peer_MOVE_GIVE g = {
            .part = m->part, .to = m->to, .move = m->number, .core = m->dest, .tag = p->tag};
        core_id owner = m->prog->home;

        if (p->tag == 0)
            continue;
        if (p->kind == PART_REGION) {
            g.what = GIVE_REGION;
            g.handle = p->index;
        } else if (p->kind == PART_MEM) {
            g.what = GIVE_HANDLE;
            g.handle = p->handle;
            g.rights = CAP_WHAT_RIGHTS(p->b);
            if (!(p->c & 1))
                owner = mon.core; /* its home never had it */
        } else {
            owner = (core_id)p->b;
            g.what = GIVE_PIECE;
            g.handle = p->b >> 16 | (uint64_t)LINK_SIDE(p->handle) << 63;
        }
        move_give(owner, &g);
    }
}

static void send_parts(struct move *m)
{
    for (unsigned i = 0; i < m->parts.n; i++) {
        const struct part *p = &m->parts.part[i];

        PEER_SEND(m->dest, MOVE_PART, .to = m->number, .handle = p->handle, .a = p->a, .b = p->b,
                  .c = p->c, .kind = p->kind | p->tag << 16, .index = p->index);
    }
    PEER_SEND(m->dest, MOVE_DO, .to = m->number, .what = DEST_EV_END);
}

static void tell_dest(const struct move *m, enum dest_event what)
{
    PEER_SEND(m->dest, MOVE_DO, .to = m->number, .what = what);
}

static void undo(struct move *m)
{
    if (m->asked_dest)
        tell_dest(m, DEST_EV_ABORT);
    tell_all_far(m, FAR_EV_BACK);
    PEER_SEND(m->prog->home, MOVE_WHERE, .part = m->part, .move = m->number, .core = mon.core);
}

/* A spurious piece of news makes it look at its rings: bells may have rung elsewhere. */
static void thaw(struct move *m)
{
    m->prog->moving = false;
    if (sys_task_resume(m->prog->task) == ST_OK)
        (void)sys_signal(m->prog->news);
}

static void let_go(struct move *m)
{
    tell_all_far(m, FAR_EV_SETTLED);
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = conn_at(i);

        if (c->prog != prog_id(m->prog) || c->state == BIND_FREE)
            continue;
        conn_ended(c, WITNESS_F_ARRIVED);
        conn_forget(c);
    }
    registry_forget(prog_id(m->prog));
    prog_left(m->prog, m->dest);
}

static const char *const step_names[MIG_STATE_COUNT] = {
#define X(name) #name,
    MIG_STATES(X)
#undef X
};

static void tell_asker(const struct move *m)
{
    PEER_SEND(m->asker, MOVE_ENDED, .client = m->client, .blackout_ns = m->blackout_ns,
              .status = m->why, .step = m->failed);
    rec_begin("migration");
    rec_hex("part", m->part);
    rec_u64("from", mon.core);
    rec_u64("to", m->dest);
    rec_str("status", status_text(m->why));
    if (m->why != ST_OK)
        rec_str("step", step_names[m->failed]);
    rec_u64("blackout_ns", m->blackout_ns);
    rec_u64("all_ns", rt_now_ns() - m->begun_ns);
    rec_u64("copies", m->parts.copies);
    rec_u64("parts", m->parts.n);
    rec_end();
}

/* No witness, no move: before the point of no return. */
static status_t record(const struct move *m)
{
    return prove_emit(mon.info->island, mon.core, WITNESS_PARTITION_MIGRATE, m->part,
                      (uint64_t)mon.core | (uint64_t)m->dest << 16, 0);
}

static void happen(struct move *m, enum mig_event e);

static bool none(const uint64_t *set)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < WORDS; i++)
        any |= set[i];
    return any == 0;
}

static bool all(const struct move *m, const uint64_t *set)
{
    uint64_t missing = 0;

    for (unsigned i = 0; i < WORDS; i++)
        missing |= m->asked[i] & ~set[i];
    return missing == 0;
}

/* Those who need not be waited for, because nobody is there. */
static void look(struct move *m)
{
    if (m->state == MIG_PAUSING && all(m, m->held))
        happen(m, MIG_EV_HELD);
    else if (m->state == MIG_TRANSFERRING && m->mapped)
        happen(m, MIG_EV_MAPPED);
    else if (m->state == MIG_SWITCHING && all(m, m->switched))
        happen(m, MIG_EV_SWITCHED);
    else if (m->state == MIG_UNDOING && !m->asked_dest && none(m->asked))
        happen(m, MIG_EV_UNDONE);
}

static void suspect(const struct move *m)
{
    if (m->asked_dest || m->state == MIG_COMMITTED)
        core_suspect(m->dest, "it did not answer when a partition was moved there");
    for (unsigned i = 0; i < CONNS; i++)
        if (has(m->asked, i) && m->state == MIG_UNDOING)
            core_suspect(conn_at(i)->peer, "it did not answer when a partition was moved back");
}

static void perform(struct move *m, uint16_t a)
{
    if (a & MIG_SEND_OFFER)
        send_offer(m);
    if (a & MIG_SEND_HOLD)
        tell_all_far(m, FAR_EV_HOLD);
    if (a & MIG_SEND_GIVE)
        ask_for_copies(m);
    if (a & MIG_SEND_PARTS)
        send_parts(m);
    if (a & MIG_SEND_WHERE)
        PEER_SEND(m->prog->home, MOVE_WHERE, .part = m->part, .move = m->number, .core = m->dest);
    if (a & MIG_SEND_CHECK)
        tell_dest(m, DEST_EV_CHECK);
    if (a & MIG_SEND_SWITCH)
        tell_all_far(m, FAR_EV_SWITCH);
    if (a & MIG_SEND_COMMIT)
        tell_dest(m, DEST_EV_COMMIT);
    if (a & MIG_SEND_ABORT)
        undo(m);
    if (a & MIG_DO_THAW)
        thaw(m);
    if (a & MIG_DO_DROP)
        let_go(m);
    if (a & MIG_DO_LOST)
        PEER_SEND(PART_HOME(m->part), MOVE_RUNS, .part = m->part, .core = m->dest, .gone = 1);
    if (a & MIG_DO_SUSPECT)
        suspect(m);
    if (a & MIG_TELL)
        tell_asker(m);
}

static void happen(struct move *m, enum mig_event e)
{
    enum mig_state was = m->state;
    struct mig_step step = mig_step(was, e);

    if (step.action & MIG_REFUSE) {
        rec_error("a migration meets what its table does not allow", ST_PEER, step_names[was]);
        return;
    }
    if ((step.action & MIG_SEND_COMMIT) && (m->why = record(m)) != ST_OK) {
        happen(m, MIG_EV_REFUSED);
        return;
    }
    m->state = (enum mig_state)step.next;
    if (m->state == MIG_UNDOING && was != MIG_UNDOING) {
        m->failed = was;
        m->deadline_ns = rt_now_ns() + agree_patience_ns();
    }
    if (m->state == MIG_COMMITTED && was != MIG_COMMITTED)
        m->deadline_ns = rt_now_ns() + agree_patience_ns();
    fail_point(0, step_names[m->state]);
    perform(m, step.action);
    look(m);
}

/* ---- beginning ---- */

static void decline(uint64_t part, core_id dest, core_id asker, uint64_t client, status_t why)
{
    struct move m = {.part = part,
                     .dest = dest,
                     .asker = asker,
                     .client = client,
                     .why = why,
                     .begun_ns = rt_now_ns()};

    tell_asker(&m);
}

static status_t stop(struct prog *p)
{
    struct rt_msg m;
    status_t st = sys_task_query(p->task, &m);

    if (st != ST_OK)
        return st;
    if (p->ntext > 0 || (m.w[0] != TS_READY && m.w[0] != TS_WAITING))
        return ST_BUSY; /* it waits for an answer, of us or of a program here */
    if ((st = sys_task_stop(p->task)) == ST_OK)
        p->moving = true;
    return st;
}

static bool may_move(const struct prog *p)
{
    return !(p->line.options & ~(uint32_t)(START_RESTART | START_EARLY)) && p != prog_self() &&
           !prog_has_kin(p);
}

void move_begin(uint64_t part, core_id dest, core_id asker, uint64_t client)
{
    struct prog *p = move_find(part);
    struct move *m = NULL;
    status_t st;

    for (unsigned i = 0; i < MOVES && m == NULL; i++)
        if (moves[i].state == MIG_FREE)
            m = &moves[i];
    st = p == NULL || p->state != PROG_RUNNING ? ST_NOT_FOUND
         : p->moving || m == NULL              ? ST_BUSY
         : !may_move(p)                        ? ST_TYPE
         : dest == mon.core                    ? ST_STATE
         : !core_is_joined(dest)               ? ST_DEAD_CORE
                                               : stop(p);
    if (st != ST_OK) {
        decline(part, dest, asker, client, st);
        return;
    }
    *m = (struct move){
        .prog = p, .part = part, .dest = dest, .asker = asker, .client = client, .number = ++begun};
    m->begun_ns = m->stopped_ns = rt_now_ns();
    m->deadline_ns = m->begun_ns + MOVE_NS;
    if ((st = parts_list(p, dest, &m->parts)) != ST_OK) {
        thaw(m);
        decline(part, dest, asker, client, st);
        return;
    }
    m->hash = parts_hash(&m->parts);
    happen(m, MIG_EV_ASK);
}

/* ---- answers ---- */

static void not_done(struct move *m, status_t why)
{
    if (mig_is_reversible(m->state))
        m->why = why;
    happen(m, MIG_EV_REFUSED);
}

/* Where an end of the program will be. */
static void learn_end(const struct move *m, uint64_t place, uint64_t ref)
{
    struct conn *c = conn_of_va(m->prog, USER_CHANNELS + place * CHANNEL_BYTES);

    if (c != NULL)
        c->there = ref;
}

void move_on_said(core_id from, const struct peer_MOVE_SAID *said)
{
    struct move *m = find(said->move);

    if (m == NULL || m->dest != from)
        return;
    switch (said->what) {
    case MIG_EVENT_COUNT:
        learn_end(m, said->value, said->at);
        break;
    case MIG_EV_READY:
        m->to = said->at;
        m->bucket = (uint32_t)said->value;
        happen(m, MIG_EV_READY);
        break;
    case MIG_EV_CHECKED:
        m->why = said->value == m->hash ? ST_OK : ST_FORMAT;
        happen(m, said->value == m->hash ? MIG_EV_CHECKED : MIG_EV_MISMATCH);
        break;
    case MIG_EV_UNDONE:
        m->asked_dest = false;
        look(m);
        break;
    case MIG_EV_REFUSED:
        not_done(m, (status_t)said->status);
        break;
    case MIG_EV_DONE:
        m->blackout_ns = said->value;
        happen(m, MIG_EV_DONE);
        break;
    case MIG_EV_MAPPED: /* before it was asked for, if it needs no copies */
        m->mapped = true;
        look(m);
        break;
    case MIG_EV_BUILT:
        happen(m, (enum mig_event)said->what);
        break;
    default:
        rec_error("a monitor's message about a migration makes no sense", ST_PEER, "MOVE_SAID");
    }
}

void move_on_held(core_id from, const struct peer_MOVE_HELD *h)
{
    struct move *m = find(h->move);
    struct conn *c = conn_find(h->conn);
    unsigned i = (unsigned)(h->conn % 65536);

    if (m == NULL || c == NULL || c->peer != from || i >= CONNS || !has(m->asked, i))
        return;
    switch (h->what) {
    case MIG_EV_HELD:
        put(m->held, i, true);
        break;
    case MIG_EV_SWITCHED:
        put(m->switched, i, true);
        break;
    case MIG_EV_UNDONE:
        put(m->asked, i, false);
        break;
    default:
        not_done(m, ST_BUSY);
    }
    look(m);
}

void move_on_gave(core_id from, const struct peer_MOVE_GAVE *g)
{
    struct move *m = find(g->move);

    (void)from;
    if (m != NULL)
        not_done(m, (status_t)g->status);
}

void move_on_there(core_id from, const struct peer_MOVE_THERE *t)
{
    struct move *m = find(t->move);

    if (m == NULL || from != m->prog->home)
        return;
    if (t->status != ST_OK)
        not_done(m, (status_t)t->status);
    else
        happen(m, MIG_EV_THERE);
}

/* ---- time, and death ---- */

uint64_t move_turn(uint64_t now_ns)
{
    uint64_t next = move_turn_home(now_ns), t = arrive_turn(now_ns);

    if (t < next)
        next = t;
    if ((t = move_far_turn(now_ns)) < next)
        next = t;
    for (unsigned i = 0; i < MOVES; i++) {
        struct move *m = &moves[i];

        if (m->state != MIG_FREE && now_ns >= m->deadline_ns) {
            if (mig_is_reversible(m->state))
                m->why = ST_TIMEOUT;
            else
                m->deadline_ns = now_ns + agree_patience_ns();
            happen(m, MIG_EV_TIMEOUT);
        }
        if (m->state != MIG_FREE && m->deadline_ns < next)
            next = m->deadline_ns;
    }
    return next;
}

static bool concerns(const struct move *m, core_id core)
{
    if (m->prog->home == core)
        return true;
    for (unsigned i = 0; i < CONNS; i++)
        if (is_its(m, i) && (conn_at(i)->peer == core || conn_mem_core(conn_at(i)) == core))
            return true;
    return false;
}

void move_core_dead(core_id core)
{
    for (unsigned i = 0; i < MOVES; i++) {
        struct move *m = &moves[i];

        if (m->state == MIG_FREE)
            continue;
        for (unsigned k = 0; k < CONNS; k++)
            if (has(m->asked, k) && conn_at(k)->peer == core)
                put(m->asked, k, false);
        if (m->dest != core && !concerns(m, core))
            continue;
        if (mig_is_reversible(m->state) || m->dest == core)
            m->why = ST_DEAD_CORE;
        if (m->dest == core)
            m->asked_dest = false;
        happen(m, m->dest == core ? MIG_EV_DEST_DEAD : MIG_EV_OTHER_DEAD);
        if (m->state != MIG_FREE)
            look(m);
    }
    arrive_core_dead(core);
    move_far_core_dead(core);
    move_home_core_dead(core);
}
