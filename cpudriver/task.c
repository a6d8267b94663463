/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/task.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/irq.h"
#include "cpudriver/reap.h"
#include "cpudriver/space.h"
#include "cpudriver/tail.h"
#include "lib/abi/task_state.h"
#include "lib/base/check.h"

uint64_t ticks_of_ns(const struct kcb *k, uint64_t ns)
{
    return scale(ns, k->to_ticks) + k->info->reset_ticks;
}

uint64_t ns_of_ticks(const struct kcb *k, uint64_t ticks)
{
    return scale(ticks - k->info->reset_ticks, k->to_ns);
}

static struct task *task_of(struct sched *s)
{
    return CONTAINER_OF(s, struct task, sched);
}

/* --- life ------------------------------------------------------------------------------ */

status_t task_init(struct kcb *k, struct task *t, struct task_tail *tail)
{
    if (k->ntasks >= TASKS_MAX)
        return ST_TABLE_FULL;

    k->ntasks++;
    object_init(&t->object, CAP_TASK);
    t->state = TS_NEW;
    t->id = ++k->next_task;
    t->bucket = (uint8_t)(k->next_bucket++ % BUCKETS);
    list_init(&t->table_link);
    list_init(&t->space_link);
    list_init(&t->supervisor_link);
    list_init(&t->queue_link);
    list_init(&t->owed);
    list_init(&t->bell_link);
    heap_node_init(&t->timeout);
    sched_init(&t->sched);
    t->tail = tail;
    return ST_OK;
}

void task_detach(struct kcb *k, struct task *t)
{
    if (t->queue) {
        t->queue = NULL;
        list_remove(&t->queue_link);
    }
    if (heap_in(&t->timeout))
        heap_remove(&k->timers, &t->timeout);
    if (t->bell_waiting) {
        t->bell_waiting = 0;
        list_remove(&t->bell_link);
    }
}

static void charge_current(struct kcb *k, uint64_t now)
{
    runq_charge(&k->runq, &k->current->sched, now - k->switched_ticks, now);
    k->switched_ticks = now;
}

/* The running task leaves the core; its registers are in its frame already. */
static void leave(struct kcb *k, uint64_t now)
{
    charge_current(k, now);
    k->current->tls = read_tpidr_el0();
    k->current = NULL;
    k->resched = 1;
}

/* Should it go on later: a sleep does, everything else may be asked for again. */
static void note_wait(struct task *t)
{
    if (t->state == TS_STOPPED)
        return;
    t->waited = WAITED_NOT;
    if (t->state == TS_CALLING)
        t->waited = WAITED_CALL;
    else if (t->state == TS_WAITING)
        t->waited = t->sleeping ? WAITED_SLEEP : WAITED_QUEUE;
    if (t->waited != WAITED_NOT)
        t->frame.x[0] = t->waited == WAITED_SLEEP ? ST_OK : ST_AGAIN;
}

void task_stop(struct kcb *k, struct task *t, enum task_state state)
{
    task_detach(k, t);
    endpoint_give_up(t);
    note_wait(t);
    if (k->current == t)
        leave(k, now_ticks());
    else
        runq_remove(&k->runq, &t->sched);
    t->state = (uint8_t)state;
    if (state == TS_STOPPED)
        t->written = t->writer = 0;
}

void task_dies(struct kcb *k, struct task *t)
{
    task_stop(k, t, TS_EXITED);
    runq_forget(&k->runq, &t->sched);
    list_remove(&t->sched.boosted);
    task_loses_table(k, t);
    task_loses_space(k, t);
    list_remove(&t->supervisor_link);
    t->supervisor = NULL;
    if (k->fp_owner == t)
        k->fp_owner = NULL;
    k->ntasks--;
}

void task_loses_table(struct kcb *k, struct task *t)
{
    if (t->state != TS_EXITED && t->state != TS_NEW)
        task_stop(k, t, TS_STOPPED);
    list_remove(&t->table_link);
    t->table = NULL;
}

void task_loses_space(struct kcb *k, struct task *t)
{
    if (t->state != TS_EXITED && t->state != TS_NEW)
        task_stop(k, t, TS_STOPPED);
    tail_detach(k, t);
    list_remove(&t->space_link);
    t->space = NULL;
}

/* --- switch ---------------------------------------------------------------------------- */

void task_set_timer(struct kcb *k, uint64_t when)
{
    k->timer_set = when;
    cpu_timer_set(k->timer_is_physical, when);
}

/* The timer may fire early (it was set for somebody else): then nothing happens but a look. */
static void look_again_by(struct kcb *k, uint64_t when)
{
    const struct heap_node *t = heap_top(&k->timers);

    if (t && t->key < when)
        when = t->key;
    task_look_by(k, when);
}

/* `t` is in no queue. The core is its from here on. */
__attribute__((always_inline)) static inline void enter(struct kcb *k, struct task *t, uint64_t now)
{
    bool fp = k->fp_owner == t;

    k->current = t;
    k->resched = 0;
    k->switched_ticks = now;
    k->nswitches++;
    t->switches++;
    write_tpidr_el0(t->tls);
    if (t->space != k->active)
        space_enter(k, t->space);
    if (k->fp_open != fp) {
        k->fp_open = fp;
        cpu_fp_open(fp);
    }
    look_again_by(k, runq_next_look(&k->runq, &t->sched, now));
    k->switching_ticks += now_ticks() - now;
}

