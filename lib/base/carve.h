/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/base/carve - one piece of memory cut into arrays, and the same code asked how much it takes.
 *
 *     struct carve c = {memory, 0};        struct carve c = {NULL, 0};
 *     s->peer = carve(&c, n, 4);           the same calls, and c.used is what they need
 */
#pragma once
#include "lib/base/bits.h"

struct carve {
    uint8_t *at; /* NULL: only counting */
    size_t used;
};

/* `n` things of `each` bytes, aligned to 16 if the memory is. */
static inline void *carve(struct carve *c, size_t n, size_t each)
{
    void *here = c->at == NULL ? NULL : c->at + c->used;

    c->used += ALIGN_UP(n * each, 16);
    return here;
}
