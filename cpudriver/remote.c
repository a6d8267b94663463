/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/remote.h"
#include "cpudriver/remote_priv.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/place.h"
#include "cpudriver/reap.h"
#include "cpudriver/walk.h"
#include "lib/base/bits.h"

static uint8_t proxy_flags(unsigned type)
{
    return (uint8_t)(CAP_F_PROXY | (type == CAP_RAM ? CAP_F_COPY : 0));
}

static status_t find_proxy(struct task *t, handle_t h, struct cap **c)
{
    status_t st = cap_find(t->table, h, CAP_NULL, 0, c);

    if (st == ST_OK && !((*c)->flags & (CAP_F_PROXY | CAP_F_IMPORT)))
        st = ST_TYPE;
    return st;
}

/* ---- export: to another core ---- */

static status_t check_away(const struct cap *c)
{
    if (!(c->rights & (RIGHT_GRANT | RIGHT_GRANT_ONCE)))
        return ST_DENIED;
    if (c->child)
        return ST_STATE;
    return c->type != CAP_RAM && c->space ? ST_MAPPED : ST_OK;
}

/* What may be used up by granting it once cannot be at two places. */
static status_t check_carry(const struct kcb *k, const struct cap *c)
{
    if (c->rights & RIGHT_GRANT_ONCE)
        return ST_DENIED;
    return cap_check_source(k, c); /* as deep as it was: its holder is the same */
}

static status_t check_export(const struct kcb *k, const struct cap *c, unsigned how)
{
    status_t st;

    if (how > CAP_CARRY)
        return ST_INVALID;
    if (!remote_moves(c->type) || (c->flags & (CAP_F_PROXY | CAP_F_IMPORT)))
        return ST_TYPE;
    if (how == CAP_CARRY)
        return check_carry(k, c);
    if (how == CAP_COPY_OF)
        return cap_check_copy(k, c, NULL);
    return (st = cap_check_source(k, c)) != ST_OK ? st : check_away(c);
}

/* As cap_copy and cap_move cut the rights. */
static uint8_t rights_of_export(const struct cap *src, uint8_t keep, unsigned how)
{
    uint8_t rights = src->rights & keep;

    if ((src->rights & RIGHT_GRANT) || how == CAP_CARRY)
        return rights;
    return (uint8_t)(rights & ~(how == CAP_GIVE_AWAY ? RIGHT_GRANT_ONCE
                                                     : RIGHT_GRANT | RIGHT_GRANT_ONCE));
}

static struct cap *make_proxy(struct kcb *k, struct captable *own, struct cap *src, uint8_t rights,
                              uint8_t depth)
{
    struct cap *c;

    if (cap_take_slot(own, &c) != ST_OK)
        return NULL;
    c->table = ref_of(k, own);
    cap_fill_flags(k, c, (enum cap_type)src->type, src->object, src->value, rights,
                   proxy_flags(src->type), src);
    c->depth = depth;
    return c;
}

static status_t export(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    unsigned how = (unsigned)(x[3] >> 8);
    struct cap *src, *proxy, *import;
    status_t st;

    if ((st = remote_find(t, x[1], x[2], 0, &src)) != ST_OK || (st = check_export(k, src, how)) != ST_OK)
        return st;
    proxy = make_proxy(k, t->table, src, rights_of_export(src, (uint8_t)x[3], how),
                       (uint8_t)(src->depth + (how == CAP_COPY_OF)));
    if (!proxy)
        return ST_TABLE_FULL;
    proxy->source = ref_of(k, src);
    if (how == CAP_GIVE_AWAY) {
        src->flags |= CAP_F_BUSY;
    } else if (how == CAP_COPY_OF && !(src->rights & RIGHT_GRANT)) {
        src->rights &= (uint8_t)~RIGHT_GRANT_ONCE;
        src->flags |= CAP_F_ONCE; /* until it is settled */
    }
    import = remote_import_above(k, src);
    emit_cap(k, t, WITNESS_TRANSFER_OUT, 0, src, proxy);
    x[1] = cap_handle(k, proxy);
    x[2] = remote_what(proxy);
    x[3] = proxy->object;
    x[4] = proxy->value;
    x[5] = import ? cap_handle(k, import) : 0;
    return ST_OK;
}

/* RAM given away takes its state with it: what it is cut from counts the proxy instead. */
static void inherit(struct kcb *k, struct cap *src, struct cap *proxy)
{
    if (src->type != CAP_RAM || (src->flags & (CAP_F_COPY | CAP_F_FOREIGN)))
        return;
    cap_unlink(k, proxy);
    proxy->flags &= (uint8_t)~CAP_F_COPY;
    proxy->extra = src->extra;
    proxy->cursor = src->cursor;
    cap_link(k, src, proxy);
}

static status_t commit(struct kcb *k, struct cap *src, struct cap *proxy)
{
    src->flags &= (uint8_t)~CAP_F_ONCE;
    if (!(src->flags & CAP_F_BUSY))
        return ST_OK;
    if (proxy->flags & CAP_F_COPY)
        inherit(k, src, proxy);
    return cap_remove(k, src);
}

static status_t cancel(struct kcb *k, struct cap *src, struct cap *proxy)
{
    if (src) {
        if (src->flags & CAP_F_ONCE)
            src->rights |= RIGHT_GRANT_ONCE;
        src->flags &= (uint8_t) ~(CAP_F_ONCE | CAP_F_BUSY);
    }
    return cap_remove(k, proxy);
}

