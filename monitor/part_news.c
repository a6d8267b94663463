/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/part_news.h"
#include "lib/rt/record.h"
#include "monitor/core.h"
#include "monitor/home.h"
#include "monitor/mon.h"
#include "monitor/tables.h"

/* For the ends of all partitions that there can be at once. Who does not ask may have as many waiting for him as nobody else needs. */
#define MORE 1024u

struct entry {
    struct peer_PART_NEWS is;
    uint32_t next; /* of the same program, or the next free one: number + 1 */
};

static struct entry *entries;
static uint32_t room, used, first_free;

void part_news_start(unsigned progs)
{
    room = (progs < PARTITIONS_MACHINE ? PARTITIONS_MACHINE : progs) + MORE;
    entries = table_make(room, sizeof entries[0]);
}

static void send(core_id to, const struct peer_PART_NEWS *m)
{
    peers_send(to, PEER_PART_NEWS, m, sizeof *m);
}

void part_news_ended(const struct prog *p)
{
    partition_id to = home_supervisor(p->part);

    if (to != PARTITION_NONE && !core_is_gone(partition_home(to)))
        send(partition_home(to), &(struct peer_PART_NEWS){.supervisor = to,
                                                         .part = p->part,
                                                         .kind = (uint32_t)p->exit_kind,
                                                         .code = p->exit_code,
                                                         .pc = p->exit_pc});
}

/* ---- waiting ---- */

static bool take(struct prog *p, struct peer_PART_NEWS *out)
{
    uint32_t at = p->exits;

    if (at == 0)
        return false;
    *out = entries[at - 1].is;
    p->exits = entries[at - 1].next;
    p->nexits--;
    entries[at - 1].next = first_free;
    first_free = at;
    return true;
}

/* Who lets most wait loses what waited longest: who never asks takes nobody else's place. */
static void make_room(void)
{
    struct prog *most = NULL;
    struct peer_PART_NEWS lost;

    for (struct prog *p = prog_next(NULL); p != NULL; p = prog_next(p))
        if (most == NULL || p->nexits > most->nexits)
            most = p;
    if (most == NULL || !take(most, &lost) || most->exits_lost)
        return;
    most->exits_lost = true;
    rec_error("ends of partitions find no room where their supervisor is, who does not ask for them", ST_TABLE_FULL,
              most->line.program);
}

static void keep(struct prog *p, const struct peer_PART_NEWS *m)
{
    uint32_t at;

    if (first_free == 0 && used == room)
        make_room();
    if ((at = first_free) != 0)
        first_free = entries[at - 1].next;
    else
        at = ++used;
    entries[at - 1] = (struct entry){*m, 0};
    if (p->exits != 0)
        entries[p->last_exit - 1].next = at;
    else
        p->exits = at;
    p->last_exit = at;
    p->nexits++;
}

bool part_news_next(struct prog *p, struct rt_msg *m)
{
    struct peer_PART_NEWS n;

    for (struct prog *q = p; !take(q, &n);)
        if ((q = prog_mate(p, q)) == NULL)
            return false;
    m->w[1] = NEWS_EXIT;
    m->w[2] = n.part;
    m->w[3] = n.code;
    m->w[4] = n.kind;
    m->w[5] = n.pc;
    return true;
}

void part_news_pass(struct prog *p, struct prog *to)
{
    struct peer_PART_NEWS n;

    if (p->exits == 0)
        return;
    while (take(p, &n))
        keep(to, &n);
    prog_tell(to);
}

void part_news_drop(struct prog *p)
{
    struct peer_PART_NEWS n;

    while (take(p, &n))
        ;
}

void part_news_leave(struct prog *p, core_id to)
{
    struct peer_PART_NEWS n;

    while (take(p, &n))
        send(to, &n);
}

/* ---- messages ---- */

void part_news_on_news(core_id from, const struct peer_PART_NEWS *m)
{
    struct prog *p = prog_of_part(m->supervisor);
    core_id his = partition_home(m->supervisor);

    (void)from;
    if (p != NULL && p->state == PROG_AWAY && p->at != mon.core) {
        send(p->at, m);
    } else if (p != NULL) { /* or on its way here: it is told when it has come */
        keep(p, m);
        for (struct prog *q = p; q != NULL && p->state == PROG_RUNNING; q = prog_mate(p, q))
            prog_tell(q); /* whoever asks first has it */
    } else if (his != mon.core && his < mon.ncores && !core_is_gone(his)) {
        send(his, m);
    }
}

void part_news_on_exit(core_id from, const struct peer_PART_EXIT *m)
{
    struct prog *p = prog_of_part(m->part);

    if (p == NULL || p->state != PROG_AWAY || p->at != from)
        return;
    p->exit_kind = m->kind;
    p->exit_code = m->code;
    p->exit_pc = m->pc;
}
