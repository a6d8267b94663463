/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/captable - the slots of a table of capabilities, and which of them are free.
 *
 *      3 ............ fresh ............ nslots
 *      used, or on the list of      never used: zero, generation 0, in no list, so that
 *      free ones (next, prev)       making a big table does not have to write every slot
 *
 * The generation of a free slot is the one it gives next; a slot never gives one twice, on no core that the table was on.
 */
#pragma once
#include "cpudriver/kcb.h"

static inline struct cap *captable_slot(struct captable *t, uint32_t index)
{
    return (struct cap *)(void *)t + index;
}

void captable_init(const struct kcb *k, struct captable *t, uint32_t nslots);

/* A free slot of `table`: it is empty and in no tree until cap_fill. ST_TABLE_FULL. */
MUST_CHECK status_t cap_take_slot(struct captable *table, struct cap **out);
/* On the list of free slots, and off it; the caller counts nfree. */
void captable_put(struct captable *t, struct cap *c);
void captable_take(struct captable *t, struct cap *c);
/* The generation of a slot of `t` from any number: with the top bits of the table, and never 0 below. They may have
 * changed while the slot was free. */
uint32_t cap_generation(const struct captable *t, uint32_t generation);

/* ---- a table of another core ---- */

/* The slot `index` is below `fresh`: on the list, or in use. False: a slice of the way, call again. */
#define PLACE_SLICE 64u
bool captable_reach(struct captable *t, uint32_t index);
/* It is empty (ST_STATE), and gives handles of that core from now on. ST_INVALID: not 0..63. */
MUST_CHECK status_t captable_retag(struct captable *t, uint64_t core);
/* The first slot from *index on that was ever used: in use, or free with the generation it gives next.
 * ST_NOT_FOUND; ST_AGAIN: none up to *index, which has moved. */
#define LIST_SLICE 64u
MUST_CHECK status_t captable_next_used(struct captable *t, uint64_t *index, struct cap **out);
