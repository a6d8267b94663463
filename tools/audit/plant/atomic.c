/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Planted bug: an atomic addition in the CPU driver (to a word of its own, so that it still runs). */
#include "tools/audit/plant/plant.h"

void __wrap_kernel_main(const struct bootinfo *info, struct kcb *kcb)
{
    uint32_t word = 1;

    __atomic_fetch_add(&word, info->core, __ATOMIC_SEQ_CST);
    __real_kernel_main(info, kcb);
}
