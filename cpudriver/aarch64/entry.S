/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/entry - the image header, the first instructions, FP registers, exit.
 */
#include "cpudriver/aarch64/frame.h"
#include "cpudriver/aarch64/fp.inc"

        .arch   armv8-a

        .section .text.head, "ax"
        .balign 8
        .global kernel_header
kernel_header:                                  // struct kernel_header, lib/abi/bootinfo.h
        .quad   0x314c4e4b59524b53
        .word   2                               // BOOTINFO_VERSION
        .word   KCB_BYTES
        .quad   cpudriver_entry - kernel_header

/*
 * Entry:  x0 = bootinfo (kernel virtual address), MMU on with the kernel half in TTBR1,
 *         interrupts masked, no stack.
 * Action: kernel_main(bootinfo, kcb) on the stack at the end of the KCB.
 */
cpudriver_entry:
        ldr     x1, [x0, #BOOTINFO_KCB]         // physical address of the KCB
        movz    x2, #0xff80, lsl #32
        movk    x2, #0xffff, lsl #48            // KERNEL_BASE
        add     x1, x1, x2
        add     x3, x1, #KCB_BYTES
        mov     sp, x3
        mov     x29, #0                         // end of the frame chain
        mov     x30, #0
        bl      kernel_main                     // does not return
        brk     #1

        .text

/* x0 = status: ends an emulated machine (Arm semihosting 2.0, SYS_EXIT with a block). */
        .global cpu_semihosting_exit
cpu_semihosting_exit:
        mov     x1, #0x26
        movk    x1, #2, lsl #16                 // ADP_Stopped_ApplicationExit
        stp     x1, x0, [sp, #-16]!
        mov     x1, sp
        mov     x0, #0x18
        hlt     #0xf000
        b       .

        .arch_extension fp
        .arch_extension simd

/* x0 = struct fp_state: q0..q31, then FPCR, FPSR. */
        .global fp_save
fp_save:
        q_pairs stp, x0
        mrs     x1, fpcr
        mrs     x2, fpsr
        str     x1, [x0, #512]
        str     x2, [x0, #520]
        ret

        .global fp_load
fp_load:
        q_pairs ldp, x0
        ldr     x1, [x0, #512]
        ldr     x2, [x0, #520]
        msr     fpcr, x1
        msr     fpsr, x2
        ret
