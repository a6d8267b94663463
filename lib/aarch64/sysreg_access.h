/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/aarch64/sysreg_access - how sysreg.h reads and writes a register. Host tests have their own. */
#pragma once

#define SYSREG_RO(reg)                                                                             \
    static inline uint64_t read_##reg(void)                                                        \
    {                                                                                              \
        uint64_t v;                                                                                \
        __asm__ volatile("mrs %0, " #reg : "=r"(v));                                               \
        return v;                                                                                  \
    }
#define SYSREG_RW(reg)                                                                             \
    SYSREG_RO(reg)                                                                                 \
    static inline void write_##reg(uint64_t v)                                                     \
    {                                                                                              \
        __asm__ volatile("msr " #reg ", %0" : : "r"(v) : "memory");                                \
    }
