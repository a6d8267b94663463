/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/partition_priv.h"
#include <string.h>
#include "lib/base/check.h"
#include "witness/record.h"

void partitions_init(struct partitions *t, const struct partitions_memory *m, core_id home,
                     uint32_t ncores)
{
    uint32_t most = partitions_of_home(ncores);

    CHECK(m->nregions < REGION_NIL && ncores > home && ncores <= CORES_MAX);
    *t = (struct partitions){.home = home,
                             .ncores = ncores,
                             .partition = m->partition,
                             .room = m->npartitions < most ? m->npartitions : most,
                             .region = m->region,
                             .nregions = m->nregions,
                             .free_region = m->nregions ? 0 : REGION_NIL};
    for (uint32_t i = 0; i < t->room; i++)
        t->partition[i] = (struct partition){.generation = 1, .region = REGION_NIL};
    for (uint32_t i = 0; i < m->nregions; i++)
        t->region[i] =
            (struct region){.next = i + 1 < m->nregions ? (uint16_t)(i + 1) : REGION_NIL};
    page_own_init(&t->pages, m->range, m->nranges);
    edge_init(&t->edges, m->edge, m->nedges, home);
    lease_init(&t->leases, m->lease, m->nleases);
}

status_t partition_get(const struct partitions *t, partition_id id, struct partition **out)
{
    uint32_t i = partition_index(id);

    if (partition_generation(id) == 0)
        return ST_INVALID_HANDLE;
    if (partition_home(id) != t->home)
        return ST_FOREIGN;
    if (i >= t->room)
        return ST_INVALID_HANDLE;
    if (t->partition[i].id != id || t->partition[i].state == LIFE_DESTROYED)
        return ST_STALE_HANDLE;
    *out = &t->partition[i];
    return ST_OK;
}

bool partition_open(enum life_state state)
{
    return state == LIFE_CREATED || state == LIFE_RUNNING || state == LIFE_SUSPENDED;
}

status_t partition_get_open(const struct partitions *t, partition_id id, struct partition **out)
{
    status_t st = partition_get(t, id, out);

    if (st == ST_OK && !partition_open((enum life_state)(*out)->state))
        return ST_STATE;
    return st;
}

status_t partition_find(const struct partitions *t, partition_id id, const struct partition **out)
{
    struct partition *p;
    status_t st = partition_get(t, id, &p);

    if (st == ST_OK)
        *out = p;
    return st;
}

bool partition_known(const struct partitions *t, partition_id id)
{
    return id != PARTITION_NONE && partition_home(id) == t->home && partition_index(id) < t->room &&
           t->partition[partition_index(id)].id == id;
}

struct partition *partition_place(struct partitions *t)
{
    for (uint32_t i = 0; i < t->room; i++)
        if (t->partition[i].id == 0)
            return &t->partition[i];
    return NULL;
}

partition_id partition_fill(struct partitions *t, struct partition *p, const char *name,
                            core_id core, partition_id supervisor)
{
    uint16_t generation = p->generation;

    CHECK(p->id == 0);
    *p = (struct partition){.id = partition_name(t->home, (uint32_t)(p - t->partition), generation),
                            .generation = generation,
                            .state = LIFE_CREATED,
                            .before = LIFE_CREATED,
                            .core = core,
                            .to_core = core,
                            .region = REGION_NIL,
                            .coherence_bp = PARTITION_COHERENCE_NEW,
                            .supervisor = supervisor};
    quota_init(&p->quota);
    memcpy(p->name, name, strlen(name));
    t->n++;
    return p->id;
}

/* A supervisor of another home is taken as it is: that home knows. */
static status_t check_supervisor(const struct partitions *t, partition_id supervisor)
{
    struct partition *p;
    status_t st;

    if (supervisor == PARTITION_NONE ||
        (partition_generation(supervisor) != 0 && partition_home(supervisor) != t->home))
        return ST_OK;
    st = partition_get(t, supervisor, &p);
    return st == ST_OK && p->born ? ST_STATE : st; /* what may be aborted supervises nobody */
}

