/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/arrive - the destination of a move (monitor/move.h): a program gets room, its memory comes, it runs or is dropped. */
#include "lib/abi/task_state.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/arrive_priv.h"
#include "monitor/bind.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/island.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/move_parts.h"
#include "monitor/note.h"
#include "monitor/ram.h"
#include "monitor/registry.h"
#include "monitor/spawn.h"
#include "witness/record.h"
#include <string.h>

static struct arrival arrivals[MOVER_ARRIVALS];
static struct parts built; /* what is read back                                   */

struct arrival *arrival_of(const struct mover_arrival *of)
{
    struct arrival *a = &arrivals[of - move_mover()->arrival];

    a->of = of;
    return a;
}

/* ---- ending ---- */

/* At home: what only the source has goes again, and bells; what is left of the table is put right when it comes the next time. */
static void take_back(const struct arrival *a)
{
    for (unsigned i = 0; i < a->of->parts->n; i++) {
        const struct part *part = &a->of->parts->part[i];

        if (((part->kind == PART_MEM && part->tag != 0) || part->kind == PART_CONN) &&
            arrival_holds(a, part->handle) &&
            island_unplace(a->prog->table, part->handle, true) != ST_OK)
            rec_error("what came with a partition that was not to come stays", ST_STATE,
                      a->prog->line.program);
    }
}

void arrive_drop(void *w, const struct mover_arrival *of)
{
    struct arrival *a = arrival_of(of);
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
    struct arrival *a = arrival_of(of);
    struct prog *p = a->prog;

    (void)w;
    tell_it(p);
    prog_arrived(p);
    tell_names(a);
    tell_news(a);
    note_owed(&(struct note){ .kind = WITNESS_PARTITION_MIGRATE,
                              .flags = WITNESS_F_ARRIVED,
                              .target = of->part,
                              .payload = (uint64_t)of->from | (uint64_t)mon.core << 16 });
    later_resume(p->task, p->news); /* its rings may have been filled while nobody could ring */
    return rt_now_ns();
}

/* Room, and everything that does not come with it. */
status_t arrive_prepare(void *w, const struct mover_arrival *of, const struct peer_MOVE_OFFER *m)
{
    static const uint64_t zeros[POKE_WORDS];
    struct arrival *a = arrival_of(of);
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
    struct prog *p = arrival_of(of)->prog;
    uint64_t word[PEEK_WORDS] = {0};

    (void)w;
    if (sys_task_peek(p->task, TW_BUCKET, word) == ST_OK)
        p->bucket = (uint32_t)word[0];
    return p->bucket;
}

uint64_t arrive_check(void *w, const struct mover_arrival *of)
{
    (void)w;
    return parts_list(arrival_of(of)->prog, mon.core, &built) == ST_OK ? parts_hash(&built) : 0;
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
