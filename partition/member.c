/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/member - one task of several leaves its partition, which goes on with the others. */
#include "partition/holding.h"
#include "partition/partition_priv.h"

status_t partition_task_place(const struct partitions *t, partition_id id, uint32_t number,
                              uint32_t *place)
{
    struct partition *p;
    status_t st;

    if ((st = partition_get(t, id, &p)) != ST_OK)
        return st;
    for (*place = 0; *place < p->ntasks; ++*place)
        if (p->task[*place] == number)
            return ST_OK;
    return ST_NOT_FOUND;
}

static void drop_regions(struct partitions *t, struct partition *p, uint32_t space)
{
    for (uint16_t i = p->region, next; i != REGION_NIL; i = next) {
        next = t->region[i].next;
        if (t->region[i].space == space)
            region_free(t, p, i);
    }
}

status_t partition_task_leave(struct partitions *t, partition_id id, uint32_t number,
                              uint32_t space)
{
    struct partition *p;
    uint32_t place = 0;
    status_t st;

    if ((st = partition_get_open(t, id, &p)) != ST_OK)
        return st;
    st = partition_task_place(t, id, number, &place);
    if (st == ST_OK && p->ntasks == 1)
        return ST_BUSY;
    drop_regions(t, p, space);
    if (st != ST_OK)
        return st;
    edge_close_at(&t->edges, (struct edge_end){id, place});
    for (; place + 1 < p->ntasks; place++) {
        p->task[place] = p->task[place + 1];
        edge_move(&t->edges, (struct edge_end){id, place + 1}, (struct edge_end){id, place});
    }
    p->task[--p->ntasks] = 0;
    p->quota.used[QUOTA_TASKS] = p->ntasks;
    return ST_OK;
}
