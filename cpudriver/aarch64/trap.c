/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/aarch64/trap.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/fault.h"
#include "cpudriver/irq.h"
#include "cpudriver/panic.h"
#include "cpudriver/tail.h"
#include "cpudriver/task.h"

static enum fault_kind kind_of(unsigned ec)
{
    switch (ec) {
    case EC_IABORT_LOW:
    case EC_DABORT_LOW:
        return FAULT_PAGE;
    case EC_PC_ALIGN:
    case EC_SP_ALIGN:
        return FAULT_ALIGN;
    case EC_BRK64:
        return FAULT_BREAK;
    case EC_UNKNOWN:
        return FAULT_INSTR;
    default:
        return FAULT_OTHER;
    }
}

struct task *trap_sync(struct kcb *k, struct task *t)
{
    uint64_t esr = read_esr_el1();
    unsigned ec = (unsigned)FIELD_GET(ESR_EC, esr);

    k->nentries++;
    if (ec == EC_FP && tail_attach(t))
        return k->current; /* to do it again */
    fault_raise(k, t, kind_of(ec), ec == EC_BRK64 ? FIELD_GET(ESR_ISS, esr) : read_far_el1(), esr);
    return k->resched ? task_pick(k) : k->current;
}

struct task *trap_irq(struct kcb *k, struct task *t)
{
    (void)t;
    k->nentries++;
    irq_take(k);
    return k->resched ? task_pick(k) : k->current;
}

_Noreturn void trap_serror(struct kcb *k, struct task *t)
{
    panic(k, "SError: the memory system reported an error", &t->frame);
}

_Noreturn void trap_own(struct kcb *k, struct frame *f, unsigned vector)
{
    panic(k,
          vector >= 12             ? "exception from AArch32"
          : (vector & 3) == 0      ? "the CPU driver faulted"
          : (vector & 3) == 3      ? "SError in the CPU driver"
                                   : "interrupt taken inside the CPU driver",
          f);
}
