/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/early_map - the first page tables: what boot itself runs in.
 *
 * Identity map, in TTBR0. Made with the MMU off, so these functions call nothing and
 * touch only what they say. Afterwards a core can reach:
 *
 *     first core   image (text RX, constants RO, data RW), device tree RO; more once known
 *     any other    image (text RX, all else RO), its own share[0] RW, the bundle RO, console
 *
 * so a core that is not the first cannot write outside its own share while it boots.
 */
#pragma once
#include "boot/pagetable.h"
#include "lib/abi/bootinfo.h"

/* Both return the root for TTBR0, or 0 if no map can be made. */
uint64_t early_map_first(const void *dtb);
uint64_t early_map_secondary(const struct bootinfo *b);

/* First core, MMU on: one more range, rounded out to whole pages. */
MUST_CHECK status_t early_map_more(paddr_t pa, uint64_t bytes, enum map_kind kind);

/* From image.ld. Hidden, so that they are reached relative to the code and need no relocation. */
#define FROM_LINKER extern __attribute__((visibility("hidden")))
FROM_LINKER char image_start[], image_text_end[], image_constants_end[], image_end[];
