/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/fault.h"
#include "cpudriver/emit.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/panic.h"
#include "cpudriver/task.h"

static void tell_supervisor(struct kcb *k, struct task *t, enum task_state state,
                            enum fault_kind kind, uint64_t address, uint64_t esr)
{
    struct endpoint *e = t->supervisor;

    t->fault_kind = kind;
    t->fault_address = address;
    t->fault_esr = esr;
    if (emit_has_room(k, 1, t == k->root ? LOG_LAST : LOG_ROOT))
        emit(k, t, WITNESS_TASK_TERMINATE, kind == FAULT_EXIT ? WITNESS_F_EXIT : WITNESS_F_FAULT, 0, t->id,
             kind == FAULT_EXIT ? t->exit_code : kind);
    if (t == k->root)
        panic_root(k,
                   kind == FAULT_EXIT ? "the root task of this core has ended"
                                      : "the root task of this core has faulted",
                   kind == FAULT_EXIT ? NULL : &t->frame);
    if (!e) { /* nobody cares: any program can make such a task, so it is no reason to stop */
        task_stop(k, t, state == TS_EXITED ? TS_EXITED : TS_STOPPED);
        return;
    }
    task_stop(k, t, state);
    (void)endpoint_call(k, e, t, t->supervisor_badge, 0); /* words only: it is not refused */
}

void fault_raise(struct kcb *k, struct task *t, enum fault_kind kind, uint64_t address,
                 uint64_t esr)
{
    /* Without room for the record it has not happened: the instruction is tried again when others have run. */
    if (t != k->root && !emit_has_room(k, 1, LOG_URGENT)) {
        if (k->log_news)
            emit_tell(k);
        task_yield(k);
        return;
    }
    t->faults++;
    tell_supervisor(k, t, TS_FAULTED, kind, address, esr);
}

void fault_exit(struct kcb *k, struct task *t, uint64_t code)
{
    t->exit_code = code;
    tell_supervisor(k, t, TS_EXITED, FAULT_EXIT, 0, 0);
}
