/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/fake - what only an AArch64 core can do, for the CPU driver's C on the host.
 *
 * Host builds look here before the root, so these headers stand in for those of the same
 * path. A system register is a word of its own; tests/support/core.c is the machine behind.
 */
#pragma once
#include <stdint.h>

struct fake_sysregs {
#define SYSREG_RO(reg) uint64_t reg;
#define SYSREG_RW(reg) uint64_t reg;
#include "lib/aarch64/sysreg.def"
#undef SYSREG_RO
#undef SYSREG_RW
};
extern struct fake_sysregs fake_sysregs;

#define SYSREG_RO(reg)                                                                             \
    static inline uint64_t read_##reg(void)                                                        \
    {                                                                                              \
        return fake_sysregs.reg;                                                                   \
    }
#define SYSREG_RW(reg)                                                                             \
    SYSREG_RO(reg)                                                                                 \
    static inline void write_##reg(uint64_t v)                                                     \
    {                                                                                              \
        fake_sysregs.reg = v;                                                                      \
    }
