/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/sha - one block of SHA-256 with the SHA instructions (Arm ARM DDI 0487, SHA256H and the like; FIPS
 * 180-4, 6.2.2).
 *
 *     void sha_block(uint32_t h[8], const void *block);     x0, x1; a witness_block_fn
 *
 * The vector registers are a program's: what is used of them is put back. CPACR lets EL1 use them at all times.
 *
 *     v0, v1   the state     v2, v3   sums         v4 - v7   the next 16 words of the schedule     v16 - v19   constants
 */
    .arch armv8-a+crypto

/* Four rounds with the words in va; the schedule moves on, and va holds the words of 16 rounds later. */
    .macro rounds, a, b, c, d, constant, schedule
    add     v2.4s, v\constant\().4s, v\a\().4s
    .if \schedule
    sha256su0 v\a\().4s, v\b\().4s
    .endif
    mov     v3.16b, v0.16b
    sha256h q0, q1, v2.4s
    sha256h2 q1, q3, v2.4s
    .if \schedule
    sha256su1 v\a\().4s, v\c\().4s, v\d\().4s
    .endif
    .endm

    .macro sixteen, schedule
    ld1     {v16.4s - v19.4s}, [x2], #64
    rounds  4, 5, 6, 7, 16, \schedule
    rounds  5, 6, 7, 4, 17, \schedule
    rounds  6, 7, 4, 5, 18, \schedule
    rounds  7, 4, 5, 6, 19, \schedule
    .endm

    .section .text.sha_block, "ax"
    .global sha_block
    .type   sha_block, %function
    .balign 64
sha_block:
    sub     sp, sp, #192
    mov     x3, sp
    st1     {v0.16b - v3.16b}, [x3], #64
    st1     {v4.16b - v7.16b}, [x3], #64
    st1     {v16.16b - v19.16b}, [x3]
    adrp    x2, constants
    add     x2, x2, :lo12:constants
    ldp     q0, q1, [x0]
    ld1     {v4.16b - v7.16b}, [x1]
    rev32   v4.16b, v4.16b
    rev32   v5.16b, v5.16b
    rev32   v6.16b, v6.16b
    rev32   v7.16b, v7.16b
    sixteen 1
    sixteen 1
    sixteen 1
    sixteen 0
    ldp     q2, q3, [x0]
    add     v0.4s, v0.4s, v2.4s
    add     v1.4s, v1.4s, v3.4s
    stp     q0, q1, [x0]
    ld1     {v0.16b - v3.16b}, [sp], #64
    ld1     {v4.16b - v7.16b}, [sp], #64
    ld1     {v16.16b - v19.16b}, [sp], #64
    ret
    .size   sha_block, . - sha_block

    .section .rodata.sha_constants, "a"
    .balign 16
constants:
    .word   0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
    .word   0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
    .word   0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
    .word   0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
    .word   0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
    .word   0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
    .word   0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
    .word   0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
