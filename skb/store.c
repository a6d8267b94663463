/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "skb/store.h"
#include "lib/base/check.h"
#include <string.h>

static uint32_t index_size(uint32_t max)
{
    uint32_t n = 16;

    while (n < 2 * max)
        n *= 2;
    return n;
}

size_t store_bytes(uint32_t max)
{
    return max * sizeof(struct fact) + index_size(max) * sizeof(uint16_t);
}

void store_init(struct store *s, void *memory, uint32_t max)
{
    CHECK(max > 0 && max <= STORE_MAX);
    memset(memory, 0, store_bytes(max));
    s->fact = memory;
    s->index = (uint16_t *)(void *)(s->fact + max);
    s->n = 0;
    s->max = max;
    s->version = 0;
    s->mask = index_size(max) - 1;
}

/* The entry of the index that names this fact, or the empty one where it would be. */
static uint16_t *find(const struct store *s, unsigned kind, uint16_t a, uint16_t b)
{
    uint32_t i = (uint32_t)(((uint64_t)kind << 32 | (uint32_t)a << 16 | b) * 0x9e3779b97f4a7c15ull >> 40);

    for (;; i++) {
        uint16_t *at = &s->index[i & s->mask];
        const struct fact *f;

        if (*at == 0)
            return at;
        f = &s->fact[*at - 1];
        if (f->kind == kind && f->a == a && f->b == b)
            return at;
    }
}

status_t store_put(struct store *s, const struct fact *f)
{
    struct fact kept = *f;
    uint16_t *at;

    kept.zero = 0;
    kept.next = 0;
    if (fact_name(f->kind) == NULL)
        return ST_INVALID;
    at = find(s, f->kind, f->a, f->b);
    if (*at == 0) {
        if (s->n == s->max)
            return ST_TABLE_FULL;
        *at = (uint16_t)++s->n;
    }
    if (memcmp(&s->fact[*at - 1], &kept, sizeof kept) == 0)
        return ST_OK;
    s->fact[*at - 1] = kept;
    s->version++;
    return ST_OK;
}

const struct fact *store_get(const struct store *s, enum fact_kind kind, uint16_t a, uint16_t b)
{
    const uint16_t *at = find(s, kind, a, b);

    return *at == 0 ? NULL : &s->fact[*at - 1];
}

const struct fact *store_next(const struct store *s, unsigned kind, uint32_t from, uint32_t *next)
{
    for (uint32_t i = from; i < s->n; i++) {
        if (kind != 0 && s->fact[i].kind != kind)
            continue;
        *next = i + 1;
        return &s->fact[i];
    }
    return NULL;
}
