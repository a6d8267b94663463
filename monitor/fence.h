/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/fence - stopping another core for good, and knowing that it has stopped.
 *
 *     suspected       0                    told to stop                 off, or long enough
 *     --------------->|--- FENCE_TURN ---->|--- FENCE_POLL, again ----->|
 *                      only for a lower     the interrupt goes before     FENCE_OFF, FENCE_LONG
 *                      core: it may have    every other and its CPU
 *                      told us to stop      driver never masks it for
 *                                           longer than one entry
 *
 * Once the interrupt has reached the core no program of it executes another instruction: at EL0
 * interrupts are open, and the CPU driver that takes it does not return. So what the time is for is the
 * interrupt's way there. Where the firmware can be asked it is asked; where it cannot, or says that
 * the core is still on, time decides.
 */
#pragma once
#include "lib/base/types.h"

enum fence_end {
    FENCE_WAIT, /* not yet: look again at *next_ns                 */
    FENCE_OFF,  /* the firmware says that it is off                */
    FENCE_LONG, /* nobody says so, but it had FENCE_PATIENCE       */
};

/* Before the first look. */
void fence_begin(core_id core, uint64_t now_ns);
enum fence_end fence_look(core_id core, uint64_t now_ns, uint64_t *next_ns);

/* This core stops, for good. Comes back only if there is nothing to do it with. */
void fence_self(void);
