/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_task_state - cpudriver/task_state.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/task_state.c"
