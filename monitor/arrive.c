/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/arrive - the destination of a move (monitor/move.h): a program is built out of what comes, and then runs or is dropped. */
#include "lib/abi/task_state.h"
#include "lib/base/bits.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/bind.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/island.h"
#include "monitor/known.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/move_parts.h"
#include "monitor/note.h"
#include "monitor/pieces.h"
#include "monitor/ram.h"
#include "monitor/registry.h"
#include "monitor/spawn.h"
#include "witness/record.h"
#include <string.h>

#define COPIES_MAX MOVER_TAGS

/* What the engine's arrival of the same number has besides. */
static struct arrival {
    const struct mover_arrival *of;
    struct prog *prog;
    handle_t copy[COPIES_MAX]; /* by tag; 0: not come, or in use                      */
} arrivals[MOVER_ARRIVALS];
static struct parts built; /* what is read back                                   */

static struct arrival *mine(const struct mover_arrival *of)
{
    struct arrival *a = &arrivals[of - move_mover()->arrival];

    a->of = of;
    return a;
}

static bool comes_home(const struct arrival *a)
{
    return PART_HOME(a->of->part) == mon.core;
}

/* ---- building ---- */

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

/* At home it has this handle still, and what it names may be another core's by now. */
static bool holds(const struct arrival *a, handle_t h)
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
    if (!holds(a, conn->handle))
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
    struct arrival *a = mine(of);
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

/* ---- ending ---- */

/* At home: what only the source has goes again, and bells; what is left of the table is put right when it comes the next time. */
static void take_back(const struct arrival *a)
{
    for (unsigned i = 0; i < a->of->parts->n; i++) {
        const struct part *part = &a->of->parts->part[i];

        if (((part->kind == PART_MEM && part->tag != 0) || part->kind == PART_CONN) &&
            holds(a, part->handle) &&
            island_unplace(a->prog->table, part->handle, true) != ST_OK)
            rec_error("what came with a partition that was not to come stays", ST_STATE,
                      a->prog->line.program);
    }
}

void arrive_drop(void *w, const struct mover_arrival *of)
{
    struct arrival *a = mine(of);
    struct prog *p = a->prog;

    (void)w;
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = conn_at(i);

        if (c->prog != prog_id(p) || (c->state == BIND_FREE && c->frame == 0))
            continue;
        conn_ended(c, WITNESS_F_ARRIVED);
        conn_forget(c);
    }
    registry_forget(prog_id(p));
    for (unsigned i = 0; i < COPIES_MAX; i++) {
        if (a->copy[i] != 0)
            cap_drop(a->copy[i]);
        a->copy[i] = 0;
    }
    p->chan_used[0] = p->chan_used[1] = 0;
    if (comes_home(a))
        take_back(a);
    else
        prog_release(p);
}

/* It reads there on which core it runs. A capability is mapped at one place only, and this one is in its space. */
static void tell_it(const struct prog *p)
{
    for (unsigned i = 0; i < p->nregions; i++) {
        handle_t frame;
        void *at;

        if (p->region[i].va != USER_INFO ||
            sys_copy(p->region[i].frame, 0, RIGHT_READ | RIGHT_WRITE, &frame) != ST_OK)
            continue;
        if (ram_window_open(frame, PAGE_BYTES, &at) == ST_OK) {
            ((struct program_info *)at)->core = mon.core;
            ram_window_close(frame);
        }
        cap_drop(frame);
    }
}

/* And those at the other ends that wait for one to be let go: where it is now. */
static void tell_news(const struct arrival *a)
{
    for (unsigned i = 0; i < a->of->parts->n; i++) {
        const struct part *part = &a->of->parts->part[i];
        struct conn *c;

        if (part->kind != PART_LINK ||
            (c = conn_of_va(a->prog, USER_CHANNELS + part->index * CHANNEL_BYTES)) == NULL)
            continue;
        if (part->c != 0)
            conn_tell(c, (uint32_t)part->c);
        if (c->state == BIND_ORPHAN && !core_is_gone(c->peer))
            bind_say_heard(c);
    }
}

