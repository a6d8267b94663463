/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/urge - what coherence's pressure does to the scheduler of this core: boosts, and that there are none while it is gone.
 *
 * A boost is of a task on its core (TASK_BOOST). It does not move with the program: coherence tells the monitor there anew.
 */
#pragma once
#include "monitor/prog.h"

/* A program that runs here; no effect if it does not, or while there is no coherence. */
void urge_part(uint64_t part, uint32_t bp);
/* All boosts go, and come no more, until `on` is false. The CPU driver records it (CORE_DEGRADE). */
void urge_degrade(bool on);
/* Boosts are taken back in slices. When to be called at the latest. */
uint64_t urge_turn(uint64_t now_ns);
