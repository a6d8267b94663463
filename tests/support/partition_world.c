/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/partition_world.h"
#include <string.h>
#include "witness/portable.h"

witness_block_fn *const world_block = portable_block;

static struct slab_head heads[WORLD_REGIONS * 2][WORLD_HEADS];
static unsigned next_heads;

/* What the monitor of this home would have kept of one that hibernates. */
static struct snapshot kept[WORLD_PARTITIONS];
static struct snapshot_region kept_region[WORLD_PARTITIONS][WORLD_REGIONS];

void world_begin(struct world *w)
{
    struct partitions_memory m = {.partition = w->partition,
                                  .region = w->region,
                                  .range = w->range,
                                  .edge = w->edge,
                                  .lease = w->lease,
                                  .npartitions = WORLD_PARTITIONS,
                                  .nregions = WORLD_REGIONS,
                                  .nranges = WORLD_RANGES,
                                  .nedges = WORLD_EDGES,
                                  .nleases = WORLD_LEASES};

    memset(w, 0, sizeof *w);
    partitions_init(&w->t, &m, WORLD_HOME, WORLD_CORES);
}

uint64_t world_dice(uint64_t *dice)
{
    uint64_t x = (*dice += 0x9e3779b97f4a7c15ull);

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

static uint32_t below(uint64_t *dice, uint32_t n)
{
    return (uint32_t)(world_dice(dice) % n);
}

const char *world_op_name(enum world_op op)
{
    static const char *const names[] = {
#define X(name) #name,
        WORLD_OPS(X)
#undef X
    };

    return (unsigned)op < WORLD_OP_COUNT ? names[op] : "?";
}

void world_content(uint64_t seed, uint8_t content[HASH_BYTES])
{
    struct hash h;

    hash_start(&h, portable_block);
    hash_add(&h, &seed, sizeof seed);
    hash_end(&h, content);
}

/* A partition of the table, in a state as asked for if there is one: most of the time. */
static partition_id any(struct world *w, uint64_t *dice, uint32_t states)
{
    uint32_t first = below(dice, WORLD_PARTITIONS);

    if (below(dice, 20) == 0) /* nonsense, or another home's */
        return below(dice, 2) ? (partition_id)world_dice(dice) : partition_name(7, 3, 9);
    for (uint32_t i = 0; i < WORLD_PARTITIONS && below(dice, 10) != 0; i++) {
        const struct partition *p = &w->partition[(first + i) % WORLD_PARTITIONS];

        if (p->id != 0 && (states >> p->state & 1))
            return p->id;
    }
    return w->partition[first].id;
}

#define IN(state) (1u << LIFE_##state)
#define OPEN      (IN(CREATED) | IN(RUNNING) | IN(SUSPENDED))
#define LIVE      (IN(RUNNING) | IN(SUSPENDED))

struct pages {
    paddr_t base;
    uint64_t bytes;
};

/* Some pages; of a range that is in the table, most of the time. */
static struct pages some(struct world *w, uint64_t *dice, struct page_range *is)
{
    uint32_t at = below(dice, WORLD_PAGES), n = 1 + below(dice, 6);

    *is = (struct page_range){.owner = 0};
    if (w->t.pages.n > 0 && below(dice, 8) != 0) {
        *is = w->range[below(dice, w->t.pages.n)];
        if (below(dice, 2))
            return (struct pages){is->base, is->bytes};
        at = (uint32_t)((is->base - WORLD_BASE) / PAGE_BYTES) +
             below(dice, (uint32_t)(is->bytes / PAGE_BYTES));
        n = 1 + below(dice, 2);
    }
    if (at + n > WORLD_PAGES)
        n = WORLD_PAGES - at;
    return (struct pages){WORLD_AT(at), n * PAGE_BYTES};
}

static status_t add_region(struct world *w, uint64_t *dice)
{
    static const uint8_t permissions[] = {PERM_READ, PERM_READ | PERM_WRITE,
                                          PERM_READ | PERM_EXECUTE, PERM_READ | PERM_WRITE};
    struct page_range is;
    struct pages p = some(w, dice, &is);
    struct region_wish wish = {.space = below(dice, 3),
                               .va = USER_LOWEST + below(dice, 12) * 2 * PAGE_BYTES,
                               .base = p.base,
                               .bytes = p.bytes,
                               .permission = permissions[below(dice, 4)],
                               .policy = (enum region_policy)below(dice, REGION_POLICY_COUNT),
                               .slot_bytes = 1024,
                               .heads = heads[next_heads++ % (WORLD_REGIONS * 2)]};
    partition_id who = below(dice, 2) ? is.borrower : is.owner;

    if (p.bytes > WORLD_HEADS / 4 * PAGE_BYTES)
        return ST_INVALID;
    for (uint32_t i = 0; i < WORLD_REGIONS;
         i++) /* heads that are in use are not given a second time */
        if (w->region[i].owner != 0 && w->region[i].policy == REGION_SLAB &&
            w->region[i].slab.head == wish.heads)
            return ST_INVALID;
    return partition_region_add(&w->t, who ? who : is.owner, &wish);
}

static struct edge_end an_end(struct world *w, uint64_t *dice)
{
    return (struct edge_end){any(w, dice, OPEN), below(dice, 4)};
}

static status_t feed(struct world *w, uint64_t *dice)
{
    const struct edge *e = &w->edge[below(dice, WORLD_EDGES)];
    struct edge_count now[EDGE_WAYS];
    uint64_t messages;

    for (unsigned way = 0; way < EDGE_WAYS; way++)
        now[way] = (struct edge_count){e->seen[way].position + below(dice, 1000),
                                       e->seen[way].bytes + below(dice, 9999)};
    return edge_feed(&w->t.edges, e->id, e->incarnation, now, &messages);
}

static status_t split_done(struct world *w, uint64_t *dice, struct partition_do todo[3])
{
    struct split_access access[WORLD_REGIONS];
    struct split_lease leases[WORLD_LEASES];
    uint8_t side[WORLD_REGIONS];
    partition_id id = any(w, dice, IN(SPLITTING));
    struct split_plan plan = {
        .tasks_b = 2 * (1 + below(dice, 3)), .region_side = side, .lease = leases};
    status_t st;

    for (unsigned i = 0; i < WORLD_REGIONS; i++)
        access[i] = (struct split_access){{below(dice, 100), below(dice, 100)},
                                          {below(dice, 50), below(dice, 50)}};
    if ((st = partition_split_regions(&w->t, id, access, WORLD_REGIONS, side)) != ST_OK)
        return st;
    plan.nregions = w->partition[partition_index(id)].nregions;
    if (w->partition[partition_index(id)].ntasks == 2)
        plan.tasks_b = 2;
    for (unsigned i = 0; i < WORLD_LEASES; i++)
        if (w->lease[i].lease.id != 0 && w->lease[i].lease.holder == id)
            leases[plan.nleases++] =
                (struct split_lease){w->lease[i].lease.id, (uint8_t)below(dice, 2)};
    return partition_split_done(&w->t, id, &plan, todo);
}

static status_t merge(struct world *w, uint64_t *dice, struct partition_do *todo)
{
    struct merge_facts facts = {.weight_ab = 50,
                                .weight_ba = 10,
                                .total_a = 100,
                                .total_b = 100 + below(dice, 90),
                                .proof = below(dice, 8) != 0,
                                .edge_elsewhere = below(dice, 8) != 0};
    partition_id a = any(w, dice, LIVE), b = any(w, dice, LIVE), one;
    uint32_t missing;

    for (unsigned i = 0; i < WORLD_PARTITIONS;
         i++) /* one that runs where the other runs, if there is one */
        if (w->partition[i].id != 0 && w->partition[i].id != a &&
            w->partition[i].core == w->partition[partition_index(a) % WORLD_PARTITIONS].core &&
            (LIVE >> w->partition[i].state & 1) && below(dice, 4))
            b = w->partition[i].id;
    return partition_merge(&w->t, a, b, &facts, &missing, &one, todo);
}

static status_t hibernate(struct world *w, uint64_t *dice, struct partition_do *todo)
{
    uint8_t content[WORLD_REGIONS][HASH_BYTES];
    struct hibernate_facts facts = {.owed_replies = below(dice, 4) == 0};
    partition_id id = any(w, dice, LIVE);
    uint32_t i = partition_index(id) % WORLD_PARTITIONS, n = 0, missing;

    for (uint16_t r = w->partition[i].region; r != REGION_NIL; r = w->region[r].next)
        world_content(w->region[r].va, content[n++]);
    return partition_hibernate(&w->t, id, &facts, &missing, &kept[i], kept_region[i], WORLD_REGIONS,
                               (const uint8_t(*)[HASH_BYTES])content, world_block, todo);
}

static status_t reconstruct(struct world *w, uint64_t *dice, struct partition_do *todo)
{
    static const uint32_t task[PARTITION_TASKS] = {71, 72, 73, 74, 75, 76, 77, 78};
    partition_id id = any(w, dice, IN(HIBERNATED));
    uint32_t i = partition_index(id) % WORLD_PARTITIONS;
    uint8_t content[HASH_BYTES];
    struct rebuild b;
    status_t st = rebuild_begin(&b, &kept[i], kept_region[i], WORLD_REGIONS, world_block);

    for (uint32_t n = 0; st == ST_OK && n < kept[i].nregions; n++) {
        world_content(kept_region[i][n].va + (below(dice, 30) == 0), content);
        st = rebuild_region(&b, n, content);
    }
    return st == ST_OK ? partition_reconstruct(&w->t, id, &b, task, todo) : st;
}

static partition_id unborn(struct world *w, uint64_t *dice, enum life_state state)
{
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        if (w->partition[i].id != 0 && w->partition[i].state == state && w->partition[i].born)
            return w->partition[i].id;
    return any(w, dice, 1u << state);
}

static status_t with_pages(struct world *w, uint64_t *dice, enum world_op op)
{
    struct page_range is;
    struct pages p = some(w, dice, &is);

    switch (op) {
    case WORLD_take:
        return partition_pages_take(&w->t, any(w, dice, OPEN),
                                    WORLD_AT(below(dice, WORLD_PAGES - 6)),
                                    (1 + below(dice, 6)) * PAGE_BYTES);
    case WORLD_drop:
        return partition_pages_drop(&w->t, is.owner, p.base, p.bytes);
    case WORLD_donate:
        return partition_pages_donate(&w->t, is.owner, any(w, dice, OPEN), p.base, p.bytes);
    case WORLD_share:
        return partition_pages_share(&w->t, is.owner, any(w, dice, OPEN), p.base, p.bytes);
    case WORLD_borrow:
        return partition_pages_borrow(&w->t, any(w, dice, OPEN), partition_name(7, 3, 9),
                                      WORLD_AT(below(dice, WORLD_PAGES - 6)),
                                      (1 + below(dice, 3)) * PAGE_BYTES);
    case WORLD_repay:
        return partition_pages_repay(&w->t, is.borrower, is.owner, p.base, p.bytes);
    default:
        return partition_pages_reclaim(&w->t, is.owner, is.borrower, p.base, p.bytes);
    }
}

static status_t with_life(struct world *w, uint64_t *dice, enum world_op op,
                          struct partition_do *todo)
{
    switch (op) {
    case WORLD_start:
        return partition_life(&w->t, any(w, dice, IN(CREATED)), LIFE_EV_START, todo);
    case WORLD_suspend:
        return partition_life(&w->t, any(w, dice, IN(RUNNING)), LIFE_EV_SUSPEND, todo);
    case WORLD_resume:
        return partition_life(&w->t, any(w, dice, IN(SUSPENDED)), LIFE_EV_RESUME, todo);
    case WORLD_destroy: /* not too often: a full table is where things go wrong */
        return below(dice, 3) ? ST_AGAIN
                              : partition_life(&w->t, any(w, dice, OPEN | IN(HIBERNATED)),
                                               LIFE_EV_DESTROY, todo);
    default:
        return below(dice, 4) ? ST_AGAIN
                              : partition_life(&w->t, any(w, dice, ~0u), LIFE_EV_LOST, todo);
    }
}

static status_t with_operation(struct world *w, uint64_t *dice, enum world_op op,
                               struct partition_do todo[3])
{
    partition_id part[SPLIT_SIDES];

    switch (op) {
    case WORLD_migrate:
        return partition_migrate(&w->t, any(w, dice, LIVE), (core_id)below(dice, WORLD_CORES + 1),
                                 todo);
    case WORLD_migrated:
        return partition_migrated(&w->t, any(w, dice, IN(MIGRATING)), todo);
    case WORLD_migrate_abort:
        return partition_migrate_abort(&w->t, any(w, dice, IN(MIGRATING)), todo);
    case WORLD_split:
        return partition_split(&w->t, any(w, dice, LIVE), part, todo);
    case WORLD_split_done:
        return split_done(w, dice, todo);
    case WORLD_split_abort:
        return below(dice, 3) ? ST_AGAIN
                              : partition_split_abort(&w->t, any(w, dice, IN(SPLITTING)), todo);
    case WORLD_merge:
        return merge(w, dice, todo);
    case WORLD_merge_done:
        return partition_merge_done(&w->t, unborn(w, dice, LIFE_MERGING), todo);
    case WORLD_merge_abort:
        return below(dice, 3) ? ST_AGAIN
                              : partition_merge_abort(&w->t, unborn(w, dice, LIFE_MERGING), todo);
    case WORLD_hibernate:
        return hibernate(w, dice, todo);
    default:
        return reconstruct(w, dice, todo);
    }
}

static status_t with_the_rest(struct world *w, uint64_t *dice, enum world_op op,
                              struct partition_do *todo)
{
    const struct region *r = &w->region[below(dice, WORLD_REGIONS)];
    partition_id id = any(w, dice, OPEN);
    struct partition_debt debt;
    struct slab_head *out;
    struct lease l;
    uint32_t n;

    switch (op) {
    case WORLD_create: /* a table that is always full would never split */
        return w->t.n > 6 && below(dice, 4)
                   ? ST_AGAIN
                   : partition_create(&w->t, "world", (core_id)below(dice, WORLD_CORES),
                                      below(dice, 2) ? id : 0, &n, todo);
    case WORLD_settle:
        return partition_settle(&w->t, any(w, dice, IN(DESTROYED) | IN(HIBERNATED)), &debt);
    case WORLD_task_add:
        return partition_task_add(&w->t, below(dice, 2) ? id : any(w, dice, LIVE),
                                  1 + below(dice, 1000), &n);
    case WORLD_task_drop:
        return partition_task_drop(&w->t, id);
    case WORLD_region_add:
        return add_region(w, dice);
    case WORLD_region_drop:
        return partition_region_drop(&w->t, r->owner, r->space, r->va, &out);
    case WORLD_edge_open:
        return partition_edge_open(&w->t, an_end(w, dice), an_end(w, dice), 1, &n);
    case WORLD_edge_close:
        return edge_close(&w->t.edges, w->edge[below(dice, WORLD_EDGES)].id);
    case WORLD_feed:
        return feed(w, dice);
    case WORLD_lease:
        return partition_lease(&w->t, id, below(dice, 5), 1 + below(dice, 50), below(dice, 2), &n);
    case WORLD_revoke:
        return lease_revoke(&w->t.leases, w->lease[below(dice, WORLD_LEASES)].lease.id, &l);
    case WORLD_expire:
        return lease_expired(&w->t.leases, w->t.epoch, &l) ? ST_OK : ST_NOT_FOUND;
    case WORLD_supervise:
        return partition_set_supervisor(&w->t, id, any(w, dice, OPEN));
    default:
        partitions_epoch(&w->t);
        return ST_OK;
    }
}

status_t world_random(struct world *w, uint64_t *dice, enum world_op *op)
{
    struct partition_do todo[3];

    *op = (enum world_op)below(dice, WORLD_OP_COUNT);
    switch (*op) {
    case WORLD_start:
    case WORLD_suspend:
    case WORLD_resume:
    case WORLD_destroy:
    case WORLD_lost:
        return with_life(w, dice, *op, todo);
    case WORLD_take:
    case WORLD_drop:
    case WORLD_donate:
    case WORLD_share:
    case WORLD_reclaim:
    case WORLD_borrow:
    case WORLD_repay:
        return with_pages(w, dice, *op);
    case WORLD_migrate:
    case WORLD_migrated:
    case WORLD_migrate_abort:
    case WORLD_split:
    case WORLD_split_done:
    case WORLD_split_abort:
    case WORLD_merge:
    case WORLD_merge_done:
    case WORLD_merge_abort:
    case WORLD_hibernate:
    case WORLD_reconstruct:
        return with_operation(w, dice, *op, todo);
    default:
        return with_the_rest(w, dice, *op, todo);
    }
}
