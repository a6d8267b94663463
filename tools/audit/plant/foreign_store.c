/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Planted bug, with shared_page: each CPU driver stores once to the same word of common memory. */
#include "tools/audit/plant/plant.h"

void __wrap_kernel_main(const struct bootinfo *info, struct kcb *kcb)
{
    /* The end of the first pair's memory: it is not used for the channel. */
    *(volatile uint64_t *)(plant_common(info) + info->pair_bytes / 8 - 1) = info->core;
    __real_kernel_main(info, kcb);
}
