/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/invariant: 400,000 random operations in small tables; after each every invariant holds, and what was refused changed
 * no byte. SKERRY_SEED chooses another run. And each invariant can be broken, or it would say nothing.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "partition/invariant.h"
#include "tests/support/args.h"
#include "tests/support/partition_world.h"

#define OPERATIONS 400000u

static struct world w, before;

static void sound(unsigned step, enum world_op op, status_t st)
{
    const struct invariant *broken = invariant_broken(&w.t);

    if (broken != NULL)
        ck_abort_msg("step %u, %s (%s): %s: %s", step, world_op_name(op), status_name(st),
                     broken->name, broken->text);
}

START_TEST(every_invariant_holds_after_any_operation_and_a_refusal_changes_nothing)
{
    unsigned done[WORLD_OP_COUNT] = {0}, full = 0, most = 0;
    uint64_t dice = test_seed();

    world_begin(&w);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        enum world_op op;
        status_t st;

        memcpy(&before, &w, sizeof w);
        st = world_random(&w, &dice, &op);
        done[op] += st == ST_OK;
        full += st == ST_TABLE_FULL;
        if (w.t.n > most)
            most = w.t.n;
        sound(i, op, st);
        /* settling the last of something is NOT_FOUND and frees the place */
        if (st != ST_OK && op != WORLD_settle && memcmp(&before, &w, sizeof w) != 0)
            ck_abort_msg("step %u: %s was refused (%s) and left a trace", i, world_op_name(op),
                         status_name(st));
    }
    printf("seed %llu:", (unsigned long long)test_seed());
    for (unsigned o = 0; o < WORLD_OP_COUNT; o++)
        printf(" %s %u", world_op_name((enum world_op)o), done[o]);
    printf("; tables full %u times\n", full);
    for (unsigned o = 0; o < WORLD_OP_COUNT;
         o++) /* a run in which something never happened shows nothing about it */
        ck_assert_msg(done[o] >= 10, "%s happened %u times", world_op_name((enum world_op)o),
                      done[o]);
    ck_assert_uint_gt(full, 100);
    ck_assert_uint_eq(most, WORLD_PARTITIONS);
}
END_TEST

/* Everything is destroyed and settled: the tables are as at the beginning, but for generations. */
START_TEST(what_is_destroyed_gives_everything_back)
{
    for (uint64_t seed = test_seed(); seed < test_seed() + 40; seed++) {
        uint64_t dice = seed;
        struct partition_debt debt;
        struct partition_do todo[3];
        uint32_t free_regions = 0;
        struct lease l;
        enum world_op op;

        world_begin(&w);
        for (unsigned i = 0; i < 700; i++)
            (void)!world_random(&w, &dice, &op);
        for (unsigned i = 0; i < WORLD_PARTITIONS; i++) /* operations first, whichever way */
            if (w.partition[i].id != 0 && w.partition[i].born)
                ck_assert_int_eq(w.partition[i].state == LIFE_MERGING
                                     ? partition_merge_abort(&w.t, w.partition[i].id, todo)
                                     : partition_split_abort(&w.t, w.partition[i].kin[0], todo),
                                 ST_OK);
        for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
            struct partition *p = &w.partition[i];

            if (p->id == 0)
                continue;
            if (p->state == LIFE_MIGRATING)
                ck_assert_int_eq(partition_migrate_abort(&w.t, p->id, todo), ST_OK);
            if (p->state != LIFE_DESTROYED)
                ck_assert_int_eq(partition_life(&w.t, p->id, LIFE_EV_DESTROY, todo), ST_OK);
        }
        for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
            partition_id id = w.partition[i].id;

            while (id != 0 && partition_settle(&w.t, id, &debt) == ST_OK)
                sound(i, WORLD_settle, ST_OK);
            if (id != 0)
                ck_assert_int_eq(partition_life(&w.t, id, LIFE_EV_START, todo), ST_STALE_HANDLE);
        }
        sound(0, WORLD_destroy, ST_OK);
        ck_assert_uint_eq(w.t.n, 0);
        ck_assert_uint_eq(w.t.pages.n, 0);
        ck_assert_uint_eq(w.t.edges.n, 0);
        while (lease_end_of(&w.t.leases, partition_name(7, 3, 9), &l)) {
        }
        ck_assert_uint_eq(w.t.leases.n, 0);
        for (uint16_t r = w.t.free_region; r != REGION_NIL; r = w.region[r].next)
            free_regions++;
        ck_assert_uint_eq(free_regions, WORLD_REGIONS);
    }
}
END_TEST

