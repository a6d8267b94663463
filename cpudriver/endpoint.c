/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/endpoint.h"
#include "cpudriver/cap.h"
#include "cpudriver/task.h"

static struct task *first_task(const struct list *l)
{
    struct list *first = list_first(l);

    return first ? CONTAINER_OF(first, struct task, queue_link) : NULL;
}

static void enqueue(struct list *l, struct endpoint *e, struct task *t)
{
    t->queue = e;
    list_append(l, &t->queue_link);
}

static void dequeue(struct task *t)
{
    t->queue = NULL;
    list_remove(&t->queue_link);
}

void endpoint_init(struct endpoint *e)
{
    object_init(&e->object, CAP_ENDPOINT);
    list_init(&e->receivers);
    list_init(&e->callers);
    list_init(&e->supervised);
}

/* The one copy of a message: from the sender's registers to the receiver's. */
static void deliver(struct task *to, const struct task *from, uint64_t badge)
{
    to->frame.x[0] = ST_OK;
    if (from->state == TS_FAULTED || from->state == TS_EXITED) {
        to->frame.x[1] = FAULT_WORD | from->fault_kind;
        to->frame.x[2] = from->fault_kind == FAULT_EXIT ? from->exit_code : from->frame.pc;
        to->frame.x[3] = from->fault_address;
        to->frame.x[4] = from->fault_esr;
        to->frame.x[5] = from->id;
        to->frame.x[6] = from->frame.sp;
    } else {
        for (unsigned i = 1; i <= MSG_WORDS; i++)
            to->frame.x[i] = from->frame.x[i];
    }
    to->frame.x[7] = badge;
}

static void owe_reply(struct task *to, struct task *from)
{
    list_append(&to->owed, &from->queue_link);
    to->caller = from;
    from->callee = to;
}

void endpoint_give_up(struct task *t)
{
    if (!t->callee)
        return;
    if (t->callee->caller == t)
        t->callee->caller = NULL;
    t->callee = NULL;
    list_remove(&t->queue_link);
}

void endpoint_call(struct kcb *k, struct endpoint *e, struct task *t, uint64_t badge,
                   uint64_t deadline_ns)
{
    struct task *to = first_task(&e->receivers);

    if (t->state == TS_READY)
        task_block(k, t, TS_CALLING, deadline_ns);
    t->send_badge = badge;
    if (!to) {
        enqueue(&e->callers, e, t);
        return;
    }
    task_detach(k, to);
    deliver(to, t, badge);
    owe_reply(to, t);
    task_hand_over(k, to);
}

status_t endpoint_send_nowait(struct kcb *k, struct endpoint *e, struct task *t, uint64_t badge)
{
    struct task *to = first_task(&e->receivers);

    if (!to)
        return ST_AGAIN;
    task_detach(k, to);
    deliver(to, t, badge);
    task_wake(k, to, ST_OK);
    return ST_OK;
}

bool endpoint_take(struct endpoint *e, struct task *t)
{
    struct task *from = first_task(&e->callers);

    if (!from)
        return false;
    dequeue(from);
    deliver(t, from, from->send_badge);
    owe_reply(t, from);
    return true;
}

void endpoint_wait(struct endpoint *e, struct task *t)
{
    enqueue(&e->receivers, e, t);
}

/* A supervisor's answer to a fault: go on (word 0 = FAULT_RESUME, word 1 = pc or 0), or stop. */
static void answer_fault(struct kcb *k, struct task *t, const struct task *by)
{
    if (by->frame.x[1] != FAULT_RESUME) {
        task_stop(k, t, TS_STOPPED);
        return;
    }
    if (by->frame.x[2])
        t->frame.pc = by->frame.x[2];
    task_wake(k, t, (status_t)-1); /* its registers are its own */
}

status_t endpoint_reply(struct kcb *k, struct task *t, struct task *to, struct task **woken)
{
    *woken = NULL;
    if (!to)
        to = t->caller;
    if (!to || to->callee != t)
        return ST_STATE;
    endpoint_give_up(to);
    if (to->state == TS_FAULTED) {
        answer_fault(k, to, t);
    } else if (to->state == TS_CALLING) {
        if (heap_in(&to->timeout))
            heap_remove(&k->timers, &to->timeout);
        to->frame.x[0] = ST_OK;
        for (unsigned i = 1; i <= MSG_WORDS; i++)
            to->frame.x[i] = t->frame.x[i];
        *woken = to;
    }
    return ST_OK;
}

bool endpoint_drop_owed(struct kcb *k, struct task *t)
{
    struct task *caller = first_task(&t->owed);

    if (!caller)
        return false;
    endpoint_give_up(caller);
    if (caller->state == TS_CALLING)
        task_wake(k, caller, ST_GONE);
    else if (caller->state == TS_FAULTED)
        caller->state = TS_STOPPED;
    return true;
}

bool endpoint_drop_one(struct kcb *k, struct endpoint *e)
{
    struct task *t = first_task(&e->receivers);
    struct list *s;

    if (!t)
        t = first_task(&e->callers);
    if (t) {
        if (t->state == TS_FAULTED || t->state == TS_EXITED) {
            dequeue(t);
            t->state = t->state == TS_FAULTED ? TS_STOPPED : t->state;
        } else {
            task_wake(k, t, ST_GONE);
        }
        return true;
    }
    s = list_first(&e->supervised);
    if (!s)
        return false;
    CONTAINER_OF(s, struct task, supervisor_link)->supervisor = NULL;
    list_remove(s);
    return true;
}
