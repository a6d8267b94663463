/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/kernel_import - cpudriver/import.c as it is, for the host, whose memory lies anywhere. */
#include "tests/support/fake_arm.h"
#include "lib/abi/layout.h"
#undef PHYS_LIMIT
#define PHYS_LIMIT (~0ull)
#include "cpudriver/import.c"
