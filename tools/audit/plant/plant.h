/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/audit/plant/plant - bugs that "make audit-selftest" links into an image of its own, to see
 * that "make audit" finds them. Never part of any other build.
 *
 * Each file wraps one function (linker option --wrap): it does its harm and goes on.
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "lib/abi/layout.h"

/* Where shared_page.c puts the mesh in a kernel half: in the last 2 MiB of the share's own GiB. */
#define PLANT_BLOCK (2ull << 20)
#define PLANT_INDEX 511u

static inline uint64_t *plant_common(const struct bootinfo *info)
{
    return (uint64_t *)(uintptr_t)(KERNEL_BASE + (info->share[0].base >> 30 << 30) +
                                   PLANT_INDEX * PLANT_BLOCK + info->mesh.base % PLANT_BLOCK);
}

struct kcb;
_Noreturn void __wrap_kernel_main(const struct bootinfo *info, struct kcb *kcb);
_Noreturn void __real_kernel_main(const struct bootinfo *info, struct kcb *kcb);
