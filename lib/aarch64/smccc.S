/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/smccc - calls of the firmware, as Arm's SMC Calling Convention has them.
 *
 * Entry:  x0 = function, x1..x3 = arguments: already where the convention wants them.
 * Action: the call. It may destroy x0..x17, which C expects of any function.
 * Exit:   x0 = result.
 */
        .arch   armv8-a

        .section .text.smccc_hvc, "ax"
        .global smccc_hvc
        .type   smccc_hvc, %function
smccc_hvc:
        hvc     #0
        ret

        .section .text.smccc_smc, "ax"
        .global smccc_smc
        .type   smccc_smc, %function
smccc_smc:
        smc     #0
        ret
