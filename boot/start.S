/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/start - from reset, or from the firmware's CPU_ON, to C with the MMU on.
 *
 * The image starts with the header of Linux' arm64 boot protocol, so whatever loads Linux
 * loads us: anywhere, x0 = device tree, MMU and data cache off, at EL1 or EL2. The image
 * is linked at 0 and relocates itself before any C runs.
 *
 * Caches. Until the MMU is on, our accesses go past the caches. What we write must not be
 * overwritten by a dirty line written back later (so: clean and invalidate before), and
 * must not be hidden by a clean line fetched meanwhile (so: invalidate before MMU on).
 */
#include "boot/start.h"
#include "lib/aarch64/mmu.h"

        .arch   armv8-a

#define HCR_VHE         ((1 << 34) | (1 << 41) | (1 << 40) | (1 << 31) | (1 << 27))  /* E2H API APK RW TGE */
#define HCR_EL1         ((1 << 41) | (1 << 40) | (1 << 31))                          /* API APK RW */
#define SPSR_EL1H       0x3c5                           /* EL1, own stack pointer, all masked */
#define CPTR_NO_TRAP    0x33ff                          /* RES1 bits and SVE; no trap of FP   */
#define CNTHCTL_EL1_OK  3                               /* EL1 may use counter and timer      */
#define FP_ON           (3 << 20)
#define R_RELATIVE      1027

        .section .head, "ax"
        .global _start
_start:
        b       first                           // code0
        .long   0                               // code1
        .quad   0                               // text_offset: at a multiple of 2 MiB
        .quad   image_end - _start              // bytes, zeroed data included
        .quad   0xa                             // little endian, 4 KiB pages, anywhere in RAM
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .long   0

/* dc \op over [\from, \to); spoils \from, \t1, \t2 */
.macro  cache_range op, from, to, t1, t2
        mrs     \t1, ctr_el0
        ubfx    \t1, \t1, #16, #4
        mov     \t2, #4
        lsl     \t1, \t2, \t1                   // bytes of a line
        sub     \t2, \t1, #1
        bic     \from, \from, \t2
1:      dc      \op, \from
        add     \from, \from, \t1
        cmp     \from, \to
        b.lo    1b
        dsb     sy                              // done for all before who comes next: a core with its caches off, or our MMU
.endm

.macro  address reg, symbol
        adrp    \reg, \symbol
        add     \reg, \reg, :lo12:\symbol
.endm

/* --- the first core -------------------------------------------------------------------------- */

        .section .text.start, "ax"
first:
        msr     daifset, #0xf
        msr     spsel, #1
        bl      settle_el
        mrs     x21, cntvct_el0                 // x21 = when it all began
        mov     x20, x0                         // x20 = device tree

        address x1, image_start                 // no line of ours is dirty from here
        address x2, image_end
        cache_range civac, x1, x2, x3, x4
        cbz     x20, relocate
        dc      civac, x20                      // the header of the tree, read with the MMU off
        dsb     sy

        /* x0 = load address = offset, x1, x2 = relocations */
relocate:
        address x0, image_start
        address x1, rela_start
        address x2, rela_end
2:      cmp     x1, x2
        b.hs    3f
        ldp     x3, x4, [x1], #16               // where, what kind
        ldr     x5, [x1], #8                    // addend
        cmp     x4, #R_RELATIVE
        b.ne    stop                            // the linker made something else: cannot run
        add     x5, x5, x0
        str     x5, [x3, x0]
        b       2b

3:      address x1, bss_start                   // whole 16 bytes, image.ld sees to it
        address x2, bss_end
4:      cmp     x1, x2
        b.hs    5f
        stp     xzr, xzr, [x1], #16
        b       4b

5:      address x1, first_stack_end
        mov     sp, x1
        mov     x29, #0
        mov     x0, x20
        bl      early_map_first                 // x0 = root table or 0
        cbz     x0, stop
        mov     x22, x0
        address x1, image_start                 // no stale line of ours hides what we wrote
        address x2, image_end
        cache_range ivac, x1, x2, x3, x4
        msr     tpidr_el1, xzr                  // tells boot_exception: the first core
        mov     x0, x22
        bl      mmu_on
        mov     x0, x20
        mov     x1, x21
        bl      boot_main                       // does not return
stop:
        wfi
        b       stop

/* --- any other core: x0 = its bootinfo (PSCI) or 0 (spin table) -------------------------------- */

        .global secondary_entry
secondary_entry:
        msr     daifset, #0xf
        msr     spsel, #1
        bl      settle_el
        mrs     x21, cntvct_el0
        cbnz    x0, have_info

        /* Find ourselves. x1 = our affinity, x2 = row; the list ends with a row of info 0. */
        mrs     x1, mpidr_el1
        and     x1, x1, #0x000000ffffffffff
        bic     x1, x1, #0xff000000             // Aff3 . Aff2 Aff1 Aff0
        address x2, secondary_table
6:      ldp     x3, x0, [x2], #SECONDARY_ENTRY_BYTES
        cbz     x0, stop                        // nobody expects this core
        cmp     x3, x1
        b.ne    6b

        /* The first core cleaned bootinfo to memory, and the scratch behind it. */
