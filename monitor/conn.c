/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/conn.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "lib/rt/map.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/note.h"
#include "monitor/peers.h"
#include "monitor/move.h"
#include "monitor/pieces.h"
#include "monitor/rings.h"

static struct conn conns[CONNS];
static unsigned untold;         /* ends with news for their programs */

struct conn *conn_at(unsigned i)
{
    return &conns[i];
}

uint64_t conn_ref(const struct conn *c)
{
    return (uint64_t)(c - conns) | (uint64_t)c->generation << 16;
}

struct conn *conn_find(uint64_t ref)
{
    struct conn *c = &conns[ref % 65536 % CONNS];

    return conn_ref(c) == ref && c->state != BIND_FREE ? c : NULL;
}

struct conn *conn_find_other(core_id peer, uint64_t peer_ref)
{
    for (unsigned i = 0; i < CONNS; i++)
        if (conns[i].state != BIND_FREE && conns[i].peer == peer && conns[i].peer_ref == peer_ref)
            return &conns[i];
    return NULL;
}

struct conn *conn_take(uint64_t prog)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];
        uint32_t generation = c->generation + 1;

        if (c->state != BIND_FREE || c->news != 0)
            continue;
        *c = (struct conn){ .generation = generation, .prog = prog, .piece = PIECE_NONE };
        return c;
    }
    return NULL;
}

unsigned conns_in_use(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < CONNS; i++)
        n += conns[i].state != BIND_FREE;
    return n;
}

unsigned conn_side(const struct conn *c)
{
    if (c->moved)
        return c->moved_side;
    return c->peer == mon.core ? c->server : c->peer < mon.core;
}

core_id conn_mem_core(const struct conn *c)
{
    return c->moved ? c->mem_core : mon.core;
}

core_id conn_mem_with(const struct conn *c)
{
    return c->moved ? c->mem_with : c->peer;
}

/* It, or its other end, moves: what was said by where both are is said by the end itself from now on. */
static void set_moved(struct conn *c)
{
    if (c->moved)
        return;
    c->moved_side = (uint8_t)conn_side(c);
    c->mem_core = mon.core;
    c->mem_with = c->peer;
    c->moved = true;
}

/* ---- in and out of the program's space ---- */

void conn_give_place(struct conn *c)
{
    struct prog *p = prog_find(c->prog);

    if (c->va != 0 && p != NULL)
        prog_give_chan(p, c->va);
    c->va = 0;
}

/* The own half writable, the other read-only (urpc/chan.h). */
status_t conn_map_halves(const struct prog *p, const struct conn *c)
{
    unsigned side = conn_side(c);
    status_t st = ST_OK;

    for (unsigned half = 0; half < 2 && st == ST_OK; half++)
        st = sys_map(c->frame, p->space, c->va, half == side ? PERM_READ | PERM_WRITE : PERM_READ,
                     half, 1);
    return st;
}

/* What wakes the peer: its doorbell, or on this core an event of its task. */
static status_t make_bell(const struct prog *p, struct conn *c)
{
    const struct conn *other;
    const struct prog *peer;

    if (c->peer != mon.core)
        return sys_mint(mon.info->doorbell[c->peer], p->table, RIGHT_WRITE,
                        (uint64_t)c->peer_bucket + 1, &c->bell);
    other = conn_find(c->peer_ref);
    peer = other != NULL ? prog_find(other->prog) : NULL;
    return peer != NULL ? sys_event(peer->task, EVENT_POKE, p->table, &c->bell) : ST_GONE;
}

status_t conn_make_bell(const struct conn *c, handle_t *bell)
{
    const struct conn *other;
    const struct prog *peer;

    if (c->peer != mon.core)
        return sys_mint(mon.info->doorbell[c->peer], 0, RIGHT_WRITE, (uint64_t)c->peer_bucket + 1, bell);
    other = conn_find(c->peer_ref);
    peer = other != NULL ? prog_entry(other->prog) : NULL;
    return peer != NULL ? sys_event(peer->task, EVENT_POKE, 0, bell) : ST_GONE;
}

/* It may be mapped whole, by half, or not at all. */
static void drop_mapping(struct conn *c)
{
    status_t st = map_out(c->frame);

    CHECK(st == ST_OK || st == ST_NOT_MAPPED || st == ST_LOG_FULL);
    if (st == ST_LOG_FULL)
        later_unmap(c->frame);
    cap_drop(c->frame);
    c->frame = 0;
}

void conn_unmap(struct conn *c)
{
    if (c->frame != 0)
        drop_mapping(c);
}

/* What the witness log is told: the task of this end, this end, and the other. Both ends write the same two names. */
static struct note edge_note(const struct conn *c, enum witness_kind kind, unsigned flags)
{
    return (struct note){ .kind = (uint8_t)kind,
                          .flags = (uint16_t)flags,
                          .target = conn_ref(c),
                          .payload = (uint64_t)c->peer << 48 | c->peer_ref,
                          .hash = c->task };
}

/* The last thing that can be refused but one: what has no record has not begun. */
static status_t note_made(struct conn *c, const struct prog *p, unsigned flags)
{
    struct note n;
    status_t st;

    c->task = prog_task(p);
    n = edge_note(c, WITNESS_COMM_EDGE_CREATE, flags);
    st = note_begun(&n);
    c->noted = st == ST_OK;
    return st;
}

