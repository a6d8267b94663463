/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/captree - the derivation tree of capabilities: who was made from whom.
 *
 *     c.parent          what it was made from; 0: a root
 *     c.child --next--> ... children are a list; `prev` of the first is the last. Those that CAP_RECALL told of are at its end (D6)
 *
 * Removing a capability hands its children to its parent, so they stay descendants of everything they descended from. Linking and
 * unlinking keeps the counts of D5 (cap.h); an import that loses its last user is put on the list of the idle.
 */
#pragma once
#include "cpudriver/kcb.h"

void cap_link(struct kcb *k, struct cap *parent, struct cap *c);
void cap_unlink(struct kcb *k, struct cap *c);
/* `to` takes the place of the childless `from`. */
void cap_replace(struct kcb *k, struct cap *from, struct cap *to);
/* True when `c` has no children left; at most REPARENT_SLICE move a call. */
#define REPARENT_SLICE 16
bool cap_hand_over_children(struct kcb *k, struct cap *c);

/* An import that lost its last user, taken off the list; NULL. */
struct cap *cap_next_idle(struct kcb *k);
/* It goes: off that list, if it is there. */
void captree_not_idle(struct kcb *k, struct cap *c);
