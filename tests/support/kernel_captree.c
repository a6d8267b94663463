/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_captree - cpudriver/captree.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/captree.c"