static void preempt_if_better(struct kcb *k)
{
    if (!k->current || runq_preempts(&k->runq, &k->current->sched, false))
        k->resched = 1;
    else
        look_again_by(k, k->slice_end); /* no timer was needed while it was alone */
}

/* st = -1: the task's registers stay as they are. */
void task_wake(struct kcb *k, struct task *t, status_t st)
{
    task_detach(k, t);
    if (st != (status_t)-1)
        t->frame.x[0] = st;
    t->state = TS_READY;
    runq_wake(&k->runq, &t->sched, now_ticks());
    preempt_if_better(k);
}

void task_block(struct kcb *k, struct task *t, enum task_state state, uint64_t deadline_ns)
{
    CHECK(k->current == t);
    t->sleeping = 0;
    leave(k, now_ticks());
    t->state = (uint8_t)state;
    if (deadline_ns) {
        heap_insert(&k->timers, &t->timeout, ticks_of_ns(k, deadline_ns));
        look_again_by(k, UINT64_MAX);
    }
}

void task_resume(struct kcb *k, struct task *t)
{
    bool sleeps = t->waited == WAITED_SLEEP && ticks_of_ns(k, t->wake_ns) > now_ticks();

    t->waited = WAITED_NOT;
    if (!sleeps) {
        task_wake(k, t, (status_t)-1);
        return;
    }
    t->state = TS_WAITING;
    t->sleeping = 1;
    t->wait_events = 0;
    heap_insert(&k->timers, &t->timeout, ticks_of_ns(k, t->wake_ns));
    look_again_by(k, UINT64_MAX);
}

/* It keeps the rest of the slice, so a chain of calls cannot stretch it. */
void task_hand_over(struct kcb *k, struct task *to)
{
    to->state = TS_READY;
    if (k->current || to->sched.edf || !runq_may_hand_over(&k->runq)) {
        runq_wake(&k->runq, &to->sched, now_ticks());
        preempt_if_better(k);
        return;
    }
    if (to->sched.vruntime < k->runq.floor)
        to->sched.vruntime = k->runq.floor;
    enter(k, to, k->switched_ticks);
}

static struct task *idle(struct kcb *k)
{
    uint64_t began = now_ticks(), now = began;
    struct sched *s;

    while (!(s = runq_take(&k->runq))) {
        const struct heap_node *t = heap_top(&k->timers);
        uint64_t when;

        if (!list_empty(&k->dying)) {
            (void)reap_slice(k); /* may make somebody ready, also when it is the last */
            irq_take(k);         /* taking things apart must not keep interrupts waiting */
            continue;
        }
        runq_renew(&k->runq, now); /* a period that began long ago is no reason to look again */
        when = runq_next_look(&k->runq, NULL, now);
        if (t && t->key < when)
            when = t->key;
        task_look_by(k, when); /* what it is set for already, be it the end of the epoch, may come first */
        wfi();
        now = now_ticks();
        k->idle_ticks += now - began;
        began = now;
        irq_take(k);
    }
    return task_of(s);
}

struct task *task_pick(struct kcb *k)
{
    uint64_t now = now_ticks();
    struct task *t = k->current;
    struct sched *s;

    k->resched = 0;
    if (t)
        charge_current(k, now); /* to the class it ran in, which the next line may change */
    runq_renew(&k->runq, now);
    if (t) {
        bool slice_over = now >= k->slice_end;

        if (!runq_preempts(&k->runq, &t->sched, slice_over)) {
            if (slice_over)
                k->slice_end = now + k->runq.slice;
            look_again_by(k, runq_next_look(&k->runq, &t->sched, now));
            return t;
        }
        t->tls = read_tpidr_el0();
        k->current = NULL;
        runq_preempted(&k->runq, &t->sched, now);
    }
    s = runq_take(&k->runq);
    if (s) {
        t = task_of(s);
    } else {
        t = idle(k);
        now = now_ticks();
        if (k->epoch.end < k->timer_set)
            epoch_resume(k, now);
    }
    k->slice_end = now + k->runq.slice;
    enter(k, t, now);
    return t;
}

void task_yield(struct kcb *k)
{
    uint64_t now = now_ticks();
    struct task *t = k->current;
    struct sched *next;

    charge_current(k, now);
    k->slice_end = 0; /* the general way: as if its slice were over */
    k->resched = 1;
    next = runq_yield(&k->runq, &t->sched);
    if (next) {
        t->tls = read_tpidr_el0();
        k->slice_end = now + k->runq.slice;
        enter(k, task_of(next), now);
    }
}

void task_tick(struct kcb *k)
{
    uint64_t now = now_ticks();

    k->timer_set = UINT64_MAX;
    cpu_timer_off(k->timer_is_physical);
    for (int i = 0; i < TIMERS_SLICE; i++) {
        struct heap_node *node = heap_top(&k->timers);
        struct task *t;

        if (!node || node->key > now)
            break;
        t = CONTAINER_OF(node, struct task, timeout);
        endpoint_give_up(t); /* the reply will find nobody */
        task_wake(k, t, t->sleeping ? ST_OK : ST_TIMEOUT);
    }
    if (now >= k->epoch.end)
        epoch_turn(k, now);
    look_again_by(k, k->current ? k->epoch.end : UINT64_MAX); /* more than a slice was due: at once again */
    k->resched = 1;
}
