/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/facts - what was found, as facts of the SKB (docs/protocols/skb.md).
 *
 * A machine without an SKB is measured all the same: facts_open says so once, and the rest does
 * nothing.
 */
#pragma once
#include "services/probe/wire.h"

void facts_open(void);
void facts_local(core_id core, const struct result *r);
void facts_pair(core_id from, core_id to, const struct result *r);

/* One line for people: what the SKB makes of it, from `root` to the cores of `mask`. */
void facts_say(core_id root, uint64_t mask);
