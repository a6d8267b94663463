/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/panic - last words of one core: why, registers, backtrace by name, what ran.
 *
 * The one place after boot where a CPU driver writes to the UART itself. Prints text for people
 * and one `panic` record, then ends the machine's run with PANIC_STATUS.
 */
#pragma once
#include "cpudriver/kcb.h"

#define PANIC_STATUS 70u

/* `frame`: the registers to show; NULL: those of the caller. */
_Noreturn void panic(struct kcb *k, const char *why, const struct frame *frame);
/* The monitor of this core has ended: on the first core as panic(), elsewhere only this core stops. */
_Noreturn void panic_root(struct kcb *k, const char *why, const struct frame *frame);
