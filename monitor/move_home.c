/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/move_home - the home of a program that runs elsewhere: copies of its memory, and where it is. */
#include "monitor/agree.h"
#include "monitor/caps.h"
#include "monitor/core.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/part_news.h"
#include "monitor/pieces.h"

#define GIVES 256u

/* Copies that are being given; the client of monitor/caps is MOVE_TO | its number. */
static struct give {
    bool used;
    core_id from; /* whom to tell if it comes to nothing                 */
    uint32_t move, tag;
    handle_t piece; /* of the mesh: not needed any more when it is given   */
    core_id with;
} gives[GIVES];

struct prog *move_find(uint64_t part)
{
    return prog_of_part((partition_id)part);
}

/* ---- copies ---- */

static status_t source_of(const struct peer_MOVE_GIVE *m, struct give *g, struct cap_at *src,
                          uint8_t *rights)
{
    const struct prog *p;

    *rights = RIGHTS_ALL & ~(unsigned)RIGHT_PROVE;
    if (m->what == GIVE_PIECE) {
        g->with = (core_id)m->handle;
        *src = (struct cap_at){0};
        status_t st = piece_frame(g->with, (uint32_t)(m->handle >> 16), (unsigned)(m->handle >> 63),
                                  &src->handle);

        g->piece = st == ST_OK ? src->handle : 0;
        *rights = RIGHT_READ | RIGHT_WRITE;
        return st;
    }
    if ((p = move_find(m->part)) == NULL)
        return ST_NOT_FOUND;
    if (m->what == GIVE_HANDLE) {
        *src = (struct cap_at){p->table, m->handle};
        *rights = (uint8_t)m->rights;
        return ST_OK;
    }
    if (m->handle >= p->nregions)
        return ST_NOT_FOUND;
    *src = (struct cap_at){0, p->region[m->handle].frame};
    return ST_OK;
}

static void given(struct give *g, status_t st)
{
    if (g->piece != 0)
        piece_drop_frame(g->with, g->piece);
    if (st != ST_OK)
        PEER_SEND(g->from, MOVE_GAVE, .move = g->move, .tag = g->tag, .status = st);
    *g = (struct give){0};
}

void move_gave(uint64_t client, status_t st)
{
    given(&gives[client % GIVES], st);
}

void move_on_give(core_id from, const struct peer_MOVE_GIVE *m)
{
    struct give *g = NULL, none = {.from = from, .move = m->move, .tag = m->tag};
    struct cap_at src;
    uint8_t rights;
    status_t st;

    for (unsigned i = 0; i < GIVES && g == NULL; i++)
        if (!gives[i].used)
            g = &gives[i];
    if (g == NULL || m->core >= mon.ncores) {
        given(&none, ST_TABLE_FULL);
        return;
    }
    *g = none;
    g->used = true;
    if ((st = source_of(m, g, &src, &rights)) == ST_OK)
        st = caps_carry(agree_caps(), MOVE_TO | (uint64_t)(g - gives), src, rights, (core_id)m->core,
                        m->to, m->tag);
    if (st != ST_OK)
        given(g, st);
}

void move_on_piece(core_id from, const struct peer_MOVE_PIECE *m)
{
    (void)from;
    piece_give((core_id)m->with, m->piece);
}

/* ---- where it is ---- */

static void describe(const struct prog *p, struct mover_where *o)
{
    *o = (struct mover_where){.part = prog_part(p),
                              .away = p->state == PROG_AWAY,
                              .sure = p->sure,
                              .moving = p->moving,
                              .at = p->at,
                              .by = p->by};
}

bool move_home_where(void *w, uint64_t part, struct mover_where *o)
{
    const struct prog *p = move_find(part);

    (void)w;
    if (p != NULL)
        describe(p, o);
    return p != NULL;
}

void move_home_set(void *w, uint64_t part, core_id at, core_id by)
{
    struct prog *p = move_find(part);

    (void)w;
    p->at = at;
    p->by = by;
    p->sure = at == by;
    if (at != mon.core)
        part_news_leave(p, at);
}

bool move_home_next(void *w, unsigned *cursor, struct mover_where *o)
{
    struct prog *p = NULL;

    (void)w;
    while ((p = prog_next(p)) != NULL) {
        unsigned entry = (unsigned)(prog_id(p) % 65536);

        if (entry < *cursor || (p->state != PROG_RUNNING && p->state != PROG_AWAY))
            continue;
        *cursor = entry + 1;
        describe(p, o);
        return true;
    }
    return false;
}

void move_home_ended(void *w, uint64_t part)
{
    struct prog *p = move_find(part);

    (void)w;
    prog_ended_away(p, core_is_gone(p->at));
}

void move_home_end_here(void *w, uint64_t part)
{
    (void)w;
    prog_end_here(move_find(part));
}

void move_home_answer(void *w, uint64_t client, status_t st, uint64_t blackout_ns, uint64_t step)
{
    struct rt_msg m = {{st, blackout_ns, step}};
    const struct prog *p = prog_find(client);

    (void)w;
    if (p != NULL)
        (void)sys_reply_to(p->task, &m);
}
