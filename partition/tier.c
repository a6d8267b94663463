/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/tier.h"
#include "lib/base/check.h"

#define NEVER (2 * TIER_BP + 1)

/* clang-format off */
static const struct { uint32_t down_below, up_from; const char *name; } tiers[TIERS] = {
    [TIER_HOT]     = { TIER_KEEP_HOT,     NEVER,        "Hot"     },
    [TIER_WARM]    = { TIER_KEEP_WARM,    TIER_TO_HOT,  "Warm"    },
    [TIER_DORMANT] = { TIER_KEEP_DORMANT, TIER_TO_WARM, "Dormant" },
    [TIER_COLD]    = { 0,                 NEVER,        "Cold"    },
};
/* clang-format on */

void residency_init(struct residency *r)
{
    *r = (struct residency){.recency = TIER_RECENCY_NEW};
}

void residency_access(struct residency *r, uint32_t accesses)
{
    uint32_t room = TIER_BP - r->recency;

    /* by division, so that no number of accesses goes round */
    if (accesses > room / TIER_RECENCY_ACCESS)
        r->recency = TIER_BP;
    else
        r->recency = (uint16_t)(r->recency + accesses * TIER_RECENCY_ACCESS);
}

void residency_epoch(struct residency *r)
{
    r->recency = r->recency > TIER_RECENCY_EPOCH ? (uint16_t)(r->recency - TIER_RECENCY_EPOCH) : 0;
}

uint32_t residency_of(const struct residency *r)
{
    return (uint32_t)r->cut_value + r->recency;
}

status_t residency_cut(struct residency *r, uint32_t cut_value)
{
    if (cut_value > TIER_BP)
        return ST_INVALID;
    r->cut_value = (uint16_t)cut_value;
    return ST_OK;
}

enum tier tier_next(enum tier now, const struct residency *r)
{
    uint32_t is = residency_of(r);

    CHECK((unsigned)now < TIERS);
    if (is < tiers[now].down_below)
        return (enum tier)(now + 1);
    if (is >= tiers[now].up_from)
        return (enum tier)(now - 1);
    return now;
}

status_t tier_fetch(enum tier *now)
{
    if (*now != TIER_COLD)
        return ST_STATE;
    *now = TIER_DORMANT;
    return ST_OK;
}

const char *tier_name(enum tier t)
{
    return (unsigned)t < TIERS ? tiers[t].name : "?";
}
