/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_remote - cpudriver/remote.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/remote.c"
