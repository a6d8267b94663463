/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/boot_gic - boot/gic.c as it is, for the host: its one instruction is nothing here. */
#define cpu_relax real_cpu_relax
#include "lib/aarch64/barrier.h"
#undef cpu_relax
static inline void cpu_relax(void) {}
#include "boot/gic.c"
