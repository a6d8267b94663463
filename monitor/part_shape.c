/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/part_shape.h"
#include "lib/rt/clock.h"
#include "monitor/conn.h"
#include "monitor/core.h"
#include "monitor/feed.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/part_call.h"
#include "monitor/part_shape_priv.h"
#include "monitor/rings.h"

#define WAITING   4u
#define SCORES_NS (300 * NS_PER_MS)
#define RETRY_NS  (5 * NS_PER_MS)

struct part_caps shape_caps;

/* Asked for, and answered when the scores have come, or do not come. */
static struct waiting {
    bool used;
    core_id from;
    struct peer_PART_DO is;
    uint64_t number, deadline_ns;
} waiting[WAITING];
static uint64_t number;

/* A split whose rights have not all gone: the log has no room. */
static struct {
    bool on;
    core_id from;
    uint64_t client, again_ns;
    struct rt_msg said;
} cutting;

/* ---- who they are ---- */

status_t shape_members(partition_id part, struct shape_members *out)
{
    struct prog *p = prog_of_part(part);
    uint32_t place;

    *out = (struct shape_members){.n = 0};
    if (p == NULL || (p->state != PROG_RUNNING && p->state != PROG_ASLEEP))
        return ST_FOREIGN;
    if (p->state == PROG_ASLEEP)
        return ST_OK; /* it has no tasks */
    for (struct prog *q = p; q != NULL; q = prog_mate(p, q))
        if (partition_task_place(home_table(), part, q->task_number, &place) == ST_OK) {
            out->prog[place] = q;
            out->n++;
        }
    return ST_OK;
}

/* ---- stopped, and going on ---- */

static status_t stop(struct prog *p)
{
    struct rt_msg m;
    status_t st = sys_task_query(p->task, &m);

    if (st != ST_OK)
        return st;
    if (p->moving || p->ntext > 0)
        return ST_BUSY;
    if (!p->suspended && m.w[0] != TS_NEW) {
        if (m.w[0] != TS_READY && m.w[0] != TS_WAITING)
            return ST_BUSY; /* it waits for an answer, of us or of a program here */
        if ((st = sys_task_pause(p->task)) != ST_OK)
            return st;
    }
    p->moving = true;
    return ST_OK;
}

static void go_on(struct prog *p)
{
    struct rt_msg m;

    p->moving = false;
    if (p->suspended || sys_task_query(p->task, &m) != ST_OK || m.w[0] == TS_NEW)
        return;
    later_resume(p->task, p->news);
}

status_t shape_stop(const struct shape_members *m)
{
    for (unsigned i = 0; i < m->n; i++) {
        status_t st = stop(m->prog[i]);

        if (st != ST_OK) {
            while (i-- > 0)
                go_on(m->prog[i]);
            return st;
        }
    }
    return ST_OK;
}

void shape_go_on(const struct shape_members *m)
{
    for (unsigned i = 0; i < m->n; i++)
        go_on(m->prog[i]);
}

/* ---- names ---- */

void shape_rename(struct prog *p, partition_id part)
{
    prog_set_part(p, part);
    for (unsigned i = 0; i < CONNS; i++) {
        const struct conn *c = conn_at(i);
        core_id a, b;

        if (c->prog != prog_id(p) || !bind_is_mapped(c->state))
            continue;
        a = conn_mem_core(c);
        b = conn_mem_with(c);
        rings_renamed(a < b ? a : b, a < b ? b : a, c->piece, conn_side(c), part);
    }
}

void shape_note(const struct partition_do *todo, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (todo[i].record != 0) {
            struct note note = home_note(&todo[i]);

            note_owed(&note);
        }
}

void shape_tell_all(partition_id was, partition_id is)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && core_is_joined(i))
            PEER_SEND(i, PART_NAMED, .was = was, .is = is);
}

/* ---- what waits ---- */

static void answer(struct waiting *w, const struct feed_SCORES *scores)
{
    struct rt_msg said = {{0}};
    status_t may = parts_may_shape(&w->is); /* another may supervise it meanwhile */

    w->used = false;
    said.w[0] = may != ST_OK   ? may
                : cutting.on ? ST_BUSY /* what that has listed is not done with */
                             : merge_perform(w->is.part, (partition_id)w->is.a, w->is.b != 0, scores, &said);
    parts_say(w->from, w->is.client, &said);
}

static status_t begin_merge(core_id from, const struct peer_PART_DO *m, struct rt_msg *said,
                            bool *later)
{
    status_t st;

    for (unsigned i = 0; i < WAITING; i++) {
        struct waiting *w = &waiting[i];

        if (w->used)
            continue;
        if ((st = feed_ask(number + 1, m->part, m->a)) == ST_AGAIN)
            return ST_BUSY; /* it is there, and has much to read */
        if (st != ST_OK)
            return merge_perform(m->part, (partition_id)m->a, m->b != 0, NULL, said);
        *w = (struct waiting){.used = true,
                              .from = from,
                              .is = *m,
                              .number = ++number,
                              .deadline_ns = rt_now_ns() + SCORES_NS};
        *later = true;
        return ST_OK;
    }
    return ST_BUSY;
}

status_t shape_begin(core_id from, const struct peer_PART_DO *m, struct rt_msg *said, bool *later)
{
    bool more = false;
    status_t st;

    if (cutting.on)
        return ST_BUSY;
    if (m->what == PART_MERGE)
        return m->a > UINT32_MAX ? ST_INVALID_HANDLE : begin_merge(from, m, said, later);
    st = split_perform(m->part, m->a, said, &more);
    if (st == ST_OK && more) {
        cutting.on = *later = true;
        cutting.from = from;
        cutting.client = m->client;
        cutting.again_ns = rt_now_ns() + RETRY_NS;
        cutting.said = *said;
    }
    return st;
}

void shape_on_scores(const struct feed_SCORES *m)
{
    for (unsigned i = 0; i < WAITING; i++)
        if (waiting[i].used && waiting[i].number == m->number)
            answer(&waiting[i], m);
}

uint64_t shape_turn(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < WAITING; i++) {
        if (!waiting[i].used)
            continue;
        if (now_ns >= waiting[i].deadline_ns || !feed_is_there())
            answer(&waiting[i], NULL);
        else if (waiting[i].deadline_ns < next)
            next = waiting[i].deadline_ns;
    }
    if (cutting.on && now_ns >= cutting.again_ns) {
        cutting.again_ns = now_ns + RETRY_NS;
        if (split_go_on()) {
            cutting.on = false;
            parts_say(cutting.from, cutting.client, &cutting.said);
        }
    }
    return cutting.on && cutting.again_ns < next ? cutting.again_ns : next;
}
