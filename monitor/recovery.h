/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/recovery - who stores the witness log has ended, and the log is full: starting it again needs room, and only it
 * makes room. So a part of the first core's log is kept for this alone.
 *
 *     the keeper or the disk's driver ends, no room ---> RecoveryEnter: this monitor, and all that stores
 *         taken back and started again; meanwhile nothing begins for anybody else
 *     it has stored something ---> RecoveryExit
 */
#pragma once
#include "monitor/prog.h"

/* Does this program store the log, or what it is stored with? */
bool recovery_stores(const struct prog *p);

/* One that does has ended and is not taken back yet; `again`: it is to be started again. */
void recovery_ended(const struct prog *p, bool again);
/* One that does is about to be started, its task is made. */
void recovery_starts(const struct prog *p);
/* It has stored something: it is well. */
void recovery_stored(void);

/* Nothing begins for other programs. */
bool recovery_on(void);
/* Is it over, or does it have to begin? When to be called at the latest. */
uint64_t recovery_turn(uint64_t now_ns);
