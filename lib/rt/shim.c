/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/shim - what Debian's archives for the target (libfdt, libdecaf) expect of the C library they
 * were built for: they are compiled with stack protector and FORTIFY.
 */
#include <stdint.h>
#include <string.h>
#include "lib/base/check.h"

/* The archives compare this word on their way out of a function; it need not be secret here. */
extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0x00ff0a0d5bd1e995u;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    check_failed("a library wrote past its stack", "?", 0);
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
    CHECK(n <= room);
    return memcpy(to, from, n);
}

_Noreturn void __assert_fail(const char *what, const char *file, unsigned line, const char *function);
_Noreturn void __assert_fail(const char *what, const char *file, unsigned line, const char *function)
{
    (void)function;
    check_failed(what, file, (int)line);
}
