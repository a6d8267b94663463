/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/rootless - in the place of the monitor: a root task that faults, or with "rootless=exit" in
 * the boot arguments ends, either of which stops its core.
 *
 * The rows `panic` pack it as bin/monitor. Nothing is left that could run the core, so the
 * CPU driver must say what happened, with registers and a backtrace of names, and end
 * the run with a status that is not 0.
 */
#include "lib/rt/info.h"
#include <string.h>

int main(void)
{
    if (strstr(rt_info()->args, "rootless=exit") != NULL)
        return 5;
    __asm__ volatile("str xzr, [%0]" : : "r"(0x123000ull) : "memory");
    return 0;
}
