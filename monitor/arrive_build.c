/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/arrive_build - a program that comes is built out of its parts (monitor/parts.h), in the shell that arrive.c has made. */
#include "lib/abi/task_state.h"
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "monitor/arrive_priv.h"
#include "monitor/bind.h"
#include "monitor/island.h"
#include "monitor/known.h"
#include "monitor/pieces.h"
#include "monitor/registry.h"
#include <string.h>

static handle_t take_copy(struct arrival *a, uint32_t tag)
{
    handle_t h = tag < COPIES_MAX ? a->copy[tag] : 0;

    if (h != 0)
        a->copy[tag] = 0;
    return h;
}

static status_t build_region(struct arrival *a, const struct part *part)
{
    struct prog *p = a->prog;
    struct prog_region *r = &p->region[part->index];

    if (part->index >= PROG_REGIONS)
        return ST_INVALID;
    if (part->tag == 0) /* it is at home, where it always was */
        return part->index < p->nregions && r->va == part->a && r->bytes == part->b ? ST_OK
                                                                                    : ST_STATE;
    if (part->index != p->nregions)
        return ST_INVALID;
    *r = (struct prog_region){take_copy(a, part->tag), part->a, part->b, part->c};
    p->nregions++;
    return map_into(p->space, r->frame, r->va, r->bytes, r->perm);
}

/* What is in a slot of its table now. */
static status_t look_at(const struct prog *p, handle_t h, struct rt_msg *m)
{
    handle_t from;

    *m = (struct rt_msg){{p->table, HANDLE_INDEX(h)}};
    return island_list(m, &from);
}

/*
 * At home its table is still what it was when it left, or what an arrival that was undone has left: then the same handle may be
 * in it, for something that its program has not seen there.
 */
static status_t empty_slot(const struct prog *p, handle_t h)
{
    struct rt_msg m;
    status_t st = look_at(p, h, &m);

    if (st == ST_NOT_FOUND ||
        (st == ST_OK && (HANDLE_INDEX(m.w[0]) != HANDLE_INDEX(h) || m.w[1] == 0)))
        return ST_OK;
    if (st != ST_OK)
        return st;
    return island_unplace(p->table, m.w[0], m.w[0] == h);
}

static bool is_there(const struct arrival *a, const struct part *part)
{
    struct rt_msg m;

    return comes_home(a) && part->tag == 0 && look_at(a->prog, part->handle, &m) == ST_OK &&
           m.w[0] == part->handle && (m.w[1] & 0xffff) == part->b;
}

bool arrival_holds(const struct arrival *a, handle_t h)
{
    struct rt_msg m;

    return comes_home(a) && look_at(a->prog, h, &m) == ST_OK && m.w[0] == h && m.w[1] != 0;
}

/* `own` into its slot; it is gone from here in any case. */
static status_t place(struct arrival *a, const struct part *part, handle_t own)
{
    status_t st = comes_home(a) ? empty_slot(a->prog, part->handle) : ST_OK;

    if (st == ST_OK)
        st = island_place(a->prog->table, part->handle, own);
    if (st != ST_OK && own != 0)
        cap_drop(own);
    return st;
}

static status_t build_mem(struct arrival *a, const struct part *part)
{
    struct prog *p = a->prog;
    handle_t own = take_copy(a, part->tag);
    vaddr_t va = part->a & ~(PAGE_BYTES - 1);
    struct rt_msg m;
    status_t st = ST_OK;

    if (part->tag == 0)
        return is_there(a, part) && look_at(p, part->handle, &m) == ST_OK && m.w[5] == va
                   ? ST_OK
                   : ST_STATE;
    if ((part->c & 1) && !comes_home(a))
        st = known_add(p, part->handle);
    if (st == ST_OK && va != 0 && (st = sys_identify(own, &m)) == ST_OK)
        st = map_into(p->space, own, va, m.w[2], part->a & (PAGE_BYTES - 1));
    if (st != ST_OK) {
        cap_drop(own);
        return st;
    }
    return place(a, part, own);
}

static status_t build_self(struct arrival *a, const struct part *part)
{
    const struct prog *p = a->prog;
    uint8_t rights = CAP_WHAT_RIGHTS(part->b);
    handle_t own = 0, whole;
    status_t st;

    if (is_there(a, part))
        return ST_OK;
    switch (part->kind) {
    case PART_TASK:
        st = sys_copy(p->task, 0, rights, &own);
        break;
    case PART_TABLE:
        st = sys_copy(p->table, 0, rights, &own);
        break;
    case PART_SPACE:
        st = sys_copy(p->space, 0, rights, &own);
        break;
    case PART_MONITOR:
        st = sys_mint(mon.endpoint, 0, rights, prog_id(p), &own);
        break;
    default: /* an event of its own task */
        if ((st = sys_event(p->task, part->a, 0, &whole)) == ST_OK) {
            st = sys_copy(whole, 0, rights, &own);
            cap_drop(whole);
        }
    }
    return st != ST_OK ? st : place(a, part, own);
}

