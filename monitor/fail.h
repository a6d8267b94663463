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
 *     skerry.abort=CORE:STEP[:cancel|:refuse|:timeout|:mismatch|:lost][:N],...   a move that comes to STEP on CORE is not done
 *
 * STEP is a state of monitor/migrate_sm.h: of the source as it is, DEST_ and FAR_ before the others', DEST_OFFER and FAR_HOLD when it is
 * asked, DEST_CHECK when it reads back. cancel and timeout are the source's, mismatch its or DEST_CHECK's, refuse anybody's; lost: what
 * is said in this step does not arrive. Without one: cancel. Once, the Nth time the core comes there; up to 8 for a core.
 *
 *     skerry.abort=every:K[:SEED]   on every core, at every one of these steps, about every Kth time: which time, and what happens of
 *                                   all that can happen there, is drawn; the same seed draws the same (monitor/fail_often.c)
 *
 *     joined   all have joined; its programs that are not `early` are not started yet
 *     bind     it has accepted a channel for one of its programs
 *     close    another core closes a channel to one of its programs
 *     merge    two partitions of it may be merged, and are stopped
 *     split    one of it may be split, and is stopped
 */
#pragma once
#include "monitor/mover.h"

void fail_start(void);
/* `prefix` 0, '+' or '-'. */
void fail_point(char prefix, const char *name);
/* What is to happen at this step of a move. */
enum mover_fault fail_abort(const char *name);
