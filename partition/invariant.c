/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/invariant.h"

#define FOR_EACH(t, p)                                                                             \
    for (const struct partition *p = (t)->partition; p < (t)->partition + (t)->room; p++)          \
        if (p->id != PARTITION_NONE)

/* Of another home, or in this table: being settled counts. */
static const struct partition *here(const struct partitions *t, partition_id id)
{
    if (partition_home(id) != t->home || partition_index(id) >= t->room ||
        t->partition[partition_index(id)].id != id || id == PARTITION_NONE)
        return NULL;
    return &t->partition[partition_index(id)];
}

static bool elsewhere(const struct partitions *t, partition_id id)
{
    return partition_generation(id) != 0 && partition_home(id) != t->home;
}

static bool known(const struct partitions *t, partition_id id)
{
    return elsewhere(t, id) || here(t, id) != NULL;
}

static bool places(const struct partitions *t)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->room; i++) {
        const struct partition *p = &t->partition[i];

        if (p->generation == 0)
            return false;
        if (p->id == PARTITION_NONE) {
            if (p->region != REGION_NIL || p->nregions != 0 || p->ntasks != 0)
                return false;
            continue;
        }
        n++;
        if (p->id != partition_name(t->home, i, p->generation))
            return false;
    }
    return n == t->n;
}

static bool states(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        if (p->state >= LIFE_STATE_COUNT)
            return false;
        if (life_in_operation((enum life_state)p->state)
                ? p->before != LIFE_RUNNING && p->before != LIFE_SUSPENDED
                : p->before != p->state)
            return false;
    }
    return true;
}

static bool names_back(const struct partitions *t, const struct partition *p, partition_id kin)
{
    const struct partition *k = here(t, kin);

    return k != NULL && k->state == p->state && k->born != p->born &&
           (k->kin[0] == p->id || k->kin[1] == p->id);
}

static bool kin(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        /* one comes from two or two from one */
        bool reshaping = p->state == LIFE_SPLITTING || p->state == LIFE_MERGING;
        bool two = p->state == (p->born ? LIFE_MERGING : LIFE_SPLITTING);

        if ((p->kin[0] != 0) != reshaping || (p->kin[1] != 0) != (reshaping && two))
            return false;
        if (p->born && !reshaping)
            return false;
        for (unsigned i = 0; i < 2; i++)
            if (p->kin[i] != 0 && !names_back(t, p, p->kin[i]))
                return false;
        if (p->kin[0] != 0 && p->kin[0] == p->kin[1])
            return false;
    }
    return true;
}

static bool cores(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        if (p->core >= t->ncores || p->to_core >= t->ncores)
            return false;
        if (p->state != LIFE_DESTROYED && (p->state == LIFE_MIGRATING) == (p->core == p->to_core))
            return false;
    }
    return true;
}

static bool supervisors(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        const struct partition *up = p;
        uint32_t steps = 0;

        if (p->state == LIFE_DESTROYED)
            continue;
        while (up != NULL && up->supervisor != PARTITION_NONE) {
            if (++steps > t->room || !known(t, up->supervisor))
                return false;
            up = here(t, up->supervisor);
            if (up != NULL && (up->state == LIFE_DESTROYED || up->born))
                return false;
        }
    }
    return true;
}

static bool tasks(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        if (p->ntasks > PARTITION_TASKS || p->quota.used[QUOTA_TASKS] != p->ntasks)
            return false;
        for (uint32_t i = 0; i < PARTITION_TASKS; i++) {
            bool has = i < p->ntasks && p->state != LIFE_HIBERNATED;

            /* what hibernated and was destroyed has none either */
            if ((p->task[i] != 0) != has && !(p->state == LIFE_DESTROYED && p->task[i] == 0))
                return false;
        }
    }
    return true;
}

static bool one_owner(const struct partitions *t)
{
    return page_own_wrong(&t->pages) == NULL;
}

static bool holders(const struct partitions *t)
{
    for (uint32_t i = 0; i < t->pages.n; i++) {
        const struct page_range *r = &t->pages.range[i];

        /* memory of another home is here because it was borrowed */
        if (here(t, r->owner) == NULL && !(elsewhere(t, r->owner) && here(t, r->borrower) != NULL))
            return false;
        if (r->borrower != PARTITION_NONE && !known(t, r->borrower))
            return false;
    }
    return true;
}

