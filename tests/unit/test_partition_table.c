/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/partition, holding: the calls of a monitor, one story each. */
#include "tests/support/partition_case.h"

START_TEST(a_name_that_is_no_name_is_told_apart)
{
    const struct partition *p;
    partition_id c;

    ck_assert_int_eq(partition_find(&w.t, 0, &p), ST_INVALID_HANDLE);
    ck_assert_int_eq(partition_find(&w.t, partition_name(WORLD_HOME + 1, 0, 1), &p), ST_FOREIGN);
    ck_assert_int_eq(partition_find(&w.t, partition_name(WORLD_HOME, 999, 1), &p),
                     ST_INVALID_HANDLE);
    ck_assert_int_eq(partition_find(&w.t, partition_name(WORLD_HOME, 5, 1), &p), ST_STALE_HANDLE);
    ck_assert_int_eq(partition_find(&w.t, a, &p), ST_OK);
    ck_assert_str_eq(p->name, "a");
    ck_assert_int_eq(partition_create(&w.t, "", 0, 0, &c, todo), ST_INVALID);
    ck_assert_int_eq(partition_create(&w.t, "sixteen letters!", 0, 0, &c, todo), ST_INVALID);
    ck_assert_int_eq(partition_create(&w.t, "fifteen letters", WORLD_CORES, 0, &c, todo),
                     ST_INVALID);
    ck_assert_int_eq(
        partition_create(&w.t, "fifteen letters", 0, partition_name(WORLD_HOME, 5, 1), &c, todo),
        ST_STALE_HANDLE);
    ck_assert_int_eq(partition_create(&w.t, "fifteen letters", 0, a, &c, todo), ST_OK);
    ck_assert_str_eq(at(c)->name, "fifteen letters");
    for (unsigned i = 3; i < WORLD_PARTITIONS; i++)
        make("x", 0, 0);
    ck_assert_int_eq(partition_create(&w.t, "x", 0, 0, &c, todo), ST_TABLE_FULL);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_MIGRATE, todo), ST_INVALID);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_START, todo), ST_STATE);
}
END_TEST

/* Of one that is destroyed nothing may be used again before it was given back, in this order. */
START_TEST(what_is_destroyed_is_settled_leases_first_and_the_name_is_stale_at_once)
{
    static const enum partition_debt_kind want[] = {
        DEBT_LEASE, DEBT_EDGE, DEBT_REGION, DEBT_REGION, DEBT_BORROWED, DEBT_LENT, DEBT_PAGES};
    struct partition_debt debt;
    partition_id old = a, c;

    take(a, 0, 4);
    take(b, 8, 4);
    ck_assert_int_eq(partition_pages_share(&w.t, a, b, WORLD_AT(0), 2 * PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_pages_share(&w.t, b, a, WORLD_AT(8), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(region(a, 1, 0x100000, 2, 2, RW), ST_OK);
    ck_assert_int_eq(region(b, 2, 0x100000, 0, 1, RW), ST_OK); /* over what a lent */
    ck_assert_int_eq(
        partition_edge_open(&w.t, (struct edge_end){a, 2}, (struct edge_end){b, 0}, 1, &n), ST_OK);
    ck_assert_int_eq(partition_lease(&w.t, a, 4, 9, true, &n), ST_OK);
    ck_assert_int_eq(partition_create(&w.t, "child", 0, a, &c, todo), ST_OK);
    ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_STATE);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_DESTROY, todo), ST_OK);
    ck_assert_uint_eq(todo[0].record, WITNESS_PARTITION_DESTROY);
    ck_assert_uint_eq(at(c)->supervisor, 0); /* who was above a */
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_START, todo), ST_STALE_HANDLE);
    ck_assert_int_eq(partition_pages_take(&w.t, b, WORLD_AT(3), PAGE_BYTES), ST_EXISTS);
    for (unsigned i = 0; i < ARRAY_LEN(want); i++) {
        ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_OK);
        ck_assert_int_eq(debt.kind, want[i]);
        sound();
    }
    ck_assert_uint_eq(debt.range.bytes, 4 * PAGE_BYTES);
    ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_NOT_FOUND);
    ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_STALE_HANDLE);
    ck_assert_uint_eq(page_own_bytes(&w.t.pages, b), 4 * PAGE_BYTES);
    a = make("again", 0, 0);
    ck_assert_uint_eq(partition_index(a), partition_index(old));
    ck_assert_uint_ne(a, old);
}
END_TEST

