/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/bench/target.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/probe/ops.h"

static uint64_t null_round(void *o)
{
    return op_null(o);
}

static uint64_t call_round(void *o)
{
    return op_call(o);
}

static uint64_t switch_round(void *o)
{
    return op_switch(o);
}

static uint64_t signal_round(void *o)
{
    return op_signal(o);
}

static uint64_t map_round(void *o)
{
    return op_map(o);
}

static bool refused(const char *name, status_t st)
{
    rec_error(name, st, "what this benchmark needs cannot be made");
    return false;
}

static bool call(struct ops *o, handle_t supervisor)
{
    struct twin t;
    handle_t there;
    status_t st = twin_make(&t, twin_answers, supervisor, 0, 0, NULL);
    bool ok;

    if (st != ST_OK || (st = twin_give(&t, o->endpoint, &there)) != ST_OK ||
        (st = twin_start(&t, there, 0)) != ST_OK)
        return refused("target.call_reply", st);
    ok = bench_row("target.call_reply", call_round, o);
    twin_end(&t);
    return ok;
}

static bool yield(struct ops *o, handle_t supervisor, handle_t page)
{
    struct twin t;
    status_t st = twin_make(&t, twin_yields, supervisor, 0, page, o->stamp);
    bool ok;

    if (st != ST_OK || (st = twin_start(&t, (uintptr_t)o->stamp, 0)) != ST_OK)
        return refused("target.task_switch", st);
    ok = bench_row("target.task_switch", switch_round, o);
    twin_end(&t);
    return ok;
}

static bool wake_by_signal(struct ops *o, handle_t supervisor, handle_t page)
{
    struct twin t;
    status_t st = twin_make(&t, twin_wakes, supervisor, 0, page, o->stamp);
    bool ok;

    if (st != ST_OK || (st = sys_task_edf(t.task, 7 * NS_PER_MS, 8 * NS_PER_MS)) != ST_OK ||
        (st = sys_event(t.task, OPS_WAKE, 0, &o->event)) != ST_OK ||
        (st = twin_start(&t, (uintptr_t)o->stamp, 0)) != ST_OK)
        return refused("target.signal", st);
    ok = bench_row("target.signal", signal_round, o);
    cap_drop(o->event);
    twin_end(&t);
    return ok;
}

static bool map(struct ops *o)
{
    void *at = NULL;
    status_t st = heap_frame(PAGE_BYTES, &o->frame, &at);
    bool ok;

    if (st != ST_OK || (st = sys_unmap(o->frame)) != ST_OK)
        return refused("target.map_page", st);
    o->va = (uintptr_t)at;
    o->space = rt_info()->space;
    ok = bench_row("target.map_page", map_round, o);
    cap_drop(o->frame);
    return ok;
}

bool bench_ops(void)
{
    handle_t supervisor, page, ram = rt_info()->ram;
    struct ops o = {0};
    status_t st;
    bool ok;

    if ((st = cap_retype(ram, CAP_ENDPOINT, 0, &supervisor)) != ST_OK ||
        (st = cap_retype(ram, CAP_ENDPOINT, 0, &o.endpoint)) != ST_OK ||
        (st = twin_page(&page, &o.stamp)) != ST_OK)
        return refused("bench", st);
    ok = bench_row("target.null_syscall", null_round, &o);
    ok = call(&o, supervisor) && ok;
    ok = yield(&o, supervisor, page) && ok;
    ok = wake_by_signal(&o, supervisor, page) && ok;
    return map(&o) && ok;
}
