/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/move_give - who owns memory of a program that moves gives copies of it to where it goes (monitor/caps.h).
 *
 * A program may have more of it than the capability protocol has places for requests: at most GIVES_ASKED are under way, and the
 * others wait here. What is left of a move that was undone meanwhile is refused where it comes.
 */
#include "lib/base/bits.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "monitor/agree.h"
#include "monitor/caps.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/pieces.h"

#define GIVES       256u
#define GIVES_ASKED (CAPS_OPS - 16u) /* the rest is for programs                               */
#define RETRY_NS    NS_PER_MS        /* programs have used all of it                           */

/* The client of monitor/caps is MOVE_TO | its number. */
static struct give {
    enum { GIVE_FREE, GIVE_WAITS, GIVE_ASKED } state;
    core_id from; /* whom to tell if it comes to nothing                 */
    struct peer_MOVE_GIVE m;
    handle_t piece; /* of the mesh: not needed any more when it is given   */
    uint64_t until_ns; /* who moves it has given up by then                      */
} gives[GIVES];
static unsigned asked, waiting;

static status_t source_of(struct give *g, struct cap_at *src, uint8_t *rights)
{
    const struct peer_MOVE_GIVE *m = &g->m;
    const struct prog *p;

    *rights = RIGHTS_ALL & ~(unsigned)RIGHT_PROVE;
    if (m->what == GIVE_PIECE) {
        *src = (struct cap_at){0};
        status_t st = piece_frame((core_id)m->handle, (uint32_t)(m->handle >> 16), &src->handle);

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

static void refuse_give(core_id from, const struct peer_MOVE_GIVE *m, status_t why)
{
    PEER_SEND(from, MOVE_GAVE, .move = m->move, .tag = m->tag, .status = why);
}

static void begin(struct give *g)
{
    struct cap_at src;
    uint8_t rights;
    status_t st = source_of(g, &src, &rights);

    if (st == ST_OK) {
        g->state = GIVE_ASKED; /* before: what is given on this core is answered at once (move_gave) */
        waiting--;
        asked++;
        st = caps_carry(agree_caps(), MOVE_TO | (uint64_t)(g - gives), src, rights, (core_id)g->m.core, g->m.to,
                        g->m.tag);
        if (st == ST_OK)
            return;
        g->state = GIVE_WAITS;
        waiting++;
        asked--;
    }
    if (g->piece != 0)
        cap_drop(g->piece);
    g->piece = 0;
    if (st == ST_TABLE_FULL && rt_now_ns() < g->until_ns)
        return; /* it waits on */
    waiting--;
    refuse_give(g->from, &g->m, st);
    *g = (struct give){0};
}

void move_gave(uint64_t client, status_t st)
{
    struct give *g = &gives[client % GIVES];

    if (g->piece != 0)
        cap_drop(g->piece);
    if (st != ST_OK)
        refuse_give(g->from, &g->m, st);
    *g = (struct give){0};
    asked--;
}

void move_on_give(core_id from, const struct peer_MOVE_GIVE *m)
{
    struct give *g = NULL;

    for (unsigned i = 0; i < GIVES && g == NULL; i++)
        if (gives[i].state == GIVE_FREE)
            g = &gives[i];
    if (g == NULL || m->core >= mon.ncores) {
        refuse_give(from, m, ST_TABLE_FULL);
        return;
    }
    *g = (struct give){.state = GIVE_WAITS, .from = from, .m = *m, .until_ns = rt_now_ns() + MOVER_NS};
    waiting++;
    if (asked < GIVES_ASKED)
        begin(g);
}

uint64_t move_give_turn(uint64_t now_ns)
{
    for (unsigned i = 0; i < GIVES && waiting > 0 && asked < GIVES_ASKED; i++)
        if (gives[i].state == GIVE_WAITS)
            begin(&gives[i]);
    return waiting > 0 ? now_ns + RETRY_NS : UINT64_MAX; /* or when one is answered */
}

void move_on_piece(core_id from, const struct peer_MOVE_PIECE *m)
{
    (void)from;
    piece_give((core_id)m->with, m->piece);
}
