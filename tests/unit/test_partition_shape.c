/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What monitors need of partition/ to split and merge: objects, the cut, blocks of memory, tasks that leave, the two thresholds. */
#include "partition/object.h"
#include "tests/support/partition_case.h"
#include <stdlib.h>

/* ---- scores and mutual ---- */

/* Two alike: inside, between the two, to others. A message between the two counted once is at most 30 % of what a coherent one says. */
START_TEST(both_thresholds_are_met_only_if_a_message_counts_at_both_its_ends)
{
    unsigned met = 0;

    for (uint64_t in = 0; in <= 100; in++)
        for (uint64_t between = 0; in + between <= 100; between++) {
            bool coherent = split_bp(in, 100, 10000) >= MERGE_SCORE_BP;

            if (coherent)
                ck_assert_uint_lt(merge_mutual_bp(between, 0, 100, 100), MERGE_MUTUAL_BP);
            if (coherent && merge_mutual_bp(between, between, 100, 100) >= MERGE_MUTUAL_BP) {
                ck_assert(between >= 20 && between <= 30);
                met++;
            }
        }
    ck_assert_uint_eq(met, 11 * 12 / 2); /* 20..30 between, 70.. inside, the rest to others */
}
END_TEST

/* ---- objects ---- */

static struct object_cap frame(uint64_t at_page, uint64_t pages, uint8_t rights, uint8_t task)
{
    return (struct object_cap){.at = WORLD_AT(at_page),
                               .bytes = pages * PAGE_BYTES,
                               .type = CAP_FRAME,
                               .rights = rights,
                               .task = task,
                               .handle = at_page};
}

START_TEST(what_has_common_memory_is_one_object_and_ram_is_another)
{
    struct object_cap c[7] = {frame(4, 2, RIGHT_READ, 0),
                              frame(0, 2, RIGHT_READ, 1),
                              frame(1, 4, RIGHT_READ, 0), /* joins the two */
                              frame(9, 1, RIGHT_READ, 1),
                              {.type = CAP_RAM, .at = WORLD_AT(0), .bytes = 8 * PAGE_BYTES},
                              {.type = CAP_ENDPOINT, .at = 77, .badge = 1},
                              {.type = CAP_ENDPOINT, .at = 77, .badge = 2}};
    unsigned frames = 0;

    objects_number(c, 7);
    for (unsigned i = 0; i < 7; i++) {
        if (i > 0)
            ck_assert_uint_ge(c[i].object, c[i - 1].object);
        if (c[i].type != CAP_FRAME)
            continue;
        frames++;
        for (unsigned k = 0; k < i; k++)
            ck_assert_int_eq(c[k].object == c[i].object,
                             c[k].type == CAP_FRAME && c[i].handle != 9 && c[k].handle != 9);
    }
    ck_assert_uint_eq(frames, 4);
    ck_assert_uint_eq(c[6].object, 5); /* two of frames, the RAM, two badges */
}
END_TEST

/* By the rule said again, over all pairs: random tables, as a monitor lists them. */
START_TEST(after_a_split_nothing_that_can_be_changed_is_on_both_sides)
{
    uint64_t dice = 0x9e3779b97f4a7c15u * (uint64_t)(_i + 1);
    struct object_cap c[40];
    struct split_cap s[40];
    struct split_share share[40];
    uint32_t count = 2 + (uint32_t)(world_dice(&dice) % 38),
             tasks = 2 + (uint32_t)(world_dice(&dice) % 7), tasks_b;

    do
        tasks_b = (uint32_t)(world_dice(&dice) % (1u << tasks)) & ~1u;
    while (tasks_b == 0);
    for (uint32_t i = 0; i < count; i++) {
        c[i] =
            frame(world_dice(&dice) % 24, 1 + world_dice(&dice) % 3,
                  (uint8_t)(world_dice(&dice) & RIGHTS_ALL), (uint8_t)(world_dice(&dice) % tasks));
        if (world_dice(&dice) % 3 == 0)
            c[i].type = CAP_RAM;
        c[i].handle = i;
    }
    objects_number(c, count);
    objects_split(c, count, s);
    ck_assert_int_eq(split_caps(s, count, tasks, tasks_b, NULL, 0, share), ST_OK);
    for (uint32_t i = 0; i < count; i++) {
        unsigned side = tasks_b >> c[i].task & 1;
        uint8_t left = share[i].rights[side];
        bool both = false;

        ck_assert_uint_eq(left & (uint8_t)~c[i].rights, 0); /* nothing grows */
        for (uint32_t k = 0; k < count; k++)
            if (c[k].object == c[i].object && (tasks_b >> c[k].task & 1) != side)
                both = true;
        ck_assert_int_eq(share[i].record, both);
        ck_assert_uint_eq(left, both ? c[i].rights & RIGHT_READ : c[i].rights);
        for (uint32_t k = 0; k < count && (left & RIGHT_WRITE);
             k++) /* of frames by their memory, whatever their object is called */
            ck_assert(c[k].type != CAP_FRAME || c[i].type != CAP_FRAME ||
                      (tasks_b >> c[k].task & 1) == side || c[k].at >= c[i].at + c[i].bytes ||
                      c[i].at >= c[k].at + c[k].bytes);
    }
}
END_TEST

