/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/part_split - one becomes two: what goes where, and what rights are left. */
#include "lib/base/check.h"
#include "monitor/conn.h"
#include "monitor/fail.h"
#include "monitor/feed.h"
#include "monitor/leases.h"
#include "monitor/mon.h"
#include "monitor/part_shape_priv.h"
#include "monitor/pieces.h"
#include "monitor/rings.h"
#include "witness/record.h"

#define LEASES_MAX 8u
#define PAGES_MAX  (PARTITION_TASKS * (1 + PROG_MEMS))

static struct split_cap caps[PART_CAPS];
static struct split_share share[PART_CAPS];

/* Rights that have to go: of those with a number below `next` they have gone. */
static struct {
    uint32_t next, n;
    uint32_t cap[PART_CAPS];
    uint64_t id[PARTITION_TASKS]; /* programs, by their tasks' places as they were */
    uint32_t tasks_b;
} cut;

static struct plan {
    struct split_plan is;
    struct split_lease lease[LEASES_MAX];
    struct split_pages pages[PAGES_MAX];
    uint8_t side[SNAPSHOT_REGIONS_MAX];
    struct split_access access[SNAPSHOT_REGIONS_MAX];
} plan;

/* ---- where to cut ---- */

static int place_of(const struct shape_members *m, const struct prog *p)
{
    for (unsigned i = 0; i < m->n; i++)
        if (m->prog[i] == p)
            return (int)i;
    return -1;
}

/* Channels of this core, each by one of its ends. */
static void weigh(const struct shape_members *m, uint64_t weight[][SPLIT_TASKS])
{
    for (unsigned i = 0; i < CONNS; i++) {
        const struct conn *c = conn_at(i), *other;
        int from, to;

        if (!bind_is_mapped(c->state) || c->peer != mon.core ||
            (other = conn_find(c->peer_ref)) == NULL || conn_mem_core(c) != mon.core ||
            !pieces_are_ours(conn_mem_with(c)))
            continue;
        from = place_of(m, prog_find(c->prog));
        to = place_of(m, prog_find(other->prog));
        if (from > to && to >= 0)
            weight[from][to] += rings_weight(conn_mem_with(c), c->piece);
    }
}

static status_t where(const struct shape_members *m, uint64_t wish, uint32_t *tasks_b)
{
    uint64_t weight[SPLIT_TASKS][SPLIT_TASKS] = {{0}};

    if (wish > UINT32_MAX)
        return ST_INVALID;
    *tasks_b = (uint32_t)wish;
    if (wish != 0)
        return split_check_tasks(m->n, *tasks_b);
    if (!feed_is_there())
        return ST_STATE; /* nobody has measured */
    weigh(m, weight);
    return split_cut(weight, m->n, tasks_b);
}

/* ---- what goes where ---- */

static unsigned side_of(const struct shape_members *m, uint32_t tasks_b, uint32_t space)
{
    for (unsigned i = 0; i < m->n; i++)
        if (prog_space(m->prog[i]) == space)
            return tasks_b >> i & 1;
    return SPLIT_A;
}

static status_t add_block(handle_t block, unsigned side)
{
    struct rt_msg m;
    status_t st = sys_identify(block, &m);

    if (st != ST_OK)
        return st;
    if (plan.is.npages == PAGES_MAX)
        return ST_TABLE_FULL;
    plan.pages[plan.is.npages++] = (struct split_pages){m.w[1], m.w[2], (uint8_t)side};
    return ST_OK;
}

/* Its tables, its stack, what it asked for: where its task goes. */
static status_t add_blocks(const struct prog *p, unsigned side)
{
    status_t st = add_block(p->slice, side);

    for (unsigned i = 0; i < p->nmem && st == ST_OK; i++)
        st = add_block(p->mem[i], side);
    return st;
}

static status_t add_leases(const struct partitions *t, partition_id part,
                           const struct shape_members *m)
{
    for (uint32_t i = 0; i < t->leases.nslots; i++) {
        const struct lease *l = &t->leases.slot[i].lease;
        int place;

        if (l->id == 0 || l->holder != part)
            continue;
        if (plan.is.nleases == LEASES_MAX)
            return ST_TABLE_FULL;
        place = place_of(m, prog_find(leases_holder(l->id)));
        plan.lease[plan.is.nleases++] = (struct split_lease){
            l->id, place >= 0 ? (uint8_t)(plan.is.tasks_b >> place & 1) : SPLIT_A};
    }
    return ST_OK;
}

/* A region is in the space of one task, which alone accesses it. */
static status_t add_regions(const struct partitions *t, partition_id part,
                            const struct shape_members *m)
{
    const struct partition *p;
    uint32_t n = 0;
    status_t st = partition_find(t, part, &p);

    if (st != ST_OK)
        return st;
    if (p->nregions > SNAPSHOT_REGIONS_MAX)
        return ST_TABLE_FULL;
    for (uint16_t i = p->region; i != REGION_NIL; i = t->region[i].next, n++) {
        plan.access[n] = (struct split_access){.cost = {1, 1}};
        plan.access[n].access[side_of(m, plan.is.tasks_b, t->region[i].space)] = 1;
    }
    plan.is.nregions = n;
    return partition_split_regions(t, part, plan.access, SNAPSHOT_REGIONS_MAX, plan.side);
}

