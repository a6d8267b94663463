/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/entry - the image header, the first instructions, FP registers, exit.
 */
#include "cpudriver/aarch64/frame.h"

        .arch   armv8-a

        .section .text.head, "ax"
        .balign 8
        .global kernel_header
kernel_header:                                  // struct kernel_header, lib/abi/bootinfo.h
        .quad   0x314c4e4b59524b53
        .word   1
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
        stp     q0,  q1,  [x0, #0]
        stp     q2,  q3,  [x0, #32]
        stp     q4,  q5,  [x0, #64]
        stp     q6,  q7,  [x0, #96]
        stp     q8,  q9,  [x0, #128]
        stp     q10, q11, [x0, #160]
        stp     q12, q13, [x0, #192]
        stp     q14, q15, [x0, #224]
        stp     q16, q17, [x0, #256]
        stp     q18, q19, [x0, #288]
        stp     q20, q21, [x0, #320]
        stp     q22, q23, [x0, #352]
        stp     q24, q25, [x0, #384]
        stp     q26, q27, [x0, #416]
        stp     q28, q29, [x0, #448]
        stp     q30, q31, [x0, #480]
        mrs     x1, fpcr
        mrs     x2, fpsr
        str     x1, [x0, #512]
        str     x2, [x0, #520]
        ret

        .global fp_load
fp_load:
        ldp     q0,  q1,  [x0, #0]
        ldp     q2,  q3,  [x0, #32]
        ldp     q4,  q5,  [x0, #64]
        ldp     q6,  q7,  [x0, #96]
        ldp     q8,  q9,  [x0, #128]
        ldp     q10, q11, [x0, #160]
        ldp     q12, q13, [x0, #192]
        ldp     q14, q15, [x0, #224]
        ldp     q16, q17, [x0, #256]
        ldp     q18, q19, [x0, #288]
        ldp     q20, q21, [x0, #320]
        ldp     q22, q23, [x0, #352]
        ldp     q24, q25, [x0, #384]
        ldp     q26, q27, [x0, #416]
        ldp     q28, q29, [x0, #448]
        ldp     q30, q31, [x0, #480]
        ldr     x1, [x0, #512]
        ldr     x2, [x0, #520]
        msr     fpcr, x1
        msr     fpsr, x2
        ret
