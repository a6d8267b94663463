/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/holding.h"
#include "lib/base/check.h"
#include "partition/partition_priv.h"

status_t partition_task_add(struct partitions *t, partition_id id, uint32_t number, uint32_t *place)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK)
        return st;
    if (number == 0)
        return ST_INVALID;
    if (p->ntasks == PARTITION_TASKS)
        return ST_TABLE_FULL;
    if ((st = quota_charge_one(&p->quota, QUOTA_TASKS, 1)) != ST_OK)
        return st;
    *place = p->ntasks;
    p->task[p->ntasks++] = number;
    return ST_OK;
}

static bool ends_at(const struct partitions *t, partition_id id, uint32_t task)
{
    for (uint32_t i = 0; i < t->edges.room; i++) {
        const struct edge *e = &t->edges.edge[i];

        if (e->id != 0 && ((e->a.partition == id && e->a.task == task) ||
                           (e->b.partition == id && e->b.task == task)))
            return true;
    }
    return false;
}

status_t partition_task_drop(struct partitions *t, partition_id id)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK)
        return st;
    if (p->ntasks == 0)
        return ST_NOT_FOUND;
    if (ends_at(t, id, p->ntasks - 1u))
        return ST_BUSY;
    p->task[--p->ntasks] = 0;
    quota_release(&p->quota, QUOTA_TASKS, 1);
    return ST_OK;
}

/* Does the quota have room for so many bytes more? By what all come to, as pages begun count whole. */
static status_t check_quota(const struct partition *p, uint64_t bytes)
{
    uint64_t all = p->owned_bytes + bytes;

    if (all < bytes || quota_pages(all) > p->quota.limit[QUOTA_PAGES])
        return ST_NOMEM;
    return ST_OK;
}

static void count(struct partition *p, uint64_t owned_bytes)
{
    p->owned_bytes = owned_bytes;
    partition_count_pages(p);
}

/* Is a region of `p` in this memory? */
static bool covered(const struct partitions *t, const struct partition *p, paddr_t base,
                    uint64_t bytes)
{
    for (uint16_t i = p->region; i != REGION_NIL; i = t->region[i].next)
        if (region_shares(&t->region[i], base, bytes))
            return true;
    return false;
}

status_t partition_pages_take(struct partitions *t, partition_id id, paddr_t base, uint64_t bytes)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK || (st = check_quota(p, bytes)) != ST_OK ||
        (st = page_own_take(&t->pages, base, bytes, id)) != ST_OK)
        return st;
    count(p, p->owned_bytes + bytes);
    return ST_OK;
}

status_t partition_pages_drop(struct partitions *t, partition_id id, paddr_t base, uint64_t bytes)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK)
        return st;
    if (covered(t, p, base, bytes))
        return ST_MAPPED;
    if ((st = page_own_drop(&t->pages, base, bytes, id)) != ST_OK)
        return st;
    count(p, p->owned_bytes - bytes);
    return ST_OK;
}

status_t partition_pages_donate(struct partitions *t, partition_id from, partition_id to,
                                paddr_t base, uint64_t bytes)
{
    struct partition *giver, *taker;
    status_t st;

    if ((st = partition_get_open(t, from, &giver)) != ST_OK ||
        (st = partition_get_open(t, to, &taker)) != ST_OK)
        return st;
    if (covered(t, giver, base, bytes))
        return ST_MAPPED;
    if ((st = check_quota(taker, bytes)) != ST_OK ||
        (st = page_own_donate(&t->pages, base, bytes, from, to)) != ST_OK)
        return st;
    count(giver, giver->owned_bytes - bytes);
    count(taker, taker->owned_bytes + bytes);
    return ST_OK;
}

static bool foreign(const struct partitions *t, partition_id id)
{
    return partition_generation(id) != 0 && partition_home(id) != t->home;
}

status_t partition_pages_share(struct partitions *t, partition_id from, partition_id to,
                               paddr_t base, uint64_t bytes)
{
    struct partition *giver, *taker;
    status_t st;

    if ((st = partition_get_open(t, from, &giver)) != ST_OK)
        return st;
    if (!foreign(t, to) && (st = partition_get_open(t, to, &taker)) != ST_OK)
        return st;
    return page_own_share(&t->pages, base, bytes, from, to);
}

status_t partition_pages_reclaim(struct partitions *t, partition_id from, partition_id to,
                                 paddr_t base, uint64_t bytes)
{
    struct partition *giver, *taker;
    status_t st;

    if ((st = partition_get_open(t, from, &giver)) != ST_OK)
        return st;
    if (!foreign(t, to)) {
        if ((st = partition_get_open(t, to, &taker)) != ST_OK)
            return st;
        if (covered(t, taker, base, bytes))
            return ST_MAPPED;
    }
    return page_own_reclaim(&t->pages, base, bytes, from, to);
}

status_t partition_pages_borrow(struct partitions *t, partition_id id, partition_id lender,
                                paddr_t base, uint64_t bytes)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK)
        return st;
    if (!foreign(t, lender))
        return ST_INVALID;
    return page_own_borrow(&t->pages, base, bytes, lender, id);
}

