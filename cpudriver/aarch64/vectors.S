/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/vectors - the exception vector table, the way in and the way out.
 *
 * From EL0:  SP_EL1 points at the frame of the running task (its first member). All registers
 *            are saved there; C gets (kcb, task) on the kernel stack, decides, and returns the
 *            task to run, whose registers are loaded. FP registers change hands here.
 * From EL1:  a mistake of ours: registers go to kcb.panic_frame, C prints and stops.
 * Layout:    Arm ARM D1.10.2: 16 entries of 0x80 bytes, 2 KiB aligned.
 */
#include "cpudriver/aarch64/frame.h"
#include "cpudriver/aarch64/fp.inc"

        .arch   armv8-a
        .arch_extension fp
        .arch_extension simd

/* x2..x29 to or from a frame. */
.macro pairs op, base
        \op     x2,  x3,  [\base, #FRAME_X(2)]
        \op     x4,  x5,  [\base, #FRAME_X(4)]
        \op     x6,  x7,  [\base, #FRAME_X(6)]
        \op     x8,  x9,  [\base, #FRAME_X(8)]
        \op     x10, x11, [\base, #FRAME_X(10)]
        \op     x12, x13, [\base, #FRAME_X(12)]
        \op     x14, x15, [\base, #FRAME_X(14)]
        \op     x16, x17, [\base, #FRAME_X(16)]
        \op     x18, x19, [\base, #FRAME_X(18)]
        \op     x20, x21, [\base, #FRAME_X(20)]
        \op     x22, x23, [\base, #FRAME_X(22)]
        \op     x24, x25, [\base, #FRAME_X(24)]
        \op     x26, x27, [\base, #FRAME_X(26)]
        \op     x28, x29, [\base, #FRAME_X(28)]
.endm

/* Lower EL: save x0, x1 at once, the rest out of line. x1 = what to call. */
.macro from_el0 handler
        .balign 0x80
        stp     x0, x1, [sp, #FRAME_X(0)]
        adrp    x1, \handler
        add     x1, x1, :lo12:\handler
        b       save_and_call
.endm

/* The same, by the class of the exception: calls, FP registers, and the rest. */
.macro from_el0_sync
        .balign 0x80
        stp     x0, x1, [sp, #FRAME_X(0)]
        mrs     x1, esr_el1
        ubfx    x1, x1, #26, #6                 // EC
        cmp     x1, #0x15                       // SVC
        b.ne    no_call
        adrp    x1, syscall_entry
        add     x1, x1, :lo12:syscall_entry
        b       save_and_call
no_call:
        cmp     x1, #0x07                       // FP: it belongs to somebody else
        b.eq    fp_change
        adrp    x1, trap_sync
        add     x1, x1, :lo12:trap_sync
        b       save_and_call
.endm

/* Our own level: x0 and x1 are kept in system registers that EL0 does not need now. */
.macro from_el1 number
        .balign 0x80
        msr     tpidrro_el0, x0
        mov     x0, sp
        msr     tpidr_el0, x1
        mov     x1, #\number
        b       own_fault
.endm

        .section .text.vectors, "ax"
        .balign 0x800
        .global vectors
vectors:
        //      synchronous, IRQ, FIQ, SError
        .irp    n, 0, 1, 2, 3                   // current EL with SP_EL0: never used
        from_el1 \n
        .endr
        .irp    n, 4, 5, 6, 7                   // current EL: a kernel fault
        from_el1 \n
        .endr
        from_el0_sync                           // lower EL, AArch64
        from_el0 trap_irq
        from_el0 trap_irq                       // FIQ: GICv2 without security gives none
        from_el0 trap_serror
        .irp    n, 12, 13, 14, 15               // lower EL, AArch32: never configured
        from_el1 \n
        .endr

        .text

/* sp = task (frame), x0 and x1 saved; x1 = handler. */
save_and_call:
        pairs   stp, sp
        mrs     x2, sp_el0
        mrs     x3, elr_el1
        mrs     x4, spsr_el1
        stp     x30, x2, [sp, #FRAME_X(30)]     // x30, SP
        stp     x3, x4, [sp, #FRAME_PC]         // PC, PSTATE
        mov     x9, x1
        mov     x1, sp                          // second argument: the task
        mrs     x0, tpidr_el1                   // first argument: the KCB
        ldr     x2, [x0, #KCB_STACK_TOP]
        mov     sp, x2
        mov     x29, #0                         // the frame chain of the kernel ends here
        mov     x30, #0
        blr     x9

/* x0 = task to run. Also the first way out: enter_el0(task). */
        .global enter_el0
enter_el0:
        mov     sp, x0
        ldp     x3, x4, [sp, #FRAME_PC]
        ldp     x30, x2, [sp, #FRAME_X(30)]
        msr     sp_el0, x2
        msr     elr_el1, x3
        msr     spsr_el1, x4
        pairs   ldp, sp
        ldp     x0,  x1,  [sp, #FRAME_X(0)]
        eret

/*
 * sp = task (frame), x0 and x1 saved: its FP registers, for those of their owner, whose are saved; then it goes on.
 * x2 and x3 wait in its frame, the others are untouched. At our own level FP is never trapped.
 */
fp_change:
        stp     x2, x3, [sp, #FRAME_X(2)]
        ldr     x3, [sp, #TASK_TAIL]            // where its FP registers are when they are not in the core
        cbz     x3, fp_nowhere
        mrs     x0, tpidr_el1                   // the KCB
        ldp     x1, x2, [x0, #KCB_FP_OWNER]     // owner or 0; entries
        add     x2, x2, #1
        cbz     x1, 1f
        ldr     x1, [x1, #TASK_TAIL]            // an owner has one
        q_pairs stp, x1
        mrs     x3, fpcr
        str     x3, [x1, #512]
        mrs     x3, fpsr
        str     x3, [x1, #520]
1:      mov     x3, sp                          // the new owner
        stp     x3, x2, [x0, #KCB_FP_OWNER]
        mov     w1, #1
        strb    w1, [x0, #KCB_FP_OPEN]
        ldr     x1, [x3, #TASK_TAIL]
        q_pairs ldp, x1
        ldr     x2, [x1, #512]
        ldr     x3, [x1, #520]
        msr     fpcr, x2
        msr     fpsr, x3
        mov     x1, #(3 << 20)                  // CPACR.FPEN: EL0, too
        msr     cpacr_el1, x1                   // the ERET is what makes it seen
        ldp     x2, x3, [sp, #FRAME_X(2)]
        ldp     x0, x1, [sp, #FRAME_X(0)]
        eret

fp_nowhere:                                     // C finds a place, and it is done again, or a fault of it
        ldp     x2, x3, [sp, #FRAME_X(2)]
        adrp    x1, trap_sync
        add     x1, x1, :lo12:trap_sync
        b       save_and_call

/*
 * x0 = the sp of the fault, x1 = vector; the true x0, x1 are in tpidrro_el0, tpidr_el0. Before the
 * KCB is known (tpidr_el1 = 0) there is nowhere to save to: stop here, a debugger sees it.
 */
own_fault:
        mrs     x17, tpidr_el1
        cbz     x17, .
        ldr     x16, [x17, #KCB_PANIC_STACK]
        mov     sp, x16
        ldr     x16, [x17, #KCB_PANIC_FRAME]
        pairs   stp, x16
        stp     x30, x0, [x16, #FRAME_X(30)]
        mrs     x2, tpidrro_el0
        mrs     x3, tpidr_el0
        stp     x2, x3, [x16, #FRAME_X(0)]
        mrs     x2, elr_el1
        mrs     x3, spsr_el1
        stp     x2, x3, [x16, #FRAME_PC]
        mov     x0, x17
        mov     x2, x1                          // vector
        mov     x1, x16                         // frame (its x16, x17 are lost)
        mov     x30, #0
        bl      trap_own                        // does not return
        brk     #1
