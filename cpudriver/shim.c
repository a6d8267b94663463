/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/shim - what the portable SHA-256 of BearSSL expects of the place it runs in: Debian builds it with
 * stack protector and FORTIFY.
 */
#include <stdint.h>
#include <string.h>
#include "lib/base/check.h"

/* Compared on the way out of a function of the library; it need not be secret. */
extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0x00ff0a0d5bd1e995u;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    check_failed("a library wrote past its stack", __FILE__, __LINE__);
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
    CHECK(n <= room);
    return memcpy(to, from, n);
}
