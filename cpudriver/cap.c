/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/cap.h"
#include "cpudriver/reap.h"
#include "cpudriver/space.h"
#include "lib/base/check.h"

static struct cap *slot(struct captable *t, uint32_t index)
{
    return (struct cap *)(void *)t + index;
}

static bool names_header(const struct cap *c)
{
    return type_has_header(c->type) || c->type == CAP_EVENT;
}

status_t cap_find(struct captable *table, handle_t h, enum cap_type type, uint8_t rights,
                  struct cap **out)
{
    uint32_t index = HANDLE_INDEX(h), generation = HANDLE_GENERATION(h);
    struct cap *c;

    if (index >= table->nslots || index < CAPTABLE_FIRST || generation == 0)
        return ST_INVALID_HANDLE;
    c = slot(table, index);
    if (c->generation != generation)
        return ST_STALE_HANDLE;
    if (c->type == CAP_NULL)
        return ST_INVALID_HANDLE;
    if (names_header(c) && object_of(c)->epoch != c->epoch)
        return ST_STALE_HANDLE;
    if (type != CAP_NULL && c->type != type)
        return ST_TYPE;
    if ((c->rights & rights) != rights)
        return ST_DENIED;
    *out = c;
    return ST_OK;
}

status_t cap_find_table(struct captable *own, handle_t h, struct captable **out)
{
    struct cap *c;
    status_t st;

    if (h == 0) {
        *out = own;
        return ST_OK;
    }
    if ((st = cap_find(own, h, CAP_CAPTABLE, RIGHT_WRITE, &c)) != ST_OK)
        return st;
    *out = (struct captable *)(void *)object_of(c);
    return ST_OK;
}

void object_init(struct object *o, enum cap_type type)
{
    o->type = (uint8_t)type;
    o->epoch = 1;
    list_init(&o->dying_link);
}

/* The memory is zero. The free list goes up from CAPTABLE_FIRST without touching the slots. */
void captable_init(struct captable *t, uint32_t nslots)
{
    object_init(&t->object, CAP_CAPTABLE);
    list_init(&t->tasks);
    t->nslots = nslots;
    t->nfree = nslots - CAPTABLE_FIRST;
    t->free = CAPTABLE_FIRST;
}

/*
 * A slot never used has generation 0 and next 0: its successor is the following one, so
 * that making a big table does not have to write every slot.
 */
status_t cap_take_slot(struct captable *t, struct cap **out)
{
    struct cap *c;

    if (t->nfree == 0)
        return ST_TABLE_FULL;
    c = slot(t, t->free);
    t->nfree--;
    t->free = c->next ? c->next : t->free + 1;
    if (c->generation == 0)
        c->generation = 1;
    c->next = 0;
    *out = c;
    return ST_OK;
}

/* Eight words; the C library's memset takes five instructions for each byte. */
static void clear_slot(struct cap *c)
{
    uint64_t *w = (uint64_t *)(void *)c;

    for (unsigned i = 0; i < sizeof *c / sizeof *w; i++) {
        w[i] = 0;
        __asm__("" ::: "memory"); /* or the compiler makes it a memset again */
    }
}

void cap_free_slot(struct kcb *k, struct cap *c)
{
    struct captable *t = (struct captable *)(void *)cap_at(k, c->table);
    uint32_t index = (uint32_t)(c - slot(t, 0)), generation = c->generation + 1;

    clear_slot(c);
    c->generation = generation ? generation : 1;
    c->next = t->free;
    t->free = index;
    t->nfree++;
}

handle_t cap_handle(const struct kcb *k, const struct cap *c)
{
    const struct cap *table = cap_at(k, c->table);

    return HANDLE(c - table, c->generation);
}

/* --- derivation tree ------------------------------------------------------------------- */

static void link_child(struct kcb *k, struct cap *parent, struct cap *c)
{
    struct cap *first = cap_at(k, parent->child);

    c->parent = ref_of(k, parent);
    c->prev = 0;
    c->next = parent->child;
    if (first)
        first->prev = ref_of(k, c);
    parent->child = ref_of(k, c);
}

void cap_unlink(struct kcb *k, struct cap *c)
{
    struct cap *next = cap_at(k, c->next), *prev = cap_at(k, c->prev), *parent = cap_at(k, c->parent);

    if (next)
        next->prev = c->prev;
    if (prev)
        prev->next = c->next;
    else if (parent)
        parent->child = c->next;
    c->parent = c->next = c->prev = 0;
}

/* `to` takes the place of `from`, which has no children, in its parent's list. */
void cap_replace(struct kcb *k, struct cap *from, struct cap *to)
{
    ref_t now = ref_of(k, to);
    struct cap *next = cap_at(k, from->next), *prev = cap_at(k, from->prev);
    struct cap *parent = cap_at(k, from->parent);

    CHECK(from->child == 0);
    if (next)
        next->prev = now;
    if (prev)
        prev->next = now;
    else if (parent)
        parent->child = now;
    to->parent = from->parent;
    to->child = 0;
    to->next = from->next;
    to->prev = from->prev;
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
            link_child(k, parent, child);
    }
    return c->child == 0;
}

