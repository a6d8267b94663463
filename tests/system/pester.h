/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/system/pester - random calls of the monitor (pester_calls.c). */
#pragma once
#include "lib/base/types.h"

#define PESTER_NAMES 4u
#define PESTER_MEMS  8u /* more it may not have */

/* What stays: names, memory, images of programs. Before anything is counted. */
void pester_prepare(void);
/* So many; afterwards it has ended and closed all. */
void pester_calls(uint64_t calls, uint64_t seed);
