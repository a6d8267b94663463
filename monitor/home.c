/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/home.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "monitor/home_priv.h"
#include "monitor/mon.h"
#include "monitor/note.h"
#include "monitor/prove.h"
#include "monitor/tables.h"
#include "partition/holding.h"
#include "partition/operation.h"
#include "witness/portable.h"
#include "witness/record.h"
#include <string.h>

#define EPOCH_NS   (10 * NS_PER_MS)
#define EPOCHS_MAX 64u /* made up for one by one; behind that nothing is owed or recent any more */
#define DEVICES    32u

static struct partitions home;

void home_start(void)
{
    uint32_t n = table_partitions();
    struct partitions_memory m = {.npartitions = n,
                                  .nregions = 6 * n,
                                  .nranges = 2 * n + 64,
                                  .nedges = 2 * n,
                                  .nleases = DEVICES};

    m.partition = table_make(n, sizeof m.partition[0]);
    m.region = table_make(m.nregions, sizeof m.region[0]);
    m.range = table_make(m.nranges, sizeof m.range[0]);
    m.edge = table_make(m.nedges, sizeof m.edge[0]);
    m.lease = table_make(m.nleases, sizeof m.lease[0]);
    partitions_init(&home, &m, mon.core, mon.ncores);
}

/* Nobody is woken for an epoch: it has come when somebody looks. */
static void look_at_clock(void)
{
    uint64_t now = rt_now_ns() / EPOCH_NS;

    for (unsigned i = 0; i < EPOCHS_MAX && home.epoch < now; i++)
        partitions_epoch(&home);
    home.epoch = (uint32_t)now;
}

struct partitions *home_table(void)
{
    look_at_clock();
    return &home;
}

/* ---- records ---- */

struct note home_note(const struct partition_do *todo)
{
    return (struct note){.kind = todo->record, .flags = todo->flags, .target = todo->target, .payload = todo->payload};
}

static status_t write(const struct partition_do *todo)
{
    struct note n = home_note(todo);
    status_t st = note_room();

    return st != ST_OK ? st : note_begun(&n);
}

static status_t step_of(const struct prog *p, enum life_event e, struct life_step *out)
{
    enum life_state state = p->suspended ? LIFE_SUSPENDED : LIFE_RUNNING;
    const struct partition *is;
    status_t st;

    if (p->home == mon.core) {
        if ((st = partition_find(&home, p->part, &is)) != ST_OK)
            return st;
        state = (enum life_state)is->state;
    }
    return life_step(state, state, e, out);
}

status_t home_may(const struct prog *p, enum life_event e)
{
    struct life_step step;

    return step_of(p, e, &step);
}

status_t home_record(const struct prog *p, enum life_event e)
{
    struct partition_do todo = {.target = p->part, .payload = mon.core};
    struct life_step step;
    status_t st = step_of(p, e, &step);

    if (st != ST_OK)
        return st;
    todo.record = step.record;
    todo.flags = step.flags;
    return write(&todo);
}

void home_done(const struct prog *p, enum life_event e)
{
    struct partition_do todo;

    CHECK(partition_life(&home, p->part, e, &todo) == ST_OK); /* home_record asked, and nothing came between */
}

/* ---- beginning and end ---- */

/* Out of the table, all that it has first. What was mapped and made is the kernel's to take back: one revoke of its memory. */
static void settle(partition_id id)
{
    struct partition_debt debt;
    status_t st;

    while ((st = partition_settle(&home, id, &debt)) == ST_OK)
        ;
    CHECK(st == ST_NOT_FOUND);
}

status_t home_create(const struct start_line *line, partition_id supervisor, partition_id *id)
{
    char name[PARTITION_NAME];
    struct partition_do todo, undo;
    status_t st;

    look_at_clock();
    memcpy(name, line->program, sizeof name); /* a long one is cut: it is for people */
    name[sizeof name - 1] = '\0';
    if ((st = partition_create(&home, name, mon.core, supervisor, id, &todo)) != ST_OK)
        return st;
    CHECK(partition_limit(&home, *id, QUOTA_PAGES, line->pages != 0 ? line->pages : UINT32_MAX) == ST_OK);
    if ((st = write(&todo)) == ST_OK)
        return ST_OK;
    CHECK(partition_life(&home, *id, LIFE_EV_DESTROY, &undo) == ST_OK);
    settle(*id); /* only its name is spent */
    return st;
}

void home_destroyed(const struct prog *p, bool lost)
{
    struct partition_do todo;
    struct note n;

    CHECK(partition_life(&home, p->part, lost ? LIFE_EV_LOST : LIFE_EV_DESTROY, &todo) == ST_OK);
    n = home_note(&todo);
    note_ended(&n);
    settle(p->part);
}

/* ---- what it has ---- */

status_t home_has_more(const struct prog *p, handle_t block, unsigned *refused)
{
    struct rt_msg m;
    status_t st = sys_identify(block, &m);

    if (p->home != mon.core || st != ST_OK)
        return st;
    st = partition_pages_take(&home, p->part, m.w[1], m.w[2]);
    if (st == ST_NOMEM)
        *refused = QUOTA_PAGES;
    return st;
}

void home_has_less(const struct prog *p, handle_t block)
{
    struct rt_msg m;

    if (p->home == mon.core && sys_identify(block, &m) == ST_OK)
        CHECK(partition_pages_drop(&home, p->part, m.w[1], m.w[2]) == ST_OK);
}

