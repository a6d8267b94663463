/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/known - of a guest: which capabilities to memory in its table its home has, too, under the same handle.
 *
 * Its home gives copies of those when it moves on; of all others this core does. Lists out of one pool: most guests have a few.
 */
#pragma once
#include "monitor/prog.h"

/* ST_TABLE_FULL: the pool is. */
MUST_CHECK status_t known_add(struct prog *p, handle_t h);
bool known_has(const struct prog *p, handle_t h);
void known_forget(struct prog *p);
