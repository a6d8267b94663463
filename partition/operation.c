/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/operation.h"
#include <string.h>
#include "lib/base/check.h"
#include "partition/partition_priv.h"

static status_t begin(const struct partitions *t, partition_id id, enum life_event event,
                      struct partition **p, struct life_step *step)
{
    status_t st;

    if ((st = partition_get(t, id, p)) != ST_OK)
        return st;
    st = life_step((enum life_state)(*p)->state, (enum life_state)(*p)->before, event, step);
    if (st != ST_OK)
        return st;
    return t->epoch < (*p)->cooldown ? ST_AGAIN : ST_OK;
}

static status_t end(const struct partitions *t, partition_id id, enum life_event event,
                    struct partition **p, struct life_step *step)
{
    status_t st;

    if ((st = partition_get(t, id, p)) != ST_OK)
        return st;
    if ((*p)->state != LIFE_MIGRATING)
        return ST_STATE;
    return life_step(LIFE_MIGRATING, (enum life_state)(*p)->before, event, step);
}

/* The record of a move says both cores. */
static uint64_t cores(const struct partition *p)
{
    return p->core | (uint64_t)p->to_core << 32;
}

status_t partition_migrate(struct partitions *t, partition_id id, core_id to,
                           struct partition_do *todo)
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if ((st = begin(t, id, LIFE_EV_MIGRATE, &p, &step)) != ST_OK)
        return st;
    if (to >= t->ncores || to == p->core)
        return ST_INVALID;
    partition_enter(p, &step, todo);
    p->to_core = to;
    todo->payload = cores(p);
    return ST_OK;
}

status_t partition_migrated(struct partitions *t, partition_id id, struct partition_do *todo)
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if ((st = end(t, id, LIFE_EV_MOVED, &p, &step)) != ST_OK)
        return st;
    partition_enter(p, &step, todo);
    todo->payload = cores(p);
    p->core = p->to_core;
    p->cooldown = t->epoch + PARTITION_COOLDOWN;
    return ST_OK;
}

status_t partition_migrate_abort(struct partitions *t, partition_id id, struct partition_do *todo)
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if ((st = end(t, id, LIFE_EV_ABORT, &p, &step)) != ST_OK)
        return st;
    partition_enter(p, &step, todo);
    todo->payload = cores(p);
    p->to_core = p->core;
    p->cooldown = t->epoch + PARTITION_COOLDOWN;
    return ST_OK;
}

static uint32_t hibernate_missing(const struct partitions *t, const struct partition *p,
                                  const struct hibernate_facts *facts)
{
    struct page_range r;
    bool loans = facts->loans_elsewhere ||
                 page_own_first(&t->pages, p->id, PAGE_LENT, &r) == ST_OK ||
                 page_own_first(&t->pages, p->id, PAGE_BORROWED, &r) == ST_OK;
    bool leases = facts->leases_elsewhere != 0 || lease_count(&t->leases, p->id) != 0;
    struct life_step step;
    status_t st =
        life_step((enum life_state)p->state, (enum life_state)p->before, LIFE_EV_HIBERNATE, &step);

    return (uint32_t)(st != ST_OK) << HIBERNATE_STATE |
           (uint32_t)(facts->owed_replies != 0) << HIBERNATE_OWED |
           (uint32_t)leases << HIBERNATE_LEASES | (uint32_t)loans << HIBERNATE_LOANS;
}

static void describe(const struct partition *p, struct snapshot *s)
{
    *s = (struct snapshot){
        .id = p->id, .supervisor = p->supervisor, .ntasks = p->ntasks, .nregions = p->nregions};
    memcpy(s->limit, p->quota.limit, sizeof s->limit);
    memcpy(s->name, p->name, sizeof s->name);
}

static status_t describe_regions(const struct partitions *t, const struct partition *p,
                                 const uint8_t content[][HASH_BYTES],
                                 struct snapshot_region *region)
{
    uint32_t n = 0;
    status_t st = ST_OK;

    for (uint16_t i = p->region; i != REGION_NIL && st == ST_OK; i = t->region[i].next, n++)
        st = snapshot_region(&t->region[i], content[n], &region[n]);
    return st;
}

status_t partition_hibernate(struct partitions *t, partition_id id,
                             const struct hibernate_facts *facts, uint32_t *missing,
                             struct snapshot *snapshot, struct snapshot_region *region,
                             uint32_t room, const uint8_t content[][HASH_BYTES],
                             witness_block_fn *block, struct partition_do *todo)
{
    struct life_step step;
    struct partition *p;
    status_t st;

    *missing = 0;
    if ((st = partition_get(t, id, &p)) != ST_OK)
        return st;
    if ((*missing = hibernate_missing(t, p, facts)) != 0)
        return hibernate_status(*missing);
    if (p->nregions > room || p->nregions > SNAPSHOT_REGIONS_MAX)
        return ST_TABLE_FULL;
    if ((st = describe_regions(t, p, content, region)) != ST_OK)
        return st;
    describe(p, snapshot);
    snapshot_seal(snapshot, region, block);
    st = life_step((enum life_state)p->state, (enum life_state)p->before, LIFE_EV_HIBERNATE, &step);
    CHECK(st == ST_OK);
    partition_enter(p, &step, todo);
    memset(p->task, 0, sizeof p->task);
    return ST_OK;
}

static status_t check_snapshot(const struct partition *p, const struct rebuild *rebuild,
                               const uint32_t *task)
{
    status_t st = rebuild_status(rebuild);

    if (st != ST_OK)
        return st;
    if (rebuild->snapshot->id != p->id || rebuild->snapshot->ntasks != p->ntasks)
        return ST_DENIED;
    if (p->region != REGION_NIL || p->owned_bytes != 0)
        return ST_BUSY;
    for (uint32_t i = 0; i < p->ntasks; i++)
        if (task[i] == 0)
            return ST_INVALID;
    return ST_OK;
}

status_t partition_reconstruct(struct partitions *t, partition_id id, const struct rebuild *rebuild,
                               const uint32_t *task, struct partition_do *todo)
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if ((st = partition_get(t, id, &p)) != ST_OK)
        return st;
    st = life_step((enum life_state)p->state, (enum life_state)p->before, LIFE_EV_RECONSTRUCT,
                   &step);
    if (st != ST_OK || (st = check_snapshot(p, rebuild, task)) != ST_OK)
        return st;
    partition_enter(p, &step, todo);
    memcpy(p->task, task, p->ntasks * sizeof *task);
    return ST_OK;
}