/* If the source is still the parent: another has inherited the proxy, and what it has under way is not this. */
static status_t settle(struct kcb *k, struct task *t)
{
    struct cap *proxy, *src;
    status_t st = find_proxy(t, t->frame.x[1], &proxy);

    if (st != ST_OK)
        return st;
    src = proxy->source == proxy->parent ? cap_at(k, proxy->parent) : NULL;
    proxy->source = 0;
    emit_cap(k, t, WITNESS_TRANSFER_OUT, t->frame.x[2] ? WITNESS_F_COMMIT : WITNESS_F_CANCEL, proxy, proxy);
    if (!t->frame.x[2])
        return cancel(k, src, proxy);
    return src ? commit(k, src, proxy) : ST_OK;
}

static status_t derive(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    uint64_t base = x[2], bytes = x[3];
    unsigned depth = (unsigned)(x[4] >> 8) & 0xff;
    struct cap *from, *proxy;
    status_t st;

    if ((st = find_proxy(t, x[1], &from)) != ST_OK || (st = cap_check_source(k, from)) != ST_OK)
        return st;
    if (!IS_ALIGNED(base, PAGE_BYTES) || !IS_ALIGNED(bytes, PAGE_BYTES))
        return ST_ALIGN;
    if (bytes == 0 || base < from->object || base - from->object > from->value ||
        bytes > from->value - (base - from->object) ||
        (from->type == CAP_RAM && bytes != from->value))
        return ST_INVALID;
    if (depth < from->depth) /* the same: it was carried, not passed on */
        depth = from->depth + 1u;
    if (depth > DEPTH_MAX)
        return ST_DEPTH;
    proxy = make_proxy(k, t->table, from, from->rights & (uint8_t)x[4], (uint8_t)depth);
    if (!proxy)
        return ST_TABLE_FULL;
    proxy->object = base;
    proxy->value = bytes;
    emit_cap(k, t, WITNESS_TRANSFER_OUT, WITNESS_F_PASSED, from, proxy);
    x[1] = cap_handle(k, proxy);
    x[2] = remote_what(proxy);
    return ST_OK;
}

/* ---- revoke, pass, mark ---- */

static status_t recall(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    struct emit_of of;
    struct cap *c, *met = NULL;
    bool nothing;
    status_t st = remote_find(t, x[1], x[2], x[1] ? RIGHT_REVOKE : 0, &c);

    if (st != ST_OK)
        return st;
    of = emit_look(k, c);
    nothing = cap_revokes_nothing(c);
    st = cap_recall(k, c, x[3] & 1, &met);
    if (!nothing && (st == ST_OK || st == ST_AGAIN || st == ST_REMOTE))
        emit_seen(k, t, WITNESS_CAPABILITY_REVOKE, st == ST_OK ? 0 : WITNESS_F_MORE, &of); /* `c` may be gone */
    if (met)
        x[1] = cap_handle(k, met);
    return st;
}

static status_t mark(struct kcb *k, struct task *t)
{
    struct cap *c, *parent;
    status_t st = cap_find(t->table, t->frame.x[1], CAP_NULL, 0, &c);

    if (st != ST_OK)
        return st;
    if (!remote_moves(c->type) || c->child)
        return ST_TYPE;
    parent = cap_at(k, c->parent);
    if (parent)
        cap_unlink(k, c); /* proxies are counted otherwise */
    c->flags |= CAP_F_PROXY;
    if (parent)
        cap_link(k, parent, c);
    emit_cap(k, t, WITNESS_TRANSFER_OUT, WITNESS_F_PASSED | WITNESS_F_COMMIT, c, c);
    return ST_OK;
}

static status_t pass(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    struct captable *table;
    struct cap *src, *c;
    status_t st;

    if ((x[4] >> 8) > CAP_GIVE_AWAY)
        return ST_INVALID;
    if ((st = remote_find(t, x[1], x[2], 0, &src)) != ST_OK ||
        (st = cap_find_table(t->table, x[3], &table)) != ST_OK)
        return st;
    st = cap_pass(k, src, table, (uint8_t)x[4], (unsigned)(x[4] >> 8), &c);
    if (st != ST_OK)
        return st;
    emit_cap(k, t, x[4] >> 8 == CAP_GIVE_AWAY ? WITNESS_CAPABILITY_DELEGATE : emit_kind_of_copy(src, c), 0,
             x[4] >> 8 == CAP_GIVE_AWAY ? c : src, c);
    x[1] = cap_handle(k, c);
    return st;
}

status_t sys_island(struct kcb *k, struct task *t, unsigned op)
{
    struct cap *island;
    status_t st;

    if (op < CAP_EXPORT || (op > CAP_UNPLACE && op != CAP_ATTENUATE))
        return ST_INVALID;
    if ((st = cap_find(t->table, t->frame.x[0], CAP_ISLAND, RIGHT_EXECUTE, &island)) != ST_OK)
        return st;
    switch (op) {
    case CAP_EXPORT:
        return export(k, t);
    case CAP_DERIVE:
        return derive(k, t);
    case CAP_SETTLE:
        return settle(k, t);
    case CAP_IMPORT:
        return remote_import(k, t);
    case CAP_RECALL:
        return recall(k, t);
    case CAP_MARK:
        return mark(k, t);
    case CAP_PASS:
        return pass(k, t);
    case CAP_IDLE:
        return remote_idle(k, t);
    case CAP_WALK:
        return sys_walk(k, t);
    case CAP_ORIGIN:
        return remote_origin(k, t);
    default:
        return sys_place(k, t, op, island);
    }
}
