/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/split.h"

status_t split_check_tasks(uint32_t ntasks, uint32_t tasks_b)
{
    if (ntasks < 2 || ntasks > SPLIT_TASKS || tasks_b >> ntasks != 0)
        return ST_INVALID;
    return tasks_b == 0 || (tasks_b & 1) ? ST_INVALID : ST_OK;
}

uint32_t split_bp(uint64_t part, uint64_t whole, uint32_t otherwise)
{
    if (whole == 0)
        return otherwise;
    while (whole >> 49 != 0) {
        whole >>= 1;
        part >>= 1;
    }
    return part >= whole ? SPLIT_BP : (uint32_t)(part * SPLIT_BP / whole);
}

uint32_t split_score(const struct split_region *r, enum split_side side,
                     const uint64_t given[SPLIT_SIDES])
{
    enum split_side other = side == SPLIT_A ? SPLIT_B : SPLIT_A;
    uint64_t mine = r->access[side] * r->cost[side], theirs = r->access[other] * r->cost[other];
    uint32_t local = split_bp(r->access[side], r->access[side] + r->access[other], SPLIT_BP / 2);
    uint32_t remote = split_bp(mine, mine + theirs, SPLIT_BP / 2);
    uint32_t size = split_bp(given[other], given[side] + given[other], SPLIT_BP / 2);

    return SPLIT_WEIGHT_LOCAL * local + SPLIT_WEIGHT_REMOTE * remote + SPLIT_WEIGHT_SIZE * size;
}

static status_t check_region(const struct split_region *r, uint64_t given)
{
    for (unsigned s = 0; s < SPLIT_SIDES; s++)
        if (r->access[s] > SPLIT_ACCESS_MAX || r->cost[s] > SPLIT_COST_MAX)
            return ST_INVALID;
    return given + r->bytes < given ? ST_INVALID : ST_OK;
}

static enum split_side better(const struct split_region *r, const uint64_t given[SPLIT_SIDES])
{
    uint32_t a = split_score(r, SPLIT_A, given), b = split_score(r, SPLIT_B, given);

    if (a != b)
        return a > b ? SPLIT_A : SPLIT_B;
    return given[SPLIT_A] <= given[SPLIT_B] ? SPLIT_A : SPLIT_B;
}

status_t split_regions(const struct split_region *region, uint32_t n, uint8_t side[])
{
    uint64_t given[SPLIT_SIDES] = {0};
    status_t st;

    for (uint32_t i = 0; i < n; i++) {
        if ((st = check_region(&region[i], given[SPLIT_A] + given[SPLIT_B])) != ST_OK)
            return st;
        side[i] = (uint8_t)better(&region[i], given);
        given[side[i]] += region[i].bytes;
    }
    return ST_OK;
}

static status_t check_cap(const struct split_cap *c, const struct split_cap *last, uint32_t ntasks,
                          uint32_t nregions)
{
    if (c->users >> ntasks != 0 || c->follows > SPLIT_FOLLOWS_REGION)
        return ST_INVALID;
    if (c->follows == SPLIT_FOLLOWS_TASK && c->which >= ntasks)
        return ST_INVALID;
    if (c->follows == SPLIT_FOLLOWS_REGION && c->which >= nregions)
        return ST_INVALID;
    if (last == NULL || c->object > last->object)
        return ST_OK;
    return c->object == last->object && c->follows == last->follows && c->which == last->which
               ? ST_OK
               : ST_INVALID;
}

/* Where an object goes that is not used by both. */
static enum split_side side_of(const struct split_cap *c, uint32_t users, uint32_t tasks_b,
                               const uint8_t *region_side)
{
    if (c->follows == SPLIT_FOLLOWS_REGION)
        return region_side[c->which] == SPLIT_B ? SPLIT_B : SPLIT_A;
    if (c->follows == SPLIT_FOLLOWS_TASK)
        return (tasks_b >> c->which & 1) ? SPLIT_B : SPLIT_A;
    return (users & tasks_b) ? SPLIT_B : SPLIT_A;
}

static struct split_share share_of(uint8_t rights, bool shared, enum split_side side)
{
    struct split_share s = {.record = shared};

    if (shared)
        s.rights[SPLIT_A] = s.rights[SPLIT_B] = rights & RIGHT_READ;
    else
        s.rights[side] = rights;
    return s;
}

status_t split_caps(const struct split_cap *cap, uint32_t n, uint32_t ntasks, uint32_t tasks_b,
                    const uint8_t *region_side, uint32_t nregions, struct split_share share[])
{
    status_t st = split_check_tasks(ntasks, tasks_b);

    for (uint32_t i = 0; i < n && st == ST_OK; i++)
        st = check_cap(&cap[i], i > 0 ? &cap[i - 1] : NULL, ntasks, nregions);
    if (st != ST_OK)
        return st;
    for (uint32_t i = 0, end; i < n; i = end) {
        uint32_t users = 0;

        for (end = i; end < n && cap[end].object == cap[i].object; end++)
            users |= cap[end].users;
        for (uint32_t k = i; k < end; k++)
            share[k] = share_of(cap[k].rights, (users & tasks_b) && (users & ~tasks_b),
                                side_of(&cap[k], users, tasks_b, region_side));
    }
    return ST_OK;
}
