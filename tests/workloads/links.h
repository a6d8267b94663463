/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/links - what an agent says by the clock: its channels to all it talks with (pattern.h), and what goes over them.
 *
 * Nobody is woken for a message: who wakes for its tick takes what came. Every message has a number, and who it is from and for; one
 * that is lost, doubled, out of order or not for it ends the agent with an exit code that the monitor reports.
 */
#pragma once
#include "tests/workloads/pattern.h"

#define TICK_NS     20000000ull
#define PATIENCE_NS 60000000000ull

enum bad { BAD_ARGS = 2, BAD_SERVICE, BAD_BIND, BAD_PEER, BAD_ORDER, BAD_CHANNEL, BAD_MEMORY, BAD_CLASS };

/* Agent `self` offers itself under its name, and binds to all of lower numbers that it ever talks with. */
void links_begin(enum pattern p, unsigned self);
/* Takes what came, says what is to be said in a tick. */
void links_tick(bool shifted);
