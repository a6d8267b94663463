/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/sys_queue - queue_send and queue_recv: messages, events, doorbells, waiting. */
#include "cpudriver/syscall.h"
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/cap.h"
#include "cpudriver/carry.h"
#include "cpudriver/emit.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/irq.h"
#include "cpudriver/task.h"

#define POLL 1u /* as a deadline: look, do not wait */

static struct endpoint *endpoint_of(const struct cap *c)
{
    return (struct endpoint *)(uintptr_t)c->object;
}

static status_t send_call(struct kcb *k, struct task *t)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_ENDPOINT, RIGHT_WRITE, &c);

    if (st != ST_OK)
        return st;
    return endpoint_call(k, endpoint_of(c), t, c->value, t->frame.x[7]);
}

static status_t send_nowait(struct kcb *k, struct task *t)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_ENDPOINT, RIGHT_WRITE, &c);

    return st != ST_OK ? st : endpoint_send_nowait(k, endpoint_of(c), t, c->value);
}

/*
 * An event or a doorbell, whichever the capability is: what the one side holds turns from one into the other when the other
 * side moves, and programs do not have to know. `bucket` is for a doorbell that may ring any.
 */
static status_t send_poke(struct kcb *k, struct task *t, uint64_t bucket)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_NULL, 0, &c);

    if (st != ST_OK)
        return st;
    if (c->type != CAP_EVENT && c->type != CAP_DOORBELL)
        return ST_TYPE;
    if (!(c->rights & RIGHT_WRITE))
        return ST_DENIED;
    if (c->type == CAP_EVENT) {
        event_signal(k, CONTAINER_OF(object_of(c), struct task, object), c->value);
        return ST_OK;
    }
    if (c->value)
        bucket = c->value - 1;
    if (bucket >= BUCKETS)
        return ST_INVALID;
    if (t->sched.mode == MODE_REFLEX && c->object != k->info->core)
        return ST_DENIED; /* no traffic between cores in its path */
    bell_ring(k, (core_id)c->object, (unsigned)bucket);
    return ST_OK;
}

static status_t send_irq_ack(struct kcb *k, struct task *t)
{
    struct cap *c;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_IRQ, RIGHT_WRITE, &c);

    if (st == ST_OK)
        gic_enable(k, (uint32_t)c->object);
    return st;
}

status_t sys_queue_send(struct kcb *k, struct task *t, unsigned op)
{
    switch (op) {
    case SEND_CALL:
    case SEND_CALL_CAPS:
        return send_call(k, t);
    case SEND_NOWAIT:
        return send_nowait(k, t);
    case SEND_SIGNAL:
        return send_poke(k, t, BUCKETS); /* none: the capability has to say which */
    case SEND_BELL:
        return send_poke(k, t, t->frame.x[1]);
    case SEND_IRQ_ACK:
        return send_irq_ack(k, t);
    default:
        return ST_INVALID;
    }
}

/* Waits at `e` (or NULL) and for `events`, unless something is there already. */
static status_t wait(struct kcb *k, struct task *t, struct endpoint *e, uint64_t events,
                     uint64_t deadline, struct task *next)
{
    status_t st = events ? event_take(k, t, events, &t->frame.x[1]) : ST_AGAIN;

    if (st == ST_AGAIN)
        st = e ? endpoint_take(k, e, t) : ST_NOT_FOUND;
    if (st == ST_NOT_FOUND && deadline == POLL)
        st = ST_TIMEOUT;
    if (st != ST_NOT_FOUND) {
        if (next)
            task_wake(k, next, ST_OK);
        return st;
    }
    task_block(k, t, TS_WAITING, deadline);
    event_sleep(k, t, events);
    if (e)
        endpoint_wait(e, t);
    if (next)
        task_hand_over(k, next);
    return SYSCALL_WAITS;
}

static status_t find_receiver(struct task *t, struct endpoint **e)
{
    struct cap *c;
    status_t st;

    *e = NULL;
    if (t->frame.x[0] == 0)
        return ST_OK;
    if ((st = cap_find(t->table, t->frame.x[0], CAP_ENDPOINT, RIGHT_READ, &c)) == ST_OK)
        *e = endpoint_of(c);
    return st;
}

