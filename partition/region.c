/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/region.h"
#include <string.h>
#include "lib/base/bits.h"

#define PERMISSIONS (PERM_READ | PERM_WRITE | PERM_EXECUTE)

/* clang-format off */
static const struct { uint8_t must, never; const char *name; } policies[REGION_POLICY_COUNT] = {
    [REGION_PLAIN]     = { PERM_READ,               0,             "plain"       },
    [REGION_IMMUTABLE] = { PERM_READ,               PERM_WRITE,   "immutable"   },
    [REGION_APPEND]    = { PERM_READ | PERM_WRITE, PERM_EXECUTE, "append-only" },
    [REGION_SLAB]      = { PERM_READ | PERM_WRITE, PERM_EXECUTE, "slab"        },
};
/* clang-format on */

static status_t check_permission(uint8_t permission, unsigned policy)
{
    if (policy >= REGION_POLICY_COUNT || (permission & ~PERMISSIONS) != 0)
        return ST_INVALID;
    if ((permission & policies[policy].must) != policies[policy].must ||
        (permission & policies[policy].never) != 0)
        return ST_DENIED;
    if ((permission & PERM_WRITE) && (permission & PERM_EXECUTE))
        return ST_DENIED;
    return ST_OK;
}

status_t region_check(const struct region *r)
{
    if (!IS_ALIGNED(r->va | r->base | r->bytes, PAGE_BYTES))
        return ST_ALIGN;
    if (r->bytes == 0 || r->bytes > USER_LIMIT || r->base + r->bytes < r->base)
        return ST_INVALID;
    if (r->va < USER_LOWEST || r->va > USER_LIMIT - r->bytes)
        return ST_INVALID;
    return check_permission(r->permission, r->policy);
}

void region_begin(struct region *r)
{
    residency_init(&r->residency);
    r->tier = TIER_HOT;
    r->position = 0;
    r->summed = false;
}

uint8_t region_mapping(const struct region *r, uint64_t offset)
{
    uint64_t page = ALIGN_DOWN(offset, PAGE_BYTES);

    if (offset >= r->bytes)
        return 0;
    if (r->policy == REGION_APPEND && page + PAGE_BYTES <= r->position)
        return r->permission & (uint8_t)~PERM_WRITE;
    return r->permission;
}

static status_t check_slot(const struct slab *s, uint64_t offset, uint64_t bytes)
{
    uint64_t i = offset / s->slot_bytes;

    if (i >= s->nslots || s->head[i].next != SLAB_TAKEN)
        return ST_STALE_HANDLE;
    return offset % s->slot_bytes + bytes <= s->slot_bytes ? ST_OK : ST_STALE_HANDLE;
}

status_t region_may_write(const struct region *r, uint64_t offset, uint64_t bytes)
{
    if (bytes == 0 || offset >= r->bytes || bytes > r->bytes - offset)
        return ST_INVALID;
    if (!(r->permission & PERM_WRITE))
        return ST_DENIED;
    if (r->policy == REGION_APPEND && offset < r->position)
        return ST_DENIED;
    return r->policy == REGION_SLAB ? check_slot(&r->slab, offset, bytes) : ST_OK;
}

status_t region_append(struct region *r, uint64_t bytes, uint64_t *offset)
{
    if (r->policy != REGION_APPEND)
        return ST_STATE;
    if (bytes == 0)
        return ST_INVALID;
    if (bytes > r->bytes - r->position)
        return ST_NOMEM;
    *offset = r->position;
    r->position += bytes;
    return ST_OK;
}

status_t region_sum(struct region *r, const uint8_t checksum[REGION_CHECKSUM_BYTES])
{
    if (r->policy == REGION_IMMUTABLE && r->summed &&
        memcmp(r->checksum, checksum, REGION_CHECKSUM_BYTES) != 0)
        return ST_STATE;
    memcpy(r->checksum, checksum, REGION_CHECKSUM_BYTES);
    r->summed = true;
    return ST_OK;
}

bool region_meets(const struct region *r, uint32_t space, vaddr_t va, uint64_t bytes)
{
    return space == r->space && va < r->va + r->bytes && r->va < va + bytes;
}

bool region_shares(const struct region *r, paddr_t base, uint64_t bytes)
{
    return base < r->base + r->bytes && r->base < base + bytes;
}

const char *region_policy_name(enum region_policy policy)
{
    return (unsigned)policy < REGION_POLICY_COUNT ? policies[policy].name : "?";
}

const char *region_wrong(const struct region *r)
{
    if (region_check(r) != ST_OK)
        return "a region is whole pages with a permission that its policy allows";
    if (r->tier >= TIERS || r->residency.recency > TIER_BP || r->residency.cut_value > TIER_BP)
        return "tier and residency are in their ranges";
    if (r->position > r->bytes || (r->policy != REGION_APPEND && r->position != 0))
        return "a write position lies in an append-only region";
    if (r->policy != REGION_SLAB)
        return NULL;
    if ((uint64_t)r->slab.nslots * r->slab.slot_bytes > r->bytes)
        return "slots lie in their region";
    return slab_wrong(&r->slab);
}
