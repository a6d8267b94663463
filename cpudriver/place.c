/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/place.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/reap.h"
#include "cpudriver/space.h"

static uint64_t bytes_of(const struct cap *c)
{
    switch (c->type) {
    case CAP_RAM:
    case CAP_FRAME:
    case CAP_DEVICE:
        return c->value;
    case CAP_CAPTABLE:
        return ((const struct captable *)(const void *)object_of(c))->nslots;
    case CAP_SPACE:
        return ((const struct space *)(const void *)object_of(c))->npages * PAGE_BYTES;
    default:
        return 0;
    }
}

static uint64_t badge_of(const struct cap *c)
{
    return c->type == CAP_ENDPOINT || c->type == CAP_EVENT || c->type == CAP_DOORBELL ? c->value
                                                                                      : 0;
}

static uint64_t mapped_at(const struct kcb *k, const struct cap *c)
{
    return (c->type == CAP_FRAME || c->type == CAP_DEVICE) && space_mapped(k, c) ? c->extra : 0;
}

static uint64_t parent_of(const struct kcb *k, const struct cap *c)
{
    const struct cap *parent = cap_at(k, c->parent);

    return parent && parent->table == c->table ? cap_handle(k, parent) : 0;
}

static status_t list(const struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x, gone;
    struct captable *table;
    bool named = (x[2] & CAP_LIST_NAMES) != 0;
    struct cap *c;
    status_t st;

    x[2] &= ~CAP_LIST_NAMES;
    if ((st = cap_find_table(t->table, x[1], &table)) != ST_OK ||
        (st = captable_next_used(table, &x[2], &c)) != ST_OK)
        return st;
    gone = c->type != CAP_NULL && cap_is_stale(c);
    if (c->type == CAP_NULL || gone) {
        x[1] = HANDLE(c - (struct cap *)(void *)table,
                      cap_generation(table, c->generation + (uint32_t)gone));
        x[2] = x[3] = x[4] = x[5] = x[6] = x[7] = 0;
        return ST_OK;
    }
    x[1] = cap_handle(k, c);
    x[2] = CAP_WHAT(c->type, c->rights, c->depth) | (uint64_t)c->flags << 24;
    x[3] = named ? emit_name(c) : cap_public_name(c);
    x[4] = bytes_of(c);
    x[5] = badge_of(c);
    x[6] = mapped_at(k, c);
    x[7] = parent_of(k, c);
    return ST_OK;
}

/* A generation that the slot has given out already is never given again. */
static status_t check_slot(struct captable *t, handle_t h, struct cap **c)
{
    uint32_t index = HANDLE_INDEX(h), generation = HANDLE_GENERATION(h) & GENERATION_MASK;

    if (index < CAPTABLE_FIRST || index >= t->nslots || generation == 0 ||
        HANDLE_GENERATION(h) >> GENERATION_BITS != t->core)
        return ST_INVALID;
    *c = captable_slot(t, index);
    if ((*c)->type != CAP_NULL)
        return ST_BUSY;
    return generation < ((*c)->generation & GENERATION_MASK) ? ST_STALE_HANDLE : ST_OK;
}

/* Unlike giving away it may be mapped and may lack GRANT: the monitor gives back what was the holder's. */
static status_t check_place(const struct cap *src)
{
    if (src->flags & (CAP_F_PROXY | CAP_F_IMPORT))
        return ST_TYPE;
    if (src->flags & CAP_F_BUSY)
        return ST_BUSY;
    if (src->flags & CAP_F_REVOKING)
        return ST_REVOKED;
    return src->child ? ST_STATE : ST_OK;
}

static status_t cap_place(struct kcb *k, struct captable *t, handle_t h, struct cap *src, struct cap **out)
{
    status_t st;

    if ((st = check_slot(t, h, out)) != ST_OK || (src && (st = check_place(src)) != ST_OK))
        return st;
    if (!captable_reach(t, HANDLE_INDEX(h)))
        return ST_AGAIN;
    (*out)->generation = HANDLE_GENERATION(h);
    if (!src)
        return ST_OK;
    captable_take(t, *out);
    t->nfree--;
    cap_become(k, *out, src, ref_of(k, t), src->rights);
    return ST_OK;
}

/* GRANT contains GRANT_ONCE. The slot's holder gets no right that it did not have. */
static uint8_t rights_of_both(const struct cap *c, const struct cap *src)
{
    return (uint8_t)(c->rights & (src->rights | (src->rights & RIGHT_GRANT ? RIGHT_GRANT_ONCE : 0)));
}

static status_t cap_repoint(struct kcb *k, struct cap *c, struct cap *src)
{
    if (c == src)
        return ST_INVALID;
    if ((c->flags | src->flags) & CAP_F_REVOKING)
        return ST_REVOKED;
    if (src->child)
        return ST_STATE;
    if (!cap_hand_over_children(k, c))
        return ST_AGAIN;
    cap_unlink(k, c);
    cap_become(k, c, src, c->table, rights_of_both(c, src));
    return ST_OK;
}

static status_t table_as(struct kcb *k, struct task *t, const struct cap *island)
{
    const uint64_t *x = t->frame.x;
    struct captable *table;
    status_t st;

    if ((st = cap_find_table(t->table, x[1], &table)) != ST_OK ||
        (st = captable_retag(table, x[2])) != ST_OK)
        return st;
    emit(k, t, WITNESS_CAPABILITY_PLACE, WITNESS_F_TAG, emit_hash(k, island), kpa(table), x[2]);
    return ST_OK;
}

