/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/start - from the first instruction to main(), and what ends a program.
 *
 * In order: the thread block (picolibc keeps errno there), the clock, constructors,
 * main(argc, argv) with the words of program_info.args. The value main returns is the
 * exit code that the supervisor is told. A CHECK that fails is a brk: the supervisor
 * gets it as a fault, after the reason was printed.
 */
#include "lib/rt/start.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/print.h"
#include "lib/rt/syscall.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char __tls_block[], __tdata_start[], __tdata_end[];
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

int main(int argc, char **argv);

struct rt_clock rt_clock;

#define TCB_BYTES 16u /* AArch64 TLS variant 1: the block begins this far above TPIDR_EL0 */

/* .tbss behind it is zero already, as part of .bss. */
static void start_tls(void)
{
    memcpy(__tls_block + TCB_BYTES, __tdata_start, (size_t)(__tdata_end - __tdata_start));
    write_tpidr_el0((uint64_t)(uintptr_t)__tls_block);
}

static void start_clock(const struct program_info *info)
{
    rt_clock.reset_ticks = info->reset_ticks;
    rt_clock.ns_per_tick = scale_factor(NS_PER_S, info->counter_hz);
}

void rt_start(const struct program_info *info)
{
    static char buffer[PROGRAM_ARGS_BYTES];
    static char *argv[ARGS_MAX];
    const char *words[ARGS_MAX];
    int argc;

    start_tls();
    if (info->magic != PROGRAM_MAGIC || info->counter_hz == 0)
        sys_exit(RT_EXIT_NO_INFO);
    start_clock(info);
    argc = args_split(info->name, info->args, buffer, words);
    for (int i = 0; i < argc; i++)
        argv[i] = (char *)(uintptr_t)words[i];
    exit(main(argc, argv));
}

/* picolibc's exit() comes here last. */
_Noreturn void _exit(int code)
{
    rt_print_flush(rt_now_ns() + RT_EXIT_FLUSH_NS);
    for (;;)
        sys_exit((uint64_t)(uint32_t)code);
}

_Noreturn void check_failed(const char *what, const char *file, int line)
{
    static bool failing;

    if (!failing) { /* a CHECK of the printing itself must not come back here */
        failing = true;
        fprintf(stderr, "%s: CHECK(%s) failed at %s:%d\n", rt_info()->name, what, file, line);
        rt_print_flush(rt_now_ns() + RT_EXIT_FLUSH_NS);
    }
    __builtin_trap();
}

_Noreturn void abort(void)
{
    check_failed("abort() was called", "?", 0);
}