/* Two parts: CONN, and LINK behind it. */
static status_t build_conn(struct arrival *a, const struct part *conn, const struct part *link)
{
    struct prog *p = a->prog;
    struct conn *c = conn_take(prog_id(p));
    handle_t bell;
    status_t st;

    if (c == NULL)
        return ST_TABLE_FULL;
    if (conn->index >= PROG_CHANS || LINK_STATE(link->handle) >= BIND_STATE_COUNT ||
        !bind_is_mapped((enum bind_state)LINK_STATE(link->handle)))
        return ST_INVALID;
    c->state = (enum bind_state)LINK_STATE(link->handle);
    c->server = LINK_SERVER(link->handle);
    c->took_piece = LINK_TOOK(link->handle);
    c->slots = LINK_SLOTS(link->handle);
    c->moved = true;
    c->moved_side = (uint8_t)LINK_SIDE(link->handle);
    c->peer = (core_id)link->a;
    c->peer_bucket = (uint32_t)(link->a >> 16);
    c->peer_ref = conn->a;
    c->service = conn->b;
    memcpy(c->name, &conn->c, sizeof conn->c);
    c->mem_core = (core_id)link->b;
    c->mem_with = (core_id)(link->b >> 16);
    c->piece = (uint32_t)(link->b >> 32);
    c->va = USER_CHANNELS + conn->index * CHANNEL_BYTES;
    c->bell = conn->handle;
    p->chan_used[conn->index / 64] |= 1ull << (conn->index % 64);
    if (c->mem_core != mon.core)
        c->frame = take_copy(a, link->tag);
    else if ((st = piece_frame(c->mem_with, c->piece, &c->frame)) != ST_OK) {
        c->frame = 0;
        return st;
    }
    if ((st = conn_map_halves(p, c)) != ST_OK || (st = conn_arrived(c, p)) != ST_OK)
        return st;
    if (!LINK_BELL(link->handle))
        return ST_OK;
    if ((st = conn_make_bell(c, &bell)) != ST_OK && c->state == BIND_ORPHAN)
        st = sys_event(p->task, EVENT_POKE, 0, &bell); /* nobody is there to be woken */
    if (st != ST_OK)
        return st;
    if (!arrival_holds(a, conn->handle))
        return place(a, conn, bell);
    if ((st = island_replace(p->table, conn->handle, bell)) != ST_OK)
        cap_drop(bell);
    return st;
}

static status_t build_words(struct arrival *a)
{
    uint64_t word[TW_COUNT + POKE_WORDS] = {0};
    bool any[TW_COUNT / POKE_WORDS + 1] = {[TW_CLASS / POKE_WORDS] = true};
    uint64_t own[PEEK_WORDS];
    status_t st = sys_task_peek(a->prog->task, TW_BUCKET, own);

    for (unsigned i = 0; i < a->of->parts->n; i++) {
        const struct part *part = &a->of->parts->part[i];

        if (part->kind != PART_WORDS)
            continue;
        if (part->index >= TW_COUNT)
            return ST_INVALID;
        memcpy(&word[part->index], (const uint64_t[]){part->handle, part->a, part->b},
               3 * sizeof word[0]);
        any[part->index / POKE_WORDS] = true;
    }
    word[TW_BUCKET] = own[0];
    /* Zeros do not come; a new task has them, and the one at home has what it left with. */
    for (unsigned w = 0; w < TW_COUNT && st == ST_OK; w += POKE_WORDS)
        if (any[w / POKE_WORDS] || comes_home(a))
            st = sys_task_poke(a->prog->task, w, &word[w]);
    return st;
}

static status_t build_name(const struct arrival *a, const struct part *part)
{
    uint64_t id;

    return registry_arrive(prog_id(a->prog), part->a, &id);
}

/* What it has deleted while it was away goes first: something else may be mapped there now. */
static status_t clear_home(const struct arrival *a)
{
    status_t st = ST_OK;

    for (unsigned i = 0; i < a->of->parts->n && st == ST_OK; i++) {
        const struct part *part = &a->of->parts->part[i];

        if (part->kind == PART_FREE || (part->kind == PART_MEM && part->tag != 0))
            st = empty_slot(a->prog, part->handle);
    }
    return st;
}

status_t arrive_build(void *w, const struct mover_arrival *of)
{
    struct arrival *a = arrival_of(of);
    status_t st = comes_home(a) ? clear_home(a) : ST_OK;

    (void)w;
    for (unsigned i = 0; i < a->of->parts->n && st == ST_OK; i++) {
        const struct part *part = &a->of->parts->part[i];

        switch (part->kind) {
        case PART_REGION:
            st = build_region(a, part);
            break;
        case PART_MEM:
            st = build_mem(a, part);
            break;
        case PART_FREE:
            st = place(a, part, 0);
            break;
        case PART_CONN:
            st = i + 1 < a->of->parts->n && part[1].kind == PART_LINK && part[1].index == part->index
                     ? build_conn(a, part, part + 1)
                     : ST_INVALID;
            break;
        case PART_LINK:
        case PART_WORDS:
            break;
        case PART_NAME:
            st = build_name(a, part);
            break;
        default:
            st = part->kind >= PART_TASK && part->kind <= PART_EVENT ? build_self(a, part)
                                                                     : ST_INVALID;
        }
    }
    return st != ST_OK ? st : build_words(a);
}