static status_t make_plan(partition_id part, const struct shape_members *m, uint32_t tasks_b)
{
    const struct partitions *t = home_table();
    status_t st;

    plan.is = (struct split_plan){
        .tasks_b = tasks_b, .region_side = plan.side, .lease = plan.lease, .pages = plan.pages};
    if ((st = add_regions(t, part, m)) != ST_OK)
        return st;
    for (unsigned i = 0; i < m->n; i++)
        if ((st = add_blocks(m->prog[i], tasks_b >> i & 1)) != ST_OK)
            return st;
    return add_leases(t, part, m);
}

/* ---- rights ---- */

static status_t plan_rights(const struct shape_members *m, uint32_t tasks_b)
{
    struct part_caps *c = &shape_caps;
    status_t st;

    c->n = c->nmaps[0] = c->nmaps[1] = 0;
    if ((st = part_caps_list(m->prog, m->n, 0, c)) != ST_OK)
        return st;
    objects_number(c->cap, c->n);
    objects_split(c->cap, c->n, caps);
    if ((st = split_caps(caps, c->n, m->n, tasks_b, NULL, 0, share)) != ST_OK)
        return st;
    cut.next = cut.n = 0;
    cut.tasks_b = tasks_b;
    for (unsigned i = 0; i < m->n; i++)
        cut.id[i] = prog_id(m->prog[i]);
    for (uint32_t i = 0; i < c->n; i++)
        if (share[i].record || share[i].rights[tasks_b >> c->cap[i].task & 1] != c->cap[i].rights)
            cut.cap[cut.n++] = i;
    return ST_OK;
}

/* As far as the log has room. True: all. */
static bool cut_rights(void)
{
    for (; cut.next < cut.n; cut.next++) {
        const struct object_cap *c = &shape_caps.cap[cut.cap[cut.next]];
        const struct split_share *s = &share[cut.cap[cut.next]];
        const struct prog *p = prog_find(cut.id[c->task]);
        status_t st = p != NULL ? part_caps_cut(p, c->handle, s->rights[cut.tasks_b >> c->task & 1],
                                                s->record)
                                : ST_OK;

        if (st == ST_LOG_FULL)
            return false;
        CHECK(st == ST_OK); /* it was there when it was listed, and nobody has run */
    }
    return true;
}

bool split_go_on(void)
{
    if (!cut_rights())
        return false;
    for (unsigned i = 0; i < PARTITION_TASKS; i++) {
        struct shape_members one = {.prog = {prog_find(cut.id[i])}, .n = 1};

        if (cut.id[i] != 0 && one.prog[0] != NULL)
            shape_go_on(&one);
    }
    return true;
}

/* ---- all of it ---- */

static status_t commit(partition_id part, const partition_id side[SPLIT_SIDES])
{
    const struct note first = {.kind = WITNESS_PARTITION_SPLIT,
                               .flags = WITNESS_F_COMMIT,
                               .target = part,
                               .payload = side[SPLIT_A] | (uint64_t)side[SPLIT_B] << 32};
    struct partitions *t = home_table();
    struct partition_do todo[3];
    status_t st = partition_split_check(t, part, &plan.is);

    fail_point(0, "split");
    if (st == ST_OK)
        st = note_begun(&first);
    if (st != ST_OK) {
        CHECK(partition_split_abort(t, part, todo) == ST_OK);
        shape_note(todo, 3);
        return st;
    }
    CHECK(partition_split_done(t, part, &plan.is, todo) == ST_OK);
    CHECK(todo[0].record == first.kind && todo[0].flags == first.flags && todo[0].target == part &&
          todo[0].payload == first.payload);
    shape_note(todo + 1, 2);
    return ST_OK;
}

static status_t perform(partition_id part, const struct shape_members *m, uint32_t tasks_b,
                        partition_id side[SPLIT_SIDES])
{
    struct partition_do todo;
    status_t st;

    if ((st = make_plan(part, m, tasks_b)) != ST_OK || (st = plan_rights(m, tasks_b)) != ST_OK ||
        (st = note_room_for(8 + 2 * m->n + 3 * cut.n)) != ST_OK ||
        (st = partition_split(home_table(), part, side, &todo)) != ST_OK ||
        (st = commit(part, side)) != ST_OK)
        return st;
    for (unsigned i = 0; i < m->n; i++)
        shape_rename(m->prog[i], side[tasks_b >> i & 1]);
    shape_tell_all(part, side[SPLIT_A]);
    return ST_OK;
}

status_t split_perform(partition_id part, uint64_t wish, struct rt_msg *said, bool *cutting)
{
    partition_id side[SPLIT_SIDES];
    struct shape_members m;
    uint32_t tasks_b = 0;
    status_t st;

    if (feed_degraded())
        return ST_STATE;
    if ((st = shape_members(part, &m)) != ST_OK || (st = where(&m, wish, &tasks_b)) != ST_OK ||
        (st = note_room_for(8 + 2 * m.n)) != ST_OK || (st = shape_stop(&m)) != ST_OK) /* who stops has to go on, too */
        return st;
    for (unsigned i = 0; i < PARTITION_TASKS; i++)
        cut.id[i] = 0;
    if ((st = perform(part, &m, tasks_b, side)) != ST_OK) {
        shape_go_on(&m);
        return st;
    }
    said->w[1] = side[SPLIT_A];
    said->w[2] = side[SPLIT_B];
    *cutting = !split_go_on();
    return ST_OK;
}
