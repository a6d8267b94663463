/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Planted bug: a writable word outside the kernel control block. */
#include "tools/audit/plant/plant.h"

extern uint32_t stray_core;
uint32_t stray_core;

void __wrap_kernel_main(const struct bootinfo *info, struct kcb *kcb)
{
    stray_core = info->core;
    __real_kernel_main(info, kcb);
}
