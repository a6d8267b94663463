/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/fail - stops this core at a named point, for tests of what the others do then.
 *
 *     skerry.fail=CORE:POINT[:hang|:N]   of the boot arguments: the monitor of CORE comes to POINT and
 *                                        stops its core; with `hang` it does nothing for ever instead;
 *                                        with a number it is the Nth time that counts
 *
 * Points are the names of messages between monitors (monitor/peer.def), reached before each is sent,
 * the same with "+" in front, reached after it was sent, and with "-", when one has arrived.
 */
#pragma once

void fail_start(void);
/* `prefix` 0, '+' or '-'. */
void fail_point(char prefix, const char *name);
