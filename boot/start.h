/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/start - numbers that start.S and C must agree on; C asserts them (early_map.c).
 *
 * Scratch: the last SCRATCH_BYTES of a core's share[0] hold its boot stage's stack and
 * first tables. When the CPU driver is entered they are free memory again.
 *
 *     | ... share[0] ...            | tables      | stack |
 *     base                          ^ -SCRATCH    ^       base + bytes
 */
#pragma once

#define SCRATCH_BYTES       0x20000
#define SCRATCH_TABLE_PAGES 24
#define BOOT_STACK_BYTES    0x8000

#define INFO_SHARE_BASE  24 /* offsets in struct bootinfo */
#define INFO_SHARE_BYTES 32

#define SECONDARY_ENTRY_BYTES 16 /* struct secondary: mpidr, info */
