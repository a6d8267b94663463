/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/move_home - the home of a program that runs elsewhere: where it is. */
#include "monitor/core.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/part_news.h"

struct prog *move_find(uint64_t part)
{
    return prog_of_part((partition_id)part);
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
