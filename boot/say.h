/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/say - text on a PL011 by polling, while nobody else drives it.
 *
 * uart: physical address of its registers, mapped; 0: nothing is said.
 */
#pragma once
#include "lib/base/types.h"

void say_open(paddr_t uart);
void say(paddr_t uart, const char *text);
