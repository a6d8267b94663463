/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/retype.h"
#include "cpudriver/cap.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/space.h"
#include "cpudriver/task.h"
#include "lib/base/bits.h"

#define CAPTABLE_SLOTS_MAX 65536u
#define OBJECT_ALIGN 64u

struct plan {
    uint64_t bytes, align;
    paddr_t at;
    uint64_t used_after;
};

/* How large the object is in memory, and whether `bytes` makes sense for it. */
static status_t check_size(enum cap_type type, uint64_t bytes, struct plan *p)
{
    p->align = OBJECT_ALIGN;
    switch (type) {
    case CAP_RAM:
    case CAP_FRAME:
        p->align = PAGE_BYTES;
        p->bytes = bytes;
        return bytes && IS_ALIGNED(bytes, PAGE_BYTES) ? ST_OK : ST_ALIGN;
    case CAP_SPACE:
        p->align = PAGE_BYTES;
        p->bytes = bytes;
        if (!IS_ALIGNED(bytes, PAGE_BYTES))
            return ST_ALIGN;
        return bytes >= SPACE_PAGES_MIN * PAGE_BYTES && bytes <= GIB ? ST_OK : ST_INVALID;
    case CAP_CAPTABLE:
        p->bytes = bytes * sizeof(struct cap);
        return bytes > CAPTABLE_FIRST && bytes <= CAPTABLE_SLOTS_MAX ? ST_OK : ST_INVALID;
    case CAP_TASK:
        p->bytes = bytes == TASK_SMALL ? sizeof(struct task) : ALIGN_UP(sizeof(struct large_task), OBJECT_ALIGN);
        return bytes <= TASK_SMALL ? ST_OK : ST_INVALID;
    case CAP_ENDPOINT:
        p->bytes = ALIGN_UP(sizeof(struct endpoint), OBJECT_ALIGN);
        return ST_OK;
    default:
        return ST_TYPE;
    }
}

static status_t check_room(struct cap *ram, struct plan *p)
{
    uint64_t used;

    if (ram->made == 0 && ram->extra != 0) {
        ram->extra = 0; /* all that was made from it is gone, and none of it is clear any more */
        ram->cursor = 0;
    }
    used = ALIGN_UP(ram->object + ram->extra, p->align) - ram->object;
    if (used > ram->value || p->bytes > ram->value - used)
        return ST_NOMEM;
    p->at = ram->object + used;
    p->used_after = used + p->bytes;
    return ST_OK;
}

/*
 * Clears the next slice. ram->cursor counts the pages from its base that were cleared since it
 * was whole. Part of a cleared page may be in use already, and stays.
 */
static bool clear_up_to(struct cap *ram, uint64_t end)
{
    uint64_t clear = (uint64_t)ram->cursor * PAGE_BYTES;

    if (clear < ALIGN_DOWN(ram->extra, PAGE_BYTES)) /* a RAM child was made here, uncleared */
        clear = ALIGN_UP(ram->extra, PAGE_BYTES);
    for (uint64_t done = 0; clear < end && done < CLEAR_SLICE; done += PAGE_BYTES) {
        clear_page(kva(ram->object + clear));
        clear += PAGE_BYTES;
    }
    ram->cursor = (uint32_t)(clear / PAGE_BYTES);
    return clear >= end;
}

static status_t make(struct kcb *k, enum cap_type type, uint64_t bytes, paddr_t at, uint64_t *object)
{
    *object = (uint64_t)(uintptr_t)kva(at);
    switch (type) {
    case CAP_CAPTABLE:
        captable_init(k, (struct captable *)kva(at), (uint32_t)bytes);
        return ST_OK;
    case CAP_SPACE:
        *object = (uint64_t)(uintptr_t)space_of(at);
        return space_init(k, space_of(at), (uint32_t)(bytes / PAGE_BYTES));
    case CAP_TASK:
        *object = (uint64_t)(uintptr_t) & ((struct task *)kva(at))->object;
        return task_init(k, (struct task *)kva(at), bytes == TASK_SMALL ? NULL : &((struct large_task *)kva(at))->tail);
    case CAP_ENDPOINT:
        endpoint_init((struct endpoint *)kva(at));
        return ST_OK;
    default:
        *object = at;
        return ST_OK;
    }
}

/* Through a copy: from the original's bytes, but a child of the copy, whose revoke takes it back. */
status_t retype(struct kcb *k, struct cap *through, enum cap_type type, uint64_t bytes,
                struct captable *table, struct cap **out)
{
    struct plan p;
    struct cap *c = NULL, *ram = cap_original(k, through);
    uint64_t object;
    status_t st;

    if (through->flags & CAP_F_FOREIGN)
        return ST_REMOTE;
    if (!ram || ram->rights == 0)
        return ST_STATE; /* half gone: what it counts is its parent's already, and it is not whole */
    if ((st = cap_check_source(k, through)) != ST_OK)
        return st;
    if ((st = check_size(type, bytes, &p)) != ST_OK || (st = check_room(ram, &p)) != ST_OK)
        return st;
    if (table->nfree == 0)
        return ST_TABLE_FULL;
    if (type != CAP_RAM && !clear_up_to(ram, p.used_after))
        return ST_AGAIN;
    if ((st = make(k, type, bytes, p.at, &object)) != ST_OK)
        return st;

    st = cap_take_slot(table, &c);
    (void)st; /* there was a free one */
    c->table = ref_of(k, table);
    cap_fill(k, c, type, object, type_has_header(type) ? 0 : p.bytes,
             RIGHTS_ALL, through);
    ram->extra = p.used_after;
    *out = c;
    return ST_OK;
}

status_t retype_slice(struct kcb *k, struct cap *frame, uint64_t offset, uint64_t bytes,
                      uint8_t rights, struct captable *table, struct cap **out)
{
    struct cap *c;
    status_t st;

    if (!IS_ALIGNED(offset, PAGE_BYTES) || !IS_ALIGNED(bytes, PAGE_BYTES))
        return ST_ALIGN;
    if (bytes == 0 || offset > frame->value || bytes > frame->value - offset)
        return ST_INVALID;
    if ((st = cap_copy(k, frame, table, rights, NULL, &c)) != ST_OK)
        return st;
    c->object += offset;
    c->value = bytes;
    *out = c;
    return ST_OK;
}