/* --- make ------------------------------------------------------------------------------ */

void cap_fill(struct kcb *k, struct cap *c, enum cap_type type, uint64_t object, uint64_t value,
              uint8_t rights, struct cap *parent)
{
    c->type = (uint8_t)type;
    c->rights = rights;
    c->depth = 0;
    c->flags = 0;
    c->object = object;
    c->value = value;
    c->extra = 0;
    c->space = c->serial = 0;
    c->cursor = 0;
    c->epoch = 0;
    c->child = 0;
    if (names_header(c)) {
        c->epoch = object_of(c)->epoch;
        if (type_has_header(type))
            object_of(c)->refs++;
    }
    if (parent)
        link_child(k, parent, c);
}

static bool is_memory(const struct cap *c)
{
    return c->type == CAP_FRAME || c->type == CAP_DEVICE;
}

static status_t check_copy(const struct cap *src, const uint64_t *badge)
{
    if (!(src->rights & (RIGHT_GRANT | RIGHT_GRANT_ONCE)))
        return ST_DENIED;
    if (src->type == CAP_RAM)
        return ST_TYPE; /* one capability a piece: two would retype it twice */
    if (src->depth >= DEPTH_MAX)
        return ST_DEPTH;
    if (badge) {
        if (src->type != CAP_ENDPOINT && src->type != CAP_EVENT && src->type != CAP_DOORBELL)
            return ST_TYPE;
        /* A badge once given names its holder for good; event bits and buckets only shrink. */
        if (src->type == CAP_ENDPOINT && src->value != 0)
            return ST_DENIED;
        if (src->type == CAP_EVENT && (*badge & ~src->value) != 0)
            return ST_DENIED;
        if (src->type == CAP_DOORBELL && (*badge > BUCKETS || (src->value && *badge != src->value)))
            return ST_DENIED;
    }
    return ST_OK;
}

status_t cap_copy(struct kcb *k, struct cap *src, struct captable *table, uint8_t rights,
                  const uint64_t *badge, struct cap **out)
{
    struct cap *c;
    status_t st;

    if ((st = check_copy(src, badge)) != ST_OK)
        return st;
    if ((st = cap_take_slot(table, &c)) != ST_OK)
        return st;

    rights &= src->rights;
    if (!(src->rights & RIGHT_GRANT)) {
        rights &= (uint8_t) ~(RIGHT_GRANT | RIGHT_GRANT_ONCE);
        src->rights &= (uint8_t)~RIGHT_GRANT_ONCE;
    }
    c->table = ref_of(k, table);
    cap_fill(k, c, src->type, src->object, badge ? *badge : src->value, rights, src);
    c->depth = (uint8_t)(src->depth + 1);
    *out = c;
    return ST_OK;
}

/* Moving to another table is giving away, and needs the right to. */
status_t cap_move(struct kcb *k, struct cap *src, struct captable *table, struct cap **out)
{
    struct cap *c;
    ref_t to = ref_of(k, table);
    status_t st;

    if (to != src->table && !(src->rights & (RIGHT_GRANT | RIGHT_GRANT_ONCE)))
        return ST_DENIED;
    if (src->child)
        return ST_STATE; /* what was made from it would have to be told, one by one */
    if (is_memory(src) && src->space)
        return ST_MAPPED;
    if ((st = cap_take_slot(table, &c)) != ST_OK)
        return st;

    c->table = to;
    c->type = src->type;
    c->rights = src->rights;
    if (to != src->table && !(src->rights & RIGHT_GRANT))
        c->rights &= (uint8_t)~RIGHT_GRANT_ONCE;
    c->depth = src->depth;
    c->flags = src->flags;
    c->object = src->object;
    c->value = src->value;
    c->epoch = src->epoch;
    c->extra = src->extra;
    c->space = c->serial = 0;
    c->cursor = src->cursor;
    cap_replace(k, src, c);
    cap_free_slot(k, src);
    *out = c;
    return ST_OK;
}

/* --- take back ------------------------------------------------------------------------- */

status_t cap_remove(struct kcb *k, struct cap *c)
{
    if (!cap_hand_over_children(k, c) ||
        (is_memory(c) && !space_unmap_slice(k, c, UNMAP_SLICE))) {
        c->rights = 0; /* half gone: no way back */
        return ST_AGAIN;
    }

    if (type_has_header(c->type) && object_of(c)->epoch == c->epoch && --object_of(c)->refs == 0)
        object_dies(k, object_of(c), c);
    else
        cap_unlink(k, c);
    cap_free_slot(k, c);
    return ST_OK;
}

/*
 * Only direct children are removed: removing one hands its children to `c`. A zombie (it is
 * in no table) goes when its object has been taken apart; reaping is the way there.
 */
status_t cap_revoke(struct kcb *k, struct cap *c)
{
    struct cap *child = cap_at(k, c->child);

    if (child && child->table != 0) {
        status_t st = cap_remove(k, child);

        (void)st; /* done or not: there may be more */
        return ST_AGAIN;
    }
    return reap_slice(k) && c->child == 0 ? ST_OK : ST_AGAIN;
}
