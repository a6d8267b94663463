/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/stress/messages - records `messages`, from what one part after the other tells of its trace (part_trace.h). */
#pragma once
#include "lib/base/types.h"

/* `part`: its name for the machine. `row`: words 1 to 6 of STRESS_TRACE_ROW. */
void messages_row(uint64_t part, uint64_t every, const uint64_t row[6]);
/* It has told all; so many it had no room for. */
void messages_end(uint64_t part, uint64_t every, uint64_t dropped);
