/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/parts.h"
#include "lib/abi/task_state.h"

static uint64_t mix(uint64_t h, const struct part *p)
{
    uint64_t c = p->kind == PART_LINK ? 0 : p->kind == PART_MEM ? p->c & ~1ull : p->c;
    const uint64_t word[] = {p->kind | (uint64_t)p->index << 32,
                             p->kind == PART_NAME ? 0 : p->handle, p->a, p->b, c};

    for (unsigned k = 0; k < ARRAY_LEN(word); k++) {
        h = (h ^ word[k]) * 0xbf58476d1ce4e5b9ull;
        h ^= h >> 29;
    }
    return h;
}

/* Order counts. What its home has is a matter of where it is asked. Names get other numbers where they go, and the news a channel has for its program may be told meanwhile. */
uint64_t parts_hash(const struct parts *parts)
{
    uint64_t h = 0x9e3779b97f4a7c15ull;

    for (unsigned i = 0; i < parts->n; i++)
        h = mix(h, &parts->part[i]);
    return h;
}

/* Somebody signalled it meanwhile: of the events that are pending none was taken away, and nothing else is another. */
static bool only_events_came(const struct part *was, const struct part *now)
{
    const uint64_t before[] = {was->handle, was->a, was->b}, after[] = {now->handle, now->a, now->b};

    if (now->kind != PART_WORDS)
        return false;
    for (unsigned i = 0; i < ARRAY_LEN(before); i++)
        if (now->index + i == TW_EVENTS ? before[i] & ~after[i] : before[i] != after[i])
            return false;
    return true;
}

bool parts_restored(const struct parts *was, const struct parts *now)
{
    unsigned n = 0;

    for (unsigned i = 0; i < now->n; i++) {
        const struct part *p = &now->part[i], none = {.kind = PART_WORDS, .index = p->index};
        const struct part *before = n < was->n ? &was->part[n] : &none;

        if (before->kind != p->kind || before->index != p->index)
            before = &none; /* words that were all zero are not listed */
        if (mix(0, before) != mix(0, p) && !only_events_came(before, p))
            return false;
        n += before != &none;
    }
    return n == was->n;
}

const struct part *parts_find(const struct parts *parts, enum part_kind kind)
{
    for (unsigned i = 0; i < parts->n; i++)
        if (parts->part[i].kind == kind)
            return &parts->part[i];
    return NULL;
}
