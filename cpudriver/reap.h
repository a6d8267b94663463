/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/reap - taking objects apart in bounded steps.
 *
 *     last capability gone -> object_dies: unusable at once, on kcb.dying
 *                          -> reap_slice, again and again: its slots emptied, its tasks stopped
 *                          -> zombie leaves the derivation tree: the memory is free
 *
 * reap_slice runs in every delete, at the end of every revoke, and before the core goes idle, so
 * nothing waits for a particular caller. A revoke waits for what is below it alone.
 */
#pragma once
#include "cpudriver/kcb.h"

#define REAP_SLICE 8 /* slots or tasks a call works on */

/* `last` is the capability whose removal makes `o` unreachable. It has no children. */
void object_dies(struct kcb *k, struct object *o, struct cap *last);

/* True when nothing is dying. */
bool reap_slice(struct kcb *k);

/* The same for the object of this zombie, whose turn it may not be: a revoke waits for it alone. */
void reap_zombie(struct kcb *k, struct cap *zombie);
