/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/calls.h"
#include "lib/rt/attest_calls.h"
#include "monitor/agree.h"
#include "monitor/bind.h"
#include "monitor/conn.h"
#include "monitor/core.h"
#include "monitor/devices.h"
#include "monitor/feed.h"
#include "monitor/fence.h"
#include "monitor/forest.h"
#include "monitor/leases.h"
#include "monitor/home.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/part_news.h"
#include "monitor/part_call.h"
#include "monitor/pieces.h"
#include "monitor/prog.h"
#include "monitor/ram.h"
#include "monitor/recovery.h"
#include "monitor/registry.h"
#include "monitor/text.h"
#include <string.h>

/* Each handler reads its arguments in m->w[1..5] and leaves its results there. */

static status_t call_serve(struct prog *p, struct rt_msg *m)
{
    bool feed = feed_is_name((const char *)&m->w[1]);
    status_t st;

    if (feed && !(p->line.options & START_PLACE))
        return ST_DENIED;
    st = registry_serve(p, (const char *)&m->w[1], &m->w[1]);
    if (feed && st == ST_OK)
        feed_served(p, m->w[1]);
    return st;
}

static status_t call_bind(struct prog *p, struct rt_msg *m)
{
    if (feed_is_name((const char *)&m->w[1]))
        return ST_DENIED; /* only monitors tell it */
    return bind_request(p, (const char *)&m->w[1], m->w[5], &m->w[1]);
}

static status_t call_news(struct prog *p, struct rt_msg *m)
{
    return registry_next_news(prog_id(p), m) || conn_next_news(p, m) ||
                   part_news_next(p, m)
               ? ST_OK
               : ST_AGAIN;
}

/* Answered when it is done: perhaps by now, and never by the loop. */
#define LATER ((status_t)ST_COUNT)

static status_t later(status_t st)
{
    return st == ST_OK ? LATER : st;
}

static status_t call_close(struct prog *p, struct rt_msg *m)
{
    return bind_close(p, m->w[1]);
}

static status_t call_print(struct prog *p, struct rt_msg *m)
{
    return text_from_prog(p, (const char *)&m->w[2], m->w[1]);
}

static status_t call_spawn(struct prog *p, struct rt_msg *m)
{
    struct start_line line = { .mem_kib = START_MEM_DEFAULT_KIB };
    partition_id id = PARTITION_NONE;
    status_t st;

    if (!(p->line.options & START_SPAWN))
        return ST_DENIED;
    if (!(p->line.options & START_MACHINE))
        line.pages = quota_default(QUOTA_PAGES);
    memcpy(line.program, &m->w[1], 24);
    memcpy(line.args, &m->w[4], 16);
    if (line.program[23] != '\0' || line.args[15] != '\0')
        return ST_INVALID;
    st = prog_spawn(&line, p->part, &id);
    m->w[1] = id;
    return st;
}

static status_t call_kill(struct prog *p, struct rt_msg *m)
{
    const struct prog *child = m->w[1] <= UINT32_MAX ? prog_of_part((partition_id)m->w[1]) : NULL;

    if (child == NULL || home_supervisor(child->part) != p->part)
        return ST_NOT_FOUND;
    return later(parts_call(p, m->w[1], PART_DESTROY, 0, 0));
}

static status_t call_mem(struct prog *p, struct rt_msg *m)
{
    unsigned refused = QUOTA_KINDS;
    status_t st = prog_mem(p, m->w[1], &m->w[1], &m->w[2], &refused);

    if (refused != QUOTA_KINDS)
        m->w[2] = refused + 1;
    return st;
}

static status_t call_end(struct prog *p, struct rt_msg *m)
{
    char why[33] = "";

    if (!(p->line.options & START_MACHINE))
        return ST_DENIED;
    if (m->w[1] > 255)
        return ST_INVALID;
    memcpy(why, &m->w[2], 32);
    text_end((uint32_t)m->w[1], why);
    return ST_OK;
}

static status_t call_cores(struct prog *p, struct rt_msg *m)
{
    (void)p;
    core_tell_all(m);
    return ST_OK;
}

static status_t call_time(struct prog *p, struct rt_msg *m)
{
    (void)p;
    core_tell_time(m);
    return ST_OK;
}

static status_t call_core(struct prog *p, struct rt_msg *m)
{
    (void)p;
    return core_tell_one(m->w[1], m);
}

static status_t call_device(struct prog *p, struct rt_msg *m)
{
    (void)p;
    return devices_tell(m->w[1], m->w[2], m);
}

