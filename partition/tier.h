/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/tier - how near a region's memory is kept.
 *
 *     HOT  --below 7000-->  WARM  --below 4000-->  DORMANT  --below 1000-->  COLD
 *          <--from 8000---        <--from 5000---           <--asked for---
 *
 * Residency is cut value + recency, each 0..10000: what it would cost to have the region elsewhere, and how lately it was
 * used. Recency starts at 5000, gains 1000 with each access counted and loses 200 in each epoch. A region moves by one tier in an epoch at
 * most; between a bound and the one back lie 1000, so that it does not swing. COLD is never promoted by itself: it
 * is loaded because somebody asks. Pure.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

/* clang-format off */
#define TIER_LIST(X)                                                                               \
    X(HOT)     /* mapped                                      */                                   \
    X(WARM)    /* there, mapped when touched                  */                                   \
    X(DORMANT) /* a compressed checkpoint and deltas          */                                   \
    X(COLD)    /* in storage                                  */
/* clang-format on */

enum tier {
#define X(name) TIER_##name,
    TIER_LIST(X)
#undef X
        TIERS
};

#define TIER_BP             10000u
#define TIER_RECENCY_NEW    5000u
#define TIER_RECENCY_ACCESS 1000u
#define TIER_RECENCY_EPOCH  200u
#define TIER_KEEP_HOT       7000u
#define TIER_KEEP_WARM      4000u
#define TIER_KEEP_DORMANT   1000u
#define TIER_TO_HOT         8000u
#define TIER_TO_WARM        5000u

struct residency {
    uint16_t cut_value, recency; /* 0..10000 */
};

void residency_init(struct residency *r);
void residency_access(struct residency *r, uint32_t accesses);
void residency_epoch(struct residency *r);
uint32_t residency_of(const struct residency *r);

/* ST_INVALID: above 10000 */
MUST_CHECK status_t residency_cut(struct residency *r, uint32_t cut_value);

/* Where it should be next: the same tier, or the one above or below. */
enum tier tier_next(enum tier now, const struct residency *r);

/* Asked for by somebody: from COLD to DORMANT, else ST_STATE. */
MUST_CHECK status_t tier_fetch(enum tier *now);

const char *tier_name(enum tier t);