have_info:
        mov     x20, x0
        ldr     x1, [x20, #INFO_SHARE_BASE]
        ldr     x2, [x20, #INFO_SHARE_BYTES]
        add     x23, x1, x2                     // x23 = end of share[0]
        mov     sp, x23
        mov     x29, #0
        bl      early_map_secondary
        cbz     x0, stop
        mov     x22, x0
        sub     x1, x23, #SCRATCH_BYTES
        cache_range ivac, x1, x23, x3, x4
        msr     tpidr_el1, x20                  // tells boot_exception: not the first
        mov     x0, x22
        bl      mmu_on
        mov     x0, x20
        mov     x1, x21
        bl      boot_secondary                  // does not return
        b       stop

/* --- exception level: leaves us at EL2 with VHE, or at EL1; x0, x20.. untouched ---------------- */

settle_el:
        mrs     x9, currentel
        cmp     x9, #(2 << 2)
        b.ne    at_el1

        msr     cntvoff_el2, xzr
        msr     vttbr_el2, xzr
        msr     hstr_el2, xzr
        mrs     x9, id_aa64dfr0_el1
        ubfx    x9, x9, #8, #4                  // PMUVer
        mov     x10, xzr
        cbz     x9, 7f
        cmp     x9, #0xf
        b.eq    7f
        mrs     x10, pmcr_el0
        ubfx    x10, x10, #11, #5               // all counters belong to the kernel
7:      msr     mdcr_el2, x10
        mrs     x9, id_aa64pfr0_el1
        ubfx    x9, x9, #24, #4                 // GIC registers of the core
        cbz     x9, 8f
        mrs     x9, S3_4_C12_C9_5               // ICC_SRE_EL2
        orr     x9, x9, #1                      // SRE
        orr     x9, x9, #8                      // EL1 may set its own
        msr     S3_4_C12_C9_5, x9
        isb
        msr     S3_4_C12_C11_0, xzr             // ICH_HCR_EL2: nothing virtual
8:      mrs     x9, id_aa64mmfr1_el1
        ubfx    x9, x9, #8, #4                  // VH
        cbz     x9, drop_to_el1

        ldr     x9, =HCR_VHE
        msr     hcr_el2, x9
        isb                                     // from here the _EL1 names are EL2's registers
at_el1:
        ldr     x9, =MMU_SCTLR_OFF
        msr     sctlr_el1, x9
        mov     x9, #FP_ON                      // libfdt and the hash use FP registers
        msr     cpacr_el1, x9
        isb
        ret

drop_to_el1:
        ldr     x9, =HCR_EL1
        msr     hcr_el2, x9
        mov     x9, #CPTR_NO_TRAP
        msr     cptr_el2, x9
        mov     x9, #CNTHCTL_EL1_OK
        msr     cnthctl_el2, x9
        mrs     x9, midr_el1
        msr     vpidr_el2, x9
        mrs     x9, mpidr_el1
        msr     vmpidr_el2, x9
        ldr     x9, =MMU_SCTLR_OFF
        msr     sctlr_el1, x9
        mov     x9, #FP_ON
        msr     cpacr_el1, x9
        mov     x9, #SPSR_EL1H
        msr     spsr_el2, x9
        msr     elr_el2, x30
        eret

/* --- x0 = root table of the identity map; spoils x9.. ------------------------------------------- */

mmu_on:
        ldr     x9, =MMU_MAIR
        msr     mair_el1, x9
        ldr     x9, =(MMU_TCR_FIXED | MMU_TCR_EPD1 | MMU_T0SZ_BOOT | MMU_T1SZ << MMU_TCR_T1SZ_LSB)
        mrs     x10, id_aa64mmfr0_el1
        and     x11, x10, #0xf                  // PARange, at most 48 bits
        cmp     x11, #5
        mov     x12, #5
        csel    x11, x11, x12, lo
        bfi     x9, x11, #MMU_TCR_IPS_LSB, #3
        ubfx    x10, x10, #4, #4                // ASIDBits
        cmp     x10, #2
        cset    x10, eq
        bfi     x9, x10, #MMU_TCR_AS_BIT, #1
        msr     tcr_el1, x9
        msr     ttbr0_el1, x0
        address x10, boot_vectors
        msr     vbar_el1, x10
        isb                                     // the regime is complete ...
        tlbi    vmalle1
        ic      iallu
        dsb     nsh                             // ... and nothing older is remembered ...
        isb
        ldr     x9, =MMU_SCTLR_ON
        msr     sctlr_el1, x9                   // ... when it is switched on
        isb
        ret

        .ltorg

/* --- exceptions: none are expected, all end in C ------------------------------------------------- */

        .section .text.vectors, "ax"
        .balign 0x800
boot_vectors:
        .rept   16
        .balign 0x80
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        b       boot_exception                  // does not return
        .endr

/* --- x0 = exit status; comes back only through boot_exception, if at all ------------------------- */

        .section .text.semihosting, "ax"
        .global semihosting_exit
semihosting_exit:
        mov     x1, #0x26
        movk    x1, #2, lsl #16                 // ADP_Stopped_ApplicationExit
        stp     x1, x0, [sp, #-16]!
        mov     x1, sp
        mov     x0, #0x18                       // SYS_EXIT
        hlt     #0xf000
        add     sp, sp, #16
        ret

        .section .stack, "aw", %nobits
        .balign 16
        .space  BOOT_STACK_BYTES
first_stack_end:
