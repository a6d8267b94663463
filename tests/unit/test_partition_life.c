/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/life_sm cell by cell, and partition/ids: spec.md section 4 says which steps there are. */
#include <check.h>
#include <string.h>
#include "partition/ids.h"
#include "partition/life_sm.h"
#include "witness/record.h"

#define CELLS (LIFE_STATE_COUNT * LIFE_EVENT_COUNT)

/* The sentence of the specification, written a second time: from -> to, by which event. */
static const struct {
    enum life_state from, to;
    enum life_event by;
} steps[] = {
    {LIFE_CREATED, LIFE_RUNNING, LIFE_EV_START},
    {LIFE_CREATED, LIFE_DESTROYED, LIFE_EV_DESTROY},
    {LIFE_RUNNING, LIFE_SUSPENDED, LIFE_EV_SUSPEND},
    {LIFE_RUNNING, LIFE_HIBERNATED, LIFE_EV_HIBERNATE},
    {LIFE_RUNNING, LIFE_DESTROYED, LIFE_EV_DESTROY},
    {LIFE_SUSPENDED, LIFE_RUNNING, LIFE_EV_RESUME},
    {LIFE_SUSPENDED, LIFE_HIBERNATED, LIFE_EV_HIBERNATE},
    {LIFE_SUSPENDED, LIFE_DESTROYED, LIFE_EV_DESTROY},
    {LIFE_HIBERNATED, LIFE_CREATED, LIFE_EV_RECONSTRUCT},
    {LIFE_HIBERNATED, LIFE_DESTROYED, LIFE_EV_DESTROY},
    {LIFE_RUNNING, LIFE_MIGRATING, LIFE_EV_MIGRATE},
    {LIFE_RUNNING, LIFE_SPLITTING, LIFE_EV_SPLIT},
    {LIFE_RUNNING, LIFE_MERGING, LIFE_EV_MERGE},
    {LIFE_SUSPENDED, LIFE_MIGRATING, LIFE_EV_MIGRATE},
    {LIFE_SUSPENDED, LIFE_SPLITTING, LIFE_EV_SPLIT},
    {LIFE_SUSPENDED, LIFE_MERGING, LIFE_EV_MERGE},
    {LIFE_SPLITTING, LIFE_DESTROYED, LIFE_EV_SPLIT_DONE},
    {LIFE_MERGING, LIFE_DESTROYED, LIFE_EV_MERGE_DONE},
    {LIFE_CREATED, LIFE_DESTROYED, LIFE_EV_LOST},
    {LIFE_RUNNING, LIFE_DESTROYED, LIFE_EV_LOST},
    {LIFE_SUSPENDED, LIFE_DESTROYED, LIFE_EV_LOST},
    {LIFE_MIGRATING, LIFE_DESTROYED, LIFE_EV_LOST},
    {LIFE_SPLITTING, LIFE_DESTROYED, LIFE_EV_LOST},
    {LIFE_MERGING, LIFE_DESTROYED, LIFE_EV_LOST},
};

/* As it was before the operation. */
static const struct {
    enum life_state from;
    enum life_event by;
} returns[] = {
    {LIFE_MIGRATING, LIFE_EV_MOVED}, {LIFE_MIGRATING, LIFE_EV_ABORT},
    {LIFE_SPLITTING, LIFE_EV_BORN},  {LIFE_SPLITTING, LIFE_EV_ABORT},
    {LIFE_MERGING, LIFE_EV_BORN},    {LIFE_MERGING, LIFE_EV_ABORT},
};

static int wanted(enum life_state from, enum life_event by, enum life_state before)
{
    for (unsigned i = 0; i < ARRAY_LEN(steps); i++)
        if (steps[i].from == from && steps[i].by == by)
            return (int)steps[i].to;
    for (unsigned i = 0; i < ARRAY_LEN(returns); i++)
        if (returns[i].from == from && returns[i].by == by)
            return (int)before;
    return -1;
}

START_TEST(every_cell_is_what_the_specification_says_and_the_rest_changes_nothing)
{
    enum life_state state = (enum life_state)(_i / LIFE_EVENT_COUNT);
    enum life_event event = (enum life_event)(_i % LIFE_EVENT_COUNT);
    static const enum life_state befores[] = {LIFE_RUNNING, LIFE_SUSPENDED};

    for (unsigned b = 0; b < 2; b++) {
        int want = wanted(state, event, befores[b]);
        struct life_step step;
        status_t st = life_step(state, befores[b], event, &step);

        ck_assert_int_eq(st, want < 0 ? ST_STATE : ST_OK);
        ck_assert_int_eq(step.next, want < 0 ? (int)state : want);
        if (st != ST_OK) {
            ck_assert_uint_eq(step.action, 0);
            ck_assert_uint_eq(step.record, 0);
        }
    }
}
END_TEST

START_TEST(what_a_step_does_follows_from_where_it_leads)
{
    enum life_state state = (enum life_state)(_i / LIFE_EVENT_COUNT);
    enum life_event event = (enum life_event)(_i % LIFE_EVENT_COUNT);
    static const enum life_state befores[] = {LIFE_RUNNING, LIFE_SUSPENDED};

    for (unsigned b = 0; b < 2; b++) {
        struct life_step s;
        bool ran, stands;

        if (life_step(state, befores[b], event, &s) != ST_OK)
            continue;
        ran = state == LIFE_RUNNING;
        stands = s.next == LIFE_RUNNING;
        ck_assert_int_eq((s.action & LIFE_DO_GO) != 0, stands && !ran);
        ck_assert_int_eq((s.action & LIFE_DO_STOP) != 0, ran && !stands && event != LIFE_EV_LOST);
        ck_assert_int_eq((s.action & LIFE_DO_CHECKPOINT) != 0,
                         life_in_operation((enum life_state)s.next));
        if (event == LIFE_EV_DESTROY || event == LIFE_EV_LOST) {
            ck_assert(s.action & LIFE_DO_END_LEASES);
            ck_assert(s.action & LIFE_DO_RETURN_PAGES);
            ck_assert(s.action & LIFE_DO_CLOSE_EDGES);
        }
        if (s.next == LIFE_DESTROYED || s.next == LIFE_HIBERNATED)
            ck_assert(s.action & LIFE_DO_FREE);
        ck_assert_int_eq((s.action & LIFE_DO_SAVE) != 0, s.next == LIFE_HIBERNATED);
        ck_assert_int_eq((s.action & LIFE_DO_LOAD) != 0,
                         state == LIFE_HIBERNATED && s.next == LIFE_CREATED);
        ck_assert_int_eq((s.action & LIFE_DO_TELL) != 0, s.next == LIFE_DESTROYED);
        ck_assert_int_eq((s.action & LIFE_DO_HAND_OVER) != 0, event == LIFE_EV_MOVED ||
                                                                  event == LIFE_EV_SPLIT_DONE ||
                                                                  event == LIFE_EV_MERGE_DONE);
    }
}
END_TEST

/* Every change but the beginning of an operation leaves a record: its end, or its abort, tells of it. */
START_TEST(every_change_has_its_record)
{
    enum life_state state = (enum life_state)(_i / LIFE_EVENT_COUNT);
    enum life_event event = (enum life_event)(_i % LIFE_EVENT_COUNT);
    struct life_step s;

    if (life_step(state, LIFE_RUNNING, event, &s) != ST_OK)
        return;
    ck_assert_int_eq(s.record != 0, !life_in_operation((enum life_state)s.next));
    if (event == LIFE_EV_ABORT) {
        ck_assert_uint_eq(s.flags, WITNESS_F_CANCEL);
        ck_assert_uint_eq(s.record, state == LIFE_MIGRATING   ? WITNESS_PARTITION_MIGRATE
                                    : state == LIFE_SPLITTING ? WITNESS_PARTITION_SPLIT
                                                              : WITNESS_PARTITION_MERGE);
    }
    if (event == LIFE_EV_HIBERNATE)
        ck_assert_uint_eq(s.record, WITNESS_PARTITION_HIBERNATE);
    if (event == LIFE_EV_DESTROY)
        ck_assert_uint_eq(s.record, WITNESS_PARTITION_DESTROY);
}
END_TEST

