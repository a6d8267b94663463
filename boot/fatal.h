/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/fatal - one sentence that says what is wrong and what to do, then the end. */
#pragma once
#include "lib/base/text.h"

/* First core: ends the run with a status that is not zero. Any other: ends that core. */
_Noreturn void boot_fatal(const char *sentence);

/* Where boot_fatal speaks on the first core; 0: nowhere. */
void boot_fatal_console(paddr_t uart);
