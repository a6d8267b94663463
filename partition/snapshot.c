/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/snapshot.h"
#include <string.h>

static const struct {
    status_t status;
    const char *text;
} needs[HIBERNATE_NEEDS] = {
#define X(name, st, words) {st, words},
    HIBERNATE_LIST(X)
#undef X
};

status_t hibernate_status(uint32_t missing)
{
    for (unsigned n = 0; n < HIBERNATE_NEEDS; n++)
        if (missing >> n & 1)
            return needs[n].status;
    return ST_OK;
}

const char *hibernate_text(enum hibernate_need need)
{
    return (unsigned)need < HIBERNATE_NEEDS ? needs[need].text : "?";
}

status_t snapshot_region(const struct region *r, const uint8_t content[HASH_BYTES],
                         struct snapshot_region *out)
{
    if (r->policy == REGION_IMMUTABLE && r->summed && memcmp(r->checksum, content, HASH_BYTES) != 0)
        return ST_FORMAT;
    *out = (struct snapshot_region){.va = r->va,
                                    .space = r->space,
                                    .bytes = r->bytes,
                                    .position = r->position,
                                    .slot_bytes = r->policy == REGION_SLAB ? r->slab.slot_bytes : 0,
                                    .slab_first = r->policy == REGION_SLAB ? r->slab.first : 0,
                                    .permission = r->permission,
                                    .policy = r->policy};
    memcpy(out->content, content, HASH_BYTES);
    return ST_OK;
}

static void hash_of(const struct snapshot *s, const struct snapshot_region *region,
                    witness_block_fn *block, uint8_t seal[HASH_BYTES])
{
    struct hash h;

    hash_start(&h, block);
    hash_add(&h, s, offsetof(struct snapshot, seal));
    hash_add(&h, region, s->nregions * sizeof *region);
    hash_end(&h, seal);
}

void snapshot_seal(struct snapshot *s, const struct snapshot_region *region,
                   witness_block_fn *block)
{
    s->magic = SNAPSHOT_MAGIC;
    s->version = SNAPSHOT_VERSION;
    hash_of(s, region, block, s->seal);
}

status_t snapshot_check(const struct snapshot *s, const struct snapshot_region *region,
                        uint32_t room, witness_block_fn *block)
{
    uint8_t seal[HASH_BYTES];

    if (s->magic != SNAPSHOT_MAGIC || s->version != SNAPSHOT_VERSION)
        return ST_FORMAT;
    if (s->nregions > room || s->nregions > SNAPSHOT_REGIONS_MAX)
        return ST_INVALID;
    hash_of(s, region, block, seal);
    return memcmp(seal, s->seal, HASH_BYTES) == 0 ? ST_OK : ST_FORMAT;
}

status_t rebuild_begin(struct rebuild *b, const struct snapshot *s,
                       const struct snapshot_region *region, uint32_t room, witness_block_fn *block)
{
    status_t st = snapshot_check(s, region, room, block);

    if (st == ST_OK)
        *b = (struct rebuild){.snapshot = s, .region = region};
    return st;
}

status_t rebuild_region(struct rebuild *b, uint32_t n, const uint8_t content[HASH_BYTES])
{
    if (n >= b->snapshot->nregions)
        return ST_INVALID;
    if (memcmp(b->region[n].content, content, HASH_BYTES) != 0) {
        b->spoiled = true;
        return ST_FORMAT;
    }
    b->same |= 1ull << n;
    return ST_OK;
}

status_t rebuild_status(const struct rebuild *b)
{
    uint32_t n = b->snapshot->nregions;
    uint64_t all = n == 64 ? ~0ull : (1ull << n) - 1;

    if (b->spoiled)
        return ST_FORMAT;
    return b->same == all ? ST_OK : ST_STATE;
}
