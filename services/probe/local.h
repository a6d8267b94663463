/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/local - what one core's kernel takes for its own operations.
 *
 * null_syscall, call_reply, task_switch, signal and map_page as ops.h defines them, in ns,
 * against tasks in other address spaces made for the purpose (twin.h).
 */
#pragma once
#include "services/probe/rally.h"

/*
 * `rounds` samples of each, ask->budget_ns for all. A series that could not be measured stays
 * empty; the status is that of the first refusal.
 */
MUST_CHECK status_t local_measure(const struct rally_ask *ask, struct result *out);
