/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/coherence/asks - programs that ask what coherence sees (ask.def). */
#pragma once
#include "lib/rt/loop.h"
#include "services/coherence/mind.h"

/* A new one. `late`: epochs that cores had to tell together with another. */
void asks_take(struct rt_loop *l, const struct news *n, const struct mind *m, const uint64_t *late);
