/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/irq.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/task.h"

#define SGIS 16u
#define INTID_SPURIOUS 1020u /* and above: nothing is pending */

void event_signal(struct kcb *k, struct task *t, uint64_t bits)
{
    t->events |= bits;
    if (t->state == TS_WAITING && (t->events & t->wait_events)) {
        t->frame.x[1] = t->events & t->wait_events;
        t->events &= ~t->wait_events;
        t->wait_events = 0;
        task_wake(k, t, ST_EVENT);
    }
}

status_t event_take(struct kcb *k, struct task *t, uint64_t wanted, uint64_t *bits)
{
    if (wanted & EVENT_BELL && k->bucket[t->bucket].count != t->bell_seen) {
        t->bell_seen = k->bucket[t->bucket].count;
        t->events |= EVENT_BELL;
    }
    if (!(t->events & wanted))
        return ST_AGAIN;
    *bits = t->events & wanted;
    t->events &= ~wanted;
    return ST_EVENT;
}

void event_sleep(struct kcb *k, struct task *t, uint64_t wanted)
{
    t->wait_events = wanted;
    if (wanted & EVENT_BELL) {
        t->bell_waiting = 1;
        list_append(&k->bucket[t->bucket].sleepers, &t->bell_link);
    }
}

/* A slice of the sleepers; if there are more, this core pokes itself to go on. */
static void wake_bucket(struct kcb *k, unsigned bucket)
{
    struct bucket *b = &k->bucket[bucket];

    for (int i = 0; i < TIMERS_SLICE; i++) {
        struct list *first = list_first(&b->sleepers);
        struct task *t;

        if (!first)
            return;
        t = CONTAINER_OF(first, struct task, bell_link);
        t->bell_seen = b->count;
        event_signal(k, t, EVENT_BELL);
    }
    if (!list_empty(&b->sleepers))
        gic_sgi(k, k->info->core, bucket);
}

static void take_sgi(struct kcb *k, uint32_t intid, uint32_t raw)
{
    if (intid == SGI_STOP) {
        gic_end(k, raw); /* it is not left active for who may start this core again */
        cpu_stop(k);
    }
    if (intid >= BUCKETS)
        return;
    k->bucket[intid].count++;
    wake_bucket(k, intid);
}

/* The interrupt stays masked until its holder acknowledges it. */
static void take_device(struct kcb *k, uint32_t intid)
{
    struct irq_slot *i = &k->irqs[intid];

    gic_disable(k, intid);
    if (i->task)
        event_signal(k, i->task, i->bits);
}

static void unbind(struct kcb *k, uint32_t intid)
{
    struct irq_slot *i = &k->irqs[intid];

    if (!i->task)
        return;
    if (i->next)
        k->irqs[i->next].prev = i->prev;
    if (i->prev)
        k->irqs[i->prev].next = i->next;
    else
        i->task->irq = i->next;
    *i = (struct irq_slot){ 0 };
}

void irq_bind(struct kcb *k, const struct cap *by, struct task *t, uint64_t bits)
{
    uint32_t intid = (uint32_t)by->object;

    unbind(k, intid);
    k->irqs[intid] = (struct irq_slot){ .task = t, .bits = bits, .next = t->irq, .by = ref_of(k, by) };
    if (t->irq)
        k->irqs[t->irq].prev = (uint16_t)intid;
    t->irq = (uint16_t)intid;
    gic_route_here(k, intid);
    gic_enable(k, intid);
}

void irq_removed(struct kcb *k, const struct cap *c)
{
    uint32_t intid = (uint32_t)c->object;

    if (k->irqs[intid].by != ref_of(k, c))
        return;
    gic_disable(k, intid);
    unbind(k, intid);
}

void irq_moved(struct kcb *k, const struct cap *from, const struct cap *to)
{
    struct irq_slot *i = &k->irqs[from->object];

    if (i->by == ref_of(k, from))
        i->by = ref_of(k, to);
}

bool irq_unbind_one(struct kcb *k, struct task *t)
{
    if (!t->irq)
        return false;
    gic_disable(k, t->irq);
    unbind(k, t->irq);
    return true;
}

void irq_take(struct kcb *k)
{
    uint32_t raw = gic_ack(k), intid = GIC_INTID(raw);

    if (intid >= INTID_SPURIOUS)
        return;
    k->nirqs++;
    if (intid == k->info->timer_intid)
        task_tick(k); /* takes the level away before the end of interrupt */
    else if (intid < SGIS)
        take_sgi(k, intid, raw);
    else if (intid < IRQS_MAX)
        take_device(k, intid);
    gic_end(k, raw);
}

void bell_ring(struct kcb *k, core_id core, unsigned bucket)
{
    if (core != k->info->core) {
        gic_sgi(k, core, bucket);
        return;
    }
    k->bucket[bucket].count++;
    wake_bucket(k, bucket);
}
