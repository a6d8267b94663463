/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/start - what crt0.S calls, and the exit codes the run-time itself gives. */
#pragma once
#include "lib/rt/info.h"

enum rt_exit {
    RT_EXIT_NO_INFO = 120, /* there was no valid program_info at USER_INFO */
};

#define RT_EXIT_FLUSH_NS 200000000ull /* how long a program that ends waits for its last lines */

_Noreturn void rt_start(const struct program_info *info);
_Noreturn void _exit(int code);
