/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/twin.h"
#include "lib/base/bits.h"
#include "lib/rt/cache.h"
#include "lib/rt/cap.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include <string.h>

status_t twin_page(handle_t *frame, volatile uint64_t **at)
{
    void *where = NULL;
    status_t st = heap_frame(PAGE_BYTES, frame, &where);

    *at = where;
    return st;
}

/* One capability is mapped at one place: for a second, a copy of it. */
static status_t map_there(struct twin *t, handle_t frame, vaddr_t va, uint64_t bytes, uint64_t perm,
                          handle_t *there)
{
    status_t st = sys_copy(frame, 0, RIGHTS_ALL, there);

    if (st != ST_OK)
        return st;
    if ((st = map_into(t->space, *there, va, bytes, perm)) != ST_OK) {
        cap_drop(*there);
        *there = 0;
    }
    return st;
}

static status_t copy_code(struct twin *t, twin_fn *fn)
{
    vaddr_t page = ALIGN_DOWN((uintptr_t)fn, PAGE_BYTES);
    uint64_t bytes = TWIN_CODE_PAGES * PAGE_BYTES;
    void *here = NULL;
    status_t st = heap_frame(bytes, &t->code, &here);

    if (st != ST_OK)
        return st;
    memcpy(here, (const void *)(uintptr_t)page, bytes);
    cache_publish_code(here, bytes);
    t->entry = (uintptr_t)fn;
    return map_there(t, t->code, page, bytes, PERM_READ | PERM_EXECUTE, &t->code_there);
}

static status_t make_objects(struct twin *t)
{
    handle_t ram = rt_info()->ram;
    status_t st;

    if ((st = cap_retype(ram, CAP_CAPTABLE, TWIN_SLOTS, &t->table)) != ST_OK ||
        (st = cap_retype(ram, CAP_SPACE, TWIN_SPACE_PAGES * PAGE_BYTES, &t->space)) != ST_OK ||
        (st = cap_retype(ram, CAP_TASK, TASK_SMALL, &t->task)) != ST_OK ||
        (st = cap_retype(ram, CAP_FRAME, PAGE_BYTES, &t->stack)) != ST_OK)
        return st;
    return map_into(t->space, t->stack, TWIN_STACK_TOP - PAGE_BYTES, PAGE_BYTES,
                    PERM_READ | PERM_WRITE);
}

status_t twin_make(struct twin *t, twin_fn *fn, handle_t supervisor, uint64_t badge, handle_t page,
                   volatile uint64_t *page_at)
{
    status_t st;

    memset(t, 0, sizeof *t);
    if ((st = make_objects(t)) == ST_OK && (st = copy_code(t, fn)) == ST_OK && page != 0)
        st = map_there(t, page, (uintptr_t)page_at, PAGE_BYTES, PERM_READ | PERM_WRITE,
                       &t->shared_there);
    if (st == ST_OK)
        st = sys_task_config(t->task, t->table, t->space, supervisor, badge);
    if (st != ST_OK)
        twin_end(t);
    return st;
}

status_t twin_give(struct twin *t, handle_t h, handle_t *there)
{
    return sys_copy(h, t->table, RIGHTS_ALL, there);
}

status_t twin_start(struct twin *t, uint64_t a, uint64_t b)
{
    return sys_task_start(t->task, t->entry, TWIN_STACK_TOP, a, b, 0);
}

/* The task first: after that nothing runs in the rest. */
void twin_end(struct twin *t)
{
    cap_drop(t->task);
    cap_drop(t->shared_there);
    cap_drop(t->code_there);
    cap_drop(t->code);
    cap_drop(t->stack);
    cap_drop(t->space);
    cap_drop(t->table);
    memset(t, 0, sizeof *t);
}
