/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/move.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/island.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/move_parts.h"
#include "monitor/note.h"
#include "monitor/part_news.h"
#include "monitor/prove.h"
#include "monitor/registry.h"
#include "witness/record.h"
#include <string.h>

_Static_assert(MOVER_ENDS >= PROG_CHANS, "one for each");

static struct mover mover;
static struct ask_kept asked[MOVER_ASKS];
static struct parts listed[MOVER_MOVES], coming[MOVER_ARRIVALS], again;

/* ---- the engine's world: messages ---- */

static void send(void *w, core_id to, enum peer_kind kind, const void *payload, size_t bytes)
{
    (void)w;
    peers_send(to, kind, payload, bytes);
}

static void suspect(void *w, core_id core, const char *why)
{
    (void)w;
    core_suspect(core, why);
}

static void odd(void *w, const char *what, const char *where)
{
    (void)w;
    rec_error(what, ST_PEER, where);
}

static bool joined(void *w, core_id core)
{
    (void)w;
    return core_is_joined(core);
}

static bool gone(void *w, core_id core)
{
    (void)w;
    return core_is_gone(core);
}

static enum mover_fault point(void *w, const char *name)
{
    (void)w;
    fail_point(0, name);
    return fail_abort(name);
}

/* ---- the source ---- */

static status_t stop(struct prog *p)
{
    struct rt_msg m;
    status_t st = sys_task_query(p->task, &m);

    if (st != ST_OK)
        return st;
    if (p->suspended)
        return ST_STATE; /* until it goes on */
    if (p->ntext > 0 || (m.w[0] != TS_READY && m.w[0] != TS_WAITING))
        return ST_BUSY; /* it waits for an answer, of us or of a program here */
    if ((st = sys_task_pause(p->task)) == ST_OK) /* it may have run since it was asked about, and called */
        p->moving = true;
    return st;
}

bool move_possible(const struct prog *p)
{
    return !(p->line.options & ~(uint32_t)(START_RESTART | START_EARLY | START_SMALL)) &&
           p != prog_self() && p->mate == NULL; /* several are split first */
}

static status_t stop_and_list(void *w, struct mover_move *m)
{
    struct prog *p = move_find(m->part);
    status_t st;

    (void)w;
    if (p->moving || p->nexits > PART_NEWS_MOVE)
        return ST_BUSY;
    if (!move_possible(p))
        return ST_TYPE;
    if ((st = note_room_for(4)) != ST_OK || (st = stop(p)) != ST_OK) /* who stops has to go on, too */
        return st;
    memcpy(m->name, p->line.program, sizeof m->name);
    if ((st = parts_list(p, m->dest, m->parts)) == ST_OK)
        return ST_OK;
    p->moving = false;
    later_resume(p->task, p->news);
    return st;
}

/* A spurious piece of news makes it look at its rings: bells may have rung elsewhere. */
static uint64_t thaw(void *w, const struct mover_move *m, bool *restored)
{
    struct prog *p = move_find(m->part);

    (void)w;
    *restored = parts_list(p, m->dest, &again) == ST_OK && parts_restored(m->parts, &again);
    p->moving = false;
    later_resume(p->task, p->news);
    return rt_now_ns();
}

/*
 * What its table at home has does not change while it is away; but a bell of a task here would go with that task, and its slot could
 * not have that handle again when it comes back.
 */
static void take_bell(const struct prog *p, const struct conn *c)
{
    status_t st = c->bell != 0 ? island_unplace(p->table, c->bell, true) : ST_OK;

    if (st != ST_OK && st != ST_STALE_HANDLE) /* it has deleted it */
        rec_error("a bell of a partition that left stays", st, c->name);
}

static void let_go(void *w, const struct mover_move *m)
{
    struct prog *p = move_find(m->part);

    (void)w;
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = conn_at(i);

        if (c->prog != prog_id(p) || c->state == BIND_FREE)
            continue;
        if (p->home == mon.core)
            take_bell(p, c);
        conn_ended(c, WITNESS_F_ARRIVED);
        conn_forget(c);
    }
    registry_forget(prog_id(p));
    prog_left(p, m->dest);
}

static status_t record(void *w, const struct mover_move *m)
{
    (void)w;
    return prove_emit(mon.info->island, mon.core, WITNESS_PARTITION_MIGRATE, m->part,
                      (uint64_t)mon.core | (uint64_t)m->dest << 16, 0);
}

