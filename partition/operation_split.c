/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/operation.h"
#include "lib/base/check.h"
#include "partition/partition_priv.h"

/* One that comes out of the operation that `p` is in: not born yet. */
static struct partition *make_part(struct partitions *t, const struct partition *p)
{
    struct partition *part = partition_place(t);

    CHECK(part != NULL);
    partition_fill(t, part, p->name, p->core, p->supervisor);
    part->state = p->state;
    part->before = p->before;
    part->kin[0] = p->id;
    part->born = true;
    return part;
}

status_t partition_split(struct partitions *t, partition_id id, partition_id part[SPLIT_SIDES],
                         struct partition_do *todo)
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if ((st = partition_get(t, id, &p)) != ST_OK)
        return st;
    st = life_step((enum life_state)p->state, (enum life_state)p->before, LIFE_EV_SPLIT, &step);
    if (st != ST_OK)
        return st;
    if (t->epoch < p->cooldown)
        return ST_AGAIN;
    if (p->ntasks < 2)
        return ST_INVALID;
    if (t->room - t->n < SPLIT_SIDES)
        return ST_TABLE_FULL;
    partition_enter(p, &step, todo);
    for (unsigned s = 0; s < SPLIT_SIDES; s++)
        p->kin[s] = part[s] = make_part(t, p)->id;
    return ST_OK;
}

/* The old one of a split, by its name. */
static status_t get_split(const struct partitions *t, partition_id id, struct partition **p)
{
    status_t st = partition_get(t, id, p);

    if (st == ST_OK && ((*p)->state != LIFE_SPLITTING || (*p)->born))
        return ST_STATE;
    return st;
}

static bool alias(const struct region *a, const struct region *b)
{
    return region_shares(a, b->base, b->bytes);
}

/* The first of the list that has memory in common with number n, by way of others too; they are given sides in this order. */
static uint32_t leader(const struct region *const *list, uint32_t n, const uint8_t *lead)
{
    for (uint32_t k = 0; k < n; k++)
        if (alias(list[k], list[n]))
            return lead[k];
    return n;
}

static uint32_t listed(const struct partitions *t, const struct partition *p,
                       const struct region *list[SNAPSHOT_REGIONS_MAX])
{
    uint32_t n = 0;

    for (uint16_t i = p->region; i != REGION_NIL && n < SNAPSHOT_REGIONS_MAX; i = t->region[i].next)
        list[n++] = &t->region[i];
    return n;
}

/* lead[n]: the first of the group that n belongs to. Until nothing changes, as a later one may join two groups. */
static void group(const struct region *const *list, uint32_t n, uint8_t *lead)
{
    bool changed = true;

    for (uint32_t i = 0; i < n; i++)
        lead[i] = (uint8_t)leader(list, i, lead);
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = 0; k < i; k++)
                if (lead[k] != lead[i] && alias(list[k], list[i])) {
                    lead[i] = lead[k] = lead[k] < lead[i] ? lead[k] : lead[i];
                    changed = true;
                }
    }
}

static uint64_t add_up_to(uint64_t a, uint64_t b, uint64_t most)
{
    return a > most || b > most - a ? most : a + b;
}

static void add_access(struct split_region *to, const struct split_access *more, uint64_t bytes)
{
    for (unsigned s = 0; s < SPLIT_SIDES; s++) {
        to->access[s] = add_up_to(to->access[s], more->access[s], SPLIT_ACCESS_MAX);
        if (more->cost[s] > to->cost[s])
            to->cost[s] = more->cost[s];
    }
    if (bytes > to->bytes) /* the same memory is not counted twice */
        to->bytes = bytes;
}

status_t partition_split_regions(const struct partitions *t, partition_id id,
                                 const struct split_access *access, uint32_t room, uint8_t side[])
{
    const struct region *list[SNAPSHOT_REGIONS_MAX];
    struct split_region together[SNAPSHOT_REGIONS_MAX] = {{0}};
    uint8_t lead[SNAPSHOT_REGIONS_MAX], of[SNAPSHOT_REGIONS_MAX], place[SNAPSHOT_REGIONS_MAX];
    uint32_t n, groups = 0;
    struct partition *p;
    status_t st;

    if ((st = partition_get(t, id, &p)) != ST_OK)
        return st;
    if (p->nregions > room || p->nregions > SNAPSHOT_REGIONS_MAX)
        return ST_TABLE_FULL;
    n = listed(t, p, list);
    group(list, n, lead);
    for (uint32_t i = 0; i < n; i++) {
        place[i] = (uint8_t)(lead[i] == i ? groups++ : place[lead[i]]);
        add_access(&together[place[i]], &access[i], list[i]->bytes);
    }
    if ((st = split_regions(together, groups, of)) != ST_OK)
        return st;
    for (uint32_t i = 0; i < n; i++)
        side[i] = of[place[i]];
    return ST_OK;
}

