/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/fail - stops this core at a named point, for tests of what the others do then.
 *
 *     skerry.fail=CORE:POINT[:hang|:stop][:N]   in the boot arguments, once for each core that is to fail
 *
 * The monitor of CORE comes to POINT and fails: its CPU driver tells of it and stops the core (on
 * the first core that ends the run). With `hang` it does nothing for ever instead, while the
 * programs of its core go on; with `stop` its core stops without a word. With a number it is the
 * Nth time that counts.
 *
 * Points are the names of messages about capabilities (monitor/peer.def), reached before each is sent,
 * the same with "+" in front, reached after it was sent, and with "-", when one has arrived. Others:
 *
 *     joined   all have joined; its programs that are not `early` are not started yet
 *     bind     it has accepted a channel for one of its programs
 *     close    another core closes a channel to one of its programs
 */
#pragma once

void fail_start(void);
/* `prefix` 0, '+' or '-'. */
void fail_point(char prefix, const char *name);
