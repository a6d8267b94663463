/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/target_spawn - a task from its first capability to its last.
 *
 * Counted: making its table (16 slots), its space (4 pages of page tables) and the task from
 * RAM, which clears them; mapping one page of code that is in memory already, as the
 * text of a program is that runs twice; starting it, its only act (to exit), the message that
 * it ended; deleting all of it, until the RAM is whole again.
 */
#include "tests/bench/target.h"
#include "lib/base/bits.h"
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/probe/ops.h"

#define RAM_BYTES   (64 * KIB)
#define SPACE_PAGES 4u
#define EXIT_CODE   7u

struct spawn {
    handle_t ram, code, supervisor;
    vaddr_t page, entry;
};

static TWIN void twin_exits(uint64_t code, uint64_t unused)
{
    (void)unused;
    for (;;)
        (void)ops_svc(SYSCALL_WORD(SYS_task_spawn, TASK_EXIT), 0, code, 0, 0);
}

static bool live_and_die(const struct spawn *s)
{
    handle_t table, space, task, code;
    struct rt_msg m;
    uint64_t badge;

    if (cap_retype(s->ram, CAP_CAPTABLE, TWIN_SLOTS, &table) != ST_OK ||
        cap_retype(s->ram, CAP_SPACE, SPACE_PAGES * PAGE_BYTES, &space) != ST_OK ||
        cap_retype(s->ram, CAP_TASK, 0, &task) != ST_OK ||
        sys_copy(s->code, 0, RIGHTS_ALL, &code) != ST_OK ||
        sys_map(code, space, s->page, PERM_READ | PERM_EXECUTE, 0, 1) != ST_OK ||
        sys_task_config(task, table, space, s->supervisor, 0) != ST_OK ||
        sys_task_start(task, s->entry, 0, EXIT_CODE, 0, 0) != ST_OK ||
        sys_recv(s->supervisor, 0, 0, &m, &badge) != ST_OK || m.w[0] != (FAULT_WORD | FAULT_EXIT) ||
        m.w[1] != EXIT_CODE)
        return false;
    return cap_delete(code) == ST_OK && cap_revoke(s->ram) == ST_OK;
}

static uint64_t spawn_round(void *context)
{
    const struct spawn *s = context;
    uint64_t began = bench_counter(), ended;
    bool ok = live_and_die(s);

    ended = bench_counter();
    return ok && cap_free_bytes(s->ram) == RAM_BYTES ? ended - began : 0;
}

bool bench_spawn(void)
{
    struct spawn s;
    struct twin t;
    status_t st;

    if ((st = cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &s.supervisor)) != ST_OK ||
        (st = twin_make(&t, twin_exits, s.supervisor, 0, 0, NULL)) != ST_OK ||
        (st = cap_retype(rt_info()->ram, CAP_RAM, RAM_BYTES, &s.ram)) != ST_OK) {
        rec_error("target.spawn", st, "what this benchmark needs cannot be made");
        return false;
    }
    s.code = t.code; /* as twin_make copied it; t itself is never started */
    s.entry = (uintptr_t)twin_exits;
    s.page = ALIGN_DOWN(s.entry, PAGE_BYTES);
    return bench_row("target.spawn", spawn_round, &s);
}