START_TEST(pages_are_paid_by_their_owner_and_regions_hold_them)
{
    struct slab_head *heads;
    uint64_t limit = 256 * QUOTA_PAGE_BYTES;

    take(a, 0, 4);
    ck_assert_uint_eq(at(a)->quota.used[QUOTA_PAGES], 1);
    ck_assert_int_eq(
        partition_pages_take(&w.t, a, WORLD_AT(1000), limit - 4 * PAGE_BYTES + PAGE_BYTES),
        ST_NOMEM);
    ck_assert_int_eq(partition_pages_take(&w.t, a, WORLD_AT(1000), limit - 4 * PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_pages_take(&w.t, a, WORLD_AT(9000), PAGE_BYTES), ST_NOMEM);
    ck_assert_uint_eq(at(a)->quota.used[QUOTA_PAGES], 256);
    take(b, 40, 1);
    ck_assert_int_eq(partition_pages_donate(&w.t, b, a, WORLD_AT(40), PAGE_BYTES), ST_NOMEM);
    ck_assert_int_eq(partition_pages_donate(&w.t, a, b, WORLD_AT(0), PAGE_BYTES), ST_OK);
    ck_assert_uint_eq(at(b)->owned_bytes, 2 * PAGE_BYTES);
    ck_assert_int_eq(region(a, 1, 0x100000, 0, 1, RW), ST_DENIED); /* b's now */
    ck_assert_int_eq(region(a, 1, 0x100000, 1, 2, RW), ST_OK);
    ck_assert_int_eq(region(a, 1, 0x101000, 3, 1, RW), ST_MAPPED);
    ck_assert_int_eq(region(a, 2, 0x101000, 3, 1, RW), ST_OK); /* another space */
    ck_assert_int_eq(partition_pages_drop(&w.t, a, WORLD_AT(2), PAGE_BYTES), ST_MAPPED);
    ck_assert_int_eq(partition_pages_donate(&w.t, a, b, WORLD_AT(2), PAGE_BYTES), ST_MAPPED);
    ck_assert_int_eq(partition_pages_share(&w.t, a, b, WORLD_AT(2), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(region(b, 1, 0x100000, 2, 1, PERM_READ), ST_OK);
    ck_assert_int_eq(partition_pages_reclaim(&w.t, a, b, WORLD_AT(2), PAGE_BYTES), ST_MAPPED);
    ck_assert_int_eq(partition_region_drop(&w.t, b, 2, 0x100000, &heads), ST_NOT_FOUND);
    ck_assert_int_eq(partition_region_drop(&w.t, b, 1, 0x100000, &heads), ST_OK);
    ck_assert_int_eq(partition_pages_reclaim(&w.t, a, b, WORLD_AT(2), PAGE_BYTES), ST_OK);
    sound();
}
END_TEST

START_TEST(memory_of_another_home_is_borrowed_and_goes_back)
{
    const partition_id lender = partition_name(7, 3, 9);
    struct partition_debt debt;
    struct slab_head *heads;

    ck_assert_int_eq(partition_pages_borrow(&w.t, a, b, WORLD_AT(0), PAGE_BYTES), ST_INVALID);
    ck_assert_int_eq(partition_pages_borrow(&w.t, a, lender, WORLD_AT(0), 2 * PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_pages_borrow(&w.t, b, lender, WORLD_AT(1), PAGE_BYTES), ST_EXISTS);
    ck_assert_int_eq(page_own_state(&w.t.pages, WORLD_AT(0), a), PAGE_BORROWED);
    ck_assert_uint_eq(at(a)->owned_bytes, 0); /* its owner pays */
    sound();
    ck_assert_int_eq(region(a, 1, 0x100000, 0, 1, RW), ST_OK);
    ck_assert_int_eq(partition_pages_repay(&w.t, a, lender, WORLD_AT(0), PAGE_BYTES), ST_MAPPED);
    ck_assert_int_eq(partition_region_drop(&w.t, a, 1, 0x100000, &heads), ST_OK);
    ck_assert_int_eq(partition_pages_repay(&w.t, b, lender, WORLD_AT(0), PAGE_BYTES), ST_STATE);
    ck_assert_int_eq(
        partition_pages_repay(&w.t, a, partition_name(7, 3, 8), WORLD_AT(0), PAGE_BYTES),
        ST_DENIED);
    ck_assert_int_eq(partition_pages_repay(&w.t, a, lender, WORLD_AT(0), PAGE_BYTES), ST_OK);
    ck_assert_uint_eq(w.t.pages.n, 1);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_DESTROY, todo), ST_OK);
    ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_OK);
    ck_assert(debt.kind == DEBT_BORROWED && debt.range.owner == lender);
    ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_NOT_FOUND);
    ck_assert_uint_eq(w.t.pages.n, 0);
    sound();
}
END_TEST