static const char *const step_names[MIG_STATE_COUNT] = {
#define X(name) #name,
    MIG_STATES(X)
#undef X
};

static void told(void *w, const struct mover_move *m)
{
    (void)w;
    if (m->why == ST_COOLDOWN)
        return; /* who asks in vain is told, nobody else */
    rec_begin("migration");
    rec_hex("part", m->part);
    rec_u64("from", mon.core);
    rec_u64("to", m->dest);
    rec_str("status", status_text(m->why));
    if (m->failed != MIG_FREE) {
        rec_str("step", step_names[m->failed]);
        rec_str("restored", m->restored ? "yes" : "no");
    }
    rec_u64("blackout_ns", m->blackout_ns);
    rec_u64("all_ns", m->ended_ns - m->begun_ns);
    rec_u64("copies", m->parts != NULL ? m->parts->copies : 0);
    rec_u64("parts", m->parts != NULL ? m->parts->n : 0);
    rec_end();
}

static uint64_t ref(void *w, uint64_t part, unsigned place)
{
    const struct prog *p = move_find(part);
    const struct conn *c = p != NULL ? conn_of_va(p, USER_CHANNELS + place * CHANNEL_BYTES) : NULL;

    (void)w;
    return c != NULL ? conn_ref(c) : 0;
}

static bool here(void *w, uint64_t part)
{
    const struct prog *p = move_find(part);

    (void)w;
    return p != NULL && p->state == PROG_RUNNING;
}

static const struct mover_env world = {
    .send = send,
    .suspect = suspect,
    .odd = odd,
    .joined = joined,
    .gone = gone,
    .point = point,
    .stop = stop_and_list,
    .thaw = thaw,
    .let_go = let_go,
    .record = record,
    .told = told,
    .ref = ref,
    .prepare = arrive_prepare,
    .bucket = arrive_bucket,
    .build = arrive_build,
    .check = arrive_check,
    .resume = arrive_resume,
    .drop = arrive_drop,
    .here = here,
    .far = move_far,
    .next_far = move_next_far,
    .set_other = move_set_other,
    .freed = move_freed,
    .where = move_home_where,
    .set_where = move_home_set,
    .next_part = move_home_next,
    .ended_away = move_home_ended,
    .end_here = move_home_end_here,
    .answer = move_home_answer,
};

/* ---- what the rest of the monitor calls ---- */

struct mover *move_mover(void)
{
    if (mover.env == NULL) {
        mover.env = &world;
        mover.core = mon.core;
        mover.ncores = mon.ncores;
        mover.answer_ns = agree_patience_ns();
        mover.asks = (struct asks){.kept = asked, .size = MOVER_ASKS};
        for (unsigned i = 0; i < MOVER_MOVES; i++)
            mover.move[i].parts = &listed[i];
        for (unsigned i = 0; i < MOVER_ARRIVALS; i++)
            mover.arrival[i].parts = &coming[i];
    }
    mover_at(&mover, rt_now_ns());
    return &mover;
}

void move_on_message(core_id from, uint16_t kind, const uint64_t *word)
{
    if (kind == PEER_MOVE_GIVE)
        move_on_give(from, peer_MOVE_GIVE_in(word));
    else if (kind == PEER_MOVE_PIECE)
        move_on_piece(from, peer_MOVE_PIECE_in(word));
    else
        (void)mover_message(move_mover(), from, kind, word);
}

status_t move_ask(struct prog *by, struct rt_msg *m)
{
    if (m->w[2] >= mon.ncores)
        return ST_INVALID;
    return mover_ask(move_mover(), prog_id(by), m->w[1], (core_id)m->w[2]);
}

status_t move_where(struct prog *p, struct rt_msg *m)
{
    m->w[1] = prog_part(p);
    m->w[2] = mon.core;
    m->w[3] = p->home;
    return ST_OK;
}

uint64_t move_turn(uint64_t now_ns)
{
    struct mover *m = move_mover();
    uint64_t next = move_give_turn(now_ns), t;

    mover_at(m, now_ns);
    t = mover_turn(m);
    return t < next ? t : next;
}

void move_core_dead(core_id core)
{
    mover_core_dead(move_mover(), core);
}