/* An operation that is begun and aborted: nothing but the cooldown is left of it. */
START_TEST(an_abort_from_any_operation_leaves_everything_as_it_was)
{
    unsigned aborted = 0;

    for (uint64_t seed = test_seed(); seed < test_seed() + 60; seed++) {
        uint64_t dice = seed * 7919;
        enum world_op op;

        world_begin(&w);
        for (unsigned i = 0; i < 500; i++)
            (void)!world_random(&w, &dice, &op);
        for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
            struct partition_do todo[3];
            struct partition_debt debt;
            struct merge_facts facts = {.weight_ab = 50, .weight_ba = 50, .total_a = 100, .total_b = 100,
                                        .proof = true, .edge_elsewhere = true};
            partition_id id = w.partition[i].id, part[2] = {0}, one = 0;
            uint32_t other = (i + 1) % WORLD_PARTITIONS, missing;
            unsigned kind = (unsigned)(world_dice(&dice) % 3);
            status_t st;

            if (id == 0 || w.partition[other].id == 0)
                continue;
            w.partition[i].cooldown = w.partition[other].cooldown = 0;
            w.partition[other].core = w.partition[i].core;
            w.partition[other].to_core = w.partition[other].state == LIFE_MIGRATING
                                             ? !w.partition[i].core
                                             : w.partition[i].core;
            memcpy(&before, &w, sizeof w);
            st = kind == 0 ? partition_migrate(
                                 &w.t, id, (core_id)((w.partition[i].core + 1) % WORLD_CORES), todo)
                 : kind == 1 ? partition_split(&w.t, id, part, todo)
                             : partition_merge(&w.t, id, w.partition[other].id, &facts, &missing,
                                               &one, todo);
            if (st != ST_OK)
                continue;
            aborted++;
            st = kind == 0   ? partition_migrate_abort(&w.t, id, todo)
                 : kind == 1 ? partition_split_abort(&w.t, id, todo)
                             : partition_merge_abort(&w.t, one, todo);
            ck_assert_int_eq(st, ST_OK);
            if (kind == 1)
                ck_assert(partition_settle(&w.t, part[0], &debt) == ST_NOT_FOUND &&
                          partition_settle(&w.t, part[1], &debt) == ST_NOT_FOUND);
            if (kind == 2)
                ck_assert_int_eq(partition_settle(&w.t, one, &debt), ST_NOT_FOUND);
            ck_assert_uint_eq(w.partition[i].cooldown, w.t.epoch + PARTITION_COOLDOWN);
            for (unsigned k = 0; k < WORLD_PARTITIONS; k++) {
                before.partition[k].cooldown = w.partition[k].cooldown;
                if (w.partition[k].id == 0) /* the places that were used have another generation */
                    before.partition[k].generation = w.partition[k].generation;
            }
            ck_assert_mem_eq(&before, &w, sizeof w);
        }
    }
    ck_assert_uint_gt(aborted, 60);
}
END_TEST

static partition_id a, b;

