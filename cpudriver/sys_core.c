/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/sys_core - task_spawn: cores and the machine. */
#include "cpudriver/syscall.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/task.h"

#define DEGRADE_SLICE 32u

/* The record when it begins, and when it is over; slices of the way leave none. */
static status_t degrade(struct kcb *k, struct task *t)
{
    bool on = t->frame.x[1] == 1, was = k->runq.degraded, done = true;
    struct cap *island;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_ISLAND, RIGHT_EXECUTE, &island);

    if (st != ST_OK)
        return st;
    if (t->frame.x[1] > 1)
        return ST_INVALID;
    if (on)
        done = runq_degrade(&k->runq, DEGRADE_SLICE);
    else
        runq_recover(&k->runq);
    if (on != was)
        emit(k, t, on ? WITNESS_DEGRADED_ENTERED : WITNESS_DEGRADED_EXITED, 0, emit_hash(k, island), k->info->core, 0);
    return done ? ST_OK : ST_AGAIN;
}

static status_t core_start(struct kcb *k, struct task *t)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_COREBOOT, RIGHT_EXECUTE, &c);
    int64_t psci;

    if (st != ST_OK)
        return st;
    if (t->frame.x[1] >= k->info->ncores || t->frame.x[1] == k->info->core)
        return ST_INVALID;
    emit(k, t, WITNESS_CORE_START, 0, emit_hash(k, c), t->frame.x[1], 0); /* asked for, whatever the firmware says */
    st = cpu_start(k, (core_id)t->frame.x[1], &psci);
    t->frame.x[1] = (uint64_t)psci;
    return st;
}

/* The core that x1 names, if x0 allows it. */
static status_t find_core(const struct kcb *k, struct task *t, uint8_t rights, core_id *core)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_COREBOOT, rights, &c);

    if (st != ST_OK)
        return st;
    if (t->frame.x[1] >= k->info->ncores)
        return ST_INVALID;
    *core = (core_id)t->frame.x[1];
    return k->info->cores[*core].present ? ST_OK : ST_DEAD_CORE;
}

/* By the interrupt that no bucket has. Its own core stops the same way: when it leaves this call. */
static status_t core_stop(struct kcb *k, struct task *t)
{
    core_id core;
    status_t st = find_core(k, t, RIGHT_EXECUTE, &core);

    if (st != ST_OK)
        return st;
    if (!gic_reaches(k, core))
        return ST_STATE;
    emit(k, t, WITNESS_CORE_STOP, 0, 0, core, 0);
    gic_sgi(k, core, SGI_STOP);
    return ST_OK;
}

static status_t core_route(struct kcb *k, struct task *t)
{
    bool own = t->frame.x[1] == k->info->core;
    uint64_t bit = t->frame.x[2];
    core_id core;
    status_t st = find_core(k, t, own ? RIGHT_READ : RIGHT_WRITE, &core);

    if (st != ST_OK)
        return st;
    if (own) {
        t->frame.x[2] = k->interface[core];
        return ST_OK;
    }
    if (k->info->gic.version >= 3 ? bit != 0 : bit == 0 || bit > 0x80 || (bit & (bit - 1)) != 0)
        return ST_INVALID;
    k->interface[core] = (uint8_t)bit;
    emit(k, t, WITNESS_CORE_START, WITNESS_F_ROUTE, 0, core, bit);
    return ST_OK;
}

static status_t core_state(struct kcb *k, struct task *t)
{
    core_id core;
    status_t st = find_core(k, t, RIGHT_READ, &core);

    if (st == ST_OK)
        t->frame.x[1] = cpu_power(k, core);
    return st;
}

static status_t core_query(struct kcb *k, struct task *t)
{
    t->frame.x[1] = scale(k->idle_ticks, k->to_ns);
    t->frame.x[2] = k->nswitches;
    t->frame.x[3] = k->nentries;
    t->frame.x[4] = t->table->nfree;
    t->frame.x[5] = k->ntasks;
    t->frame.x[6] = k->nirqs;
    t->frame.x[7] = k->asid_reclaims;
    return ST_OK;
}

static status_t machine_end(struct kcb *k, struct task *t)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_MACHINE, RIGHT_EXECUTE, &c);

    if (st != ST_OK)
        return st;
    emit(k, t, WITNESS_CORE_STOP, WITNESS_F_MACHINE, emit_hash(k, c), 0, t->frame.x[1]);
    cpu_end_machine(k, (unsigned)t->frame.x[1] & 0xff);
}

/* No record: it changes nothing that anybody has, and is called for ever. */
static status_t machine_watch(struct kcb *k, struct task *t)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_MACHINE, RIGHT_EXECUTE, &c);

    return st == ST_OK ? cpu_watch(k, t->frame.x[1]) : st;
}

status_t sys_core(struct kcb *k, struct task *t, unsigned op)
{
    switch (op) {
    case CORE_DEGRADE:
        return degrade(k, t);
    case CORE_START:
        return core_start(k, t);
    case CORE_QUERY:
        return core_query(k, t);
    case CORE_STOP:
        return core_stop(k, t);
    case CORE_STATE:
        return core_state(k, t);
    case CORE_ROUTE:
        return core_route(k, t);
    case MACHINE_END:
        return machine_end(k, t);
    case MACHINE_WATCH:
        return machine_watch(k, t);
    default:
        return ST_INVALID;
    }
}
