/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/part_here.h"
#include "monitor/home.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/note.h"
#include "monitor/sleep.h"

/* Not while it waits for an answer, of this monitor or of a program here: it would not know whom to answer. */
static status_t may_stop(const struct prog *p)
{
    struct rt_msg m;
    status_t st = sys_task_query(p->task, &m);

    if (st != ST_OK)
        return st;
    return p->moving || (m.w[0] != TS_READY && m.w[0] != TS_WAITING) ? ST_BUSY : ST_OK;
}

static status_t may_stop_all(struct prog *p)
{
    status_t st = ST_OK;

    for (struct prog *q = p; q != NULL && st == ST_OK; q = prog_mate(p, q))
        st = may_stop(q);
    return st;
}

static void resume_all(struct prog *p)
{
    for (struct prog *q = p; q != NULL; q = prog_mate(p, q))
        if (q->suspended) {
            later_resume(q->task, q->news);
            q->suspended = false;
        }
}

static void tell_here(struct prog *p, struct rt_msg *said)
{
    said->w[1] = mon.core;
    for (struct prog *q = p; q != NULL; q = prog_mate(p, q)) {
        struct rt_msg m;

        if (sys_task_query(q->task, &m) == ST_OK)
            said->w[2] += m.w[1];
        said->w[3] += q->calls;
        said->w[4] += q->object_bytes + ((uint64_t)q->table_bytes << 32);
    }
}

/* In one step with the question whether it waits for an answer, which would be lost (TASK_PAUSE). All, or none. */
static status_t pause_all(struct prog *p)
{
    for (struct prog *q = p; q != NULL; q = prog_mate(p, q)) {
        status_t st = sys_task_pause(q->task);

        if (st != ST_OK) {
            for (struct prog *r = p; r != q; r = prog_mate(p, r))
                later_resume(r->task, r->news);
            return st;
        }
    }
    return ST_OK;
}

/* It is told when there is a record. Without room nobody is stopped, who could not go on then either: that has a record, too. */
static status_t suspend(struct prog *p)
{
    status_t st;

    if ((st = home_may(p, LIFE_EV_SUSPEND)) != ST_OK || (st = may_stop_all(p)) != ST_OK ||
        (st = note_room_for(1 + 2 * prog_mates(p))) != ST_OK || (st = pause_all(p)) != ST_OK)
        return st;
    st = home_record(p, LIFE_EV_SUSPEND);
    for (struct prog *q = p; q != NULL; q = prog_mate(p, q)) {
        q->suspended = st == ST_OK;
        if (st != ST_OK)
            later_resume(q->task, q->news);
    }
    return st;
}

status_t part_do_here(struct prog *p, uint32_t what, struct rt_msg *said)
{
    status_t st;

    if (p->state != PROG_RUNNING || p->moving)
        return ST_BUSY;
    switch (what) {
    case PART_START:
        return prog_go(p);
    case PART_SUSPEND:
        return suspend(p);
    case PART_RESUME:
        if ((p->mate != NULL && (st = note_room_for(1 + prog_mates(p))) != ST_OK) ||
            (st = home_record(p, LIFE_EV_RESUME)) != ST_OK)
            return st;
        resume_all(p);
        return ST_OK;
    case PART_HIBERNATE:
        if (p->mate != NULL)
            return ST_TYPE;
        if ((st = home_may(p, LIFE_EV_HIBERNATE)) != ST_OK ||
            (!p->suspended && (st = may_stop(p)) != ST_OK))
            return st;
        return sleep_begin(p);
    case PART_RECONSTRUCT:
        return ST_STATE;
    case PART_DESTROY:
        return prog_kill(p); /* what is to end does not wait for room: its record does */
    default:
        tell_here(p, said);
        return ST_OK;
    }
}