status_t partition_create(struct partitions *t, const char *name, core_id core,
                          partition_id supervisor, partition_id *id, struct partition_do *todo)
{
    bool ends = memchr(name, 0, PARTITION_NAME) != NULL; /* memchr stops where it finds it */
    struct partition *p;
    status_t st;

    if (name[0] == 0 || !ends || core >= t->ncores)
        return ST_INVALID;
    if ((st = check_supervisor(t, supervisor)) != ST_OK)
        return st;
    if ((p = partition_place(t)) == NULL)
        return ST_TABLE_FULL;
    *id = partition_fill(t, p, name, core, supervisor);
    *todo = (struct partition_do){
        .action = LIFE_DO_MAKE, .record = WITNESS_PARTITION_CREATE, .target = *id, .payload = core};
    return ST_OK;
}

void partition_enter(struct partition *p, const struct life_step *step, struct partition_do *todo)
{
    *todo = (struct partition_do){.action = step->action,
                                  .record = step->record,
                                  .flags = step->flags,
                                  .target = p->id,
                                  .payload = p->core};
    p->before = life_in_operation((enum life_state)step->next) ? p->state : step->next;
    p->state = step->next;
}

void partition_resupervise(struct partitions *t, partition_id from, partition_id to)
{
    for (uint32_t i = 0; i < t->room; i++)
        if (t->partition[i].id != 0 && t->partition[i].supervisor == from)
            t->partition[i].supervisor = to;
}

bool partition_supervises(const struct partitions *t, partition_id who, partition_id below)
{
    for (uint32_t i = 0; i <= t->room; i++) { /* as many steps as there are partitions */
        if (!partition_known(t, below))
            return false;
        below = t->partition[partition_index(below)].supervisor;
        if (below == who)
            return true;
    }
    return false;
}

status_t partition_life(struct partitions *t, partition_id id, enum life_event event,
                        struct partition_do *todo)
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if (event != LIFE_EV_START && event != LIFE_EV_SUSPEND && event != LIFE_EV_RESUME &&
        event != LIFE_EV_DESTROY && event != LIFE_EV_LOST)
        return ST_INVALID;
    if ((st = partition_get(t, id, &p)) != ST_OK)
        return st;
    if (event == LIFE_EV_LOST && p->kin[0] != PARTITION_NONE)
        return ST_BUSY;
    st = life_step((enum life_state)p->state, (enum life_state)p->before, event, &step);
    if (st != ST_OK)
        return st;
    partition_enter(p, &step, todo);
    if (p->state == LIFE_DESTROYED)
        partition_resupervise(t, id, p->supervisor);
    return ST_OK;
}

void region_unlink(struct partitions *t, struct partition *p, uint16_t index)
{
    uint16_t *at = &p->region;

    while (*at != index) {
        CHECK(*at != REGION_NIL);
        at = &t->region[*at].next;
    }
    *at = t->region[index].next;
    p->nregions--;
}

void region_link(struct partitions *t, struct partition *p, uint16_t index)
{
    uint16_t *at = &p->region;

    while (*at != REGION_NIL)
        at = &t->region[*at].next;
    *at = index;
    t->region[index].next = REGION_NIL;
    t->region[index].owner = p->id;
    p->nregions++;
}

void region_free(struct partitions *t, struct partition *p, uint16_t index)
{
    region_unlink(t, p, index);
    t->region[index] = (struct region){.next = t->free_region};
    t->free_region = index;
}

void partition_count_pages(struct partition *p)
{
    p->quota.used[QUOTA_PAGES] = (uint32_t)quota_pages(p->owned_bytes);
}

