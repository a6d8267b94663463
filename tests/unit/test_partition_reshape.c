/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/operation: two from one, one from two; partition/merge: the seven things that must hold. */
#include "tests/support/partition_case.h"

START_TEST(a_split_takes_everything_to_one_side_or_the_other)
{
    struct split_access access[2] = {{{0, 90}, {10, 10}}, {{90, 0}, {10, 10}}};
    struct split_lease lease;
    partition_id part[2], child;
    uint8_t side[2];
    struct split_plan plan = {
        .tasks_b = 2, .region_side = side, .nregions = 2, .lease = &lease, .nleases = 1};

    take(a, 0, 6);
    ck_assert_int_eq(region(a, 1, 0x100000, 0, 2, RW), ST_OK);
    ck_assert_int_eq(region(a, 1, 0x200000, 2, 2, RW), ST_OK);
    ck_assert_int_eq(partition_pages_share(&w.t, a, b, WORLD_AT(1), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(
        partition_edge_open(&w.t, (struct edge_end){a, 2}, (struct edge_end){b, 0}, 1, &n), ST_OK);
    ck_assert_int_eq(
        partition_edge_open(&w.t, (struct edge_end){b, 1}, (struct edge_end){a, 1}, 1, &n), ST_OK);
    ck_assert_int_eq(partition_lease(&w.t, a, 4, 9, true, &lease.lease), ST_OK);
    ck_assert_int_eq(partition_create(&w.t, "child", 0, a, &child, todo), ST_OK);
    ck_assert_int_eq(quota_charge_one(&w.partition[0].quota, QUOTA_MESSAGES, 1000), ST_OK);
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_STATE);
    ck_assert_int_eq(partition_split(&w.t, a, part, todo), ST_OK);
    sound();
    ck_assert_int_eq(partition_set_supervisor(&w.t, b, part[0]), ST_STATE);
    ck_assert_int_eq(partition_split_done(&w.t, part[0], &plan, todo), ST_STATE);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_LOST, todo), ST_BUSY);
    ck_assert_int_eq(partition_split_regions(&w.t, a, access, 2, side), ST_OK);
    ck_assert(side[0] == SPLIT_B && side[1] == SPLIT_A);
    lease.side = SPLIT_B;
    plan.nregions = 1;
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_INVALID);
    plan.nregions = 2;
    plan.nleases = 0;
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_INVALID);
    plan.nleases = 1;
    plan.tasks_b = 1;
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_INVALID);
    plan.tasks_b = 2;
    sound();
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_OK);
    sound();
    ck_assert_uint_eq(todo[0].record, WITNESS_PARTITION_SPLIT);
    ck_assert_uint_eq(todo[0].target, a);
    ck_assert_uint_eq(todo[0].payload, part[0] | (uint64_t)part[1] << 32);
    ck_assert_uint_eq(todo[1].record, WITNESS_PARTITION_CREATE);
    ck_assert_uint_eq(todo[2].target, part[1]);
    ck_assert(todo[1].action == LIFE_DO_GO && todo[2].action == LIFE_DO_GO);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_START, todo), ST_STALE_HANDLE);
    ck_assert(at(part[0])->ntasks == 2 && at(part[0])->task[0] == 10 && at(part[0])->task[1] == 12);
    ck_assert(at(part[1])->ntasks == 1 && at(part[1])->task[0] == 11);
    ck_assert_uint_eq(at(part[0])->state, LIFE_RUNNING);
    ck_assert_int_eq(page_own_state(&w.t.pages, WORLD_AT(0), part[1]), PAGE_OWNED);
    ck_assert_int_eq(page_own_state(&w.t.pages, WORLD_AT(1), part[1]), PAGE_LENT);
    ck_assert_int_eq(page_own_state(&w.t.pages, WORLD_AT(2), part[0]), PAGE_OWNED);
    ck_assert_int_eq(page_own_state(&w.t.pages, WORLD_AT(5), part[0]),
                     PAGE_OWNED); /* in no region */
    ck_assert_uint_eq(w.edge[0].a.partition, part[0]);
    ck_assert_uint_eq(w.edge[0].a.task, 1);
    ck_assert_uint_eq(w.edge[1].b.partition, part[1]);
    ck_assert_uint_eq(w.edge[1].b.task, 0);
    ck_assert_int_eq(lease_check(&w.t.leases, 4, part[1], 0), ST_OK);
    ck_assert_uint_eq(at(child)->supervisor, part[0]);
    for (unsigned s = 0; s < 2; s++) /* no new messages come out of a split */
        ck_assert_uint_eq(at(part[s])->quota.used[QUOTA_MESSAGES], 1000);
}
END_TEST