/* ---- the cut ---- */

START_TEST(the_cut_is_the_least_of_all)
{
    uint64_t dice = (uint64_t)(_i + 1) * 0xbf58476d1ce4e5b9u,
             weight[SPLIT_TASKS][SPLIT_TASKS] = {{0}}, least = UINT64_MAX, is = 0;
    uint32_t tasks = 2 + (uint32_t)(world_dice(&dice) % 7), cut = 0;

    for (uint32_t i = 0; i < tasks; i++)
        for (uint32_t k = 0; k < i; k++)
            weight[i][k] = world_dice(&dice) % 1000;
    ck_assert_int_eq(split_cut(weight, tasks, &cut), ST_OK);
    ck_assert_int_eq(split_check_tasks(tasks, cut), ST_OK);
    for (uint32_t mask = 1; mask + 1 < 1u << tasks; mask++) {
        uint64_t sum = 0;

        for (uint32_t i = 0; i < tasks; i++)
            for (uint32_t k = 0; k < i; k++)
                sum += (mask >> i & 1) == (mask >> k & 1) ? 0 : weight[i][k];
        least = sum < least ? sum : least;
        is = mask == cut ? sum : is;
    }
    ck_assert_uint_eq(is, least);
}
END_TEST

START_TEST(where_all_cuts_are_alike_the_halves_are_equal)
{
    uint64_t weight[SPLIT_TASKS][SPLIT_TASKS] = {{0}};
    uint32_t cut;

    ck_assert_int_eq(split_cut(weight, 4, &cut), ST_OK);
    ck_assert_uint_eq(cut, 6);
    ck_assert_int_eq(split_cut(weight, 1, &cut), ST_INVALID);
    ck_assert_int_eq(split_cut(weight, 9, &cut), ST_INVALID);
}
END_TEST

/* ---- blocks of memory ---- */

START_TEST(a_block_goes_where_it_is_said_to_go)
{
    struct split_pages pages[2] = {{WORLD_AT(0), 4 * PAGE_BYTES, SPLIT_A},
                                   {WORLD_AT(8), 4 * PAGE_BYTES, SPLIT_B}};
    uint8_t side[1] = {SPLIT_B};
    struct split_plan plan = {
        .tasks_b = 2, .region_side = side, .nregions = 1, .pages = pages, .npages = 2};
    partition_id part[2];

    take(a, 0, 4);
    take(a, 8, 4);
    ck_assert_int_eq(region(a, 7, 0x100000, 9, 1, RW), ST_OK);
    ck_assert_int_eq(partition_split(&w.t, a, part, todo), ST_OK);
    side[0] = SPLIT_A; /* shown by one side, and the block goes to the other */
    ck_assert_int_eq(partition_split_check(&w.t, a, &plan), ST_INVALID);
    side[0] = SPLIT_B;
    pages[1].base = WORLD_AT(3); /* not all of it is its, and some of it is in the first */
    ck_assert_int_eq(partition_split_check(&w.t, a, &plan), ST_INVALID);
    pages[1] = (struct split_pages){WORLD_AT(2), 2 * PAGE_BYTES, SPLIT_B};
    ck_assert_int_eq(partition_split_check(&w.t, a, &plan), ST_INVALID);
    pages[1] = (struct split_pages){WORLD_AT(8), 4 * PAGE_BYTES, SPLIT_SIDES};
    ck_assert_int_eq(partition_split_check(&w.t, a, &plan), ST_INVALID);
    pages[1].side = SPLIT_B;
    ck_assert_int_eq(partition_split_check(&w.t, a, &plan), ST_OK);
    ck_assert_int_eq(partition_split_done(&w.t, a, &plan, todo), ST_OK);
    sound();
    ck_assert(page_own_has(&w.t.pages, WORLD_AT(0), 4 * PAGE_BYTES, part[SPLIT_A]) &&
              page_own_has(&w.t.pages, WORLD_AT(8), 4 * PAGE_BYTES, part[SPLIT_B]));
    ck_assert_uint_eq(at(part[SPLIT_B])->owned_bytes, 4 * PAGE_BYTES);
}
END_TEST

/* ---- leaving ---- */

