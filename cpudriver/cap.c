/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/cap.h"
#include "cpudriver/irq.h"
#include "cpudriver/reap.h"
#include "cpudriver/space.h"
#include "lib/base/check.h"

static bool names_header(const struct cap *c)
{
    return type_has_header(c->type) || c->type == CAP_EVENT;
}

status_t cap_find(struct captable *table, handle_t h, enum cap_type type, uint8_t rights,
                  struct cap **out)
{
    uint32_t index = HANDLE_INDEX(h), generation = HANDLE_GENERATION(h);
    struct cap *c;

    if (h != 0 && generation >> GENERATION_BITS != table->core)
        return ST_FOREIGN;
    if (index >= table->nslots || index < CAPTABLE_FIRST || (generation & GENERATION_MASK) == 0)
        return ST_INVALID_HANDLE;
    c = captable_slot(table, index);
    if (c->generation != generation)
        return ST_STALE_HANDLE;
    if (c->type == CAP_NULL)
        return ST_INVALID_HANDLE;
    if (cap_is_stale(c))
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
    uint32_t generation = c->generation + 1;

    if (c->flags & CAP_F_REVOKING)
        k->nrevoking--;
    if (c->flags & CAP_F_IMPORT)
        captree_not_idle(k, c);
    clear_slot(c);
    c->generation = cap_generation(t, generation);
    captable_put(t, c);
    t->nfree++;
}

handle_t cap_handle(const struct kcb *k, const struct cap *c)
{
    const struct cap *table = cap_at(k, c->table);

    return HANDLE(c - table, c->generation);
}

uint64_t cap_public_name(const struct cap *c)
{
    switch (c->type) {
    case CAP_TASK:
    case CAP_EVENT:
        return CONTAINER_OF(object_of(c), struct task, object)->id;
    case CAP_CAPTABLE:
    case CAP_SPACE:
    case CAP_ENDPOINT:
        return 0;
    default:
        return c->object;
    }
}

bool cap_is_stale(const struct cap *c)
{
    return names_header(c) && object_of(c)->epoch != c->epoch;
}

/* --- make ------------------------------------------------------------------------------ */

void cap_fill(struct kcb *k, struct cap *c, enum cap_type type, uint64_t object, uint64_t value,
              uint8_t rights, struct cap *parent)
{
    cap_fill_flags(k, c, type, object, value, rights, 0, parent);
}

void cap_fill_flags(struct kcb *k, struct cap *c, enum cap_type type, uint64_t object,
                    uint64_t value, uint8_t rights, uint8_t flags, struct cap *parent)
{
    c->type = (uint8_t)type;
    c->rights = rights;
    c->depth = 0;
    c->flags = flags;
    c->object = object;
    c->value = value;
    c->extra = 0;
    c->made = 0;
    c->cursor = 0;
    c->epoch = 0;
    c->parent = c->child = c->next = c->prev = 0;
    if (names_header(c)) {
        c->epoch = object_of(c)->epoch;
        if (type_has_header(type))
            object_of(c)->refs++;
    }
    if (type == CAP_RAM)
        c->level = parent && parent->type == CAP_RAM ? parent->level + 1 : 0;
    if (parent)
        cap_link(k, parent, c);
}

/* Can it be mapped? An import is only a place in the tree. */
static bool is_memory(const struct cap *c)
{
    return (c->type == CAP_FRAME || c->type == CAP_DEVICE) && !(c->flags & CAP_F_IMPORT);
}

/* The way up is short: RAM is at most LEVEL_MAX from a root, anything else DEPTH_MAX copies from there. */
static bool is_revoked(const struct kcb *k, const struct cap *c)
{
    if (k->nrevoking == 0)
        return false;
    for (; c; c = cap_at(k, c->parent))
        if (c->flags & CAP_F_REVOKING)
            return true;
    return false;
}

status_t cap_check_source(const struct kcb *k, const struct cap *c)
{
    if (c->flags & CAP_F_BUSY)
        return ST_BUSY;
    if (c->type == CAP_RAM && c->level >= LEVEL_MAX)
        return ST_DEPTH;
    return is_revoked(k, c) ? ST_REVOKED : ST_OK;
}

struct cap *cap_original(const struct kcb *k, struct cap *ram)
{
    struct cap *c = ram;

    while (c && (c->flags & CAP_F_COPY)) {
        c = cap_at(k, c->parent);
        if (c && (c->type != CAP_RAM || c->object != ram->object || c->value != ram->value))
            return NULL; /* it was handed over to what the original was cut from */
    }
    return c;
}

