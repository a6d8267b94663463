/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/prog_priv.h"
#include "lib/abi/layout.h"
#include "lib/base/check.h"
#include "monitor/bind.h"
#include "monitor/mon.h"
#include "monitor/part_news.h"
#include "monitor/tables.h"
#include <stdio.h>
#include <string.h>

static struct prog *progs;
static unsigned room, visitors;
static unsigned used;         /* entries behind were never in use    */
static uint32_t first_free;   /* of those before; 0: none            */
static uint32_t *home_entry;  /* by the index of a partition of here */

uint64_t prog_id(const struct prog *p)
{
    return (uint64_t)(p - progs) | (uint64_t)p->generation << 16;
}

struct prog *prog_entry(uint64_t id)
{
    struct prog *p = id % 65536 < used ? &progs[id % 65536] : NULL;

    return p != NULL && p->state != PROG_FREE && prog_id(p) == id ? p : NULL;
}

struct prog *prog_find(uint64_t id)
{
    struct prog *p = prog_entry(id);

    return p != NULL && p->state == PROG_RUNNING ? p : NULL;
}

struct prog *prog_self(void)
{
    return &progs[0];
}

struct prog *prog_at(unsigned i)
{
    for (unsigned at = 0; at < used; at++)
        if (progs[at].state == PROG_RUNNING && i-- == 0)
            return &progs[at];
    return NULL;
}

unsigned progs_running(void)
{
    unsigned n = 0;

    for (unsigned i = 1; i < used; i++)
        n += progs[i].state == PROG_RUNNING;
    return n;
}

bool prog_runs_with(uint32_t option)
{
    for (unsigned i = 1; i < used; i++)
        if (progs[i].state == PROG_RUNNING && (progs[i].line.options & option))
            return true;
    return false;
}

const char *prog_name_of_task(uint64_t task)
{
    for (unsigned i = 0; i < used; i++)
        if (progs[i].state == PROG_RUNNING && progs[i].task_number == task)
            return progs[i].line.program;
    return "";
}

/* ---- entries ---- */

void progs_start(void)
{
    struct prog *self;

    room = table_progs();
    progs = table_make(room, sizeof progs[0]);
    home_entry = table_make(table_partitions(), sizeof home_entry[0]);
    used = 1;
    self = &progs[0];
    self->state = PROG_RUNNING;
    self->task = mon.info->task;
    self->space = mon.info->space;
    self->table = mon.info->table;
    self->bucket = (uint32_t)mon.info->bucket;
    self->task_number = prog_task(self);
    self->chan_used[0] = UINT64_MAX; /* the channels to the other monitors */
    snprintf(self->line.program, sizeof self->line.program, "monitor");
    part_news_start(room);
    progs_list();
}

struct prog *prog_entry_take(void)
{
    struct prog *p;

    if (first_free != 0) {
        p = &progs[first_free];
        first_free = p->next;
    } else if (used < room) {
        p = &progs[used++];
    } else {
        return NULL;
    }
    CHECK(p->state == PROG_FREE);
    if (++p->generation == 0)
        p->generation = 1;
    return p;
}

void prog_entry_give(struct prog *p)
{
    CHECK(p != prog_self());
    prog_set_part(p, PARTITION_NONE);
    p->state = PROG_FREE;
    p->next = first_free;
    first_free = (uint32_t)(p - progs);
}

void prog_fresh(struct prog *p)
{
    p->bucket = 0;
    p->chan_used[0] = p->chan_used[1] = 0;
    p->moving = p->suspended = p->asked = p->rebuilt = p->mate_failed = false;
    p->checkpoint = p->checkpoint_frame = 0;
    p->calls = p->exit_code = p->exit_kind = p->exit_pc = 0;
    p->exits = p->last_exit = p->nexits = 0;
    p->exits_lost = false;
}

/* ---- by its name for the machine ---- */

static struct prog *before(struct prog *p)
{
    struct prog *q = p;

    while (q->mate != p)
        q = q->mate;
    return q;
}

