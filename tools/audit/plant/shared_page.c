/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Planted bug, in boot: every kernel half gets the block around the mesh, writable. Nobody writes to it. */
#include "tools/audit/plant/plant.h"
#include "boot/kmap.h"

status_t __wrap_kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why);
status_t __real_kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why);

status_t __wrap_kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why)
{
    status_t st = __real_kmap_build(b, plan, why);
    const uint64_t output = 0xfffffffff000;
    uint64_t *l1, *l2, some;

    if (st != ST_OK)
        return st;
    l1 = (uint64_t *)(uintptr_t)b->kernel_root;
    l2 = (uint64_t *)(uintptr_t)(l1[b->share[0].base >> 30] & output);
    for (some = 0; (l2[some] & 3) != 1; some++) /* a block of the share: this one has the right bits */
        ;
    l2[PLANT_INDEX] = (l2[some] & ~output) | (b->mesh.base & ~(PLANT_BLOCK - 1));
    return ST_OK;
}
