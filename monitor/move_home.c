/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/move_home - the home of a program that runs elsewhere: copies of its memory, where it is, and who asked for its move. */
#include "lib/base/bits.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/caps.h"
#include "monitor/core.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/pieces.h"

#define GIVES 256u
#define ASKS  64u

/* Copies that are being given; the client of monitor/caps is MOVE_TO | its number. */
static struct give {
    bool used;
    core_id from; /* whom to tell if it comes to nothing                 */
    uint32_t move, tag;
    handle_t piece; /* of the mesh: not needed any more when it is given   */
    core_id with;
} gives[GIVES];

/* A move that a program here asked for, or that this home passed on to where the program runs. */
static struct ask {
    bool used;
    bool passed; /* client is a name of the asker's monitor, else a program */
    core_id to, asker;
    uint64_t client, part;
    uint32_t number;
    uint64_t deadline_ns;
} asks[ASKS];
static uint32_t asked;

struct prog *move_find(uint64_t part)
{
    return prog_of_part(PART_HOME(part), part & ((1ull << 48) - 1));
}

/* ---- copies ---- */

void move_give(core_id to, const struct peer_MOVE_GIVE *m)
{
    peers_send(to, PEER_MOVE_GIVE, m, sizeof *m);
}

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
        st = caps_give(agree_caps(), MOVE_TO | (uint64_t)(g - gives), src, rights, CAP_COPY_OF,
                       (core_id)m->core, m->to, m->tag);
    if (st != ST_OK)
        given(g, st);
}

void move_on_piece(core_id from, const struct peer_MOVE_PIECE *m)
{
    (void)from;
    piece_give((core_id)m->with, m->piece);
}

/* ---- where it is ---- */

void move_on_where(core_id from, const struct peer_MOVE_WHERE *m)
{
    struct prog *p = move_find(m->part);

    if (p != NULL && p->state == PROG_AWAY && p->at == from) {
        p->at = (core_id)m->core;
        p->sure = m->core == from;
    } else if (p != NULL && p->state == PROG_AWAY && m->core == from) {
        p->at = from; /* it was told otherwise before; undone */
        p->sure = true;
    }
    PEER_SEND(from, MOVE_THERE, .move = m->move, .status = p != NULL ? ST_OK : ST_NOT_FOUND);
}

void move_on_runs(core_id from, const struct peer_MOVE_RUNS *m)
{
    struct prog *p = move_find(m->part);

    if (p == NULL || p->state != PROG_AWAY || (from != m->core && !m->gone))
        return;
    if (m->gone) {
        prog_ended_away(p);
        return;
    }
    p->at = from;
    p->sure = true;
}

static void asks_core_dead(core_id core);

void move_home_core_dead(core_id core)
{
    struct prog *p = NULL;

    while ((p = prog_next(p)) != NULL) {
        if (p->state == PROG_AWAY && p->at == core)
            prog_ended_away(p);
        else if (p->state == PROG_AWAY && !p->sure)
            PEER_SEND(p->at, MOVE_WHO, .part = prog_part(p));
        else if (p->state == PROG_RUNNING && p->home == core && !p->moving)
            prog_end_here(p); /* its memory is gone */
    }
    asks_core_dead(core);
}

/* ---- who asked ---- */

/* `hops`: how many monitors are behind the next one, each of which has its own patience. */
static status_t ask(core_id to, uint64_t part, core_id dest, struct ask as, unsigned hops)
{
    for (unsigned i = 0; i < ASKS; i++) {
        struct ask *a = &asks[i];

        if (a->used)
            continue;
        *a = as;
        a->used = true;
        a->to = to;
        a->part = part;
        a->number = ++asked;
        a->deadline_ns = rt_now_ns() + MOVE_NS + (3 + 2 * hops) * agree_patience_ns();
        PEER_SEND(to, MOVE_ASK, .part = part, .client = i | (uint64_t)a->number << 32,
                  .core = dest);
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

status_t move_ask(struct prog *by, struct rt_msg *m)
{
    core_id home = PART_HOME(m->w[1]);

    if (m->w[2] >= mon.ncores || home >= mon.ncores)
        return ST_INVALID;
    if (core_is_gone(home))
        return ST_DEAD_CORE;
    return ask(home, m->w[1], (core_id)m->w[2], (struct ask){.client = prog_id(by)},
               home != mon.core);
}

status_t move_where(struct prog *p, struct rt_msg *m)
{
    m->w[1] = prog_part(p);
    m->w[2] = mon.core;
    m->w[3] = p->home;
    return ST_OK;
}

void move_on_ask(core_id from, const struct peer_MOVE_ASK *m)
{
    const struct prog *p = move_find(m->part);
    struct ask as = {.passed = true, .asker = from, .client = m->client};

    if (m->core >= mon.ncores)
        return;
    if (p == NULL || p->state != PROG_AWAY || p->at == mon.core)
        move_begin(m->part, (core_id)m->core, from, m->client);
    else if (ask(p->at, m->part, (core_id)m->core, as, 0) != ST_OK)
        PEER_SEND(from, MOVE_ENDED, .client = m->client, .status = ST_TABLE_FULL);
}

static void answer(struct ask *a, status_t st, uint64_t blackout_ns, uint64_t step)
{
    struct rt_msg m = {{st, blackout_ns, step}};
    const struct prog *p = prog_find(a->client);

    a->used = false;
    if (a->passed)
        PEER_SEND(a->asker, MOVE_ENDED, .client = a->client, .blackout_ns = blackout_ns,
                  .status = st, .step = (uint32_t)step);
    else if (p != NULL)
        (void)sys_reply_to(p->task, &m);
}

void move_on_ended(core_id from, const struct peer_MOVE_ENDED *m)
{
    struct ask *a = &asks[m->client % ASKS];
    const struct prog *p;
    status_t st = (status_t)m->status;

    if (!a->used || a->to != from || a->number != m->client >> 32)
        return;
    p = move_find(a->part);
    if (st == ST_NOT_FOUND && a->passed && p != NULL && p->state == PROG_AWAY)
        st = ST_BUSY; /* it went elsewhere meanwhile: whoever asks again finds it */
    answer(a, st, m->blackout_ns, m->step);
}

static void asks_core_dead(core_id core)
{
    for (unsigned i = 0; i < ASKS; i++)
        if (asks[i].used && asks[i].to == core)
            answer(&asks[i], ST_DEAD_CORE, 0, 0);
}

uint64_t move_turn_home(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < ASKS; i++) {
        struct ask *a = &asks[i];

        if (a->used && now_ns >= a->deadline_ns) {
            a->deadline_ns = now_ns + agree_patience_ns();
            if (a->to == mon.core)
                answer(a, ST_TIMEOUT, 0, 0);
            else
                core_suspect(
                    a->to,
                    "it did not say how the move of a partition ended"); /* its death is the answer */
        }
        if (a->used && a->deadline_ns < next)
            next = a->deadline_ns;
    }
    return next;
}
