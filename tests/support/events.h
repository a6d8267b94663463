/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/events - what a simulation has still to do, by time and then by order of making, and its chance.
 *
 * An event is a struct of the caller's that begins with a struct event_key. Moved by value; ended with events_free().
 */
#pragma once
#include "lib/base/types.h"

struct event_key {
    uint64_t at, order;
};

struct events {
    unsigned char *heap;
    size_t bytes, n, max; /* bytes: of one event, set by the caller */
    uint64_t order;
};

/* Its key.order is filled in. */
void events_push(struct events *q, void *event);
/* The first; there must be one. */
void events_pop(struct events *q, void *event);
/* When it is; UINT64_MAX: there is none. */
uint64_t events_next(const struct events *q);
void events_free(struct events *q);

/* Below n; the state is not 0. The same everywhere: seeds replay. */
static inline uint64_t events_chance(uint64_t *state, uint64_t n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state * 0x2545f4914f6cdd1dull >> 20) % n;
}