void conn_ended(struct conn *c, unsigned why)
{
    struct note n = edge_note(c, WITNESS_COMM_EDGE_DESTROY, why);

    if (!c->noted)
        return;
    c->noted = false;
    note_ended(&n);
}

status_t conn_arrived(struct conn *c, const struct prog *p)
{
    return note_made(c, p, WITNESS_F_ARRIVED);
}

void conn_set_other(struct conn *c, core_id core, uint64_t ref, uint32_t bucket)
{
    bool noted = c->noted;
    struct note n;

    conn_ended(c, WITNESS_F_ARRIVED);
    set_moved(c);
    c->peer = core;
    c->peer_ref = ref;
    c->peer_bucket = bucket;
    n = edge_note(c, WITNESS_COMM_EDGE_CREATE, WITNESS_F_ARRIVED);
    if (noted)
        note_owed(&n);
    c->noted = noted;
}

status_t conn_map(struct conn *c)
{
    struct prog *p = prog_find(c->prog);
    status_t st;

    if (p == NULL)
        return ST_GONE;
    if ((st = note_room()) != ST_OK)
        return st;
    if ((st = piece_frame(c->peer, c->piece, &c->frame)) != ST_OK) {
        c->frame = 0;
        return st;
    }
    if ((st = conn_map_halves(p, c)) == ST_OK && (st = note_made(c, p, 0)) == ST_OK && (st = make_bell(p, c)) == ST_OK) {
        rings_bound(c->peer, c->piece, conn_side(c), p == prog_self() ? 0 : prog_part(p));
        return ST_OK;
    }
    drop_mapping(c);
    if (c->noted)
        conn_ended(c, 0);
    return st;
}

void conn_forget(struct conn *c)
{
    conn_told(c, UINT32_MAX);
    conn_unmap(c);
    c->took_piece = false;
    c->va = 0;
    c->state = BIND_FREE;
}

void conn_release(struct conn *c)
{
    if (c->took_piece && conn_mem_core(c) == mon.core)
        piece_give(conn_mem_with(c), c->piece);
    else if (c->took_piece)
        PEER_SEND(conn_mem_core(c), MOVE_PIECE, .with = conn_mem_with(c), .piece = c->piece);
    c->took_piece = false;
}

/* ---- news ---- */

void conn_tell(struct conn *c, uint32_t news)
{
    struct prog *p = prog_find(c->prog);

    if (p == NULL)
        return;
    untold += c->news == 0;
    c->news |= news;
    prog_tell(p);
}

void conn_told(struct conn *c, uint32_t news)
{
    if (c->news == 0)
        return;
    c->news &= ~news;
    untold -= c->news == 0;
}

/* ---- capabilities that come over it ---- */

struct conn *conn_of_va(const struct prog *p, vaddr_t va)
{
    for (unsigned i = 0; i < CONNS; i++)
        if (conns[i].va == va && conns[i].prog == prog_id(p) && bind_is_mapped(conns[i].state))
            return &conns[i];
    return NULL;
}

status_t conn_accept(struct conn *c, uint64_t n)
{
    if (n > CONN_CAPS || c->slots + c->come + n > CONN_CAPS)
        return ST_TABLE_FULL;
    c->slots = (uint8_t)(c->slots + n);
    return ST_OK;
}

void conn_cap_came(struct conn *c, handle_t handle, uint64_t tag)
{
    CHECK(c->slots > 0);
    c->slots--;
    c->cap[(c->first_come + c->come++) % CONN_CAPS] = (struct conn_cap){ handle, tag };
    conn_tell(c, TELL_CAP);
}

static void put_cap(struct conn *c, struct rt_msg *m)
{
    const struct conn_cap *cap = &c->cap[c->first_come];

    m->w[1] = NEWS_CAP;
    m->w[2] = c->va;
    m->w[3] = cap->handle;
    m->w[4] = cap->tag;
    c->first_come = (uint8_t)((c->first_come + 1) % CONN_CAPS);
    if (--c->come == 0)
        conn_told(c, TELL_CAP);
}

/* ---- */

static void put_news(const struct conn *c, uint32_t what, struct rt_msg *m)
{
    bool here = c->peer == mon.core;

    m->w[2] = what == TELL_CLIENT ? c->service : conn_ref(c);
    m->w[3] = what == TELL_REFUSED ? c->refused : c->va;
    m->w[4] = c->bell;
    m->w[5] = NEWS_PEER(c->peer, c->peer_bucket, here, conn_side(c));
    m->w[1] = what == TELL_BOUND     ? NEWS_BOUND
              : what == TELL_CLIENT  ? NEWS_CLIENT
              : what == TELL_REFUSED ? NEWS_REFUSED
                                     : NEWS_GONE;
}

bool conn_next_news(const struct prog *p, struct rt_msg *m)
{
    for (unsigned i = 0; i < CONNS && untold > 0; i++) {
        struct conn *c = &conns[i];
        uint32_t what = c->news & -c->news; /* the lowest bit: what happened first */

        if (what == 0 || c->prog != prog_id(p))
            continue;
        if (what == TELL_CAP) { /* one at a time */
            put_cap(c, m);
        } else {
            conn_told(c, what);
            put_news(c, what, m);
        }
        return true;
    }
    return false;
}
