/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/cache - make instructions that were written as data visible to fetches.
 *
 * void cache_publish_code(const void *from, size_t bytes);
 *
 * x0 = address, x1 = bytes, x2 = end, x3 = line, x4 = its size.
 * Clean each data line to the point of unification, then invalidate the instruction lines:
 * in that order, with a barrier between, or a fetch could read the old bytes again.
 */
        .text
        .global cache_publish_code
        .type   cache_publish_code, %function
cache_publish_code:
        add     x2, x0, x1
        mrs     x4, ctr_el0
        ubfx    x5, x4, #16, #4                 // DminLine: log2 of words
        mov     x6, #4
        lsl     x5, x6, x5
        sub     x6, x5, #1
        bic     x3, x0, x6
1:      dc      cvau, x3
        add     x3, x3, x5
        cmp     x3, x2
        b.lo    1b
        // The lines are clean before the first is invalidated: nobody pairs, both sides are this core.
        dsb     ish
        and     x5, x4, #15                     // IminLine
        mov     x6, #4
        lsl     x5, x6, x5
        sub     x6, x5, #1
        bic     x3, x0, x6
2:      ic      ivau, x3
        add     x3, x3, x5
        cmp     x3, x2
        b.lo    2b
        // The invalidation is done on all cores; then what this one has fetched is dropped.
        dsb     ish
        isb
        ret
        .size   cache_publish_code, . - cache_publish_code
        .section .note.GNU-stack, "", %progbits
