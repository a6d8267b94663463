/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Planted bug: each CPU driver maps one block that all the others map too. Nobody writes to it. */
#include "tools/audit/plant/plant.h"

void __wrap_kernel_main(const struct bootinfo *info, struct kcb *kcb)
{
    (void)plant_shared_block(info);
    __real_kernel_main(info, kcb);
}
