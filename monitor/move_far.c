/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/move_far - the far ends of the channels of a program that changes core: their doorbells. */
#include "lib/rt/cap.h"
#include "lib/rt/record.h"
#include "monitor/bind.h"
#include "monitor/island.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/note.h"

/* Nothing is outstanding, and its own program is not on its way as well. */
static bool is_quiet(const struct conn *c)
{
    const struct prog *p = prog_find(c->prog);

    return c->state == BIND_OPEN && p != NULL && !p->moving && c->come == 0 && note_room() == ST_OK;
}

/* The doorbell of the program of this end: the same handle, another core. It may have deleted it, or ended. */
static void replace_bell(struct conn *c)
{
    const struct prog *p = prog_entry(c->prog);
    handle_t bell;
    status_t st;

    if (p == NULL || conn_make_bell(c, &bell) != ST_OK)
        return;
    if ((st = island_replace(p->table, c->bell, bell)) == ST_OK)
        return;
    cap_drop(bell);
    if (st != ST_STALE_HANDLE)
        rec_error("a bell still points to where a partition was", st, c->name);
}

struct mover_far *move_far(void *w, uint64_t ref, struct mover_other *o)
{
    struct conn *c = conn_find(ref);

    (void)w;
    if (c == NULL)
        return NULL;
    *o = (struct mover_other){.peer = c->peer,
                              .ref = c->peer_ref,
                              .bucket = c->peer_bucket,
                              .open = c->state == BIND_OPEN,
                              .quiet = is_quiet(c)};
    return &c->far;
}

bool move_next_far(void *w, unsigned *cursor, uint64_t *ref)
{
    (void)w;
    for (; *cursor < CONNS; ++*cursor)
        if (conn_at(*cursor)->far.state != FAR_NONE) {
            *ref = conn_ref(conn_at((*cursor)++));
            return true;
        }
    return false;
}

void move_set_other(void *w, uint64_t ref, core_id core, uint64_t other, uint32_t bucket)
{
    struct conn *c = conn_find(ref);

    (void)w;
    conn_set_other(c, core, other, bucket);
    replace_bell(c);
}

void move_freed(void *w, uint64_t ref)
{
    (void)w;
    bind_after_move(conn_find(ref));
}

bool move_far_waits(struct conn *c)
{
    if (c->far.state == FAR_NONE)
        return false;
    c->let_go = true;
    return true;
}
