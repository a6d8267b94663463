/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_sys_task - cpudriver/sys_task.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/sys_task.c"
