/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/end - how a boot that cannot go on ends.
 *
 * The first core ends the run, by the first way that works:
 *     semihosting SYS_EXIT   if asked for (skerry.exit=semihosting), or if nothing is known yet
 *     PSCI SYSTEM_OFF        if the tree names PSCI
 *     Broadcom's reset block if the tree names one (a Raspberry Pi): halt. Its watchdog, should the
 *                            firmware have started it, is stopped by end_ways: nobody feeds it
 *     WFI for ever
 * A way that is not there is an exception; boot_exception then calls end_run again, which
 * goes on with the next way. Any other core only ends itself.
 */
#pragma once
#include "boot/machine.h"

/* What the tree says about ending; before this call nothing is known. First core only. */
void end_ways(const struct machine *m);
_Noreturn void end_run(unsigned status);
/* Is end_run under way? Then an exception is its answer, not an accident. */
bool end_running(void);

/* Another core: says why and turns itself off. */
_Noreturn void end_core(const struct bootinfo *b, const char *why);

/* start.S */
void semihosting_exit(uint64_t status);
