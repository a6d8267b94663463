/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_sys_core - cpudriver/sys_core.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/sys_core.c"
