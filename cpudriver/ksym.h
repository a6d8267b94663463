/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/ksym - the CPU driver's own function names, for the backtrace of a panic.
 *
 * Made by tools/symtab from the linked image and linked in again; constant, sorted by
 * offset, offsets counted from the start of the image. The name of the function that
 * holds an address is that of the last entry at or below it.
 */
#pragma once
#include <stdint.h>

struct ksym {
    uint32_t offset; /* of the function from the image start */
    uint32_t name;   /* of its name in ksym_names            */
};

extern const struct ksym ksyms[];
extern const uint32_t nksyms;
extern const char ksym_names[];