static status_t check_regions(const struct partitions *t, const struct partition *p,
                              const struct split_plan *plan)
{
    uint32_t n = 0, k;

    if (plan->nregions != p->nregions)
        return ST_INVALID;
    for (uint16_t i = p->region; i != REGION_NIL; i = t->region[i].next, n++) {
        if (plan->region_side[n] >= SPLIT_SIDES)
            return ST_INVALID;
        k = 0;
        for (uint16_t j = p->region; j != i; j = t->region[j].next, k++)
            if (alias(&t->region[j], &t->region[i]) && plan->region_side[k] != plan->region_side[n])
                return ST_INVALID;
    }
    return ST_OK;
}

static status_t check_leases(const struct partitions *t, const struct partition *p,
                             const struct split_plan *plan)
{
    struct lease l;

    if (plan->nleases != lease_count(&t->leases, p->id))
        return ST_INVALID;
    for (uint32_t i = 0; i < plan->nleases; i++) {
        if (lease_find(&t->leases, plan->lease[i].lease, &l) != ST_OK || l.holder != p->id ||
            plan->lease[i].side >= SPLIT_SIDES)
            return ST_INVALID;
        for (uint32_t k = 0; k < i; k++)
            if (plan->lease[k].lease == plan->lease[i].lease)
                return ST_INVALID;
    }
    return ST_OK;
}

/* It has them, no two pieces overlap, and what is shown of one goes the same way. */
static status_t check_pages(const struct partitions *t, const struct partition *p,
                            const struct split_plan *plan)
{
    for (uint32_t i = 0; i < plan->npages; i++) {
        const struct split_pages *w = &plan->pages[i];
        uint32_t n = 0;

        if (w->side >= SPLIT_SIDES || !page_own_has(&t->pages, w->base, w->bytes, p->id))
            return ST_INVALID;
        for (uint32_t k = 0; k < i; k++)
            if (w->base < plan->pages[k].base + plan->pages[k].bytes &&
                plan->pages[k].base < w->base + w->bytes)
                return ST_INVALID;
        for (uint16_t r = p->region; r != REGION_NIL; r = t->region[r].next, n++)
            if (region_shares(&t->region[r], w->base, w->bytes) && plan->region_side[n] != w->side)
                return ST_INVALID;
    }
    return ST_OK;
}

static status_t check_plan(const struct partitions *t, const struct partition *p,
                           const struct split_plan *plan)
{
    status_t st;

    if ((st = split_check_tasks(p->ntasks, plan->tasks_b)) != ST_OK ||
        (st = check_regions(t, p, plan)) != ST_OK || (st = check_leases(t, p, plan)) != ST_OK ||
        (st = check_pages(t, p, plan)) != ST_OK)
        return st;
    /* the two ends of each may become two borders */
    return 2u * (p->nregions + plan->npages) <= t->pages.room - t->pages.n ? ST_OK : ST_TABLE_FULL;
}

static void move_tasks(struct partitions *t, struct partition *p, struct partition *part[],
                       uint32_t tasks_b)
{
    for (uint32_t i = 0; i < p->ntasks; i++) {
        struct partition *to = part[tasks_b >> i & 1];

        edge_move(&t->edges, (struct edge_end){p->id, i}, (struct edge_end){to->id, to->ntasks});
        to->task[to->ntasks++] = p->task[i];
        p->task[i] = 0;
    }
    p->ntasks = 0;
}

/* The memory of a region, in pieces that are held alike. Of two regions with common memory the first took it along. */
static void move_pages(struct partitions *t, paddr_t base, uint64_t bytes, partition_id from,
                       partition_id to)
{
    struct page_range piece;

    for (paddr_t at = base; at < base + bytes;) {
        status_t st = page_own_at(&t->pages, at, &piece);
        paddr_t last = base + bytes;

        CHECK(st == ST_OK);
        if (piece.base + piece.bytes < last)
            last = piece.base + piece.bytes;
        if (piece.owner == from || piece.borrower == from) {
            st = page_own_hand_over(&t->pages, at, last - at, from, to);
            CHECK(st == ST_OK);
        }
        at = last;
    }
}

