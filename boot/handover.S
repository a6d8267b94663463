/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/handover - the last instructions of boot: from the identity map to the kernel half.
 *
 * Whoever switches TTBR0 off must not be running from it. So the second half of this file
 * is copied into a page of the core's own share that its kernel half maps read-only and
 * executable; the first half turns that half on and jumps to the copy.
 *
 * Entry:  x0 = bootinfo (virtual), x1 = entry of the CPU driver (virtual),
 *         x2 = TTBR1, x3 = TTBR0 (an empty table), x4 = TCR, x5 = the copy (virtual)
 * Exit:   at x1, x0 unchanged, in the state lib/abi/bootinfo.h promises.
 */
#include "lib/aarch64/mmu.h"

        .arch   armv8-a

        .section .text.handover, "ax"
        .global handover
        .type   handover, %function
handover:
        msr     ttbr1_el1, x2
        isb                                     // the root is there before walks begin
        mrs     x6, tcr_el1
        bic     x6, x6, #MMU_TCR_EPD1
        msr     tcr_el1, x6
        isb
        br      x5

        .balign 16
        .global handover_copy, handover_copy_end
handover_copy:
        msr     ttbr0_el1, x3
        msr     tcr_el1, x4
        msr     cpacr_el1, xzr                  // FP and SIMD trap again
        isb                                     // the identity map is gone ...
        tlbi    vmalle1
        dsb     nsh                             // ... and forgotten
        isb
        br      x1
handover_copy_end:
