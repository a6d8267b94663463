/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/captable.h"
#include "cpudriver/cap.h"

/* The memory is zero, and no slot is touched. */
void captable_init(const struct kcb *k, struct captable *t, uint32_t nslots)
{
    object_init(&t->object, CAP_CAPTABLE);
    list_init(&t->tasks);
    t->nslots = nslots;
    t->nfree = nslots - CAPTABLE_FIRST;
    t->fresh = CAPTABLE_FIRST;
    t->core = k->info->core;
}

/* ---- free slots: a list of those that were used before, and all from `fresh` on ---- */

void captable_put(struct captable *t, struct cap *c)
{
    uint32_t index = (uint32_t)(c - captable_slot(t, 0));

    c->next = t->free;
    if (t->free)
        captable_slot(t, t->free)->prev = index;
    t->free = index;
}

void captable_take(struct captable *t, struct cap *c)
{
    if (c->next)
        captable_slot(t, c->next)->prev = c->prev;
    if (c->prev)
        captable_slot(t, c->prev)->next = c->next;
    else
        t->free = c->next;
    c->next = c->prev = 0;
}

uint32_t cap_generation(const struct captable *t, uint32_t generation)
{
    generation &= GENERATION_MASK;
    return t->core << GENERATION_BITS | (generation ? generation : 1);
}

status_t cap_take_slot(struct captable *t, struct cap **out)
{
    struct cap *c;

    if (t->nfree == 0)
        return ST_TABLE_FULL;
    c = captable_slot(t, t->free ? t->free : t->fresh);
    if (t->free)
        captable_take(t, c);
    else
        t->fresh++;
    t->nfree--;
    c->generation = cap_generation(t, c->generation);
    *out = c;
    return ST_OK;
}

bool captable_reach(struct captable *t, uint32_t index)
{
    for (unsigned i = 0; i < PLACE_SLICE && t->fresh <= index; i++)
        captable_put(t, captable_slot(t, t->fresh++));
    return t->fresh > index;
}

status_t captable_retag(struct captable *t, uint64_t core)
{
    if (core >> (32 - GENERATION_BITS) != 0)
        return ST_INVALID;
    if (t->nfree != t->nslots - CAPTABLE_FIRST)
        return ST_STATE;
    t->core = (uint32_t)core;
    return ST_OK;
}

status_t captable_next_used(struct captable *t, uint64_t *index, struct cap **out)
{
    uint64_t i = *index < CAPTABLE_FIRST ? CAPTABLE_FIRST : *index;

    for (unsigned n = 0; n < LIST_SLICE && i < t->fresh; n++, i++)
        if (captable_slot(t, (uint32_t)i)->generation != 0) {
            *out = captable_slot(t, (uint32_t)i);
            return ST_OK;
        }
    *index = i;
    return i < t->fresh ? ST_AGAIN : ST_NOT_FOUND;
}