static void move_regions(struct partitions *t, struct partition *p, struct partition *part[],
                         const struct split_plan *plan)
{
    const uint8_t *side = plan->region_side;

    for (uint32_t n = 0; p->region != REGION_NIL; n++) {
        uint16_t i = p->region;

        region_unlink(t, p, i);
        region_link(t, part[side[n]], i);
        move_pages(t, t->region[i].base, t->region[i].bytes, p->id, part[side[n]]->id);
    }
    for (uint32_t n = 0; n < plan->npages; n++)
        move_pages(t, plan->pages[n].base, plan->pages[n].bytes, p->id,
                   part[plan->pages[n].side]->id);
    page_own_rename(&t->pages, p->id, part[SPLIT_A]->id); /* what no region shows */
}

static void be_born(struct partitions *t, struct partition *part, struct partition_do *todo)
{
    struct life_step step;
    status_t st =
        life_step((enum life_state)part->state, (enum life_state)part->before, LIFE_EV_BORN, &step);

    CHECK(st == ST_OK);
    partition_enter(part, &step, todo);
    part->kin[0] = part->kin[1] = PARTITION_NONE;
    part->born = false;
    part->cooldown = t->epoch + PARTITION_COOLDOWN;
}

static void share_quota(struct partitions *t, const struct partition *p, struct partition *part)
{
    part->quota = p->quota; /* flows stay used, on both sides */
    part->quota.used[QUOTA_TASKS] = part->ntasks;
    part->owned_bytes = page_own_bytes(&t->pages, part->id);
    partition_count_pages(part);
}

static void do_split(struct partitions *t, struct partition *p, const struct split_plan *plan)
{
    struct partition *part[SPLIT_SIDES];

    for (unsigned s = 0; s < SPLIT_SIDES; s++)
        part[s] = &t->partition[partition_index(p->kin[s])];
    move_tasks(t, p, part, plan->tasks_b);
    move_regions(t, p, part, plan);
    for (uint32_t i = 0; i < plan->nleases; i++) {
        status_t st =
            lease_hand_over(&t->leases, plan->lease[i].lease, part[plan->lease[i].side]->id);

        CHECK(st == ST_OK);
    }
    for (unsigned s = 0; s < SPLIT_SIDES; s++)
        share_quota(t, p, part[s]);
    partition_resupervise(t, p->id, part[SPLIT_A]->id);
    p->owned_bytes = 0;
    quota_init(&p->quota);
}

status_t partition_split_check(const struct partitions *t, partition_id id, const struct split_plan *plan)
{
    struct partition *p;
    status_t st = get_split(t, id, &p);

    return st != ST_OK ? st : check_plan(t, p, plan);
}

status_t partition_split_done(struct partitions *t, partition_id id, const struct split_plan *plan,
                              struct partition_do todo[3])
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if ((st = get_split(t, id, &p)) != ST_OK || (st = check_plan(t, p, plan)) != ST_OK)
        return st;
    st = life_step(LIFE_SPLITTING, (enum life_state)p->before, LIFE_EV_SPLIT_DONE, &step);
    CHECK(st == ST_OK);
    do_split(t, p, plan);
    for (unsigned s = 0; s < SPLIT_SIDES; s++)
        be_born(t, &t->partition[partition_index(p->kin[s])], &todo[1 + s]);
    partition_enter(p, &step, &todo[0]);
    todo[0].payload = p->kin[SPLIT_A] | (uint64_t)p->kin[SPLIT_B] << 32;
    p->kin[0] = p->kin[1] = PARTITION_NONE;
    return ST_OK;
}

status_t partition_split_abort(struct partitions *t, partition_id id, struct partition_do todo[3])
{
    struct life_step step;
    struct partition *p;
    status_t st;

    if ((st = get_split(t, id, &p)) != ST_OK)
        return st;
    for (unsigned s = 0; s < SPLIT_SIDES; s++) {
        struct partition *part = &t->partition[partition_index(p->kin[s])];

        st = life_step(LIFE_SPLITTING, (enum life_state)part->before, LIFE_EV_LOST, &step);
        CHECK(st == ST_OK);
        part->kin[0] = PARTITION_NONE;
        part->born = false;
        partition_enter(part, &step, &todo[1 + s]);
        todo[1 + s].action &= (uint16_t)~LIFE_DO_TELL; /* nobody has heard of it */
    }
    st = life_step(LIFE_SPLITTING, (enum life_state)p->before, LIFE_EV_ABORT, &step);
    CHECK(st == ST_OK);
    partition_enter(p, &step, &todo[0]);
    p->kin[0] = p->kin[1] = PARTITION_NONE;
    p->cooldown = t->epoch + PARTITION_COOLDOWN;
    return ST_OK;
}