static bool pages_paid(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        uint64_t bytes = page_own_bytes(&t->pages, p->id);

        if (p->owned_bytes != bytes || p->quota.used[QUOTA_PAGES] != quota_pages(bytes) ||
            p->quota.used[QUOTA_PAGES] > p->quota.limit[QUOTA_PAGES])
            return false;
    }
    return true;
}

static bool region_once(const struct partitions *t)
{
    uint32_t seen = 0;

    FOR_EACH(t, p)
    {
        uint32_t n = 0;

        for (uint16_t i = p->region; i != REGION_NIL; i = t->region[i].next, n++)
            if (i >= t->nregions || t->region[i].owner != p->id || n > t->nregions)
                return false;
        if (n != p->nregions)
            return false;
        seen += n;
    }
    for (uint16_t i = t->free_region; i != REGION_NIL; i = t->region[i].next, seen++)
        if (i >= t->nregions || t->region[i].owner != PARTITION_NONE || seen > t->nregions)
            return false;
    return seen == t->nregions;
}

static bool region_apart(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        for (uint16_t i = p->region; i != REGION_NIL; i = t->region[i].next)
            for (uint16_t k = t->region[i].next; k != REGION_NIL; k = t->region[k].next)
                if (region_meets(&t->region[i], t->region[k].space, t->region[k].va,
                                 t->region[k].bytes))
                    return false;
    }
    return true;
}

static bool region_held(const struct partitions *t)
{
    for (uint32_t i = 0; i < t->nregions; i++) {
        const struct region *r = &t->region[i];

        if (r->owner != PARTITION_NONE && !page_own_has(&t->pages, r->base, r->bytes, r->owner))
            return false;
    }
    return true;
}

static bool region_kind(const struct partitions *t)
{
    for (uint32_t i = 0; i < t->nregions; i++)
        if (t->region[i].owner != PARTITION_NONE && region_wrong(&t->region[i]) != NULL)
            return false;
    return true;
}

static bool unborn(const struct partitions *t)
{
    FOR_EACH(t, p)
    {
        if (p->born && (p->ntasks != 0 || p->nregions != 0 || p->owned_bytes != 0 ||
                        lease_count(&t->leases, p->id) != 0))
            return false;
    }
    return true;
}

static bool end_is_right(const struct partitions *t, struct edge_end end)
{
    const struct partition *p = here(t, end.partition);

    return elsewhere(t, end.partition) || (p != NULL && end.task < p->ntasks && !p->born);
}

static bool edge_ends(const struct partitions *t)
{
    for (uint32_t i = 0; i < t->edges.room; i++) {
        const struct edge *e = &t->edges.edge[i];

        if (e->id == 0)
            continue;
        if (!end_is_right(t, e->a) || !end_is_right(t, e->b))
            return false;
        if (here(t, e->a.partition) == NULL && here(t, e->b.partition) == NULL)
            return false;
    }
    return true;
}

static bool edge_table(const struct partitions *t)
{
    return edge_wrong(&t->edges) == NULL;
}

static bool leases(const struct partitions *t)
{
    return lease_wrong(&t->leases) == NULL;
}

static bool lease_holders(const struct partitions *t)
{
    for (uint32_t i = 0; i < t->leases.nslots; i++)
        if (t->leases.slot[i].lease.id != 0 && !known(t, t->leases.slot[i].lease.holder))
            return false;
    return true;
}

static const struct invariant all[] = {
#define X(name, text) {#name, text, name},
    INVARIANTS(X)
#undef X
};

const struct invariant *invariant_number(unsigned n)
{
    return n < ARRAY_LEN(all) ? &all[n] : NULL;
}

/* In the order of the list: later ones walk what earlier ones found in order. */
const struct invariant *invariant_broken(const struct partitions *t)
{
    for (unsigned n = 0; n < ARRAY_LEN(all); n++)
        if (!all[n].holds(t))
            return &all[n];
    return NULL;
}