static void tell_names(const struct arrival *a)
{
    uint64_t id = 0;

    for (unsigned i = 0; i < a->of->parts->n; i++)
        if (a->of->parts->part[i].kind == PART_NAME &&
            registry_next_service(prog_id(a->prog), &id) == ST_OK)
            registry_moved(a->of->from, a->of->parts->part[i].handle, id);
}

uint64_t arrive_resume(void *w, const struct mover_arrival *of)
{
    struct arrival *a = mine(of);
    struct prog *p = a->prog;
    status_t st;

    (void)w;
    tell_it(p);
    prog_arrived(p);
    tell_names(a);
    tell_news(a);
    note_owed(&(struct note){ .kind = WITNESS_PARTITION_MIGRATE,
                              .flags = WITNESS_F_ARRIVED,
                              .target = of->part,
                              .payload = (uint64_t)of->from | (uint64_t)mon.core << 16 });
    if ((st = sys_task_resume(p->task)) != ST_OK)
        rec_error("a partition has come, and cannot go on", st, p->line.program);
    (void)sys_signal(p->news); /* its rings may have been filled while nobody could ring */
    return rt_now_ns();
}

/* Room, and everything that does not come with it. */
status_t arrive_prepare(void *w, const struct mover_arrival *of, const struct peer_MOVE_OFFER *m)
{
    static const uint64_t zeros[POKE_WORDS];
    struct arrival *a = mine(of);
    const struct image *im;
    struct text why;
    char sentence[80];
    status_t st;

    (void)w;
    memset(a->copy, 0, sizeof a->copy);
    a->prog = move_find(of->part);
    if (comes_home(a))
        return a->prog != NULL && a->prog->state == PROG_AWAY ? ST_OK : ST_NOT_FOUND;
    if (a->prog != NULL)
        return ST_BUSY; /* it is leaving here, and has already come back */
    text_init(&why, sentence, sizeof sentence);
    if ((st = image_find(m->name, &im, &why)) != ST_OK)
        return st;
    if ((a->prog = prog_reserve(m->name)) == NULL)
        return ST_TABLE_FULL;
    prog_set_part(a->prog, (partition_id)of->part);
    if ((st = spawn_shell(a->prog, im, m->slots, (uint64_t)m->space_pages * PAGE_BYTES)) != ST_OK ||
        (st = island_table_as(a->prog->table, a->prog->home)) != ST_OK ||
        (st = sys_task_poke(a->prog->task, 0, zeros)) != ST_OK)
        prog_release(a->prog);
    return st;
}

uint32_t arrive_bucket(void *w, const struct mover_arrival *of)
{
    struct prog *p = mine(of)->prog;
    uint64_t word[PEEK_WORDS] = {0};

    (void)w;
    if (sys_task_peek(p->task, TW_BUCKET, word) == ST_OK)
        p->bucket = (uint32_t)word[0];
    return p->bucket;
}

uint64_t arrive_check(void *w, const struct mover_arrival *of)
{
    (void)w;
    return parts_list(mine(of)->prog, mon.core, &built) == ST_OK ? parts_hash(&built) : 0;
}

/* ---- copies of memory ---- */

status_t arrive_receiver(uint64_t to, handle_t *table)
{
    if (mover_wants(move_mover(), to, 0) < 0)
        return ST_GONE;
    *table = mon.info->table;
    return ST_OK;
}

void arrive_came(uint64_t to, handle_t given, uint64_t tag)
{
    struct mover *m = move_mover();
    int i = tag != 0 ? mover_wants(m, to, tag) : -1;

    if (i < 0) {
        cap_drop(given);
        return;
    }
    arrivals[i].copy[tag] = given;
    mover_came(m, to, tag);
}