static status_t place(struct kcb *k, struct task *t, const struct cap *island)
{
    const uint64_t *x = t->frame.x;
    struct captable *table;
    struct cap *src = NULL, *c;
    status_t st;

    if ((st = cap_find_table(t->table, x[1], &table)) != ST_OK ||
        (x[3] != 0 && (st = cap_find(t->table, x[3], CAP_NULL, 0, &src)) != ST_OK) ||
        (st = cap_place(k, table, x[2], src, &c)) != ST_OK)
        return st;
    if (src)
        emit_cap(k, t, WITNESS_CAPABILITY_PLACE, 0, c, c);
    else
        emit(k, t, WITNESS_CAPABILITY_PLACE, WITNESS_F_FREE, emit_hash(k, island), kpa(table),
             x[2]);
    return ST_OK;
}

/* An event or a doorbell: which of the two depends on where the other side is. */
static status_t find_bell(struct captable *table, handle_t h, struct cap **c)
{
    status_t st = cap_find(table, h, CAP_NULL, 0, c);

    return st == ST_OK && (*c)->type != CAP_EVENT && (*c)->type != CAP_DOORBELL ? ST_TYPE : st;
}

static status_t replace(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct captable *table;
    struct cap *c, *src;
    status_t st;

    if ((st = cap_find_table(t->table, x[1], &table)) != ST_OK ||
        (st = find_bell(table, x[2], &c)) != ST_OK ||
        (st = find_bell(t->table, x[3], &src)) != ST_OK || (st = cap_repoint(k, c, src)) != ST_OK)
        return st;
    emit_cap(k, t, WITNESS_CAPABILITY_PLACE, WITNESS_F_REPLACE, c, c);
    return ST_OK;
}

/* As CAP_DELETE by its holder; or, as it was placed and its holder has never run with it, as if it had not been. */
static status_t unplace(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct captable *table;
    uint64_t name, what;
    struct cap *c;
    status_t st;

    if ((st = cap_find_table(t->table, x[1], &table)) != ST_OK ||
        (st = cap_find(table, x[2], CAP_NULL, 0, &c)) != ST_OK)
        return st;
    if (c->flags & CAP_F_BUSY)
        return ST_BUSY;
    name = emit_name(c);
    what = CAP_WHAT(c->type, c->rights, c->depth) | (uint64_t)HANDLE_INDEX(x[2]) << 32;
    st = cap_remove(k, c);
    if (st == ST_OK && x[3] != 0)
        c->generation = HANDLE_GENERATION(x[2]);
    emit(k, t, WITNESS_CAPABILITY_DELETE, st == ST_AGAIN ? WITNESS_F_MORE : 0, 0, name, what);
    (void)reap_slice(k);
    return st;
}

static uint32_t perm_of(uint8_t rights)
{
    return ((rights & RIGHT_READ) ? PERM_READ : 0) | ((rights & RIGHT_WRITE) ? PERM_WRITE : 0) |
           ((rights & RIGHT_EXECUTE) ? PERM_EXECUTE : 0);
}

/* The pages of a slice that allow more than the capability does; what cannot be read any more is unmapped by who removes it. */
static status_t protect_slice(struct kcb *k, struct task *t, struct cap *c, uint64_t first)
{
    uint64_t pages = c->value / PAGE_BYTES, end = pages - first > MAP_SLICE ? first + MAP_SLICE : pages;
    const struct space *s = space_mapped(k, c);
    uint32_t most = perm_of(c->rights), perm = 0;
    bool any = false;
    paddr_t pa;

    if (first >= pages || s == NULL)
        return s == NULL ? ST_OK : ST_INVALID;
    for (uint64_t i = first; i < end; i++)
        if (space_query(s, c->extra + i * PAGE_BYTES, &pa, &perm) == ST_OK && pa == c->object + i * PAGE_BYTES &&
            (perm & ~most) != 0 && (perm & most) != 0 && space_protect(k, c, perm & most, i, 1) == ST_OK)
            any = true;
    if (any)
        emit(k, t, WITNESS_REGION_MAP, WITNESS_F_PROTECT, emit_hash(k, c), c->object + first * PAGE_BYTES, most);
    t->frame.x[1] = end;
    return end < pages ? ST_AGAIN : ST_OK;
}

/*
 * Its holder may do less with it from now on. The record names the rights that are left. Where it is mapped its holder must not run before
 * the last slice: that is the caller's to see to.
 */
static status_t attenuate(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    struct captable *table;
    struct cap *c;
    status_t st;

    if ((st = cap_find_table(t->table, x[1], &table)) != ST_OK ||
        (st = cap_find(table, x[2], CAP_NULL, 0, &c)) != ST_OK)
        return st;
    if (c->flags & CAP_F_BUSY)
        return ST_BUSY;
    if ((c->rights & (uint8_t)~x[3]) != 0) {
        c->rights &= (uint8_t)x[3];
        emit_cap(k, t, WITNESS_CAPABILITY_ATTENUATED, WITNESS_F_REPLACE, c, c);
        x[1] = 0;
        return c->space != 0 ? ST_AGAIN : ST_OK;
    }
    return c->space != 0 ? protect_slice(k, t, c, x[4]) : ST_OK;
}

status_t sys_place(struct kcb *k, struct task *t, unsigned op, const struct cap *island)
{
    switch (op) {
    case CAP_LIST:
        return list(k, t);
    case CAP_TABLE_AS:
        return table_as(k, t, island);
    case CAP_PLACE:
        return place(k, t, island);
    case CAP_UNPLACE:
        return unplace(k, t);
    case CAP_ATTENUATE:
        return attenuate(k, t);
    default:
        return replace(k, t);
    }
}