static status_t call_ram(struct prog *p, struct rt_msg *m)
{
    struct rt_msg core;

    (void)p;
    ram_count(&m->w[1], &m->w[2]);
    m->w[3] = sys_core_query(&core) == ST_OK ? core.w[3] : 0;
    m->w[4] = progs_running();
    m->w[5] = conns_in_use();
    return ST_OK;
}

static status_t call_kept(struct prog *p, struct rt_msg *m)
{
    struct pieces_held held;
    struct rt_msg core;

    (void)p;
    pieces_count(&held);
    m->w[1] = sys_core_query(&core) == ST_OK ? core.w[3] : 0;
    m->w[2] = ram_blocks();
    m->w[3] = held.bytes;
    m->w[4] = held.slots;
    m->w[5] = held.pieces;
    return ST_OK;
}

static status_t call_give(struct prog *p, struct rt_msg *m)
{
    return later(agree_give(p, m));
}

static status_t call_revoke(struct prog *p, struct rt_msg *m)
{
    return later(agree_revoke(p, m));
}

static status_t call_retype(struct prog *p, struct rt_msg *m)
{
    return later(agree_retype(p, m));
}

static status_t call_borrow(struct prog *p, struct rt_msg *m)
{
    return later(agree_borrow(p, m));
}

/* For who stores the witness logs. */
static bool stores(const struct prog *p)
{
    return mon.first && (p->line.options & START_WITNESS);
}

static status_t call_log(struct prog *p, struct rt_msg *m)
{
    bool wait = false;
    status_t st = stores(p) ? agree_log(p, m, &wait) : ST_DENIED;

    return wait ? later(st) : st;
}

static status_t call_stored(struct prog *p, struct rt_msg *m)
{
    if (!stores(p))
        return ST_DENIED;
    if (m->w[1] >= mon.ncores)
        return ST_INVALID;
    recovery_stored();
    PEER_SEND((core_id)m->w[1], LOG_KEPT, .below = m->w[2]);
    return ST_OK;
}

static status_t call_closed(struct prog *p, struct rt_msg *m)
{
    return stores(p) ? text_stored(m->w[1] == 1) : ST_DENIED;
}

static status_t call_seal(struct prog *p, struct rt_msg *m)
{
    (void)m;
    if (!stores(p))
        return ST_DENIED;
    for (core_id i = 0; i < mon.ncores; i++)
        if (i == mon.core || core_is_joined(i))
            PEER_SEND(i, LOG_SEAL, .none = 0);
    return ST_OK;
}

static status_t call_agreed(struct prog *p, struct rt_msg *m)
{
    (void)p;
    agree_count(m);
    return ST_OK;
}

static status_t call_forest(struct prog *p, struct rt_msg *m)
{
    if (!(p->line.options & START_MACHINE))
        return ST_DENIED;
    forest_ask_all(m->w[1]);
    return ST_OK;
}

static status_t call_ledger(struct prog *p, struct rt_msg *m)
{
    struct ledger_range is;
    uint64_t largest;
    status_t st;

    if (!(p->line.options & START_MACHINE))
        return ST_DENIED;
    if ((st = ram_tell(m->w[1], &is, &largest)) != ST_OK)
        return st;
    m->w[1] = is.base;
    m->w[2] = is.bytes;
    m->w[3] = is.state;
    m->w[4] = is.who;
    m->w[5] = largest;
    return ST_OK;
}

static status_t call_stop(struct prog *p, struct rt_msg *m)
{
    if (!(p->line.options & START_MACHINE))
        return ST_DENIED;
    if (m->w[1] >= mon.ncores)
        return ST_INVALID;
    if (m->w[1] == mon.core)
        fence_self();
    else
        core_suspect((core_id)m->w[1], "a program asked for its end");
    return ST_OK;
}

static status_t call_lease(struct prog *p, struct rt_msg *m)
{
    return leases_call(p, m);
}

static status_t call_move(struct prog *p, struct rt_msg *m)
{
    return p->line.options & (START_MACHINE | START_PLACE) ? later(move_ask(p, m)) : ST_DENIED;
}

static status_t call_create(struct prog *p, struct rt_msg *m)
{
    return later(parts_call_create(p, m));
}

static status_t call_life(struct prog *p, struct rt_msg *m)
{
    if (m->w[2] < PART_START || m->w[2] > PART_RECONSTRUCT)
        return ST_INVALID;
    return later(parts_call(p, m->w[1], (enum part_ask)m->w[2], 0, 0));
}

static status_t call_status(struct prog *p, struct rt_msg *m)
{
    return later(parts_call(p, m->w[1], PART_STATUS, 0, 0));
}

static status_t call_supervise(struct prog *p, struct rt_msg *m)
{
    return later(parts_call(p, m->w[1], PART_SUPERVISE, m->w[2], 0));
}

