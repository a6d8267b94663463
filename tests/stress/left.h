/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/left - what every core has left, of all that a move, a stop or a nap could leave behind: compared exactly.
 */
#pragma once
#include "lib/base/types.h"

/* What it is now. */
void left_look(void);
/* It is that again; what is on its way back may take a moment. Prints what differs. */
bool left_again(void);