START_TEST(regions_with_common_memory_stay_together)
{
    struct split_access access[3] = {{{50, 0}, {1, 1}}, {{0, 40}, {1, 1}}, {{0, 40}, {1, 1}}};
    uint8_t side[3], wrong[3] = {0, 1, 0};
    struct split_plan plan = {.tasks_b = 2, .region_side = wrong, .nregions = 3};
    partition_id part[2];

    take(a, 0, 6);
    ck_assert_int_eq(region(a, 1, 0x100000, 0, 2, RW), ST_OK);
    ck_assert_int_eq(region(a, 1, 0x200000, 3, 2, PERM_READ), ST_OK);
    ck_assert_int_eq(region(a, 2, 0x100000, 1, 3, PERM_READ), ST_OK); /* meets both */
    ck_assert_int_eq(partition_split(&w.t, a, part, todo), ST_OK);
    ck_assert_int_eq(partition_split_regions(&w.t, a, access, 3, side), ST_OK);
    ck_assert(side[0] == SPLIT_B && side[1] == SPLIT_B && side[2] == SPLIT_B); /* 80 against 50 */
    ck_assert_int_eq(partition_split_regions(&w.t, a, access, 2, side), ST_TABLE_FULL);
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_INVALID);
    plan.region_side = side;
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_OK);
    sound();
    ck_assert_uint_eq(page_own_bytes(&w.t.pages, part[1]), 5 * PAGE_BYTES);
}
END_TEST

START_TEST(a_split_without_room_for_its_borders_is_refused_and_can_be_aborted)
{
    static const uint8_t side[1] = {SPLIT_B};
    const struct split_plan plan = {.tasks_b = 2, .region_side = side, .nregions = 1};
    static struct world before;
    partition_id part[2];

    take(a, 0, 3);
    ck_assert_int_eq(region(a, 1, 0x100000, 1, 1, RW), ST_OK); /* three ranges of one */
    for (unsigned i = 0; w.t.pages.n + 1 < WORLD_RANGES; i++)
        take(b, 4 + 2 * i, 1);
    ck_assert_int_eq(partition_split(&w.t, a, part, todo), ST_OK);
    before = w;
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_TABLE_FULL);
    ck_assert_mem_eq(&before, &w, sizeof w);
    ck_assert_int_eq(partition_pages_drop(&w.t, b, WORLD_AT(4), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_OK);
    sound();
}
END_TEST

static struct merge_cap cap_a[2] = {{7, RIGHT_READ | RIGHT_WRITE}, {9, RIGHT_READ}};
static struct merge_cap cap_b[2] = {{7, RIGHT_READ}, {8, RIGHT_WRITE}};
static struct merge_facts facts;

