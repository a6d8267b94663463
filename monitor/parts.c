/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/parts.h"

/* Order counts. What its home has is a matter of where it is asked. Names get other numbers where they go, and the news a channel has for its program may be told meanwhile. */
uint64_t parts_hash(const struct parts *parts)
{
    uint64_t h = 0x9e3779b97f4a7c15ull;

    for (unsigned i = 0; i < parts->n; i++) {
        const struct part *p = &parts->part[i];
        uint64_t c = p->kind == PART_LINK ? 0 : p->kind == PART_MEM ? p->c & ~1ull : p->c;
        const uint64_t word[] = {p->kind | (uint64_t)p->index << 32,
                                 p->kind == PART_NAME ? 0 : p->handle, p->a, p->b, c};

        for (unsigned k = 0; k < ARRAY_LEN(word); k++) {
            h = (h ^ word[k]) * 0xbf58476d1ce4e5b9ull;
            h ^= h >> 29;
        }
    }
    return h;
}

const struct part *parts_find(const struct parts *parts, enum part_kind kind)
{
    for (unsigned i = 0; i < parts->n; i++)
        if (parts->part[i].kind == kind)
            return &parts->part[i];
    return NULL;
}
