/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/sys_task - task_spawn: tasks. */
#include "cpudriver/syscall.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/fault.h"
#include "cpudriver/tail.h"
#include "cpudriver/task.h"
#include "cpudriver/task_state.h"

static struct task *task_in(const struct cap *c)
{
    return CONTAINER_OF(object_of(c), struct task, object);
}

/* By the task capability in x0. */
static void emit_task(struct kcb *k, struct task *t, enum witness_kind kind, unsigned flags,
                      const struct task *to, uint64_t payload)
{
    struct cap *c;

    emit(k, t, kind, flags, cap_find(t->table, t->frame.x[0], CAP_TASK, 0, &c) == ST_OK ? emit_hash(k, c) : 0,
         to->id, payload);
}

static status_t find_task(struct task *t, uint8_t rights, struct task **out)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_TASK, rights, &c);

    if (st == ST_OK)
        *out = task_in(c);
    return st;
}

/*
 * To set it going, or change what it goes on with. What the root task has stopped (a partition that is suspended, moves, or
 * runs elsewhere) is the root task's: a program may hold its own task, and so may whoever it gave that to.
 */
static status_t find_to_go(const struct kcb *k, struct task *t, uint8_t rights, struct task **out)
{
    status_t st = find_task(t, rights, out);

    return st == ST_OK && (*out)->held && t != k->root ? ST_DENIED : st;
}

/* x1 captable, x2 space, x3 supervisor: 0 keeps what is there. */
static status_t config(struct kcb *k, struct task *t)
{
    struct cap *table = NULL, *space = NULL, *supervisor = NULL;
    struct task *to;
    status_t st;

    if ((st = find_to_go(k, t, RIGHT_EXECUTE, &to)) != ST_OK)
        return st;
    if (t->frame.x[1] &&
        (st = cap_find(t->table, t->frame.x[1], CAP_CAPTABLE, RIGHT_WRITE, &table)) != ST_OK)
        return st;
    if (t->frame.x[2] &&
        (st = cap_find(t->table, t->frame.x[2], CAP_SPACE, RIGHT_WRITE, &space)) != ST_OK)
        return st;
    if (t->frame.x[3] &&
        (st = cap_find(t->table, t->frame.x[3], CAP_ENDPOINT, RIGHT_WRITE, &supervisor)) != ST_OK)
        return st;
    if (supervisor && supervisor->value != 0 && supervisor->value != t->frame.x[4])
        return ST_DENIED; /* a badge once given names its holder in faults, too */
    if (supervisor && to->watched && t != k->root)
        return ST_DENIED; /* who has to hear of its end does: a program holds its own task */
    if ((table || space) && to->state != TS_NEW && to->state != TS_STOPPED)
        return ST_STATE;

    if (table) {
        list_remove(&to->table_link);
        to->table = (struct captable *)(void *)object_of(table);
        list_append(&to->table->tasks, &to->table_link);
    }
    if (space) {
        if (to->space != (struct space *)(void *)object_of(space))
            tail_detach(k, to);
        list_remove(&to->space_link);
        to->space = (struct space *)(void *)object_of(space);
        list_append(&to->space->tasks, &to->space_link);
    }
    if (supervisor) {
        list_remove(&to->supervisor_link);
        to->supervisor = (struct endpoint *)(void *)object_of(supervisor);
        to->supervisor_badge = t->frame.x[4];
        to->watched = t == k->root;
        list_append(&to->supervisor->supervised, &to->supervisor_link);
    }
    emit_task(k, t, WITNESS_TASK_SPAWN, WITNESS_F_CONFIG, to,
              (table ? 1u : 0) | (space ? 2u : 0) | (supervisor ? 4u : 0));
    return ST_OK;
}

static status_t start(struct kcb *k, struct task *t)
{
    struct task *to;
    status_t st;

    if ((st = find_to_go(k, t, RIGHT_EXECUTE, &to)) != ST_OK)
        return st;
    if (!to->table || !to->space || (to->state != TS_NEW && to->state != TS_STOPPED))
        return ST_STATE;

    for (unsigned i = 0; i < ARRAY_LEN(to->frame.x); i++)
        to->frame.x[i] = 0;
    to->frame.pc = t->frame.x[1];
    to->frame.sp = t->frame.x[2];
    to->frame.x[0] = t->frame.x[3];
    to->frame.x[1] = t->frame.x[4];
    to->takes = 0;
    to->frame.pstate = 0; /* EL0, AArch64, interrupts open */
    to->tls = t->frame.x[5];
    to->held = 0;
    emit_task(k, t, WITNESS_TASK_SPAWN, 0, to, to->frame.pc);
    task_wake(k, to, (status_t)-1);
    return ST_OK;
}

static status_t stop(struct kcb *k, struct task *t, bool pause)
{
    struct task *to;
    bool held;
    status_t st;

    if ((st = find_task(t, RIGHT_EXECUTE, &to)) != ST_OK)
        return st;
    if (to->state == TS_NEW || to->state == TS_EXITED)
        return ST_STATE;
    if (pause && to->state == TS_CALLING)
        return ST_BUSY;
    held = to->held || t == k->root;
    if (to->state == TS_STOPPED && to->held == held)
        return ST_OK; /* it changes nothing: nobody empties the reserve of the log with it */
    to->held = held;
    emit_task(k, t, WITNESS_TASK_TERMINATE, 0, to, 0);
    task_stop(k, to, TS_STOPPED);
    if (to == t) {
        t->frame.x[0] = ST_OK; /* what it sees when somebody resumes it */
        return SYSCALL_WAITS;
    }
    return ST_OK;
}

