/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/syscall - from a trap to one of twelve handlers.
 *
 * A handler gets the operation and the calling task, whose frame holds the arguments. What
 * it returns becomes x0, unless it returns SYSCALL_WAITS: then whoever ends the wait
 * writes x0. Handlers check everything first; what follows the last check cannot fail.
 */
#pragma once
#include "cpudriver/kcb.h"

#define SYSCALL_WAITS ((status_t)-1)

struct task *syscall_entry(struct kcb *k, struct task *t);
/* The same without the short ways of fastpath.h. */
struct task *syscall_general(struct kcb *k, struct task *t);

#define SYSCALL(name, number) status_t sys_##name(struct kcb *k, struct task *t, unsigned op);
#include "lib/abi/syscall.def"
#undef SYSCALL
/* The operations of task_spawn about cores and the machine. */
status_t sys_core(struct kcb *k, struct task *t, unsigned op);