START_TEST(a_task_that_leaves_takes_its_regions_and_channels_and_no_others)
{
    edge_id edge[3];
    struct edge *e;
    uint32_t place;

    take(a, 0, 4);
    ck_assert_int_eq(region(a, 1, 0x100000, 0, 1, RW), ST_OK);
    ck_assert_int_eq(region(a, 2, 0x100000, 1, 1, RW), ST_OK);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(partition_edge_open(&w.t, (struct edge_end){a, i}, (struct edge_end){b, 0},
                                             100 + i, &edge[i]),
                         ST_OK);
    ck_assert_int_eq(partition_task_leave(&w.t, a, 99, 3), ST_NOT_FOUND);
    ck_assert_int_eq(partition_task_leave(&w.t, a, 11, 2), ST_OK);
    sound();
    ck_assert(at(a)->ntasks == 2 && at(a)->task[0] == 10 && at(a)->task[1] == 12 &&
              at(a)->nregions == 1);
    ck_assert_uint_eq(at(a)->quota.used[QUOTA_TASKS], 2);
    ck_assert_int_eq(edge_find(&w.t.edges, edge[1], &e), ST_STALE_HANDLE);
    ck_assert_int_eq(edge_find(&w.t.edges, edge[2], &e), ST_OK);
    ck_assert_uint_eq(e->a.task, 1);
    ck_assert_int_eq(edge_of(&w.t.edges, 102, &edge[0]), ST_OK);
    ck_assert_uint_eq(edge[0], edge[2]);
    ck_assert_int_eq(edge_of(&w.t.edges, 101, &edge[0]), ST_NOT_FOUND);
    ck_assert_int_eq(partition_task_place(&w.t, a, 12, &place), ST_OK);
    ck_assert_uint_eq(place, 1);
    ck_assert_int_eq(partition_pages_drop(&w.t, a, WORLD_AT(1), PAGE_BYTES), ST_OK);
    ck_assert_int_eq(partition_task_leave(&w.t, a, 10, 1), ST_OK);
    ck_assert_int_eq(partition_task_leave(&w.t, a, 12, 9), ST_BUSY); /* with the last one it ends */
    sound();
}
END_TEST

/* ---- merging what tasks mapped ---- */

START_TEST(what_tasks_mapped_themselves_clashes_as_regions_do)
{
    static struct merge_map map_a[1] = {{WORLD_AT(20), 2 * PAGE_BYTES, true}}, map_b[1];
    struct merge_facts facts = {.weight_ab = 20,
                                .weight_ba = 20,
                                .total_a = 100,
                                .total_b = 100,
                                .proof = true,
                                .edge_elsewhere = true,
                                .map_a = map_a,
                                .map_b = map_b,
                                .nmaps_a = 1,
                                .nmaps_b = 1};
    bool clash = _i == 0 || _i == 3;
    uint32_t missing;
    partition_id one;

    take(b, 21, 1);
    map_b[0] = (struct merge_map){WORLD_AT(21), PAGE_BYTES, true};
    if (_i == 1)
        map_b[0].writes = false;
    if (_i == 2)
        map_b[0].base = WORLD_AT(22);
    if (_i == 3) { /* a region here, a map there */
        facts.nmaps_b = 0;
        ck_assert_int_eq(region(b, 1, 0x100000, 21, 1, RW), ST_OK);
    }
    (void)!partition_merge(&w.t, a, b, &facts, &missing, &one, todo);
    ck_assert_uint_eq(missing, clash ? 1u << MERGE_REGIONS : 0);
}
END_TEST

START_TEST(what_was_used_without_asking_counts)
{
    ck_assert(!partition_spend(&w.t, a, QUOTA_MESSAGES, 1000));
    ck_assert(partition_spend(&w.t, a, QUOTA_MESSAGES, 1ull << 40));
    ck_assert(!partition_spend(&w.t, a, QUOTA_PAGES, 1)); /* stocks are taken, not used */
    ck_assert_int_eq(partition_charge(&w.t, a, QUOTA_MESSAGES, 1), ST_AGAIN);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition: shapes");
    TCase *c = tcase_create("shape");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, both_thresholds_are_met_only_if_a_message_counts_at_both_its_ends);
    tcase_add_test(c, what_has_common_memory_is_one_object_and_ram_is_another);
    tcase_add_loop_test(c, after_a_split_nothing_that_can_be_changed_is_on_both_sides, 0, 300);
    tcase_add_loop_test(c, the_cut_is_the_least_of_all, 0, 100);
    tcase_add_test(c, where_all_cuts_are_alike_the_halves_are_equal);
    tcase_add_test(c, a_block_goes_where_it_is_said_to_go);
    tcase_add_test(c, a_task_that_leaves_takes_its_regions_and_channels_and_no_others);
    tcase_add_loop_test(c, what_tasks_mapped_themselves_clashes_as_regions_do, 0, 4);
    tcase_add_test(c, what_was_used_without_asking_counts);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
