/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_place - cpudriver/place.c as it is, for the host. */
#include "tests/support/fake_arm.h"
#include "cpudriver/place.c"
