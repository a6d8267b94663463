/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/crt0 - the first instructions of a program.
 *
 * Entry:  x0 = address of struct program_info, SP = top of the stack, 16-byte aligned,
 *         relocations applied, .bss zero.
 * Action: end the chain of frame records, so that a backtrace stops here, and call
 *         void rt_start(const struct program_info *), which does not come back.
 */
        .section .text.start, "ax"
        .global _start
        .type   _start, %function
_start:
        mov     x29, #0
        mov     x30, #0
        bl      rt_start
        brk     #0xdead                 // rt_start came back: a bug of ours
        .size   _start, . - _start
        .section .note.GNU-stack, "", %progbits
