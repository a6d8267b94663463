/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/walk - the capabilities below one of a task's own, one a call, for who draws the forest (CAP_WALK). */
#pragma once
#include "cpudriver/kcb.h"

/* The island capability was looked at already. */
MUST_CHECK status_t sys_walk(struct kcb *k, struct task *t);
