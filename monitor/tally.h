/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/tally - how many messages went through a ring, from what both of its ends wrote there anyway.
 *
 *     producer    slots: ... [p-2] [p-1] [p]      a header holds its position + 1
 *     consumer    line:  ack = a                  positions below it are taken
 *
 * Counted is what was acknowledged (urpc/ring.h), which costs the programs nothing: no counter, no store, one line that is
 * read once an epoch. It lags up to a quarter of a lap behind and makes up for it later. Both ends are programs and may write
 * anything, so a position counts only if the other end says the same: the slot before `a` must hold that position, or the one
 * a lap later. Then neither can feign traffic with one that does not talk to it. What does not agree now is counted when it does.
 * Pure.
 */
#pragma once
#include "lib/base/types.h"

#define TALLY_STEP_MAX (1u << 24) /* messages between two looks: more is a lie of both */

/*
 * `head`: of the slot of position ack - 1, read after `ack`. New messages since the last time; *seen is where it stands. 0: none,
 * or the ends do not agree.
 */
uint32_t tally(uint32_t *seen, uint32_t ack, uint64_t head, uint32_t nslots);