status_t cap_check_copy(const struct kcb *k, const struct cap *src, const uint64_t *badge)
{
    status_t st;

    if (!(src->rights & (RIGHT_GRANT | RIGHT_GRANT_ONCE)))
        return ST_DENIED;
    if ((st = cap_check_source(k, src)) != ST_OK)
        return st;
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

uint8_t cap_copy_flags(const struct cap *src)
{
    return (uint8_t)((src->flags & CAP_F_FOREIGN) | (src->type == CAP_RAM ? CAP_F_COPY : 0));
}

status_t cap_copy(struct kcb *k, struct cap *src, struct captable *table, uint8_t rights,
                  const uint64_t *badge, struct cap **out)
{
    struct cap *c;
    status_t st;

    if ((st = cap_check_copy(k, src, badge)) != ST_OK)
        return st;
    if ((st = cap_take_slot(table, &c)) != ST_OK)
        return st;

    rights &= src->rights;
    if (!(src->rights & RIGHT_GRANT)) {
        rights &= (uint8_t) ~(RIGHT_GRANT | RIGHT_GRANT_ONCE);
        src->rights &= (uint8_t)~RIGHT_GRANT_ONCE;
    }
    c->table = ref_of(k, table);
    cap_fill_flags(k, c, src->type, src->object, badge ? *badge : src->value, rights,
                   cap_copy_flags(src), src);
    c->depth = (uint8_t)(src->depth + 1);
    *out = c;
    return ST_OK;
}

/* Moving to another table is giving away, and needs the right to. */
status_t cap_check_move(const struct cap *src, bool away)
{
    if (away && !(src->rights & (RIGHT_GRANT | RIGHT_GRANT_ONCE)))
        return ST_DENIED;
    if (src->flags & CAP_F_BUSY)
        return ST_BUSY;
    if (src->flags & CAP_F_REVOKING)
        return ST_REVOKED;
    if (src->child)
        return ST_STATE; /* what was made from it would have to be told, one by one */
    return is_memory(src) && src->space ? ST_MAPPED : ST_OK;
}

void cap_become(struct kcb *k, struct cap *c, struct cap *src, ref_t table, uint8_t rights)
{
    c->table = table;
    c->type = src->type;
    c->rights = rights;
    c->depth = src->depth;
    c->flags = src->flags;
    c->object = src->object;
    c->value = src->value;
    c->epoch = src->epoch; /* of RAM: the level */
    c->extra = src->extra;
    c->made = src->made;
    c->cursor = src->cursor;
    cap_replace(k, src, c);
    if (src->type == CAP_IRQ)
        irq_moved(k, src, c);
    cap_free_slot(k, src);
}

status_t cap_move(struct kcb *k, struct cap *src, struct captable *table, struct cap **out)
{
    uint8_t rights = src->rights;
    struct cap *c;
    ref_t to = ref_of(k, table);
    status_t st;

    if ((st = cap_check_move(src, to != src->table)) != ST_OK)
        return st;
    if ((st = cap_take_slot(table, &c)) != ST_OK)
        return st;

    if (to != src->table && !(rights & RIGHT_GRANT))
        rights &= (uint8_t)~RIGHT_GRANT_ONCE;
    cap_become(k, c, src, to, rights);
    *out = c;
    return ST_OK;
}

status_t cap_pass(struct kcb *k, struct cap *src, struct captable *table, uint8_t rights,
                  unsigned how, struct cap **out)
{
    status_t st = how == CAP_GIVE_AWAY ? cap_move(k, src, table, out)
                                       : cap_copy(k, src, table, rights, NULL, out);

    if (st == ST_OK)
        (*out)->rights &= rights;
    return st;
}

/* --- take back ------------------------------------------------------------------------- */

status_t cap_remove(struct kcb *k, struct cap *c)
{
    if (!cap_hand_over_children(k, c) ||
        (is_memory(c) && !space_unmap_slice(k, c, UNMAP_SLICE))) {
        c->rights = 0; /* half gone: no way back */
        return ST_AGAIN;
    }

    if (c->type == CAP_IRQ)
        irq_removed(k, c);
    if (type_has_header(c->type) && object_of(c)->epoch == c->epoch && --object_of(c)->refs == 0)
        object_dies(k, object_of(c), c);
    else
        cap_unlink(k, c);
    cap_free_slot(k, c);
    return ST_OK;
}

static void begin_revoke(struct kcb *k, struct cap *c)
{
    if (!(c->flags & CAP_F_REVOKING))
        k->nrevoking++;
    c->flags |= CAP_F_REVOKING;
}

static void end_revoke(struct kcb *k, struct cap *c)
{
    c->flags &= (uint8_t)~CAP_F_REVOKING;
    k->nrevoking--;
}

/*
 * Only direct children are removed: removing one hands its children to `c`. A zombie (it is
 * in no table) goes when its object has been taken apart; that one is reaped, not whichever others
 * keep dying. Reaping may take `c` itself: nothing is done with it afterwards.
 */
static status_t revoke_slice(struct kcb *k, struct cap *c, struct cap *child)
{
    if (child && child->table != 0) {
        status_t st = cap_remove(k, child);

        (void)st; /* done or not: there may be more */
        return ST_AGAIN;
    }
    if (child) {
        reap_zombie(k, child);
        return ST_AGAIN;
    }
    end_revoke(k, c);
    (void)reap_slice(k); /* somebody else's: it is not waited for */
    return ST_OK;
}

status_t cap_revoke(struct kcb *k, struct cap *c)
{
    struct cap *child = cap_at(k, c->child);

    begin_revoke(k, c);
    if (child && (child->flags & (CAP_F_PROXY | CAP_F_IMPORT)))
        return ST_REMOTE;
    return revoke_slice(k, c, child);
}

/* Those told of are at the end: when one is first, all are. */
status_t cap_recall(struct kcb *k, struct cap *c, bool forced, struct cap **met)
{
    struct cap *child = cap_at(k, c->child);

    begin_revoke(k, c);
    if (!child || !(child->flags & (forced ? CAP_F_IMPORT : CAP_F_PROXY | CAP_F_IMPORT)))
        return revoke_slice(k, c, child);
    if (child->flags & CAP_F_TOLD)
        return ST_BUSY;
    cap_unlink(k, child);
    child->flags |= CAP_F_TOLD;
    cap_link(k, c, child);
    *met = child;
    return ST_REMOTE;
}
