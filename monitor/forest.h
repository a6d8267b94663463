/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/forest - writes the capabilities of this core as records (docs/spec/console.md: cap), for
 * `skerry caps`. Records go out as the console takes them, some on every turn of the loop.
 */
#pragma once
#include "lib/base/types.h"

/* Every monitor, this one too, is to write a dump with this number. */
void forest_ask_all(uint64_t dump);
/* This one. A dump under way is ended first, as cut off. */
void forest_ask(uint64_t dump);
/* Some of it. True: there is more. */
bool forest_turn(void);
