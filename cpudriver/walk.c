/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/walk.h"
#include "cpudriver/cap.h"

/* The next in preorder below `root`: at most LEVEL_MAX + DEPTH_MAX steps up. NULL: none. */
static struct cap *after(const struct kcb *k, const struct cap *root, struct cap *c)
{
    if (c->child)
        return cap_at(k, c->child);
    for (; c != root; c = cap_at(k, c->parent))
        if (c->next)
            return cap_at(k, c->next);
    return NULL;
}

static uint64_t user_of(const struct kcb *k, const struct cap *c)
{
    struct captable *table = (struct captable *)(void *)cap_at(k, c->table);
    struct list *first = table ? list_first(&table->tasks) : NULL;

    return first ? CONTAINER_OF(first, struct task, table_link)->id : 0;
}

/* Where it stands is kept here, and forgotten when that goes, so no stale reference is followed. */
status_t sys_walk(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    struct cap *root = (struct cap *)(void *)t->table + x[1], *c = root;

    if (x[1] < CAPTABLE_FIRST || x[1] >= t->table->nslots || root->type == CAP_NULL || root->parent)
        return ST_NOT_FOUND;
    if (x[2] != 0) {
        if (x[2] != k->walk)
            return ST_STALE_HANDLE;
        c = after(k, root, cap_at(k, k->walk));
    }
    k->walk = c ? ref_of(k, c) : 0;
    if (!c)
        return ST_NOT_FOUND;
    x[1] = k->walk;
    x[2] = c->parent;
    x[3] = CAP_WHAT(c->type, c->rights, c->depth) | (uint64_t)c->flags << 24;
    x[4] = type_has_header(c->type) || c->type == CAP_EVENT ? 0 : c->object;
    x[5] = type_has_header(c->type) || c->type == CAP_EVENT ? 0 : c->value;
    x[6] = c->table == ref_of(k, t->table) ? cap_handle(k, c) : user_of(k, c);
    return ST_OK;
}
