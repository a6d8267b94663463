/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/local.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"

#define OPS_COUNTER() rt_ticks_after()
#include "services/probe/ops.h"

/* Operations per sample: the counter ticks every 16 ns, an operation takes some hundred. */
#define BATCH 16u

/* Of the deadline class, so that it goes before everybody; it runs about half of the time. */
#define DEADLINE_BUDGET_NS (7 * NS_PER_MS)
#define DEADLINE_PERIOD_NS (8 * NS_PER_MS)

static struct series series;

typedef uint64_t op_fn(const struct ops *o);

/* The twin ran when it should: a round that another task came into is taken again. */
#define TRIES 100u

static status_t batch_of(op_fn *op, const struct ops *o, uint64_t *ticks)
{
    unsigned tries = 0;

    *ticks = 0;
    for (unsigned i = 0; i < BATCH;) {
        uint64_t t = op(o);

        if (t == 0 && ++tries == TRIES)
            return ST_STATE;
        i += t != 0;
        *ticks += t;
    }
    return ST_OK;
}

static status_t run(op_fn *op, const struct ops *o, const struct rally_ask *ask, enum series_id id,
                    struct result *out)
{
    uint64_t each = ask->budget_ns / 5, ticks;
    status_t st = ST_OK;

    series_begin(&series, rt_clock.ns_per_tick, ask->rounds, ask->warmup, BATCH,
                 rt_now_ns() + each);
    while (st == ST_OK && series_more(&series, rt_now_ns()))
        if ((st = batch_of(op, o, &ticks)) == ST_OK)
            series_add(&series, ticks);
    if (st == ST_OK)
        series_end(&series, &out->series[id]);
    return st;
}

/* ---- each with what it needs ---- */

static status_t measure_call(struct ops *o, handle_t supervisor, const struct rally_ask *ask,
                             struct result *out)
{
    struct twin t;
    handle_t there;
    status_t st;

    if ((st = twin_make(&t, twin_answers, supervisor, 0, 0, NULL)) != ST_OK)
        return st;
    if ((st = twin_give(&t, o->endpoint, &there)) == ST_OK &&
        (st = twin_start(&t, there, 0)) == ST_OK)
        st = run(op_call, o, ask, SERIES_CALL_REPLY, out);
    twin_end(&t);
    return st;
}

static status_t measure_switch(struct ops *o, handle_t supervisor, handle_t page,
                               const struct rally_ask *ask, struct result *out)
{
    struct twin t;
    status_t st;

    if ((st = twin_make(&t, twin_yields, supervisor, 0, page, o->stamp)) != ST_OK)
        return st;
    if ((st = twin_start(&t, (uintptr_t)o->stamp, 0)) == ST_OK)
        st = run(op_switch, o, ask, SERIES_TASK_SWITCH, out);
    twin_end(&t);
    return st;
}

static status_t measure_signal(struct ops *o, handle_t supervisor, handle_t page,
                               const struct rally_ask *ask, struct result *out)
{
    struct twin t;
    status_t st;

    if ((st = twin_make(&t, twin_wakes, supervisor, 0, page, o->stamp)) != ST_OK)
        return st;
    if ((st = sys_task_edf(t.task, DEADLINE_BUDGET_NS, DEADLINE_PERIOD_NS)) == ST_OK &&
        (st = sys_event(t.task, OPS_WAKE, 0, &o->event)) == ST_OK) {
        if ((st = twin_start(&t, (uintptr_t)o->stamp, 0)) == ST_OK)
            st = run(op_signal, o, ask, SERIES_SIGNAL, out);
        cap_drop(o->event);
    }
    twin_end(&t);
    return st;
}

/* Beside the shared page, whose page tables it therefore shares. */
static status_t measure_map(struct ops *o, const struct rally_ask *ask, struct result *out)
{
    void *at = NULL;
    status_t st = heap_frame(PAGE_BYTES, &o->frame, &at);

    if (st != ST_OK)
        return st;
    o->va = (uintptr_t)at;
    o->space = rt_info()->space;
    if ((st = sys_unmap(o->frame)) == ST_OK)
        st = run(op_map, o, ask, SERIES_MAP_PAGE, out);
    cap_drop(o->frame);
    return st;
}

static void first(status_t *st, status_t next)
{
    if (*st == ST_OK)
        *st = next;
}

static status_t measure_all(struct ops *o, handle_t supervisor, handle_t page,
                            const struct rally_ask *ask, struct result *out)
{
    status_t st = run(op_null, o, ask, SERIES_NULL_SYSCALL, out);

    first(&st, measure_call(o, supervisor, ask, out));
    first(&st, measure_switch(o, supervisor, page, ask, out));
    first(&st, measure_signal(o, supervisor, page, ask, out));
    first(&st, measure_map(o, ask, out));
    return st;
}

status_t local_measure(const struct rally_ask *ask, struct result *out)
{
    handle_t supervisor = 0, page = 0;
    struct ops o = {0};
    status_t st;

    if ((st = cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor)) != ST_OK)
        return st;
    if ((st = cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &o.endpoint)) == ST_OK &&
        (st = twin_page(&page, &o.stamp)) == ST_OK)
        st = measure_all(&o, supervisor, page, ask, out);
    cap_drop(page);
    cap_drop(o.endpoint);
    cap_drop(supervisor);
    return st;
}
