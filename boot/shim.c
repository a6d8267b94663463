/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/shim - what others expect of the place they run in: the archives from Debian, which
 * are built with stack protector and FORTIFY, and lib/base/check.h.
 */
#include <string.h>
#include "boot/fatal.h"
#include "lib/base/check.h"

_Noreturn void check_failed(const char *what, const char *file, int line)
{
    char buf[200];
    struct text why;

    text_init(&why, buf, sizeof buf);
    text_put(&why, STR("a mistake in boot: "), STR(what), STR(" does not hold at "), STR(file),
             STR(":"), DEC((uint64_t)line));
    boot_fatal(buf);
}

/* The archives compare this word on their way out of a function; it need not be secret here. */
extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0x00ff0a0d5bd1e995u;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    boot_fatal("a mistake in boot: a library wrote past its stack");
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
    CHECK(n <= room);
    return memcpy(to, from, n);
}
