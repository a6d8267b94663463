/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/operation.h"
#include <string.h>
#include "lib/base/check.h"
#include "partition/partition_priv.h"
#include "witness/record.h"

static struct merge_side side_of(const struct partitions *t, const struct partition *p)
{
    return (struct merge_side){.state = (enum life_state)p->state,
                               .score_bp = p->coherence_bp,
                               .region = t->region,
                               .first_region = p->region};
}

static uint32_t missing_of(const struct partitions *t, const struct partition *a,
                           const struct partition *b, const struct merge_facts *f)
{
    struct merge_case c = {.a = side_of(t, a), .b = side_of(t, b), .proof = f->proof};
    uint32_t device;

    c.a.weight = f->weight_ab;
    c.b.weight = f->weight_ba;
    c.a.total = f->total_a;
    c.b.total = f->total_b;
    c.a.cap = f->cap_a;
    c.a.ncaps = f->ncaps_a;
    c.b.cap = f->cap_b;
    c.b.ncaps = f->ncaps_b;
    c.a.map = f->map_a;
    c.a.nmaps = f->nmaps_a;
    c.b.map = f->map_b;
    c.b.nmaps = f->nmaps_b;
    c.edge = f->edge_elsewhere || edge_between(&t->edges, a->id, b->id);
    c.lease_conflict =
        f->lease_conflict_elsewhere || lease_conflict(&t->leases, a->id, b->id, &device);
    return merge_missing(&c);
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* What is not one of the seven, but would not fit. */
static status_t check_room(const struct partitions *t, const struct partition *a,
                           const struct partition *b)
{
    if (a->core != b->core)
        return ST_INVALID;
    if (t->epoch < a->cooldown || t->epoch < b->cooldown)
        return ST_AGAIN;
    if (a->ntasks + b->ntasks > (int)PARTITION_TASKS || t->n == t->room)
        return ST_TABLE_FULL;
    if ((uint32_t)a->ntasks + b->ntasks >
        greater(a->quota.limit[QUOTA_TASKS], b->quota.limit[QUOTA_TASKS]))
        return ST_TABLE_FULL;
    if (quota_pages(a->owned_bytes + b->owned_bytes) >
        greater(a->quota.limit[QUOTA_PAGES], b->quota.limit[QUOTA_PAGES]))
        return ST_NOMEM;
    return ST_OK;
}

static void enter(struct partition *p, enum life_event event, struct partition_do *todo)
{
    struct life_step step;
    status_t st = life_step((enum life_state)p->state, (enum life_state)p->before, event, &step);

    CHECK(st == ST_OK);
    partition_enter(p, &step, todo);
}

/* The new one is what the first was; it runs if either ran. */
static partition_id make_one(struct partitions *t, struct partition *a, struct partition *b)
{
    struct partition *one = partition_place(t);
    bool runs = a->before == LIFE_RUNNING || b->before == LIFE_RUNNING;

    CHECK(one != NULL);
    partition_fill(t, one, a->name, a->core, PARTITION_NONE);
    one->state = LIFE_MERGING;
    one->before = runs ? LIFE_RUNNING : LIFE_SUSPENDED;
    one->kin[0] = a->id;
    one->kin[1] = b->id;
    one->born = true;
    a->kin[0] = b->kin[0] = one->id;
    return one->id;
}

status_t partition_merge(struct partitions *t, partition_id a, partition_id b,
                         const struct merge_facts *facts, uint32_t *missing, partition_id *one,
                         struct partition_do *todo)
{
    struct partition *p, *q;
    struct partition_do second;
    status_t st;

    *missing = 0;
    if (a == b)
        return ST_INVALID;
    if ((st = partition_get(t, a, &p)) != ST_OK || (st = partition_get(t, b, &q)) != ST_OK)
        return st;
    if ((*missing = missing_of(t, p, q, facts)) != 0) {
        *todo = (struct partition_do){.record = WITNESS_PARTITION_MERGE,
                                      .flags = WITNESS_F_CANCEL,
                                      .target = a,
                                      .payload = b | (uint64_t)*missing << 32};
        return merge_status(*missing);
    }
    if ((st = check_room(t, p, q)) != ST_OK)
        return st;
    enter(p, LIFE_EV_MERGE, todo);
    enter(q, LIFE_EV_MERGE, &second); /* what is to be done to both is the same, but for the stop */
    todo->action |= second.action;
    todo->payload = q->id;
    *one = make_one(t, p, q);
    return ST_OK;
}

static status_t get_merge(const struct partitions *t, partition_id id, struct partition **one)
{
    status_t st = partition_get(t, id, one);

    if (st == ST_OK && ((*one)->state != LIFE_MERGING || !(*one)->born))
        return ST_STATE;
    return st;
}

static void take_tasks(struct partitions *t, struct partition *one, struct partition *p)
{
    for (uint32_t i = 0; i < p->ntasks; i++) {
        edge_move(&t->edges, (struct edge_end){p->id, i}, (struct edge_end){one->id, one->ntasks});
        one->task[one->ntasks++] = p->task[i];
    }
    p->ntasks = 0;
    memset(p->task, 0, sizeof p->task);
}

static void take_regions(struct partitions *t, struct partition *one, struct partition *p)
{
    while (p->region != REGION_NIL) {
        uint16_t i = p->region;

        region_unlink(t, p, i);
        region_link(t, one, i);
    }
}

static void take_leases(struct partitions *t, partition_id one, partition_id p)
{
    for (uint32_t i = 0; i < t->leases.nslots; i++) {
        const struct lease *l = &t->leases.slot[i].lease;
        status_t st =
            l->id != 0 && l->holder == p ? lease_hand_over(&t->leases, l->id, one) : ST_OK;

        CHECK(st == ST_OK); /* LEASES was one of the needs, and none is granted in an operation */
    }
}

static void take_quota(struct partition *one, const struct partition *p)
{
    for (unsigned k = 0; k < QUOTA_KINDS; k++) {
        uint32_t room = UINT32_MAX - one->quota.used[k];

        one->quota.limit[k] = greater(one->quota.limit[k], p->quota.limit[k]);
        if (quota_is_flow((enum quota_kind)k))
            one->quota.used[k] += p->quota.used[k] < room ? p->quota.used[k] : room;
    }
}

/* Of the two supervisors the one that is not below either: there is one, as nobody is above himself. */
static partition_id supervisor_of(const struct partitions *t, const struct partition *a,
                                  const struct partition *b)
{
    partition_id s = a->supervisor;

    if (s != b->id && !partition_supervises(t, b->id, s))
        return s;
    return b->supervisor;
}

static void do_merge(struct partitions *t, struct partition *one, struct partition *p[2])
{
    one->supervisor = supervisor_of(t, p[0], p[1]);
    memset(one->quota.limit, 0, sizeof one->quota.limit);
    for (unsigned i = 0; i < 2; i++) {
        take_tasks(t, one, p[i]);
        take_regions(t, one, p[i]);
        take_leases(t, one->id, p[i]->id);
        take_quota(one, p[i]);
        page_own_rename(&t->pages, p[i]->id, one->id);
        partition_resupervise(t, p[i]->id, one->id);
        one->owned_bytes += p[i]->owned_bytes;
        p[i]->owned_bytes = 0;
        p[i]->kin[0] = PARTITION_NONE;
        quota_init(&p[i]->quota);
    }
    one->quota.used[QUOTA_TASKS] = one->ntasks;
    partition_count_pages(one);
    one->kin[0] = one->kin[1] = PARTITION_NONE;
    one->born = false;
    one->cooldown = t->epoch + PARTITION_COOLDOWN;
}

status_t partition_merge_done(struct partitions *t, partition_id id, struct partition_do todo[3])
{
    struct partition *one, *p[2];
    status_t st;

    if ((st = get_merge(t, id, &one)) != ST_OK)
        return st;
    for (unsigned i = 0; i < 2; i++) {
        p[i] = &t->partition[partition_index(one->kin[i])];
        enter(p[i], LIFE_EV_MERGE_DONE, &todo[i]);
        todo[i].payload = id;
    }
    do_merge(t, one, p);
    enter(one, LIFE_EV_BORN, &todo[2]);
    return ST_OK;
}

status_t partition_merge_abort(struct partitions *t, partition_id id, struct partition_do todo[3])
{
    struct partition *one;
    status_t st;

    if ((st = get_merge(t, id, &one)) != ST_OK)
        return st;
    for (unsigned i = 0; i < 2; i++) {
        struct partition *p = &t->partition[partition_index(one->kin[i])];

        enter(p, LIFE_EV_ABORT, &todo[i]);
        p->kin[0] = PARTITION_NONE;
        p->cooldown = t->epoch + PARTITION_COOLDOWN;
    }
    enter(one, LIFE_EV_LOST, &todo[2]);
    todo[2].action &= (uint16_t)~LIFE_DO_TELL; /* nobody has heard of it */
    one->kin[0] = one->kin[1] = PARTITION_NONE;
    one->born = false;
    return ST_OK;
}
