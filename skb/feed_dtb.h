/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skb/feed_dtb - from the device tree to facts: memory, cores' caches, devices, interrupts.
 *
 * The tree is read with lib/fdt/tree, which believes nothing. What cannot be understood is
 * left out and counted; a wrong fact is worse than a missing one. Who owns a device, and
 * which core has which share, the monitors know and tell (skb/main.c).
 * Pure.
 */
#pragma once
#include "lib/base/text.h"
#include "skb/store.h"

struct feed_count {
    unsigned facts, left_out;
};

/* ST_FORMAT with why: it is no device tree. ST_TABLE_FULL: the store is full. */
MUST_CHECK status_t feed_dtb(struct store *s, const void *dtb, uint64_t bytes,
                             struct feed_count *count, struct text *why);

/* The device at `base` belongs to `owner`. ST_NOT_FOUND: no device there. */
MUST_CHECK status_t feed_owner(struct store *s, uint64_t base, core_id owner, uint32_t intid);

/* Facts `cluster` from the facts `core`. */
MUST_CHECK status_t feed_clusters(struct store *s);
