/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/fastpath - the common case of calling, of answering and waiting, and of yielding.
 *
 * They do exactly what sys_queue.c, endpoint.c and task.c do together, for the case that
 * the other side waits already (who yields: that another wants the core), both tasks are of the fair class and nothing else is in play:
 * no deadline, no doorbell. In every other case they change nothing and take
 * the general way (syscall_general). They give who runs next.
 */
#pragma once
#include "cpudriver/kcb.h"

struct task *fast_yield(struct kcb *k, struct task *t);
struct task *fast_call(struct kcb *k, struct task *t);
struct task *fast_reply_wait(struct kcb *k, struct task *t);
