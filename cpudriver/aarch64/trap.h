/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/aarch64/trap - why the kernel was entered. Called by vectors.S; returns who runs next. */
#pragma once
#include "cpudriver/kcb.h"

/* All but system calls, which go to syscall_entry, and FP registers, which vectors.S changes. */
struct task *trap_sync(struct kcb *k, struct task *t);
struct task *trap_irq(struct kcb *k, struct task *t);
_Noreturn void trap_serror(struct kcb *k, struct task *t);
_Noreturn void trap_own(struct kcb *k, struct frame *f, unsigned vector);
