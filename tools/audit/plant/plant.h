/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/audit/plant/plant - bugs that "make audit-selftest" links into a CPU driver of its own, to
 * see that "make audit" finds them. Never part of any other build.
 *
 * Each file wraps kernel_main (linker option --wrap): it does its harm and goes on.
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "lib/abi/layout.h"

struct kcb;
_Noreturn void __wrap_kernel_main(const struct bootinfo *info, struct kcb *kcb);
_Noreturn void __real_kernel_main(const struct bootinfo *info, struct kcb *kcb);

/*
 * Maps the 2 MiB around the mesh, which no CPU driver may map, writable into this core's kernel
 * half: a block in an unused entry of the level-2 table that maps the image's own GiB.
 */
static inline volatile uint64_t *plant_shared_block(const struct bootinfo *info)
{
    const uint64_t block = 0x2ull << 20, output = 0xfffffffff000ull;
    uint64_t gib = info->share[0].base >> 30;
    uint64_t *l1 = (uint64_t *)(uintptr_t)(KERNEL_BASE + info->kernel_root);
    uint64_t *l2 = (uint64_t *)(uintptr_t)(KERNEL_BASE + (l1[gib] & output));
    uint64_t pa = info->mesh.base & ~(block - 1);

    for (uint64_t i = 511; i > 0; i--)
        if (!(l2[i] & 1)) {
            l2[i] = pa | 1ull << 54 | 1ull << 53 | 1ull << 10 | 3ull << 8 | 1ull << 2 | 1;
            __asm__ volatile("dsb ishst\n\tisb" : : : "memory");
            return (volatile uint64_t *)(uintptr_t)(KERNEL_BASE + (gib << 30) + i * block +
                                                    (info->mesh.base - pa));
        }
    return 0;
}
