/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/endpoint.h"
#include "cpudriver/cap.h"
#include "cpudriver/carry.h"
#include "cpudriver/emit.h"
#include "cpudriver/syscall.h"
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

static void copy_words(struct task *to, const struct task *from, unsigned n)
{
    for (unsigned i = 1; i <= n; i++)
        to->frame.x[i] = from->frame.x[i];
}

/* The one copy of a message: from the sender's registers to the receiver's. Refused only for capabilities. */
static status_t deliver(struct kcb *k, struct task *to, struct task *from, uint64_t badge)
{
    status_t st = ST_OK;

    if (from->state == TS_FAULTED || from->state == TS_EXITED) {
        to->frame.x[1] = FAULT_WORD | from->fault_kind;
        to->frame.x[2] = from->fault_kind == FAULT_EXIT ? from->exit_code : from->frame.pc;
        to->frame.x[3] = from->fault_address;
        to->frame.x[4] = from->fault_esr;
        to->frame.x[5] = from->id;
        to->frame.x[6] = from->frame.sp;
    } else if (!carries(from)) {
        copy_words(to, from, MSG_WORDS);
    } else if ((st = carry(k, from, to, to->takes)) == ST_OK || st == ST_CAPS) {
        copy_words(to, from, CARRY_WORDS);
    } else {
        return st;
    }
    to->frame.x[0] = st;
    to->frame.x[7] = badge;
    return st;
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

status_t endpoint_call(struct kcb *k, struct endpoint *e, struct task *t, uint64_t badge,
                       uint64_t deadline_ns)
{
    struct task *to = first_task(&e->receivers);
    status_t st = ST_OK;

    if (to)
        st = deliver(k, to, t, badge);
    else if (t->state == TS_READY && carries(t))
        st = carry_check(k, t);
    if (st != ST_OK && st != ST_CAPS)
        return st;

    if (t->state == TS_READY)
        task_block(k, t, TS_CALLING, deadline_ns);
    t->send_badge = badge;
    if (!to) {
        enqueue(&e->callers, e, t);
        return SYSCALL_WAITS;
    }
    task_detach(k, to);
    owe_reply(to, t);
    task_hand_over(k, to);
    return SYSCALL_WAITS;
}

status_t endpoint_send_nowait(struct kcb *k, struct endpoint *e, struct task *t, uint64_t badge)
{
    struct task *to = first_task(&e->receivers);
    status_t st;

    if (!to)
        return ST_AGAIN;
    st = deliver(k, to, t, badge);
    task_wake(k, to, st);
    return st;
}

status_t endpoint_take(struct kcb *k, struct endpoint *e, struct task *t)
{
    struct task *from;
    status_t st;

    for (unsigned i = 0; i < TAKE_SLICE; i++) {
        if ((from = first_task(&e->callers)) == NULL)
            return ST_NOT_FOUND;
        st = deliver(k, t, from, from->send_badge);
        if (st == ST_OK || st == ST_CAPS) {
            dequeue(from);
            owe_reply(t, from);
            return st;
        }
        task_wake(k, from, st);
    }
    return ST_AGAIN;
}

void endpoint_wait(struct endpoint *e, struct task *t)
{
    enqueue(&e->receivers, e, t);
}

/* A supervisor's answer to a fault: go on (word 0 = FAULT_RESUME, word 1 = pc or 0), or stop. */
static void answer_fault(struct kcb *k, struct task *t, const struct task *by)
{
    bool resume = by->frame.x[1] == FAULT_RESUME;

    emit(k, by, resume ? WITNESS_TASK_SPAWN : WITNESS_TASK_TERMINATE, resume ? WITNESS_F_RESUME : WITNESS_F_FAULT, 0,
         t->id, resume ? by->frame.x[2] : 0);
    if (!resume) {
        task_stop(k, t, TS_STOPPED);
        return;
    }
    if (by->frame.x[2])
        t->frame.pc = by->frame.x[2];
    task_wake(k, t, (status_t)-1); /* its registers are its own */
}

/* To set a task going again is nothing urgent: else one that faults on and on would use up what is kept for who ends something. */
static enum log_class class_of_answer(const struct task *by)
{
    if (by->frame.x[1] != FAULT_RESUME)
        return LOG_URGENT;
    return by->recovers ? LOG_RECOVERY : LOG_ORDINARY;
}

status_t endpoint_reply(struct kcb *k, struct task *t, struct task *to, struct task **woken)
{
    *woken = NULL;
    if (!to)
        to = t->caller;
    if (!to || to->callee != t)
        return ST_STATE;
    if (to->state == TS_FAULTED && !emit_has_room(k, 1, class_of_answer(t)))
        return ST_LOG_FULL;
    endpoint_give_up(to);
    if (to->state == TS_FAULTED) {
        answer_fault(k, to, t);
    } else if (to->state == TS_CALLING) {
        if (heap_in(&to->timeout))
            heap_remove(&k->timers, &to->timeout);
        to->frame.x[0] = ST_OK;
        copy_words(to, t, MSG_WORDS);
        *woken = to;
    }
    return ST_OK;
}

status_t endpoint_reply_caps(struct kcb *k, struct task *t, struct task *to)
{
    status_t st;

    if (!to)
        to = t->caller;
    if (!to || to->callee != t)
        return ST_STATE;
    if (to->state != TS_CALLING)
        return ST_NO_SLOT; /* it faulted, and takes no capabilities */
    st = carry(k, t, to, carry_takes_back(to));
    if (st != ST_OK && st != ST_CAPS)
        return st;
    endpoint_give_up(to);
    copy_words(to, t, CARRY_WORDS);
    task_wake(k, to, st);
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
