/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Planted bug: each CPU driver stores once to the same word of common memory. */
#include "tools/audit/plant/plant.h"

void __wrap_kernel_main(const struct bootinfo *info, struct kcb *kcb)
{
    volatile uint64_t *common = plant_shared_block(info);

    if (common)
        common[(CHANNEL_BYTES - 64) / sizeof *common] = info->core;
    __real_kernel_main(info, kcb);
}
