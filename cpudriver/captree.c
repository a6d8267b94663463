/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/captree.h"
#include "cpudriver/irq.h"
#include "lib/base/check.h"

/* --- imports without users: a list through `extra` ---------------------------------------- */

#define IDLE_NEXT(c) ((ref_t)(c)->extra)
#define IDLE_PREV(c) ((ref_t)((c)->extra >> 32))

static bool is_idle(const struct kcb *k, const struct cap *c)
{
    return c->extra != 0 || k->idle == ref_of(k, c);
}

static void import_idle(struct kcb *k, struct cap *c)
{
    struct cap *first = cap_at(k, k->idle);

    if (is_idle(k, c))
        return;
    c->extra = k->idle;
    if (first)
        first->extra |= (uint64_t)ref_of(k, c) << 32;
    k->idle = ref_of(k, c);
    event_signal(k, k->root, EVENT_CAPS);
}

void captree_not_idle(struct kcb *k, struct cap *c)
{
    struct cap *next = cap_at(k, IDLE_NEXT(c)), *prev = cap_at(k, IDLE_PREV(c));

    if (!is_idle(k, c))
        return;
    if (next)
        next->extra = IDLE_NEXT(next) | (c->extra & ~0xffffffffull);
    if (prev)
        prev->extra = IDLE_NEXT(c) | (prev->extra & ~0xffffffffull);
    else
        k->idle = IDLE_NEXT(c);
    c->extra = 0;
}

struct cap *cap_next_idle(struct kcb *k)
{
    struct cap *c = cap_at(k, k->idle);

    if (c)
        captree_not_idle(k, c);
    return c;
}

/* --- derivation tree ------------------------------------------------------------------- */

/* What `child` counts for in the RAM it comes from: a copy only for what was made through it. */
static uint32_t made_of(const struct cap *child)
{
    return child->type == CAP_RAM && (child->flags & CAP_F_COPY) ? child->made : 1;
}

/* From `parent` up to the RAM it is a copy of: at most DEPTH_MAX copies. */
static void count_made(struct kcb *k, struct cap *parent, uint32_t n)
{
    for (struct cap *c = parent; c && c->type == CAP_RAM && !(c->flags & CAP_F_IMPORT);
         c = cap_at(k, c->parent)) {
        c->made += n;
        if (!(c->flags & CAP_F_COPY))
            return;
    }
}

static void count_child(struct kcb *k, struct cap *parent, const struct cap *c, bool more)
{
    if (parent->flags & CAP_F_IMPORT) {
        if (c->flags & CAP_F_PROXY)
            return;
        parent->users += more ? 1 : -1u;
        if (parent->users == 0)
            import_idle(k, parent);
    } else if (parent->type == CAP_RAM) {
        count_made(k, parent, more ? made_of(c) : -made_of(c));
    }
}

/* Told ones at the end, so that they are met last. */
void cap_link(struct kcb *k, struct cap *parent, struct cap *c)
{
    struct cap *first = cap_at(k, parent->child);
    ref_t self = ref_of(k, c);

    c->parent = ref_of(k, parent);
    c->next = 0;
    c->prev = self;
    if (first && (c->flags & CAP_F_TOLD)) {
        c->prev = first->prev;
        cap_at(k, first->prev)->next = self;
        first->prev = self;
    } else {
        if (first) {
            c->prev = first->prev;
            c->next = parent->child;
            first->prev = self;
        }
        parent->child = self;
    }
    count_child(k, parent, c, true);
}

void cap_unlink(struct kcb *k, struct cap *c)
{
    struct cap *parent = cap_at(k, c->parent), *next = cap_at(k, c->next);
    ref_t self = ref_of(k, c);

    if (k->walk == self)
        k->walk = 0;
    if (!parent)
        return;
    if (parent->child == self)
        parent->child = c->next;
    else
        cap_at(k, c->prev)->next = c->next;
    if (next)
        next->prev = c->prev;
    else if (parent->child)
        cap_at(k, parent->child)->prev = c->prev;
    c->parent = c->next = c->prev = 0;
    count_child(k, parent, c, false);
}

/* `to` takes the place of `from`, which has no children, in its parent's list. */
void cap_replace(struct kcb *k, struct cap *from, struct cap *to)
{
    ref_t was = ref_of(k, from), now = ref_of(k, to);
    struct cap *parent = cap_at(k, from->parent);

    CHECK(from->child == 0);
    to->child = 0;
    to->parent = from->parent;
    to->next = from->next;
    to->prev = from->prev == was ? now : from->prev;
    if (k->walk == was)
        k->walk = 0;
    if (!parent)
        return;
    if (parent->child == was)
        parent->child = now;
    else
        cap_at(k, from->prev)->next = now;
    if (from->next)
        cap_at(k, from->next)->prev = now;
    else
        cap_at(k, parent->child)->prev = now; /* it was the last */
    from->parent = from->next = from->prev = 0;
}

/* True when `c` has no children left; at most REPARENT_SLICE move a call. */
bool cap_hand_over_children(struct kcb *k, struct cap *c)
{
    struct cap *parent = cap_at(k, c->parent);

    for (int i = 0; i < REPARENT_SLICE; i++) {
        struct cap *child = cap_at(k, c->child);

        if (!child)
            return true;
        cap_unlink(k, child);
        if (parent)
            cap_link(k, parent, child);
    }
    return c->child == 0;
}