status_t partition_pages_repay(struct partitions *t, partition_id id, partition_id lender,
                               paddr_t base, uint64_t bytes)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK)
        return st;
    if (!foreign(t, lender))
        return ST_INVALID;
    if (covered(t, p, base, bytes))
        return ST_MAPPED;
    return page_own_repay(&t->pages, base, bytes, lender, id);
}

static status_t check_apart(const struct partitions *t, const struct partition *p,
                            const struct region *r)
{
    for (uint16_t i = p->region; i != REGION_NIL; i = t->region[i].next)
        if (region_meets(&t->region[i], r->space, r->va, r->bytes))
            return ST_MAPPED;
    return ST_OK;
}

/* saved: with heads as they were, instead of all slots free. */
static status_t make_slab(const struct region_wish *w, const struct snapshot_region *saved,
                          struct slab *slab)
{
    uint32_t nslots;
    status_t st;

    if (w->policy != REGION_SLAB)
        return ST_OK;
    if (w->heads == NULL)
        return ST_INVALID;
    if ((st = slab_slots(w->bytes, w->slot_bytes, &nslots)) != ST_OK)
        return st;
    if (saved != NULL)
        return slab_adopt(slab, w->heads, nslots, w->slot_bytes, saved->slab_first);
    return slab_init(slab, w->heads, nslots, w->slot_bytes);
}

static status_t add_region(struct partitions *t, partition_id id, const struct region_wish *wish,
                           const struct snapshot_region *saved)
{
    struct region r = {.space = wish->space,
                       .va = wish->va,
                       .base = wish->base,
                       .bytes = wish->bytes,
                       .permission = wish->permission,
                       .policy = (uint8_t)wish->policy};
    struct partition *p;
    uint16_t i = t->free_region;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK || (st = region_check(&r)) != ST_OK)
        return st;
    if (!page_own_has(&t->pages, r.base, r.bytes, id))
        return ST_DENIED;
    if ((st = check_apart(t, p, &r)) != ST_OK)
        return st;
    if (i == REGION_NIL)
        return ST_TABLE_FULL;
    if ((st = make_slab(wish, saved, &r.slab)) != ST_OK)
        return st;
    region_begin(&r);
    r.position = saved != NULL ? saved->position : 0;
    t->free_region = t->region[i].next;
    t->region[i] = r;
    region_link(t, p, i);
    return ST_OK;
}

status_t partition_region_add(struct partitions *t, partition_id id, const struct region_wish *wish)
{
    return add_region(t, id, wish, NULL);
}

status_t partition_region_restore(struct partitions *t, partition_id id,
                                  const struct snapshot_region *saved, paddr_t base,
                                  struct slab_head *heads)
{
    struct region_wish wish = {.space = saved->space,
                               .va = saved->va,
                               .base = base,
                               .bytes = saved->bytes,
                               .permission = saved->permission,
                               .policy = (enum region_policy)saved->policy,
                               .slot_bytes = saved->slot_bytes,
                               .heads = heads};

    if (saved->position > (saved->policy == REGION_APPEND ? saved->bytes : 0))
        return ST_FORMAT;
    return add_region(t, id, &wish, saved);
}

static status_t find_region(const struct partitions *t, const struct partition *p, uint32_t space,
                            vaddr_t va, uint16_t *index)
{
    for (uint16_t i = p->region; i != REGION_NIL; i = t->region[i].next)
        if (t->region[i].space == space && t->region[i].va == va) {
            *index = i;
            return ST_OK;
        }
    return ST_NOT_FOUND;
}

status_t partition_region_drop(struct partitions *t, partition_id id, uint32_t space, vaddr_t va,
                               struct slab_head **heads)
{
    struct partition *p;
    uint16_t i;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK ||
        (st = find_region(t, p, space, va, &i)) != ST_OK)
        return st;
    *heads = t->region[i].policy == REGION_SLAB ? t->region[i].slab.head : NULL;
    region_free(t, p, i);
    return ST_OK;
}

status_t partition_region(struct partitions *t, partition_id id, uint32_t space, vaddr_t va,
                          struct region **out)
{
    struct partition *p;
    uint16_t i;
    status_t st;

    if ((st = partition_get(t, id, &p)) != ST_OK ||
        (st = find_region(t, p, space, va, &i)) != ST_OK)
        return st;
    *out = &t->region[i];
    return ST_OK;
}

static status_t check_end(const struct partitions *t, struct edge_end end)
{
    struct partition *p;
    status_t st;

    if (foreign(t, end.partition))
        return ST_OK;
    if ((st = partition_get_open(t, end.partition, &p)) != ST_OK)
        return st;
    return end.task < p->ntasks ? ST_OK : ST_NOT_FOUND;
}

status_t partition_edge_open(struct partitions *t, struct edge_end a, struct edge_end b,
                             uint32_t incarnation, edge_id *id)
{
    status_t st;

    if ((st = check_end(t, a)) != ST_OK || (st = check_end(t, b)) != ST_OK)
        return st;
    if (foreign(t, a.partition) && foreign(t, b.partition))
        return ST_FOREIGN;
    return edge_open(&t->edges, a, b, incarnation, id);
}

status_t partition_lease(struct partitions *t, partition_id id, uint32_t device, uint32_t epochs,
                         bool exclusive, uint32_t *lease)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK)
        return st;
    return lease_grant(&t->leases, device, id, t->epoch, epochs, exclusive, lease);
}
