/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_epoch - cpudriver/epoch.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/epoch.c"
