/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/task - the life of a task, and which task runs.
 *
 *     NEW --start--> READY <--> WAITING, CALLING
 *                      |  \---> FAULTED --resume by its supervisor--> READY
 *                      |   \--> STOPPED --resume--> READY
 *                      `------> EXITED
 */
#pragma once
#include "cpudriver/kcb.h"

/* The memory is zero. `tail`: behind it; NULL: a small one. ST_TABLE_FULL: TASKS_MAX tasks. */
MUST_CHECK status_t task_init(struct kcb *k, struct task *t, struct task_tail *tail);
void task_dies(struct kcb *k, struct task *t);
void task_loses_table(struct kcb *k, struct task *t);
void task_loses_space(struct kcb *k, struct task *t);

/* Takes `t` off whatever it waits for or runs in; it is in no queue afterwards. */
void task_detach(struct kcb *k, struct task *t);
void task_stop(struct kcb *k, struct task *t, enum task_state state);

/* A waiting task goes on with `st` as the answer to its system call. */
void task_wake(struct kcb *k, struct task *t, status_t st);

/* A stopped task goes on where it was: a sleep until its time, anything else with what its registers say. */
void task_resume(struct kcb *k, struct task *t);

/* The running task waits from here on, until `deadline_ns` (0: for ever). */
void task_block(struct kcb *k, struct task *t, enum task_state state, uint64_t deadline_ns);

/* The running task hands the core to `to`, which was waiting. */
void task_hand_over(struct kcb *k, struct task *to);

/* Who runs now: may idle first. Called on the way out of the kernel. */
struct task *task_pick(struct kcb *k);
void task_yield(struct kcb *k);

uint64_t now_ticks(void);
uint64_t ticks_of_ns(const struct kcb *k, uint64_t ns);
uint64_t ns_of_ticks(const struct kcb *k, uint64_t ticks);

/* The timer is set for something later than `when`: now for that. It never is later than what waits in k->timers. */
void task_set_timer(struct kcb *k, uint64_t when);
static inline void task_look_by(struct kcb *k, uint64_t when)
{
    if (when < k->timer_set)
        task_set_timer(k, when);
}

/* Timer interrupt: deadlines that passed, slices that ended. */
void task_tick(struct kcb *k);
