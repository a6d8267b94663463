/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/edge.h"
#include "lib/base/check.h"

void edge_init(struct edge_table *t, struct edge *memory, uint32_t room, core_id home)
{
    CHECK(room <= EDGES_HOME);
    *t = (struct edge_table){.edge = memory, .room = room, .home = home};
    for (uint32_t i = 0; i < room; i++)
        memory[i] = (struct edge){.generation = 1};
}

status_t edge_open(struct edge_table *t, struct edge_end a, struct edge_end b, uint32_t incarnation,
                   edge_id *id)
{
    uint32_t i = 0;

    if (a.partition == PARTITION_NONE || b.partition == PARTITION_NONE)
        return ST_INVALID;
    while (i < t->room && t->edge[i].id != 0)
        i++;
    if (i == t->room)
        return ST_TABLE_FULL;
    *id = edge_name(t->home, i, t->edge[i].generation);
    t->edge[i] = (struct edge){
        .id = *id, .a = a, .b = b, .incarnation = incarnation, .generation = t->edge[i].generation};
    t->n++;
    return ST_OK;
}

status_t edge_find(const struct edge_table *t, edge_id id, struct edge **out)
{
    uint32_t i = edge_index(id);

    if (edge_home(id) != t->home)
        return ST_FOREIGN;
    if (id == 0 || i >= t->room || t->edge[i].id != id)
        return ST_STALE_HANDLE;
    *out = &t->edge[i];
    return ST_OK;
}

static void clear(struct edge_table *t, struct edge *e)
{
    *e = (struct edge){.generation = generation_after(e->generation, EDGE_GENERATION)};
    t->n--;
}

status_t edge_close(struct edge_table *t, edge_id id)
{
    struct edge *e;
    status_t st = edge_find(t, id, &e);

    if (st == ST_OK)
        clear(t, e);
    return st;
}

/* What is new in one ring since `seen`. */
static bool plausible(const struct edge_count *seen, const struct edge_count *now,
                      uint32_t *messages, uint64_t *bytes)
{
    *messages = now->position - seen->position; /* modulo 2^32: over the wrap, too */
    *bytes = now->bytes - seen->bytes;
    return *messages <= EDGE_STEP_MAX && *bytes <= EDGE_BYTES_MAX;
}

static uint64_t add_up_to(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

status_t edge_feed(struct edge_table *t, edge_id id, uint32_t incarnation,
                   const struct edge_count now[EDGE_WAYS], uint64_t *messages)
{
    static const struct edge_count from_the_start = {0};
    uint32_t more[EDGE_WAYS];
    uint64_t bytes[EDGE_WAYS];
    bool believed = true;
    struct edge *e;
    status_t st = edge_find(t, id, &e);

    *messages = 0;
    if (st != ST_OK)
        return st;
    for (unsigned way = 0; way < EDGE_WAYS; way++) {
        const struct edge_count *seen =
            e->incarnation == incarnation ? &e->seen[way] : &from_the_start;

        believed = plausible(seen, &now[way], &more[way], &bytes[way]) && believed;
    }
    e->incarnation = incarnation;
    for (unsigned way = 0; way < EDGE_WAYS; way++) {
        e->seen[way] = now[way];
        if (!believed)
            continue;
        *messages += more[way];
        e->messages[way] = add_up_to(e->messages[way], more[way]);
        e->weight[way] =
            add_up_to(e->weight[way], bytes[way] + (uint64_t)EDGE_MESSAGE_WEIGHT * more[way]);
    }
    return believed ? ST_OK : ST_PEER;
}

status_t edge_take(struct edge_table *t, edge_id id, uint64_t weight[EDGE_WAYS])
{
    struct edge *e;
    status_t st = edge_find(t, id, &e);

    for (unsigned way = 0; way < EDGE_WAYS; way++) {
        weight[way] = st == ST_OK ? e->weight[way] : 0;
        if (st == ST_OK)
            e->weight[way] = e->messages[way] = 0;
    }
    return st;
}

bool edge_between(const struct edge_table *t, partition_id a, partition_id b)
{
    for (uint32_t i = 0; i < t->room; i++) {
        const struct edge *e = &t->edge[i];

        if (e->id != 0 && ((e->a.partition == a && e->b.partition == b) ||
                           (e->a.partition == b && e->b.partition == a)))
            return true;
    }
    return false;
}

static bool same_end(struct edge_end x, struct edge_end y)
{
    return x.partition == y.partition && x.task == y.task;
}

void edge_move(struct edge_table *t, struct edge_end from, struct edge_end to)
{
    for (uint32_t i = 0; i < t->room; i++) {
        struct edge *e = &t->edge[i];

        if (e->id != 0 && same_end(e->a, from))
            e->a = to;
        if (e->id != 0 && same_end(e->b, from))
            e->b = to;
    }
}

void edge_close_at(struct edge_table *t, struct edge_end end)
{
    for (uint32_t i = 0; i < t->room; i++)
        if (t->edge[i].id != 0 && (same_end(t->edge[i].a, end) || same_end(t->edge[i].b, end)))
            clear(t, &t->edge[i]);
}

status_t edge_of(const struct edge_table *t, uint32_t incarnation, edge_id *id)
{
    for (uint32_t i = 0; i < t->room; i++)
        if (t->edge[i].id != 0 && t->edge[i].incarnation == incarnation) {
            *id = t->edge[i].id;
            return ST_OK;
        }
    return ST_NOT_FOUND;
}

bool edge_end_of(struct edge_table *t, partition_id who, struct edge *out)
{
    for (uint32_t i = 0; i < t->room; i++) {
        struct edge *e = &t->edge[i];

        if (e->id != 0 && (e->a.partition == who || e->b.partition == who)) {
            *out = *e;
            clear(t, e);
            return true;
        }
    }
    return false;
}

const char *edge_wrong(const struct edge_table *t)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->room; i++) {
        const struct edge *e = &t->edge[i];

        if (e->generation == 0)
            return "a generation is never 0";
        if (e->id == 0)
            continue;
        n++;
        if (e->id != edge_name(t->home, i, e->generation))
            return "an edge has the name of its slot";
        if (e->a.partition == PARTITION_NONE || e->b.partition == PARTITION_NONE)
            return "an edge has two ends";
    }
    return n == t->n ? NULL : "edges are counted";
}
