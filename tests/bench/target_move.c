/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/target_move - from one program to another with all it has, and a task as words.
 *
 * partition_switch: from the yield of a task that has used its FP registers until another, in another space, has used its
 * own. The kernel changes address space and registers at the switch, and FP registers when they are used: all 32 are
 * saved and loaded between the two readings.
 */
#include "tests/bench/target.h"
#include "lib/abi/task_state.h"
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/probe/ops.h"

#define FP_USED() __asm__ volatile("fmov d31, xzr" : : : "v31", "memory")

static TWIN void twin_uses_fp(uint64_t stamp, uint64_t unused)
{
    (void)unused;
    for (;;) {
        (void)ops_svc(SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD), 0, 0, 0, 0);
        FP_USED();
        *(volatile uint64_t *)stamp = OPS_COUNTER();
    }
}

static uint64_t switch_round(void *o)
{
    FP_USED();
    return op_switch(o);
}

static bool refused(const char *name, status_t st)
{
    rec_error(name, st, "what this benchmark needs cannot be made");
    return false;
}

static bool partition_switch(struct ops *o, handle_t supervisor, handle_t page)
{
    struct twin t;
    status_t st = twin_make(&t, twin_uses_fp, supervisor, 0, page, o->stamp);
    bool ok;

    if (st != ST_OK || (st = twin_start(&t, (uintptr_t)o->stamp, 0)) != ST_OK)
        return refused("target.partition_switch", st);
    ok = bench_row("target.partition_switch", switch_round, o);
    twin_end(&t);
    return ok;
}

/* ---- a task as words: from one that is stopped, to one that will be ---- */

struct pair {
    handle_t from, to;
};

static uint64_t peek_round(void *p)
{
    const struct pair *of = p;
    uint64_t w[PEEK_WORDS], began = bench_counter();
    status_t st = sys_task_peek(of->from, TW_X, w);

    return st == ST_OK ? bench_counter() - began : 0;
}

static uint64_t poke_round(void *p)
{
    const struct pair *of = p;
    uint64_t w[POKE_WORDS] = { 0 }, began = bench_counter();
    status_t st = sys_task_poke(of->to, TW_X, w);

    return st == ST_OK ? bench_counter() - began : 0;
}

static uint64_t copy_round(void *p)
{
    const struct pair *of = p;
    uint64_t w[PEEK_WORDS], began = bench_counter();
    status_t st = ST_OK;

    for (unsigned first = 0; st == ST_OK && first < TW_COUNT; first += POKE_WORDS)
        if ((st = sys_task_peek(of->from, first, w)) == ST_OK)
            st = sys_task_poke(of->to, first, w);
    return st == ST_OK ? bench_counter() - began : 0;
}

static bool words(handle_t supervisor)
{
    struct twin t;
    struct pair p;
    status_t st = twin_make(&t, twin_uses_fp, supervisor, 0, 0, NULL);
    bool ok;

    if (st != ST_OK || (st = twin_start(&t, 0, 0)) != ST_OK || (st = sys_task_stop(t.task)) != ST_OK ||
        (st = cap_retype(rt_info()->ram, CAP_TASK, 0, &p.to)) != ST_OK)
        return refused("target.task_peek", st);
    p.from = t.task;
    ok = bench_row("target.task_peek", peek_round, &p);
    ok = bench_row("target.task_poke", poke_round, &p) && ok;
    ok = bench_row("target.task_words", copy_round, &p) && ok;
    cap_drop(p.to);
    twin_end(&t);
    return ok;
}

bool bench_move(void)
{
    handle_t supervisor, page;
    struct ops o = { 0 };
    status_t st;
    bool ok;

    if ((st = cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor)) != ST_OK ||
        (st = twin_page(&page, &o.stamp)) != ST_OK)
        return refused("target.partition_switch", st);
    ok = partition_switch(&o, supervisor, page);
    return words(supervisor) && ok;
}
