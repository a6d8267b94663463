/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/guard - what Debian's archives (libfdt, BearSSL) expect: they are built with the stack
 * protector. The C library's own answer to a smashed stack raises a signal; there are none here.
 */
#include "lib/base/check.h"
#include <stdint.h>

/* Compared on the way out of a function; our own code does not use it. */
extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0x00ff0a0d5bd1e995u;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    check_failed("a library wrote past its stack", "?", 0);
}