/* Out of the circle of those with its name. */
static void leave_mates(struct prog *p)
{
    uint32_t *entry = &home_entry[partition_index(p->part)];
    struct prog *next = p->mate, *last;

    if (*entry == (uint32_t)(p - progs))
        *entry = next != NULL ? (uint32_t)(next - progs) : 0;
    if (next == NULL)
        return;
    last = before(p);
    last->mate = next != last ? next : NULL;
    p->mate = NULL;
}

/* Into it, at the end. */
static void join_mates(struct prog *p)
{
    uint32_t *entry = &home_entry[partition_index(p->part)];
    struct prog *first = &progs[*entry];

    if (*entry == 0) {
        *entry = (uint32_t)(p - progs);
        return;
    }
    CHECK(first->part == p->part && first != p);
    if (first->mate == NULL)
        first->mate = first;
    before(first)->mate = p;
    p->mate = first;
}

struct prog *prog_mate(struct prog *p, struct prog *last)
{
    if (last == NULL)
        return p;
    return last->mate == p ? NULL : last->mate;
}

unsigned prog_mates(const struct prog *p)
{
    unsigned n = 1;

    for (const struct prog *q = p->mate; q != NULL && q != p; q = q->mate)
        n++;
    return n;
}

uint32_t prog_space(const struct prog *p)
{
    return (uint32_t)(p - progs);
}

void prog_set_part(struct prog *p, partition_id part)
{
    if (p->part != PARTITION_NONE && partition_home(p->part) == mon.core)
        leave_mates(p);
    else if (p->part != PARTITION_NONE)
        visitors--;
    p->part = part;
    if (part != PARTITION_NONE && partition_home(part) == mon.core)
        join_mates(p);
    else if (part != PARTITION_NONE)
        visitors++;
    p->home = part != PARTITION_NONE ? partition_home(part) : mon.core;
}

struct prog *prog_of_part(partition_id part)
{
    struct prog *p;

    if (part == PARTITION_NONE)
        return NULL;
    if (partition_home(part) == mon.core) {
        p = partition_index(part) < table_partitions() ? &progs[home_entry[partition_index(part)]] : progs;
        return p->part == part && p->state != PROG_AGAIN ? p : NULL;
    }
    for (unsigned i = 1; i < used && visitors > 0; i++)
        if (progs[i].part == part && progs[i].state != PROG_FREE)
            return &progs[i];
    return NULL;
}

struct prog *prog_next(struct prog *p)
{
    for (p = p == NULL ? progs + 1 : p + 1; p < progs + used; p++)
        if (p->state != PROG_FREE && p->state != PROG_AGAIN)
            return p;
    return NULL;
}

struct prog *prog_again(struct prog *p)
{
    for (p = p == NULL ? progs + 1 : p + 1; p < progs + used; p++)
        if (p->state == PROG_AGAIN)
            return p;
    return NULL;
}

/* ---- coming and leaving ---- */

struct prog *prog_reserve(const char *name)
{
    struct prog *p = prog_entry_take();

    if (p == NULL)
        return NULL;
    memset(&p->line, 0, sizeof p->line);
    snprintf(p->line.program, sizeof p->line.program, "%s", name);
    p->supervisor = PARTITION_NONE;
    p->restarts = 0;
    prog_fresh(p);
    p->state = PROG_COMING;
    return p;
}

void prog_release(struct prog *p)
{
    CHECK(p->state == PROG_COMING && p->home != mon.core);
    part_news_leave(p, p->home);
    prog_take_back(p);
    prog_entry_give(p);
}

void prog_arrived(struct prog *p)
{
    CHECK(p->state == PROG_COMING || p->state == PROG_AWAY);
    p->state = PROG_RUNNING;
    p->task_number = prog_task(p);
    if (p->exits != 0)
        prog_tell(p);
}

void prog_left(struct prog *p, core_id to)
{
    CHECK(p->state == PROG_RUNNING && p->moving);
    part_news_leave(p, to);
    p->moving = false;
    if (p->home == mon.core) {
        p->state = PROG_AWAY;
        p->at = to;
        p->sure = true;
        return;
    }
    prog_take_back(p);
    prog_entry_give(p);
}

void prog_tell(struct prog *p)
{
    if (p == prog_self())
        bind_self_news();
    else
        (void)sys_signal(p->news); /* it cannot be gone: it is in the table */
}
