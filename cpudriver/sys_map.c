/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/sys_map - region_map: frames and devices in address spaces. */
#include "cpudriver/syscall.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/space.h"
#include "lib/base/bits.h"

static struct space *space_in(const struct cap *c)
{
    return (struct space *)(void *)object_of(c);
}

static status_t find_memory(struct task *t, struct cap **c)
{
    status_t st = cap_find(t->table, t->frame.x[0], CAP_NULL, 0, c);

    if (st == ST_OK && (*c)->type != CAP_FRAME && (*c)->type != CAP_DEVICE)
        st = ST_TYPE;
    return st;
}

static status_t map(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct cap *memory, *space;
    status_t st;

    if ((st = find_memory(t, &memory)) != ST_OK ||
        (st = cap_find(t->table, x[1], CAP_SPACE, RIGHT_WRITE, &space)) != ST_OK)
        return st;
    if (memory->flags & CAP_F_BUSY)
        return ST_BUSY;
    st = space_map(k, memory, space_in(space), x[2], (uint32_t)x[3], x[4], x[5]);
    if (st == ST_OK)
        emit(k, t, WITNESS_REGION_MAP, 0, emit_hash(k, memory), memory->object + x[4] * PAGE_BYTES,
             ALIGN_DOWN(x[2], PAGE_BYTES) | (x[3] & (PAGE_BYTES - 1)));
    return st;
}

static status_t unmap(struct kcb *k, struct task *t)
{
    struct cap *memory;
    status_t st = find_memory(t, &memory);

    if (st != ST_OK)
        return st;
    if (memory->space == 0)
        return ST_NOT_MAPPED;
    st = space_unmap_slice(k, memory, UNMAP_SLICE) ? ST_OK : ST_AGAIN;
    emit(k, t, WITNESS_REGION_UNMAP, st == ST_AGAIN ? WITNESS_F_MORE : 0, emit_hash(k, memory),
         memory->object, 0);
    return st;
}

static status_t protect(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct cap *memory;
    status_t st = find_memory(t, &memory);

    if (st != ST_OK || (st = space_protect(k, memory, (uint32_t)x[3], x[4], x[5])) != ST_OK)
        return st;
    emit(k, t, WITNESS_REGION_MAP, WITNESS_F_PROTECT, emit_hash(k, memory),
         memory->object + x[4] * PAGE_BYTES, x[3]);
    return ST_OK;
}

static status_t query(struct task *t)
{
    struct cap *space;
    uint32_t perm = 0;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_SPACE, RIGHT_READ, &space);

    if (st != ST_OK)
        return st;
    st = space_query(space_in(space), t->frame.x[1], &t->frame.x[1], &perm);
    if (st == ST_OK)
        t->frame.x[2] = perm;
    return st;
}

status_t sys_region_map(struct kcb *k, struct task *t, unsigned op)
{
    switch (op) {
    case MAP_MAP:
        return map(k, t);
    case MAP_UNMAP:
        return unmap(k, t);
    case MAP_PROTECT:
        return protect(k, t);
    case MAP_QUERY:
        return query(t);
    default:
        return ST_INVALID;
    }
}
