/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/slab.h"

#define SLOT_ALIGN 8u

status_t slab_slots(uint64_t region_bytes, uint32_t slot_bytes, uint32_t *nslots)
{
    uint64_t n;

    if (slot_bytes == 0 || slot_bytes % SLOT_ALIGN != 0)
        return ST_INVALID;
    n = region_bytes / slot_bytes;
    if (n == 0 || n > SLAB_SLOTS_MAX)
        return ST_INVALID;
    *nslots = (uint32_t)n;
    return ST_OK;
}

status_t slab_init(struct slab *s, struct slab_head *heads, uint32_t nslots, uint32_t slot_bytes)
{
    if (slot_bytes == 0 || slot_bytes % SLOT_ALIGN != 0 || nslots == 0 || nslots > SLAB_SLOTS_MAX)
        return ST_INVALID;
    *s = (struct slab){.head = heads, .nslots = nslots, .slot_bytes = slot_bytes, .free = nslots};
    for (uint32_t i = 0; i < nslots; i++)
        heads[i] = (struct slab_head){.generation = 1, .next = i + 1 < nslots ? i + 1 : SLAB_NIL};
    return ST_OK;
}

status_t slab_adopt(struct slab *s, struct slab_head *heads, uint32_t nslots, uint32_t slot_bytes,
                    uint32_t first)
{
    uint32_t free = 0;

    if (slot_bytes == 0 || slot_bytes % SLOT_ALIGN != 0 || nslots == 0 || nslots > SLAB_SLOTS_MAX)
        return ST_INVALID;
    for (uint32_t i = 0; i < nslots; i++) {
        if (heads[i].next != SLAB_TAKEN && heads[i].next != SLAB_NIL && heads[i].next >= nslots)
            return ST_FORMAT;
        free += heads[i].next != SLAB_TAKEN;
    }
    *s = (struct slab){
        .head = heads, .nslots = nslots, .slot_bytes = slot_bytes, .first = first, .free = free};
    return slab_wrong(s) == NULL ? ST_OK : ST_FORMAT;
}

status_t slab_take(struct slab *s, struct slab_name *out)
{
    uint32_t i = s->first;

    if (i == SLAB_NIL)
        return ST_NOMEM;
    s->first = s->head[i].next;
    s->free--;
    s->head[i].next = SLAB_TAKEN;
    *out = (struct slab_name){i, s->head[i].generation};
    return ST_OK;
}

static status_t check_name(const struct slab *s, struct slab_name name)
{
    if (name.index >= s->nslots || name.generation == 0)
        return ST_INVALID_HANDLE;
    if (s->head[name.index].generation != name.generation || s->head[name.index].next != SLAB_TAKEN)
        return ST_STALE_HANDLE;
    return ST_OK;
}

status_t slab_give(struct slab *s, struct slab_name name)
{
    struct slab_head *h;
    status_t st = check_name(s, name);

    if (st != ST_OK)
        return st;
    h = &s->head[name.index];
    h->generation = h->generation == UINT32_MAX ? 1 : h->generation + 1;
    h->next = s->first;
    s->first = name.index;
    s->free++;
    return ST_OK;
}

status_t slab_at(const struct slab *s, struct slab_name name, uint64_t *offset)
{
    status_t st = check_name(s, name);

    if (st == ST_OK)
        *offset = (uint64_t)name.index * s->slot_bytes;
    return st;
}

const char *slab_wrong(const struct slab *s)
{
    uint32_t listed = 0, loose = 0;

    for (uint32_t i = s->first; i != SLAB_NIL; i = s->head[i].next) {
        if (i >= s->nslots)
            return "the free list stays in the slab";
        if (++listed > s->nslots || s->head[i].next == SLAB_TAKEN)
            return "a slot is on the free list once";
    }
    for (uint32_t i = 0; i < s->nslots; i++) {
        if (s->head[i].generation == 0)
            return "a generation is never 0";
        loose += s->head[i].next != SLAB_TAKEN;
    }
    return listed == s->free && loose == listed ? NULL : "a slot is taken or on the free list";
}