START_TEST(everything_has_a_word)
{
    for (unsigned i = 0; i < LIFE_STATE_COUNT; i++)
        ck_assert_str_ne(life_state_name((enum life_state)i), "?");
    for (unsigned i = 0; i < LIFE_EVENT_COUNT; i++)
        ck_assert_str_ne(life_event_name((enum life_event)i), "?");
    for (unsigned bit = 1; bit <= LIFE_DO_TELL; bit *= 2)
        ck_assert_str_ne(life_action_text((enum life_action)bit), "?");
    ck_assert_str_eq(life_state_name(LIFE_HIBERNATED), "Hibernated");
    ck_assert_str_eq(life_state_name(LIFE_MERGING), "Merging");
    ck_assert_str_eq(life_state_name(LIFE_STATE_COUNT), "?");
}
END_TEST

START_TEST(a_name_holds_its_parts_and_is_never_nobody)
{
    static const core_id cores[] = {0, 1, 7, 63};
    static const uint32_t indices[] = {0, 1, 511, PARTITIONS_HOME - 1},
                          generations[] = {1, 2, 0x8000, 0xffff};

    for (unsigned c = 0; c < 4; c++)
        for (unsigned i = 0; i < 4; i++)
            for (unsigned g = 0; g < 4; g++) {
                partition_id id = partition_name(cores[c], indices[i], generations[g]);
                edge_id e = edge_name(cores[c], indices[i] * 8 + 7, generations[g] & 0x1fff);

                ck_assert_uint_ne(id, PARTITION_NONE);
                ck_assert_uint_eq(partition_home(id), cores[c]);
                ck_assert_uint_eq(partition_index(id), indices[i]);
                ck_assert_uint_eq(partition_generation(id), generations[g]);
                ck_assert_uint_eq(edge_home(e), cores[c]);
                ck_assert_uint_eq(edge_index(e), indices[i] * 8 + 7);
                ck_assert_uint_eq(edge_generation(e), generations[g] & 0x1fff);
            }
}
END_TEST

START_TEST(generations_go_round_without_zero)
{
    uint16_t g = 1;

    for (unsigned i = 0; i < 70000; i++) {
        g = generation_after(g, PARTITION_GENERATION);
        ck_assert_uint_ne(g, 0);
    }
    ck_assert_uint_eq(generation_after(0xffff, PARTITION_GENERATION), 1);
    ck_assert_uint_eq(generation_after(0x1fff, EDGE_GENERATION), 1);
    ck_assert_uint_eq(generation_after(0x1ffe, EDGE_GENERATION), 0x1fff);
}
END_TEST

START_TEST(the_machine_has_at_most_4096)
{
    for (uint32_t n = 1; n <= CORES_MAX; n++) {
        ck_assert_uint_le(n * partitions_of_home(n), PARTITIONS_MACHINE);
        ck_assert_uint_ge(partitions_of_home(n), 64);
    }
    ck_assert_uint_eq(8 * partitions_of_home(8), PARTITIONS_MACHINE);
    ck_assert_uint_eq(partitions_of_home(1), PARTITIONS_HOME);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/life_sm");
    TCase *t = tcase_create("table");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, every_cell_is_what_the_specification_says_and_the_rest_changes_nothing,
                        0, CELLS);
    tcase_add_loop_test(t, what_a_step_does_follows_from_where_it_leads, 0, CELLS);
    tcase_add_loop_test(t, every_change_has_its_record, 0, CELLS);
    tcase_add_test(t, everything_has_a_word);
    tcase_add_test(t, a_name_holds_its_parts_and_is_never_nobody);
    tcase_add_test(t, generations_go_round_without_zero);
    tcase_add_test(t, the_machine_has_at_most_4096);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
