/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Planted bug, in boot: a core may read (never write) two MiB of its neighbour's share. Nobody does. */
#include "tools/audit/plant/plant.h"
#include "boot/kmap.h"

status_t __wrap_kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why);
status_t __real_kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why);

status_t __wrap_kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why)
{
    status_t st = __real_kmap_build(b, plan, why);
    const uint64_t output = 0xfffffffff000, read_only = 1 << 7;
    uint64_t *l1, *l2, some;

    if (st != ST_OK || b->core + 1 != b->ncores) /* one core is enough */
        return st;
    l1 = (uint64_t *)(uintptr_t)b->kernel_root;
    l2 = (uint64_t *)(uintptr_t)(l1[b->share[0].base >> 30] & output);
    for (some = 0; (l2[some] & 3) != 1; some++)
        ;
    l2[PLANT_INDEX] = (l2[some] & ~output) | read_only | ((b->share[0].base - 2 * PLANT_BLOCK) & output);
    return ST_OK;
}