static status_t has_region(const struct prog *p, const struct prog_region *r)
{
    struct region_wish wish = {.space = prog_space(p), .va = r->va, .bytes = r->bytes, .permission = (uint8_t)r->perm};
    struct rt_msg m;
    status_t st = sys_identify(r->frame, &m);

    if (st != ST_OK)
        return st;
    wish.base = m.w[1];
    return partition_region_add(&home, p->part, &wish);
}

status_t home_has(const struct prog *p, unsigned *refused)
{
    uint32_t place;
    status_t st = home_has_more(p, p->slice, refused);

    for (unsigned i = 0; i < p->nregions && st == ST_OK; i++)
        st = has_region(p, &p->region[i]);
    if (st != ST_OK)
        return st;
    st = partition_task_add(&home, p->part, p->task_number, &place);
    if (st == ST_TABLE_FULL)
        *refused = QUOTA_TASKS;
    return st;
}

status_t home_may_have(const struct prog *first)
{
    const struct partition *is;
    status_t st = partition_find(&home, first->part, &is);

    if (st != ST_OK)
        return st;
    if (is->state != LIFE_CREATED)
        return ST_STATE;
    return is->ntasks == PARTITION_TASKS ? ST_TABLE_FULL : ST_OK;
}

/* What of it is there: it may be that it was not made whole. */
void home_left(const struct prog *p)
{
    struct rt_msg m;
    status_t st = partition_task_leave(&home, p->part, p->task_number, prog_space(p));

    CHECK(st == ST_OK || st == ST_NOT_FOUND);
    if (p->slice != 0 && sys_identify(p->slice, &m) == ST_OK)
        (void)!partition_pages_drop(&home, p->part, m.w[1], m.w[2]);
    for (unsigned i = 0; i < p->nmem; i++)
        home_has_less(p, p->mem[i]);
}

/* ---- sleeping ---- */

status_t home_hibernate(const struct prog *p, struct snapshot *snapshot,
                        struct snapshot_region *region, uint32_t room,
                        const uint8_t content[][HASH_BYTES])
{
    const struct hibernate_facts none = {0}; /* no channels and no leases: monitor/sleep.c has looked */
    struct partition_do todo;
    uint32_t missing;
    status_t st;

    if ((st = home_record(p, LIFE_EV_HIBERNATE)) != ST_OK)
        return st;
    st = partition_hibernate(&home, p->part, &none, &missing, snapshot, region, room, content,
                             portable_block, &todo);
    CHECK(st == ST_OK); /* what could be missing are loans and leases, and nobody has any here */
    settle(p->part);
    return ST_OK;
}

void home_reconstruct(const struct prog *p, const struct rebuild *rebuild)
{
    struct partition_do todo;
    unsigned refused;

    CHECK(partition_reconstruct(&home, p->part, rebuild, &p->task_number, &todo) == ST_OK);
    CHECK(home_has_more(p, p->slice, &refused) == ST_OK); /* it had as much */
    for (unsigned i = 0; i < p->nregions; i++) {
        struct rt_msg m;

        CHECK(sys_identify(p->region[i].frame, &m) == ST_OK &&
              partition_region_restore(&home, p->part, &rebuild->region[i], m.w[1], NULL) == ST_OK);
    }
}

/* ---- what is asked about it ---- */

partition_id home_supervisor(partition_id part)
{
    const struct partition *is;

    return partition_find(&home, part, &is) == ST_OK ? is->supervisor : PARTITION_NONE;
}

/* The change comes first, when there is room for its record: nobody hears of it before that is written. */
static void write_config(partition_id part, unsigned flags, uint64_t payload)
{
    struct note n = {.kind = WITNESS_PARTITION_CONFIG, .flags = (uint16_t)flags, .target = part, .payload = payload};

    note_owed(&n);
}

status_t home_supervise(partition_id part, partition_id supervisor)
{
    partition_id was = home_supervisor(part);
    status_t st = note_room();

    if (st != ST_OK || (st = partition_set_supervisor(&home, part, supervisor)) != ST_OK)
        return st;
    if (was != supervisor)
        write_config(part, 0, supervisor);
    return ST_OK;
}

status_t home_tell(partition_id part, enum life_state *state, uint64_t *bytes)
{
    const struct partition *is;
    status_t st = partition_find(&home, part, &is);

    if (st != ST_OK)
        return st;
    *state = (enum life_state)is->state;
    *bytes = is->owned_bytes;
    return ST_OK;
}

status_t home_quota(partition_id part, unsigned kind, uint64_t limit, struct rt_msg *out)
{
    const struct partition *is;
    uint32_t was;
    status_t st;

    look_at_clock();
    if (kind >= QUOTA_KINDS || limit > UINT32_MAX)
        return ST_INVALID;
    if ((st = partition_find(&home, part, &is)) != ST_OK)
        return st;
    was = is->quota.limit[kind];
    if (limit != 0 && ((st = note_room()) != ST_OK ||
                       (st = partition_limit(&home, part, (enum quota_kind)kind, (uint32_t)limit)) != ST_OK))
        return st;
    if (is->quota.limit[kind] != was)
        write_config(part, WITNESS_F_QUOTA, (uint64_t)kind << 32 | limit);
    out->w[1] = is->quota.limit[kind];
    out->w[2] = is->quota.used[kind];
    return ST_OK;
}
