/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/fastpath.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"
#include "cpudriver/space.h"
#include "cpudriver/syscall.h"
#include "cpudriver/task.h"

/* The endpoint behind x0 with this right, or NULL: then the general way says what is wrong. */
static inline struct endpoint *find(const struct task *t, uint8_t right)
{
    uint64_t h = t->frame.x[0];
    const struct cap *c = (const struct cap *)(const void *)t->table + HANDLE_INDEX(h);
    struct endpoint *e;

    if (HANDLE_INDEX(h) - CAPTABLE_FIRST >= t->table->nslots - CAPTABLE_FIRST ||
        c->generation != HANDLE_GENERATION(h) || c->type != CAP_ENDPOINT || !(c->rights & right))
        return NULL;
    e = (struct endpoint *)(uintptr_t)c->object;
    return e->object.epoch == c->epoch ? e : NULL;
}

static inline void copy_words(struct task *to, const struct task *from)
{
    for (unsigned i = 1; i <= MSG_WORDS; i++)
        to->frame.x[i] = from->frame.x[i];
    to->frame.x[0] = ST_OK;
}

/* From `t`, which is charged, to `to`: as leave() and enter() in task.c. */
static inline void change(struct kcb *k, struct task *t, struct task *to, uint64_t now)
{
    bool fp = k->fp_owner == to;

    t->tls = read_tpidr_el0();
    k->current = to;
    k->switched_ticks = now;
    k->nswitches++;
    to->switches++;
    write_tpidr_el0(to->tls);
    if (to->space != k->active)
        space_enter(k, to->space);
    if (k->fp_open != fp) {
        k->fp_open = fp;
        cpu_fp_open(fp);
    }
    k->switching_ticks += now_ticks() - now;
}

/* Within the slice of `t`. */
static inline void hand_over(struct kcb *k, struct task *t, struct task *to)
{
    uint64_t now = now_ticks();

    runq_charge_fair(&t->sched, now - k->switched_ticks);
    if (to->sched.vruntime < k->runq.floor)
        to->sched.vruntime = k->runq.floor;
    to->state = TS_READY;
    change(k, t, to, now);
}

struct task *fast_yield(struct kcb *k, struct task *t)
{
    uint64_t now;
    struct task *to;

    if (t->sched.edf || !runq_all_fair(&k->runq))
        return syscall_general(k, t);
    now = now_ticks();
    runq_charge_fair(&t->sched, now - k->switched_ticks);
    to = CONTAINER_OF(runq_yield_fair(&k->runq, &t->sched), struct task, sched);
    t->frame.x[0] = ST_OK;
    change(k, t, to, now);
    k->slice_end = now + k->runq.slice;
    task_look_by(k, k->slice_end);
    return to;
}

struct task *fast_call(struct kcb *k, struct task *t)
{
    struct endpoint *e = find(t, RIGHT_WRITE);
    const struct cap *c;
    struct task *to;

    if (!e || t->frame.x[7] || list_empty(&e->receivers) || !runq_may_hand_over(&k->runq))
        return syscall_general(k, t);
    to = CONTAINER_OF(e->receivers.next, struct task, queue_link);
    if (t->sched.edf || to->sched.edf || to->bell_waiting || heap_in(&to->timeout))
        return syscall_general(k, t);

    c = (const struct cap *)(const void *)t->table + HANDLE_INDEX(t->frame.x[0]);
    copy_words(to, t);
    to->frame.x[7] = c->value;
    list_remove(&to->queue_link);
    to->queue = NULL;
    t->state = TS_CALLING;
    t->send_badge = c->value;
    list_append(&to->owed, &t->queue_link);
    to->caller = t;
    t->callee = to;
    hand_over(k, t, to);
    return to;
}

struct task *fast_reply_wait(struct kcb *k, struct task *t)
{
    struct endpoint *e = find(t, RIGHT_READ);
    struct task *to = t->caller;
    uint64_t events = t->frame.x[7];

    if (!e || !to || to->state != TS_CALLING || !list_empty(&e->callers) ||
        !runq_may_hand_over(&k->runq))
        return syscall_general(k, t);
    if (t->sched.edf || to->sched.edf || heap_in(&to->timeout) || (events & EVENT_BELL) ||
        (t->events & events))
        return syscall_general(k, t);

    copy_words(to, t);
    list_remove(&to->queue_link);
    to->callee = NULL;
    t->caller = NULL;
    t->state = TS_WAITING;
    t->sleeping = 0;
    t->wait_events = events;
    t->queue = e;
    list_append(&e->receivers, &t->queue_link);
    hand_over(k, t, to);
    return to;
}
