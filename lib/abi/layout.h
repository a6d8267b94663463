/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/abi/layout - the virtual address map.
 *
 *   TTBR0, 38 bits    0x0000_0000_0000 .. 0x003f_ffff_ffff   a program
 *   TTBR1, 39 bits    KERNEL_BASE + physical address         one CPU driver: its own share
 *                                                            of RAM and the devices it drives
 *
 * The root table of a program's space is half a page (256 entries of 1 GiB); the
 * other half of that page is the kernel's header of the space.
 */
#pragma once
#include "lib/base/types.h"

#define KERNEL_BASE 0xffffff8000000000ull
#define PHYS_LIMIT (1ull << 39)          /* machines with RAM or devices above are refused */
#define USER_LIMIT (1ull << 38)
#define USER_LOWEST 0x10000ull           /* below: never mapped, so that null pointers fault */

/* Where lib/rt and the monitor put things in every program. */
#define USER_STACK_TOP 0x000043e000ull   /* grows down; below and above it nothing is mapped */
#define USER_INFO 0x000043f000ull        /* struct program_info, read-only                 */
#define USER_IMAGE 0x0000440000ull       /* the program: in one range of 2 MiB with its stack, so that a small one has three tables */
#define USER_HEAP 0x0080000000ull        /* frames a program maps for itself               */
#define USER_CHANNELS 0x0100000000ull    /* channels, CHANNEL_BYTES apart                  */
#define USER_DEVICES 0x0140000000ull
#define USER_BUNDLE 0x0180000000ull      /* the bundle, read-only (monitors)               */
#define USER_DTB 0x01c0000000ull         /* the device tree, read-only (monitor, skb)      */

enum perm {
    PERM_READ = 1,
    PERM_WRITE = 2,
    PERM_EXECUTE = 4, /* with READ, never with WRITE */
};
