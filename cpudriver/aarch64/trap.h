/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/aarch64/trap - why the kernel was entered. Called by vectors.S; returns who runs next. */
#pragma once
#include "cpudriver/kcb.h"

struct task *trap_sync(struct kcb *k, struct task *t);
struct task *trap_irq(struct kcb *k, struct task *t);
_Noreturn void trap_serror(struct kcb *k, struct task *t);
_Noreturn void trap_own(struct kcb *k, struct frame *f, unsigned vector);