/* Its pages, the loans first. False: there are none. */
static bool settle_pages(struct partitions *t, struct partition *p, struct partition_debt *out)
{
    struct page_range *r = &out->range;
    status_t st;

    if (page_own_first(&t->pages, p->id, PAGE_BORROWED, r) == ST_OK) {
        out->kind = DEBT_BORROWED;
        st = partition_home(r->owner) == t->home
                 ? page_own_reclaim(&t->pages, r->base, r->bytes, r->owner, p->id)
                 : page_own_repay(&t->pages, r->base, r->bytes, r->owner, p->id);
    } else if (page_own_first(&t->pages, p->id, PAGE_LENT, r) == ST_OK) {
        out->kind = DEBT_LENT;
        st = page_own_reclaim(&t->pages, r->base, r->bytes, p->id, r->borrower);
    } else if (page_own_first(&t->pages, p->id, PAGE_OWNED, r) == ST_OK) {
        out->kind = DEBT_PAGES;
        st = page_own_drop(&t->pages, r->base, r->bytes, p->id);
        p->owned_bytes -= r->bytes;
        partition_count_pages(p);
    } else {
        return false;
    }
    CHECK(st == ST_OK); /* a whole range, as it stands in the table: no room is needed */
    return true;
}

/* The regions of a borrower go with what was lent to it. */
static bool settle_borrowers_region(struct partitions *t, struct partition *p,
                                    struct partition_debt *out)
{
    struct page_range any;

    if (page_own_first(&t->pages, p->id, PAGE_LENT, &any) != ST_OK)
        return false;
    for (uint32_t i = 0; i < t->nregions; i++) {
        struct region *r = &t->region[i];

        if (r->owner == PARTITION_NONE || r->owner == p->id)
            continue;
        for (uint32_t k = 0; k < t->pages.n; k++) {
            const struct page_range *lent = &t->pages.range[k];

            if (lent->owner == p->id && lent->borrower == r->owner &&
                region_shares(r, lent->base, lent->bytes)) {
                *out = (struct partition_debt){.kind = DEBT_REGION, .region = *r};
                region_free(t, &t->partition[partition_index(r->owner)], (uint16_t)i);
                return true;
            }
        }
    }
    return false;
}

status_t partition_settle(struct partitions *t, partition_id id, struct partition_debt *out)
{
    struct partition *p;

    if (!partition_known(t, id))
        return ST_STALE_HANDLE;
    p = &t->partition[partition_index(id)];
    if (p->state != LIFE_DESTROYED && p->state != LIFE_HIBERNATED)
        return ST_STATE;
    *out = (struct partition_debt){.kind = DEBT_LEASE};
    if (lease_end_of(&t->leases, id, &out->lease)) /* who hibernates has none */
        return ST_OK;
    out->kind = DEBT_EDGE;
    if (p->state == LIFE_DESTROYED && edge_end_of(&t->edges, id, &out->edge))
        return ST_OK;
    if (p->region != REGION_NIL) {
        *out = (struct partition_debt){.kind = DEBT_REGION, .region = t->region[p->region]};
        region_free(t, p, p->region);
        return ST_OK;
    }
    if (settle_borrowers_region(t, p, out) || settle_pages(t, p, out))
        return ST_OK;
    if (p->state == LIFE_HIBERNATED)
        return ST_NOT_FOUND;
    *p = (struct partition){.region = REGION_NIL,
                            .generation = generation_after(p->generation, PARTITION_GENERATION)};
    t->n--;
    return ST_NOT_FOUND;
}

status_t partition_set_supervisor(struct partitions *t, partition_id id, partition_id supervisor)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK ||
        (st = check_supervisor(t, supervisor)) != ST_OK)
        return st;
    if (supervisor == id || partition_supervises(t, id, supervisor))
        return ST_STATE;
    p->supervisor = supervisor;
    return ST_OK;
}

status_t partition_set_coherence(struct partitions *t, partition_id id, uint32_t bp)
{
    struct partition *p;
    status_t st = partition_get(t, id, &p);

    if (st != ST_OK)
        return st;
    if (bp > 10000)
        return ST_INVALID;
    p->coherence_bp = (uint16_t)bp;
    return ST_OK;
}

void partitions_epoch(struct partitions *t)
{
    t->epoch++;
    for (uint32_t i = 0; i < t->room; i++)
        if (t->partition[i].id != 0)
            quota_epoch(&t->partition[i].quota);
    for (uint32_t i = 0; i < t->nregions; i++)
        if (t->region[i].owner != PARTITION_NONE)
            residency_epoch(&t->region[i].residency);
}
