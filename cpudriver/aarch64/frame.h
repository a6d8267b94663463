/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/frame - the saved registers of a program, for C and for assembly.
 *
 * The assembler uses the numbers, C uses the names; kcb.h asserts they agree.
 */
#pragma once

#define FRAME_X(n)  ((n)*8)
#define FRAME_SP    248
#define FRAME_PC    256
#define FRAME_PSTATE 264
#define FRAME_BYTES 272

#define KCB_BYTES       0x19000 /* of the control block; the kernel stack is its tail */
#define KCB_STACK_BYTES 0x3000  /* at least */
#define BOOTINFO_KCB    3192    /* offset of bootinfo.kcb.base */
#define KCB_STACK_TOP   0  /* offsets into struct kcb */
#define KCB_PANIC_FRAME 8
#define KCB_PANIC_STACK 16
#define KCB_FP_OWNER    24 /* and behind it: entries */
#define KCB_FP_OPEN     40
#define TASK_TAIL       936 /* offset into struct task */

#ifndef __ASSEMBLER__
#include <stdint.h>
struct frame {
    uint64_t x[31], sp, pc, pstate;
};
#endif