/* A sound table with something of everything. */
static void furnish(void)
{
    struct partition_do todo;
    struct region_wish wish = {.space = 1,
                               .va = 0x100000,
                               .base = WORLD_AT(0),
                               .bytes = PAGE_BYTES,
                               .permission = PERM_READ};
    uint32_t n;

    world_begin(&w);
    ck_assert_int_eq(partition_create(&w.t, "a", 0, 0, &a, &todo), ST_OK);
    ck_assert_int_eq(partition_create(&w.t, "b", 1, a, &b, &todo), ST_OK);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_START, &todo), ST_OK);
    ck_assert_int_eq(partition_task_add(&w.t, a, 5, &n), ST_OK);
    ck_assert_int_eq(partition_task_add(&w.t, b, 6, &n), ST_OK);
    ck_assert_int_eq(partition_pages_take(&w.t, a, WORLD_AT(0), 3 * PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_pages_share(&w.t, a, b, WORLD_AT(1), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_region_add(&w.t, a, &wish), ST_OK);
    wish.va += PAGE_BYTES;
    wish.policy = REGION_APPEND;
    wish.permission |= PERM_WRITE;
    ck_assert_int_eq(partition_region_add(&w.t, a, &wish), ST_OK);
    ck_assert_int_eq(
        partition_edge_open(&w.t, (struct edge_end){a, 0}, (struct edge_end){b, 0}, 1, &n), ST_OK);
    ck_assert_int_eq(partition_lease(&w.t, b, 3, 10, true, &n), ST_OK);
    ck_assert_ptr_null(invariant_broken(&w.t));
}

#define BREAKS(which, change)                                                                      \
    do {                                                                                           \
        const struct invariant *is;                                                                \
        furnish();                                                                                 \
        change;                                                                                    \
        is = invariant_broken(&w.t);                                                               \
        ck_assert_msg(is != NULL, "%s is not noticed", #change);                                   \
        ck_assert_str_eq(is->name, which);                                                         \
        seen |= 1u << (is - invariant_number(0));                                                  \
    } while (0)

START_TEST(each_invariant_can_be_broken)
{
    unsigned seen = 0, n = 0;

    BREAKS("places", w.partition[0].id++);
    BREAKS("places", w.t.n++);
    BREAKS("places", w.partition[5].generation = 0);
    BREAKS("places", w.partition[5].ntasks = 1);
    BREAKS("states", w.partition[0].state = 99);
    BREAKS("states", w.partition[0].before = LIFE_SUSPENDED);
    BREAKS("kin", w.partition[0].kin[0] = b);
    BREAKS("kin", w.partition[0].born = true);
    BREAKS("kin", w.partition[0].state = LIFE_SPLITTING);
    BREAKS("cores", w.partition[0].core = WORLD_CORES);
    BREAKS("cores", w.partition[0].to_core = 3);
    BREAKS("cores", w.partition[0].state = LIFE_MIGRATING);
    BREAKS("supervisors", w.partition[0].supervisor = b);
    BREAKS("supervisors", w.partition[0].supervisor = a);
    BREAKS("supervisors", w.partition[1].supervisor = partition_name(WORLD_HOME, 7, 1));
    BREAKS("tasks", w.partition[0].ntasks++);
    BREAKS("tasks", w.partition[0].task[0] = 0);
    BREAKS("tasks", w.partition[0].quota.used[QUOTA_TASKS] = 0);
    BREAKS("one_owner", w.range[1].base -= PAGE_BYTES);
    BREAKS("one_owner", w.range[1].borrower = a);
    BREAKS("holders", w.range[1].borrower = partition_name(WORLD_HOME, 7, 1));
    BREAKS("holders", w.range[0].owner = partition_name(7, 7, 1)); /* and not borrowed */
    BREAKS("pages_paid", w.partition[0].owned_bytes += PAGE_BYTES);
    BREAKS("pages_paid", w.partition[0].quota.used[QUOTA_PAGES]++);
    BREAKS("pages_paid", w.partition[0].quota.limit[QUOTA_PAGES] = 0);
    BREAKS("region_once", w.partition[0].nregions++);
    BREAKS("region_once", w.region[0].owner = b);
    BREAKS("region_once", w.t.free_region = w.region[w.t.free_region].next);
    BREAKS("region_once", (w.region[1].next = 0));
    BREAKS("region_apart", w.region[1].va -= PAGE_BYTES);
    BREAKS("region_held", w.region[1].base = WORLD_AT(3));
    BREAKS("region_kind", w.region[1].permission = PERM_WRITE);
    BREAKS("region_kind", w.region[1].position = 2 * PAGE_BYTES);
    BREAKS("region_kind", w.region[0].position = 8);
    BREAKS("edge_ends", w.edge[0].a.task = 1);
    BREAKS("edge_ends", w.edge[0].b.partition = partition_name(WORLD_HOME, 7, 1));
    BREAKS("edge_ends",
           w.edge[0].a = w.edge[0].b = ((struct edge_end){partition_name(7, 7, 1), 0}));
    BREAKS("edge_table", w.edge[0].generation++);
    BREAKS("edge_table", w.t.edges.n++);
    BREAKS("leases", w.lease[0].lease.expiry = 0);
    BREAKS("lease_holders", w.lease[0].lease.holder = partition_name(WORLD_HOME, 7, 1));
    BREAKS("unborn", {
        struct partition_do todo;
        partition_id part[2];
        ck_assert_int_eq(partition_task_add(&w.t, a, 7, &n), ST_OK);
        ck_assert_int_eq(partition_split(&w.t, a, part, &todo), ST_OK);
        ck_assert_ptr_null(invariant_broken(&w.t));
        w.lease[0].lease.holder = part[0];
    });
    for (n = 0; invariant_number(n) != NULL; n++)
        ck_assert_msg(seen >> n & 1, "%s was never broken", invariant_number(n)->name);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/invariant");
    TCase *t = tcase_create("random");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_test(t, every_invariant_holds_after_any_operation_and_a_refusal_changes_nothing);
    tcase_add_test(t, what_is_destroyed_gives_everything_back);
    tcase_add_test(t, an_abort_from_any_operation_leaves_everything_as_it_was);
    tcase_add_test(t, each_invariant_can_be_broken);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