static status_t recv_wait(struct kcb *k, struct task *t)
{
    struct endpoint *e;
    status_t st = find_receiver(t, &e);

    return st != ST_OK ? st : wait(k, t, e, t->frame.x[1], t->frame.x[2], NULL);
}

static status_t recv_wait_caps(struct kcb *k, struct task *t)
{
    if (t->frame.x[3] > CARRY_MAX)
        return ST_INVALID;
    t->takes = (uint8_t)t->frame.x[3];
    return recv_wait(k, t);
}

/* Without a caller to answer it only waits: a caller may have timed out meanwhile. */
static status_t recv_reply_wait(struct kcb *k, struct task *t)
{
    struct endpoint *e;
    struct task *woken;
    status_t st = find_receiver(t, &e);

    if (st != ST_OK)
        return st;
    if (endpoint_reply(k, t, NULL, &woken) == ST_LOG_FULL)
        return ST_LOG_FULL;
    return wait(k, t, e, t->frame.x[7], 0, woken);
}

static status_t recv_reply(struct kcb *k, struct task *t, bool caps)
{
    struct task *woken, *to = NULL;
    struct cap *c;
    status_t st;

    if (t->frame.x[0]) {
        if ((st = cap_find(t->table, t->frame.x[0], CAP_TASK, RIGHT_EXECUTE, &c)) != ST_OK)
            return st;
        to = CONTAINER_OF(object_of(c), struct task, object);
    }
    if (caps)
        return endpoint_reply_caps(k, t, to);
    st = endpoint_reply(k, t, to, &woken);
    if (woken)
        task_wake(k, woken, ST_OK);
    return st;
}

static status_t recv_irq_bind(struct kcb *k, struct task *t)
{
    struct cap *irq, *event;
    status_t st;

    if ((st = cap_find(t->table, t->frame.x[0], CAP_IRQ, RIGHT_READ, &irq)) != ST_OK ||
        (st = cap_find(t->table, t->frame.x[1], CAP_EVENT, RIGHT_WRITE, &event)) != ST_OK)
        return st;

    irq_bind(k, irq, CONTAINER_OF(object_of(event), struct task, object),
             event->value);
    emit(k, t, WITNESS_NOTIFICATION_SIGNAL, 0, emit_hash(k, irq), irq->object, emit_name(event));
    return ST_OK;
}

status_t sys_queue_recv(struct kcb *k, struct task *t, unsigned op)
{
    switch (op) {
    case RECV_WAIT:
        return recv_wait(k, t);
    case RECV_REPLY_WAIT:
        return recv_reply_wait(k, t);
    case RECV_REPLY:
        return recv_reply(k, t, false);
    case RECV_WAIT_CAPS:
        return recv_wait_caps(k, t);
    case RECV_REPLY_CAPS:
        return recv_reply(k, t, true);
    case RECV_IRQ_BIND:
        return recv_irq_bind(k, t);
    default:
        return ST_INVALID;
    }
}

static status_t sleep_until(struct kcb *k, struct task *t, uint64_t ns)
{
    if (ns < 2)
        return ST_OK; /* long past */
    t->wait_events = 0;
    task_block(k, t, TS_WAITING, ns);
    t->sleeping = 1;
    t->wake_ns = ns;
    return SYSCALL_WAITS;
}

status_t sys_timer_wait(struct kcb *k, struct task *t, unsigned op)
{
    switch (op) {
    case TIMER_NOW:
        t->frame.x[1] = ns_of_ticks(k, now_ticks());
        return ST_OK;
    case TIMER_YIELD:
        task_yield(k);
        return ST_OK;
    case TIMER_UNTIL:
        return sleep_until(k, t, t->frame.x[1]);
    case TIMER_FOR:
        if (t->frame.x[1] > UINT64_MAX / 4)
            return ST_INVALID;
        return sleep_until(k, t, ns_of_ticks(k, now_ticks()) + t->frame.x[1]);
    default:
        return ST_INVALID;
    }
}
