/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/reap.h"
#include "cpudriver/cap.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/irq.h"
#include "cpudriver/space.h"
#include "cpudriver/task.h"

void object_dies(struct kcb *k, struct object *o, struct cap *last)
{
    struct cap *z = &o->zombie;

    *z = *last;
    z->table = 0;
    z->next = z->prev = z->parent = z->child = 0;
    z->flags = 0; /* a revoke of it, if one was under way, is over */
    cap_replace(k, last, z);
    o->dying = 1;
    o->epoch++; /* events of a task and the like are stale from here on */
    o->step = CAPTABLE_FIRST;
    list_append(&k->dying, &o->dying_link);
    if (o->type == CAP_TASK)
        task_dies(k, CONTAINER_OF(o, struct task, object));
}

/* Each: does at most REAP_SLICE units; true when nothing is left to do. */

static bool reap_captable(struct kcb *k, struct captable *t)
{
    struct cap *slot = (struct cap *)(void *)t;

    for (int i = 0; i < REAP_SLICE; i++) {
        struct list *user = list_first(&t->tasks);
        struct cap *c = &slot[t->object.step];
        bool slow;

        if (user) {
            task_loses_table(k, CONTAINER_OF(user, struct task, table_link));
            continue;
        }
        if (t->object.step >= t->nslots)
            return true;
        slow = c->space != 0 || c->child != 0; /* pages to unmap, children to hand over: a slice by itself */
        if (c->type == CAP_NULL || cap_remove(k, c) == ST_OK)
            t->object.step++;
        if (slow)
            return false;
    }
    return false;
}

static bool reap_space(struct kcb *k, struct space *s)
{
    for (int i = 0; i < REAP_SLICE; i++) {
        struct list *user = list_first(&s->tasks);

        if (!user) {
            space_dies(k, s);
            return true;
        }
        task_loses_space(k, CONTAINER_OF(user, struct task, space_link));
    }
    return false;
}

static bool reap_endpoint(struct kcb *k, struct endpoint *e)
{
    for (int i = 0; i < REAP_SLICE; i++)
        if (!endpoint_drop_one(k, e))
            return true;
    return false;
}

static bool reap_task(struct kcb *k, struct task *t)
{
    for (int i = 0; i < REAP_SLICE; i++)
        if (!endpoint_drop_owed(k, t) && !irq_unbind_one(k, t))
            return true;
    return false;
}

static bool reap_object(struct kcb *k, struct object *o)
{
    switch (o->type) {
    case CAP_CAPTABLE:
        return reap_captable(k, (struct captable *)(void *)o);
    case CAP_SPACE:
        return reap_space(k, (struct space *)(void *)o);
    case CAP_ENDPOINT:
        return reap_endpoint(k, (struct endpoint *)(void *)o);
    case CAP_TASK:
        return reap_task(k, CONTAINER_OF(o, struct task, object));
    default:
        return true;
    }
}

static void reap(struct kcb *k, struct object *o)
{
    list_remove(&o->dying_link);
    if (reap_object(k, o))
        cap_unlink(k, &o->zombie);
    else
        list_append(&k->dying, &o->dying_link);
}

bool reap_slice(struct kcb *k)
{
    struct list *first = list_first(&k->dying);

    if (!first)
        return true;
    reap(k, CONTAINER_OF(first, struct object, dying_link));
    return list_empty(&k->dying);
}

void reap_zombie(struct kcb *k, struct cap *zombie)
{
    reap(k, CONTAINER_OF(zombie, struct object, zombie));
}
