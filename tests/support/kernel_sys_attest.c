/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_sys_attest - cpudriver/sys_attest.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/sys_attest.c"