static status_t call_quota(struct prog *p, struct rt_msg *m)
{
    return later(parts_call(p, m->w[1], PART_QUOTA, m->w[2], m->w[3]));
}

static status_t call_split(struct prog *p, struct rt_msg *m)
{
    return later(parts_call(p, m->w[1], PART_SPLIT, m->w[2], 0));
}

static status_t call_merge(struct prog *p, struct rt_msg *m)
{
    uint64_t a = m->w[1], b = m->w[2];
    status_t proof = ST_PROOF;

    if (a <= UINT32_MAX && b <= UINT32_MAX)
        proof = sys_attest_check(mon.info->island, p->task, a | b << 32, MON_MERGE, 0);
    if (proof == ST_LOG_FULL)
        return proof; /* whatever else: what was not proved has its record */
    return later(parts_call(p, a, PART_MERGE, b, proof == ST_OK));
}

static status_t call_join(struct prog *p, struct rt_msg *m)
{
    return later(parts_call_join(p, m));
}

static status_t (*const handler[])(struct prog *, struct rt_msg *) = {
    [MON_SERVE] = call_serve, [MON_BIND] = call_bind,     [MON_NEWS] = call_news,
    [MON_CLOSE] = call_close, [MON_PRINT] = call_print,   [MON_SPAWN] = call_spawn,
    [MON_KILL] = call_kill,   [MON_MEM] = call_mem,       [MON_END] = call_end,
    [MON_CORES] = call_cores, [MON_TIME] = call_time,     [MON_CORE] = call_core,
    [MON_DEVICE] = call_device, [MON_RAM] = call_ram,
    [MON_GIVE] = call_give, [MON_ACCEPT] = agree_accept, [MON_REVOKE] = call_revoke,
    [MON_RETYPE] = call_retype, [MON_BORROW] = call_borrow, [MON_AGREED] = call_agreed,
    [MON_FOREST] = call_forest, [MON_LEDGER] = call_ledger, [MON_STOP] = call_stop,
    [MON_LOG] = call_log, [MON_STORED] = call_stored, [MON_CLOSED] = call_closed,
    [MON_LEASE] = call_lease,
    [MON_MOVE] = call_move, [MON_WHERE] = move_where,
    [MON_SEAL] = call_seal,
    [MON_CREATE] = call_create, [MON_LIFE] = call_life, [MON_STATUS] = call_status,
    [MON_SUPERVISE] = call_supervise, [MON_QUOTA] = call_quota,
    [MON_SPLIT] = call_split, [MON_MERGE] = call_merge, [MON_JOIN] = call_join,
    [MON_MODE] = feed_tell, [MON_KEPT] = call_kept,
};
_Static_assert(ARRAY_LEN(handler) == MON_CALLS, "every call of monitor.def has its handler");

/* What begins something. While the log has only what is kept for recovery, that is not for others. */
static bool is_kept_back(const struct prog *p, uint32_t call)
{
    static const bool begins[MON_CALLS] = { [MON_BIND] = true, [MON_SPAWN] = true, [MON_MEM] = true,
                                           [MON_GIVE] = true, [MON_RETYPE] = true, [MON_BORROW] = true,
                                           [MON_LEASE] = true, [MON_CREATE] = true, [MON_LIFE] = true,
                                           [MON_SPLIT] = true, [MON_MERGE] = true, [MON_JOIN] = true };

    return recovery_on() && begins[call] && !recovery_stores(p);
}

enum loop_reply calls_take(struct rt_loop *l, struct rt_msg *m, uint64_t badge)
{
    uint32_t call = MON_WORD_CALL(m->w[0]);
    struct prog *p;
    status_t st;

    (void)l;
    if (badge & BADGE_FAULT) {
        prog_fault(badge & ~BADGE_FAULT, m);
        return LOOP_NO_REPLY; /* the task is gone with its program */
    }
    p = prog_find(badge);
    if (p == NULL) {
        m->w[0] = ST_GONE; /* the caller's program ended while its call was on the way */
    } else if (call >= ARRAY_LEN(handler) || handler[call] == NULL) {
        m->w[0] = ST_UNSUPPORTED;
    } else if (is_kept_back(p, call)) {
        m->w[0] = ST_LOG_FULL;
    } else {
        if (p->home == mon.core && !p->rebuilt) /* elsewhere it says what it was at home */
            p->bucket = MON_WORD_BUCKET(m->w[0]);
        p->calls++;
        st = handler[call](p, m);
        if (st == LATER)
            return LOOP_NO_REPLY;
        m->w[0] = st;
    }
    return LOOP_REPLY;
}