START_TEST(a_supervisor_is_never_below_himself)
{
    partition_id c = make("c", 0, 0);

    ck_assert_int_eq(partition_set_supervisor(&w.t, a, a), ST_STATE);
    ck_assert_int_eq(partition_set_supervisor(&w.t, b, a), ST_OK);
    ck_assert_int_eq(partition_set_supervisor(&w.t, c, b), ST_OK);
    ck_assert_int_eq(partition_set_supervisor(&w.t, a, c), ST_STATE);
    ck_assert_int_eq(partition_set_supervisor(&w.t, a, partition_name(7, 1, 1)), ST_OK);
    ck_assert_int_eq(partition_life(&w.t, b, LIFE_EV_DESTROY, todo), ST_OK);
    ck_assert_uint_eq(at(c)->supervisor, a);
    sound();
}
END_TEST

START_TEST(a_move_ends_there_or_never_happened_and_nothing_changes_hands_meanwhile)
{
    ck_assert_int_eq(partition_migrate(&w.t, a, 1, todo), ST_INVALID);
    ck_assert_int_eq(partition_migrate(&w.t, a, WORLD_CORES, todo), ST_INVALID);
    ck_assert_int_eq(partition_migrate(&w.t, a, 3, todo), ST_OK);
    ck_assert_uint_eq(todo[0].action, LIFE_DO_CHECKPOINT | LIFE_DO_STOP | LIFE_DO_MAKE);
    ck_assert_int_eq(partition_pages_take(&w.t, a, WORLD_AT(0), PAGE_BYTES), ST_STATE);
    ck_assert_int_eq(partition_task_add(&w.t, a, 99, &n), ST_STATE);
    ck_assert_int_eq(partition_lease(&w.t, a, 1, 1, true, &n), ST_STATE);
    ck_assert_int_eq(
        partition_edge_open(&w.t, (struct edge_end){b, 0}, (struct edge_end){a, 0}, 1, &n),
        ST_STATE);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_DESTROY, todo), ST_STATE);
    ck_assert_int_eq(partition_migrate_abort(&w.t, a, todo), ST_OK);
    ck_assert_uint_eq(at(a)->core, 1);
    ck_assert_uint_eq(at(a)->state, LIFE_RUNNING);
    ck_assert_uint_eq(todo[0].flags, WITNESS_F_CANCEL);
    ck_assert_int_eq(partition_migrate(&w.t, a, 3, todo), ST_AGAIN);
    for (unsigned i = 0; i < PARTITION_COOLDOWN; i++)
        partitions_epoch(&w.t);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_SUSPEND, todo), ST_OK);
    ck_assert_int_eq(partition_migrate(&w.t, a, 3, todo), ST_OK);
    ck_assert_int_eq(partition_migrated(&w.t, a, todo), ST_OK);
    ck_assert_uint_eq(todo[0].record, WITNESS_PARTITION_MIGRATE);
    ck_assert_uint_eq(todo[0].payload, 1 | 3ull << 32);
    ck_assert_uint_eq(at(a)->core, 3);
    ck_assert_uint_eq(at(a)->state, LIFE_SUSPENDED); /* it did not run before */
    ck_assert_int_eq(partition_migrated(&w.t, a, todo), ST_STATE);
    sound();
}
END_TEST

