/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/sys_cap - cap_grant: capabilities of this core. */
#include "cpudriver/syscall.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/lease.h"
#include "cpudriver/reap.h"
#include "cpudriver/remote.h"
#include "cpudriver/retype.h"
#include "cpudriver/task.h"

static status_t find_any(struct task *t, uint8_t rights, struct cap **c)
{
    return cap_find(t->table, t->frame.x[0], CAP_NULL, rights, c);
}

/* `c` is there: its handle and its record. */
static status_t made(struct kcb *k, struct task *t, enum witness_kind kind, unsigned flags,
                     const struct cap *used, const struct cap *c)
{
    emit_cap(k, t, kind, flags, used, c);
    t->frame.x[1] = cap_handle(k, c);
    return ST_OK;
}

static uint64_t free_bytes(const struct kcb *k, struct cap *c)
{
    const struct cap *ram = c->type == CAP_RAM ? cap_original(k, c) : NULL;

    return ram && !(c->flags & CAP_F_FOREIGN) ? ram->value - (ram->made ? ram->extra : 0) : 0;
}

static status_t identify(struct kcb *k, struct task *t)
{
    struct cap *c;
    status_t st = find_any(t, 0, &c);

    if (st != ST_OK)
        return st;
    t->frame.x[1] = c->type | (uint64_t)c->rights << 8 | (uint64_t)c->depth << 16;
    t->frame.x[2] = cap_public_name(c);
    t->frame.x[3] = c->type == CAP_CAPTABLE
                        ? ((struct captable *)(void *)object_of(c))->nslots - CAPTABLE_FIRST
                        : c->value;
    t->frame.x[4] = type_has_header(c->type) || c->type == CAP_EVENT || c->type == CAP_DOORBELL
                        ? c->value
                        : 0;
    t->frame.x[5] = free_bytes(k, c);
    return ST_OK;
}

static status_t copy(struct kcb *k, struct task *t, bool mint)
{
    struct captable *table;
    struct cap *src, *c;
    status_t st;

    if ((st = find_any(t, 0, &src)) != ST_OK ||
        (st = cap_find_table(t->table, t->frame.x[1], &table)) != ST_OK ||
        (st = cap_copy(k, src, table, (uint8_t)t->frame.x[2], mint ? &t->frame.x[3] : NULL, &c)) !=
            ST_OK)
        return st;
    return made(k, t, emit_kind_of_copy(src, c), mint ? WITNESS_F_MINT : 0, src, c);
}

static status_t move(struct kcb *k, struct task *t)
{
    struct captable *table;
    struct cap *src, *c;
    status_t st;

    if ((st = find_any(t, 0, &src)) != ST_OK ||
        (st = cap_find_table(t->table, t->frame.x[1], &table)) != ST_OK ||
        (st = cap_move(k, src, table, &c)) != ST_OK)
        return st;
    return made(k, t, WITNESS_CAPABILITY_DELEGATE, 0, c, c);
}

static unsigned slice_flag(status_t st)
{
    return st == ST_AGAIN || st == ST_REMOTE ? WITNESS_F_MORE : 0;
}

static status_t delete(struct kcb *k, struct task *t)
{
    struct cap *c;
    uint32_t hash;
    uint64_t name, what;
    status_t st = find_any(t, 0, &c);

    if (st != ST_OK)
        return st;
    if (c->flags & CAP_F_BUSY)
        return ST_BUSY;
    hash = emit_hash(k, c);
    name = emit_name(c);
    what = CAP_WHAT(c->type, c->rights, c->depth) | (uint64_t)HANDLE_INDEX(t->frame.x[0]) << 32;
    st = cap_remove(k, c);
    emit(k, t, WITNESS_CAPABILITY_DELETE, slice_flag(st), hash, name, what);
    (void)reap_slice(k);
    return st;
}

static status_t revoke(struct kcb *k, struct task *t)
{
    struct emit_of of;
    bool nothing;
    struct cap *c;
    status_t st = find_any(t, RIGHT_REVOKE, &c);

    if (st != ST_OK)
        return st;
    of = emit_look(k, c);
    nothing = cap_revokes_nothing(c);
    st = cap_revoke(k, c);
    if (!nothing && (st == ST_OK || st == ST_AGAIN || st == ST_REMOTE))
        emit_seen(k, t, WITNESS_CAPABILITY_REVOKE, slice_flag(st), &of); /* `c` may be gone */
    return st;
}

static status_t make(struct kcb *k, struct task *t)
{
    struct captable *table;
    struct cap *ram, *c;
    status_t st;

    if ((st = cap_find(t->table, t->frame.x[0], CAP_RAM, RIGHT_WRITE, &ram)) != ST_OK ||
        (st = cap_find_table(t->table, t->frame.x[3], &table)) != ST_OK)
        return st;
    if (t->frame.x[1] >= CAP_TYPES)
        return ST_INVALID;
    st = retype(k, ram, (enum cap_type)t->frame.x[1], t->frame.x[2], table, &c);
    return st != ST_OK ? st : made(k, t, WITNESS_CAPABILITY_RETYPE, 0, ram, c);
}

static status_t event(struct kcb *k, struct task *t)
{
    struct captable *table;
    struct cap *task, *c;
    status_t st;

    if ((st = cap_find(t->table, t->frame.x[0], CAP_TASK, RIGHT_WRITE, &task)) != ST_OK ||
        (st = cap_find_table(t->table, t->frame.x[2], &table)) != ST_OK)
        return st;
    if (t->frame.x[1] == 0 || t->frame.x[1] & EVENT_BELL)
        return ST_INVALID; /* bells come from doorbells only */
    if ((st = cap_check_source(k, task)) != ST_OK)
        return st;
    if ((st = cap_take_slot(table, &c)) != ST_OK)
        return st;
    c->table = ref_of(k, table);
    cap_fill(k, c, CAP_EVENT, task->object, t->frame.x[1],
             RIGHT_WRITE | RIGHT_GRANT | RIGHT_REVOKE, task);
    return made(k, t, WITNESS_CAPABILITY_GRANT, WITNESS_F_EVENT, task, c);
}

static status_t slice(struct kcb *k, struct task *t)
{
    struct captable *table;
    struct cap *frame, *c;
    status_t st;

    if ((st = cap_find(t->table, t->frame.x[0], CAP_FRAME, 0, &frame)) != ST_OK ||
        (st = cap_find_table(t->table, t->frame.x[3], &table)) != ST_OK ||
        (st = retype_slice(k, frame, t->frame.x[1], t->frame.x[2], (uint8_t)t->frame.x[4], table,
                           &c)) != ST_OK)
        return st;
    return made(k, t, WITNESS_CAPABILITY_ATTENUATED, WITNESS_F_SLICE, frame, c);
}

status_t sys_cap_grant(struct kcb *k, struct task *t, unsigned op)
{
    switch (op) {
    case CAP_IDENTIFY:
        return identify(k, t);
    case CAP_COPY:
        return copy(k, t, false);
    case CAP_MINT:
        return copy(k, t, true);
    case CAP_MOVE:
        return move(k, t);
    case CAP_DELETE:
        return delete (k, t);
    case CAP_REVOKE:
        return revoke(k, t);
    case CAP_RETYPE:
        return make(k, t);
    case CAP_MAKE_EVENT:
        return event(k, t);
    case CAP_SLICE:
        return slice(k, t);
    case CAP_LEASE:
        return sys_lease(k, t);
    default:
        return sys_island(k, t, op);
    }
}
