/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/home_edge.h"
#include "lib/base/bits.h"
#include "lib/rt/record.h"
#include "monitor/conn.h"
#include "monitor/home_priv.h"
#include "monitor/mon.h"

/* ---- channels ---- */

static bool is_of(const struct conn *c, uint32_t key, unsigned side)
{
    core_id a = conn_mem_core(c), b = conn_mem_with(c);

    return bind_is_mapped(c->state) && EDGE_KEY(a < b ? a : b, a < b ? b : a, c->piece) == key &&
           conn_side(c) == side;
}

/* Which of its tasks has that end: the only one; of several, which are here, the one that has it mapped. */
static uint32_t task_of(partition_id part, uint32_t key, unsigned side)
{
    struct prog *p = prog_of_part(part);
    uint32_t place = 0;

    if (p == NULL || p->mate == NULL)
        return 0;
    for (unsigned i = 0; i < CONNS; i++) {
        const struct conn *c = conn_at(i);
        const struct prog *q = is_of(c, key, side) ? prog_find(c->prog) : NULL;

        if (q != NULL && q->part == part &&
            partition_task_place(home_table(), part, q->task_number, &place) == ST_OK)
            return place;
    }
    return 0;
}

void home_on_edge(core_id from, const struct peer_PART_EDGE *m)
{
    struct partitions *t = home_table();
    struct edge_end a = {(partition_id)m->a, 0}, b = {(partition_id)m->b, 0};
    edge_id id;
    status_t st;

    if (from != m->key >> 26)
        return; /* only who gave it out */
    if (edge_of(&t->edges, m->key, &id) == ST_OK && edge_close(&t->edges, id) != ST_OK)
        return;
    if (!m->open)
        return;
    a.task = task_of(a.partition, m->key, 0);
    b.task = task_of(b.partition, m->key, 1);
    st = partition_edge_open(t, a, b, m->key, &id);
    if (st == ST_TABLE_FULL)
        rec_error("a channel is not in the table of its partition's home", st,
                  "it does not count for a merge");
}

void home_on_named(core_id from, const struct peer_PART_NAMED *m)
{
    struct partitions *t = home_table();

    if (partition_home(m->was) != from || partition_home(m->is) != from)
        return;
    for (uint32_t i = 0; i < t->room; i++)
        if (t->partition[i].id != 0 && t->partition[i].supervisor == m->was)
            t->partition[i].supervisor = m->is;
}

static void talked(uint64_t part, uint64_t messages)
{
    if (part <= UINT32_MAX && partition_home((partition_id)part) == mon.core)
        (void)partition_spend(home_table(), (partition_id)part, QUOTA_MESSAGES, messages);
}

void home_talked(uint64_t a, uint64_t b, uint64_t messages)
{
    talked(a, messages);
    if (b != a)
        talked(b, messages);
}

/* ---- leases ---- */

static uint32_t epochs_of(uint64_t epochs)
{
    return epochs == 0 || epochs >= LEASE_FOREVER ? LEASE_FOREVER : (uint32_t)epochs;
}

status_t home_leases(const struct prog *p, paddr_t page, uint64_t epochs, uint32_t *lease)
{
    return partition_lease(home_table(), p->part, (uint32_t)(page / PAGE_BYTES), epochs_of(epochs),
                           false, lease);
}

void home_lease_renewed(const struct prog *p, uint32_t lease, uint64_t epochs)
{
    struct partitions *t = home_table();

    (void)!lease_renew(&t->leases, lease, p->part, t->epoch, epochs_of(epochs));
}

void home_lease_ended(uint32_t lease)
{
    struct lease was;

    (void)!lease_revoke(&home_table()->leases, lease, &was); /* stale: its partition was settled */
}