/* The home of an eight-core machine, all places taken. */
START_TEST(a_limit_is_never_below_what_is_held_and_only_flows_are_charged_from_outside)
{
    take(a, 0, 4);
    ck_assert_int_eq(partition_limit(&w.t, a, QUOTA_PAGES, 0), ST_STATE); /* begun ones count */
    ck_assert_int_eq(partition_limit(&w.t, a, QUOTA_PAGES, 1), ST_OK);
    ck_assert_int_eq(partition_pages_take(&w.t, a, WORLD_AT(32), QUOTA_PAGE_BYTES), ST_NOMEM);
    ck_assert_int_eq(partition_limit(&w.t, a, QUOTA_KINDS, 9), ST_INVALID);
    ck_assert_int_eq(partition_limit(&w.t, 0, QUOTA_PAGES, 9), ST_INVALID_HANDLE);
    ck_assert_int_eq(partition_limit(&w.t, a, QUOTA_MESSAGES, 3), ST_OK);
    ck_assert_int_eq(partition_charge(&w.t, a, QUOTA_MESSAGES, 4), ST_AGAIN);
    ck_assert_int_eq(partition_charge(&w.t, a, QUOTA_MESSAGES, 3), ST_OK);
    ck_assert_int_eq(partition_charge(&w.t, a, QUOTA_MESSAGES, 1), ST_AGAIN);
    ck_assert_int_eq(partition_charge(&w.t, b, QUOTA_MESSAGES, 4), ST_OK);
    partitions_epoch(&w.t);
    ck_assert_int_eq(partition_charge(&w.t, a, QUOTA_MESSAGES, 3), ST_OK);
    ck_assert_int_eq(partition_charge(&w.t, a, QUOTA_PAGES, 1), ST_INVALID);
    ck_assert_int_eq(partition_charge(&w.t, a, QUOTA_KINDS, 1), ST_INVALID);
    ck_assert_uint_eq(quota_default(QUOTA_PAGES), 256);
}
END_TEST

START_TEST(a_home_has_its_part_of_4096)
{
    static struct partition many[PARTITIONS_HOME];
    static struct partitions t;
    const struct partitions_memory m = {.partition = many, .npartitions = PARTITIONS_HOME};
    partition_id id, last = 0;

    partitions_init(&t, &m, 7, 8);
    for (unsigned i = 0; i < PARTITIONS_MACHINE / 8; i++) {
        ck_assert_int_eq(partition_create(&t, "idle", 0, 0, &id, todo), ST_OK);
        ck_assert_uint_gt(id, last);
        last = id;
    }
    ck_assert_int_eq(partition_create(&t, "idle", 0, 0, &id, todo), ST_TABLE_FULL);
    ck_assert_ptr_null(invariant_broken(&t));
    ck_assert_uint_le(sizeof(struct partition),
                      192); /* of the 2 KiB that an idle partition may cost */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/partition");
    TCase *t = tcase_create("table");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_name_that_is_no_name_is_told_apart);
    tcase_add_test(t, what_is_destroyed_is_settled_leases_first_and_the_name_is_stale_at_once);
    tcase_add_test(t, pages_are_paid_by_their_owner_and_regions_hold_them);
    tcase_add_test(t, memory_of_another_home_is_borrowed_and_goes_back);
    tcase_add_test(t, a_supervisor_is_never_below_himself);
    tcase_add_test(t, a_move_ends_there_or_never_happened_and_nothing_changes_hands_meanwhile);
    tcase_add_test(t, a_limit_is_never_below_what_is_held_and_only_flows_are_charged_from_outside);
    tcase_add_test(t, a_home_has_its_part_of_4096);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
