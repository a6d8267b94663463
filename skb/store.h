/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skb/store - facts in memory: put, get, go through.
 *
 *     fact[]   in the order in which they came        index[]   hash of (kind, a, b) -> place
 *
 * A fact put again replaces the one before. Nothing is ever taken out: what is known of a
 * machine only gets better. `version` rises with every put that changes something, so two
 * answers of one version come from the same facts. Pure: memory is the caller's.
 */
#pragma once
#include "skb/fact.h"

struct store {
    struct fact *fact;
    uint16_t *index;            /* place + 1, 0: empty; a power of two of them, more than max */
    uint32_t n, max, mask;
    uint64_t version;           /* 0: nothing was ever put */
};

#define STORE_MAX 65000u        /* fact.next is 16 bits */

/* Bytes for a store of `max` facts, at most STORE_MAX. */
size_t store_bytes(uint32_t max);
void store_init(struct store *s, void *memory, uint32_t max);

/* ST_INVALID: no such kind. ST_TABLE_FULL. No change then. */
MUST_CHECK status_t store_put(struct store *s, const struct fact *f);

/* NULL: not known. */
const struct fact *store_get(const struct store *s, enum fact_kind kind, uint16_t a, uint16_t b);

/* The first fact of `kind` (0: any) at or behind place `from`; *next is where to go on. NULL. */
const struct fact *store_next(const struct store *s, unsigned kind, uint32_t from, uint32_t *next);