static status_t resume(struct kcb *k, struct task *t)
{
    struct task *to;
    status_t st;

    if ((st = find_to_go(k, t, RIGHT_EXECUTE, &to)) != ST_OK)
        return st;
    if (to->state != TS_STOPPED || !to->table || !to->space)
        return ST_STATE;
    to->held = 0;
    emit_task(k, t, WITNESS_TASK_SPAWN, WITNESS_F_RESUME, to, to->written);
    to->writer = 0;
    task_resume(k, to);
    return ST_OK;
}

__attribute__((noinline)) static status_t peek(struct kcb *k, struct task *t)
{
    struct task *of;
    status_t st = find_task(t, RIGHT_READ, &of);

    return st != ST_OK ? st : task_peek(k, of, t->frame.x[1], &t->frame.x[1]);
}

__attribute__((noinline)) static status_t poke(struct kcb *k, struct task *t)
{
    uint64_t first = t->frame.x[1];
    struct task *to;
    status_t st;

    if ((st = find_to_go(k, t, RIGHT_WRITE, &to)) != ST_OK ||
        (st = task_poke(k, to, first, &t->frame.x[2])) != ST_OK)
        return st;
    if (to->writer != t->id) /* who else, and what, the record tells by which it goes on */
        emit_task(k, t, WITNESS_TASK_STATE, 0, to, first);
    to->writer = t->id;
    return ST_OK;
}

static status_t set_sched(struct kcb *k, struct task *t)
{
    uint64_t class = t->frame.x[1] & 0xff, mode = t->frame.x[1] >> 8;
    uint64_t a = t->frame.x[2], b = t->frame.x[3], now = now_ticks();
    struct task *to;
    bool ready;
    status_t st;

    if ((st = find_task(t, RIGHT_EXECUTE, &to)) != ST_OK)
        return st;
    if (class == CLASS_EDF && b > EDF_PERIOD_MAX_NS)
        return ST_INVALID;
    if (!priority_mode_fits(class, mode) || b > UINT64_MAX / 4 || a > UINT64_MAX / 4)
        return ST_INVALID;

    /* Out of its heap, change, back: a refused change leaves it where it was in its class. */
    ready = heap_in(&to->sched.ready);
    runq_remove(&k->runq, &to->sched);
    if (class == CLASS_FAIR)
        st = a > WEIGHT_MAX ? ST_INVALID : runq_set_fair(&k->runq, &to->sched, (uint32_t)a);
    else
        st = runq_set_edf(&k->runq, &to->sched, scale(a, k->to_ticks), scale(b, k->to_ticks), now);
    if (st == ST_OK)
        runq_set_mode(&k->runq, &to->sched, (unsigned)mode);
    if (ready)
        runq_preempted(&k->runq, &to->sched, now);
    k->resched = 1;
    if (st == ST_OK)
        emit_task(k, t, WITNESS_MODE_SWITCH, 0, to, class | mode << 4 | a << 8);
    return st;
}

/* By who holds the island: a program that may stop a task still cannot say that it matters more than others. */
static status_t set_boost(struct kcb *k, struct task *t)
{
    struct cap *island, *c;
    struct task *to;
    status_t st;

    if ((st = cap_find(t->table, t->frame.x[0], CAP_ISLAND, RIGHT_EXECUTE, &island)) != ST_OK ||
        (st = cap_find(t->table, t->frame.x[1], CAP_TASK, RIGHT_EXECUTE, &c)) != ST_OK)
        return st;
    if (t->frame.x[2] > BOOST_BP_MAX)
        return ST_INVALID;
    to = task_in(c);
    if (to->sched.boost_bp == t->frame.x[2])
        return ST_OK;
    if ((st = runq_set_boost(&k->runq, &to->sched, (uint32_t)t->frame.x[2])) != ST_OK)
        return st;
    k->resched = 1;
    emit(k, t, WITNESS_MODE_SWITCH, WITNESS_F_BOOST, emit_hash(k, c), to->id, t->frame.x[2]);
    return ST_OK;
}

static status_t query(struct kcb *k, struct task *t)
{
    struct task *of;
    status_t st;

    if ((st = find_task(t, RIGHT_READ, &of)) != ST_OK)
        return st;
    t->frame.x[1] = of->state;
    t->frame.x[2] = scale(of->sched.runtime, k->to_ns);
    t->frame.x[3] = of->sched.missed;
    t->frame.x[4] = of->state == TS_EXITED ? of->exit_code : 0;
    t->frame.x[5] = of->switches;
    t->frame.x[6] = of->faults;
    return ST_OK;
}

status_t sys_task_spawn(struct kcb *k, struct task *t, unsigned op)
{
    if (op == TASK_SELF) {
        t->frame.x[1] = t->id;
        t->frame.x[2] = k->info->core;
        t->frame.x[3] = t->bucket;
        return ST_OK;
    }
    switch (op) {
    case TASK_CONFIG:
        return config(k, t);
    case TASK_START:
        return start(k, t);
    case TASK_STOP:
        return stop(k, t, false);
    case TASK_PAUSE:
        return stop(k, t, true);
    case TASK_RESUME:
        return resume(k, t);
    case TASK_EXIT:
        fault_exit(k, t, t->frame.x[1]);
        return SYSCALL_WAITS;
    case TASK_SCHED:
        return set_sched(k, t);
    case TASK_BOOST:
        return set_boost(k, t);
    case TASK_QUERY:
        return query(k, t);
    case TASK_PEEK:
        return peek(k, t);
    case TASK_POKE:
        return poke(k, t);
    default:
        return sys_core(k, t, op);
    }
}
