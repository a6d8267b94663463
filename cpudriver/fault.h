/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/fault - what a program did wrong becomes a message to its supervisor.
 *
 * A task without a supervisor is the root of this core (its monitor): its fault stops the core.
 */
#pragma once
#include "cpudriver/kcb.h"

void fault_raise(struct kcb *k, struct task *t, enum fault_kind kind, uint64_t address,
                 uint64_t esr);
void fault_exit(struct kcb *k, struct task *t, uint64_t code);
