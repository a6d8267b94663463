/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/base/check - our own promises. A CHECK that fails is a bug of ours, never
 * input: it stops this core (CPU driver: panic; program: a fault to its
 * supervisor; host: abort). Each world supplies check_failed().
 */
#pragma once

_Noreturn void check_failed(const char *what, const char *file, int line);

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0))                                                          \
            check_failed(#cond, __FILE__, __LINE__);                                               \
    } while (0)
#define UNREACHABLE() check_failed("unreachable", __FILE__, __LINE__)
