/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/kmap - the kernel half of one core: what its CPU driver can reach, and nothing else.
 *
 *   K1  every page of the core's own share, once: bootinfo, page tables and the constants of
 *       the CPU driver read-only, its code (and the hand-over page) executable and never
 *       writable, the rest writable and never executable
 *   K2  device pages: interrupt distributor, its own CPU interface or redistributor, console, reset;
 *       on the first core of a spin-table machine also the pages of the release words
 *   K3  no page of another core's share, none of the mesh, none of the boot image
 *
 * It is built once and never changes. Pure.
 */
#pragma once
#include "boot/pagetable.h"
#include "lib/abi/bootinfo.h"
#include "lib/base/text.h"
#include "lib/load/elf.h"

#define KMAP_TABLE_PAGES 40u /* at most; what is not used is free memory again */

/* Where things are in share[0], ascending: bootinfo, kernel, hand-over page, rest, tables, free. */
struct kmap_plan {
    struct elf_plan kernel; /* its segments' permissions                    */
    paddr_t handover;       /* one page of code                             */
    paddr_t tables;         /* KMAP_TABLE_PAGES pages, used for the tables  */
    paddr_t free;           /* out: first byte after the tables used        */
    paddr_t empty;          /* out: a table that maps nothing, for TTBR0    */
};

/* Fills plan->free, plan->empty and b->kernel_root. ST_NOMEM or ST_MAPPED, with why: b is wrong. */
MUST_CHECK status_t kmap_build(struct bootinfo *b, struct kmap_plan *plan, struct text *why);