static void ready_to_merge(void)
{
    facts = (struct merge_facts){.weight_ab = 30,
                                 .weight_ba = 10,
                                 .total_a = 200,
                                 .total_b = 100,
                                 .cap_a = cap_a,
                                 .cap_b = cap_b,
                                 .ncaps_a = 2,
                                 .ncaps_b = 2,
                                 .proof = true};
    cap_b[0] = (struct merge_cap){7, RIGHT_READ};
    take(a, 0, 4);
    take(b, 8, 4);
    ck_assert_int_eq(partition_pages_share(&w.t, a, b, WORLD_AT(0), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(region(a, 1, 0x100000, 0, 2, RW), ST_OK);
    ck_assert_int_eq(region(b, 2, 0x100000, 8, 2, RW), ST_OK); /* the same address, another space */
    ck_assert_int_eq(region(b, 2, 0x200000, 0, 1, PERM_READ), ST_OK);
    ck_assert_int_eq(
        partition_edge_open(&w.t, (struct edge_end){a, 2}, (struct edge_end){b, 1}, 1, &n), ST_OK);
    ck_assert_int_eq(partition_set_coherence(&w.t, a, 7000), ST_OK);
    ck_assert_int_eq(partition_set_coherence(&w.t, b, 7000), ST_OK);
    ck_assert_int_eq(partition_set_coherence(&w.t, b, 10001), ST_INVALID);
}

/* Each of the seven, in each way: the answer names it and it alone, there is a record of it, and nothing changed. */
START_TEST(a_merge_is_refused_for_each_of_the_seven_reasons_by_name)
{
    static const struct {
        enum merge_need need;
        status_t status;
    } cases[] = {
        {MERGE_EDGE, ST_NOT_FOUND},   {MERGE_COHERENCE, ST_AGAIN},  {MERGE_COHERENCE, ST_AGAIN},
        {MERGE_COHERENCE, ST_AGAIN},  {MERGE_COHERENCE, ST_AGAIN},  {MERGE_LEASES, ST_BUSY},
        {MERGE_LEASES, ST_BUSY},      {MERGE_REGIONS, ST_MAPPED},   {MERGE_REGIONS, ST_MAPPED},
        {MERGE_AUTHORITY, ST_DENIED}, {MERGE_AUTHORITY, ST_DENIED}, {MERGE_STATE, ST_STATE},
        {MERGE_PROOF, ST_PROOF}};
    static struct world before;
    uint32_t missing, lease;
    partition_id one;

    ready_to_merge();
    switch (_i) {
    case 0:
        ck_assert_int_eq(edge_close(&w.t.edges, n), ST_OK);
        break;
    case 1:
        ck_assert_int_eq(partition_set_coherence(&w.t, a, 6999), ST_OK);
        break;
    case 2:
        ck_assert_int_eq(partition_set_coherence(&w.t, b, 6999), ST_OK);
        break;
    case 3:
        facts.weight_ba = 9;
        break; /* 39 of 100 */
    case 4:
        facts = (struct merge_facts){
            .cap_a = cap_a, .cap_b = cap_b, .ncaps_a = 2, .ncaps_b = 2, .proof = true};
        break;
    case 5:
        ck_assert_int_eq(partition_lease(&w.t, a, 3, 5, false, &lease), ST_OK);
        ck_assert_int_eq(partition_lease(&w.t, b, 3, 9, false, &lease), ST_OK);
        break;
    case 6:
        facts.lease_conflict_elsewhere = true;
        break;
    case 7:
        ck_assert_int_eq(region(b, 2, 0x300000, 0, 1, RW), ST_OK);
        break; /* two writers of a page */
    case 8:
        ck_assert_int_eq(region(b, 1, 0x101000, 8, 1, PERM_READ), ST_OK);
        break; /* one address of one space */
    case 9:
        cap_b[0].rights = RIGHT_READ | RIGHT_GRANT;
        break; /* WRITE and GRANT: nobody has both */
    case 10:
        cap_b[0].object = 99;
        break; /* not in order */
    case 11:
        ck_assert_int_eq(partition_life(&w.t, b, LIFE_EV_SUSPEND, todo), ST_OK);
        w.partition[1].state = w.partition[1].before = LIFE_CREATED;
        break;
    default:
        facts.proof = false;
        break;
    }
    before = w;
    ck_assert_int_eq(partition_merge(&w.t, a, b, &facts, &missing, &one, todo), cases[_i].status);
    ck_assert_uint_eq(missing, 1u << cases[_i].need);
    ck_assert_uint_eq(todo[0].record, WITNESS_PARTITION_MERGE);
    ck_assert_uint_eq(todo[0].flags, WITNESS_F_CANCEL);
    ck_assert_uint_eq(todo[0].payload, b | (uint64_t)missing << 32);
    ck_assert_uint_eq(todo[0].action, 0);
    ck_assert_mem_eq(&before, &w, sizeof w);
    for (unsigned i = 0; i < MERGE_NEEDS; i++) /* seven names, seven answers, seven sentences */
        for (unsigned k = 0; k < i; k++) {
            ck_assert_str_ne(merge_name((enum merge_need)i), merge_name((enum merge_need)k));
            ck_assert_str_ne(merge_text((enum merge_need)i), merge_text((enum merge_need)k));
            ck_assert_int_ne(merge_status(1u << i), merge_status(1u << k));
        }
}
END_TEST

START_TEST(a_merge_makes_one_of_two)
{
    uint32_t missing, lease;
    partition_id one;

    ready_to_merge();
    ck_assert_int_eq(partition_lease(&w.t, b, 3, 9, true, &lease), ST_OK);
    ck_assert_int_eq(partition_set_supervisor(&w.t, a, b), ST_OK);
    ck_assert_int_eq(partition_life(&w.t, b, LIFE_EV_SUSPEND, todo), ST_OK);
    ck_assert_int_eq(partition_merge(&w.t, a, a, &facts, &missing, &one, todo), ST_INVALID);
    ck_assert_int_eq(
        partition_merge(&w.t, a, partition_name(7, 1, 1), &facts, &missing, &one, todo),
        ST_FOREIGN);
    w.partition[1].core = w.partition[1].to_core = 0;
    ck_assert_int_eq(partition_merge(&w.t, a, b, &facts, &missing, &one, todo), ST_INVALID);
    w.partition[1].core = w.partition[1].to_core = 1;
    ck_assert_int_eq(partition_merge(&w.t, a, b, &facts, &missing, &one, todo), ST_OK);
    ck_assert_uint_eq(missing, 0);
    ck_assert(todo[0].action & LIFE_DO_STOP);
    sound();
    ck_assert_int_eq(partition_merge_done(&w.t, a, todo), ST_STATE);
    ck_assert_int_eq(partition_merge_done(&w.t, one, todo), ST_OK);
    sound();
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_eq(todo[i].record, WITNESS_PARTITION_MERGE);
        ck_assert_uint_eq(todo[i].target, i ? b : a);
        ck_assert_uint_eq(todo[i].payload, one);
    }
    ck_assert_uint_eq(todo[2].record, WITNESS_PARTITION_CREATE);
    ck_assert_int_eq(partition_life(&w.t, b, LIFE_EV_RESUME, todo), ST_STALE_HANDLE);
    ck_assert_uint_eq(at(one)->state, LIFE_RUNNING);
    ck_assert_uint_eq(at(one)->ntasks, 5);
    ck_assert(at(one)->task[2] == 12 && at(one)->task[3] == 20);
    ck_assert_int_eq(lease_check(&w.t.leases, 3, one, 0), ST_OK);
    ck_assert_uint_eq(at(one)->nregions, 3);
    ck_assert_uint_eq(at(one)->supervisor, 0);                                  /* b's: a's was b */
    ck_assert_int_eq(page_own_state(&w.t.pages, WORLD_AT(0), one), PAGE_OWNED); /* lent no more */
    ck_assert_uint_eq(at(one)->owned_bytes, 8 * PAGE_BYTES);
    ck_assert(w.edge[0].a.partition == one && w.edge[0].b.partition == one &&
              w.edge[0].a.task == 2 && w.edge[0].b.task == 4);
}
END_TEST

START_TEST(a_merge_that_would_not_fit_is_refused)
{
    uint32_t missing;
    partition_id one;

    ready_to_merge();
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(partition_task_add(&w.t, b, 90 + i, &n), ST_OK);
    ck_assert_int_eq(partition_merge(&w.t, a, b, &facts, &missing, &one, todo), ST_TABLE_FULL);
    ck_assert_int_eq(partition_task_drop(&w.t, b), ST_OK);
    ck_assert_int_eq(partition_pages_take(&w.t, b, WORLD_AT(1000), 255 * QUOTA_PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_merge(&w.t, a, b, &facts, &missing, &one, todo), ST_OK);
    ck_assert_int_eq(partition_merge_abort(&w.t, one, todo), ST_OK);
    ck_assert_int_eq(partition_merge(&w.t, a, b, &facts, &missing, &one, todo), ST_AGAIN);
    for (unsigned i = 0; i < PARTITION_COOLDOWN; i++)
        partitions_epoch(&w.t);
    ck_assert_int_eq(partition_pages_take(&w.t, a, WORLD_AT(20), 9 * PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_merge(&w.t, a, b, &facts, &missing, &one, todo), ST_NOMEM);
    sound();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/operation: split, merge");
    TCase *t = tcase_create("reshape");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_split_takes_everything_to_one_side_or_the_other);
    tcase_add_test(t, regions_with_common_memory_stay_together);
    tcase_add_test(t, a_split_without_room_for_its_borders_is_refused_and_can_be_aborted);
    tcase_add_loop_test(t, a_merge_is_refused_for_each_of_the_seven_reasons_by_name, 0, 13);
    tcase_add_test(t, a_merge_makes_one_of_two);
    tcase_add_test(t, a_merge_that_would_not_fit_is_refused);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
