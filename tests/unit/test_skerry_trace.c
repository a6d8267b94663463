/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* migration.trace.json: an arrow is a message that both its ends have noted, or a move that was done; the format is what viewers read. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/moves_case.h"
#include "tests/support/trace_rules.h"

/* The number of a kind of trouble with messages. */
static int64_t trouble(const json_t *d, const char *key)
{
    return moves_number(json_object_get(d, "messages"), key);
}

/* The trace, if it breaks no rule. */
static json_t *traced(const json_t *d, struct trace_counts *n)
{
    json_t *t = migration_trace(d, &moves_said);
    const char *bad = trace_fault(t, true, n);

    ck_assert_msg(bad == NULL, "%s", bad);
    return t;
}

/* The nth event of this phase and name, of messages only if `cat` says so. */
static json_t *event_of(const json_t *trace, const char *phase, const char *name, size_t nth)
{
    json_t *all = json_object_get(trace, "traceEvents"), *e;
    size_t i;

    json_array_foreach (all, i, e)
        if (strcmp(json_string_value(json_object_get(e, "ph")), phase) == 0 &&
            strcmp(json_string_value(json_object_get(e, "name")), name) == 0 && nth-- == 0)
            return e;
    ck_abort_msg("no %s %s", phase, name);
    return NULL;
}

static double real(const json_t *e, const char *key)
{
    return json_number_value(json_object_get(e, key));
}

START_TEST(a_huge_run_has_an_arrow_for_each_move)
{
    struct trace_counts n;
    json_t *d, *trace;

    for (int i = 0; i < 10000; i++)
        moves_move(1000 * i + 999, "0x10003", i % 8, (i + 1) % 8, "success", 500);
    d = moves_made();
    trace = traced(d, &n);
    ck_assert_uint_eq(n.moves, 10000);
    ck_assert_uint_eq(n.messages, 0);
    json_decref(trace);
    json_decref(d);
}
END_TEST

START_TEST(moves_at_the_same_time_have_lanes_of_their_own)
{
    struct trace_counts n;
    json_t *d, *trace;

    moves_move(1000, "0x1", 0, 1, "success", 600);
    moves_move(1200, "0x2", 0, 1, "success", 700);
    moves_move(1200, "0x3", 0, 1, "success", 100);
    d = moves_made();
    trace = traced(d, &n);
    ck_assert_uint_eq(n.moves, 3);
    ck_assert_int_eq(moves_number(event_of(trace, "X", "0x1 leaves for core 1", 0), "tid"), 1);
    ck_assert_int_eq(moves_number(event_of(trace, "X", "0x2 leaves for core 1", 0), "tid"), 2);
    ck_assert_int_eq(moves_number(event_of(trace, "X", "0x3 leaves for core 1", 0), "tid"), 1);
    ck_assert(real(event_of(trace, "X", "0x2 comes from core 0", 0), "ts") == 0.5);
    ck_assert(real(event_of(trace, "X", "0x2 comes from core 0", 0), "dur") == 0.7);
    json_decref(trace);
    json_decref(d);
}
END_TEST

START_TEST(a_partition_runs_on_core_after_core)
{
    struct trace_counts n;
    json_t *d, *trace, *e;

    moves_move(1000, "0x1", 3, 5, "success", 100);
    moves_move(3000, "0x1", 5, 2, "success", 200);
    moves_take("\x1e{\"type\":\"end\",\"core\":0,\"t_ns\":5000,\"status\":0,\"why\":\"\"}\n");
    d = moves_made();
    trace = traced(d, &n);
    e = event_of(trace, "X", "core 5", 0);
    ck_assert(real(e, "ts") == 1 && real(e, "dur") > 1.799 && real(e, "dur") < 1.801);
    e = event_of(trace, "X", "core 2", 0);
    ck_assert(real(e, "ts") == 3 && real(e, "dur") == 2);
    ck_assert(real(event_of(trace, "X", "stands still", 1), "ts") == 2.8);
    ck_assert_int_eq(moves_number(d, "gaps"), 0);
    json_decref(trace);
    json_decref(d);
}
END_TEST

START_TEST(an_arrow_has_the_times_and_places_of_both_records)
{
    struct trace_counts n;
    json_t *d, *trace;

    moves_sent("0x7", "[3,0,5000,40,1],[3,1,6000,50,1]", "");
    moves_sent("0x9", "", "[3,1,7500,60,2],[3,0,7000,30,1]");
    d = moves_made();
    trace = traced(d, &n);
    ck_assert_uint_eq(n.messages, 2);
    ck_assert_uint_eq(n.slices, 4);
    ck_assert(real(event_of(trace, "s", "message", 0), "ts") == 5);
    ck_assert(real(event_of(trace, "f", "message", 0), "ts") == 7);
    ck_assert(real(event_of(trace, "f", "message", 1), "ts") == 7.5);
    ck_assert(real(event_of(trace, "X", "take", 1), "dur") > 0.0599 &&
              real(event_of(trace, "X", "take", 1), "dur") < 0.0601);
    ck_assert_int_ne(moves_number(event_of(trace, "s", "message", 0), "pid"),
                     moves_number(event_of(trace, "f", "message", 0), "pid"));
    ck_assert_int_eq(moves_number(event_of(trace, "X", "send", 0), "pid"),
                     moves_number(event_of(trace, "s", "message", 0), "pid"));
    ck_assert_int_eq(moves_number(json_object_get(event_of(trace, "X", "take", 1), "args"), "core"),
                     2);
    ck_assert_int_eq(
        moves_number(json_object_get(json_object_get(d, "messages"), "same_core_ns"), "max"), 2000);
    ck_assert_int_eq(
        moves_number(json_object_get(json_object_get(d, "messages"), "two_cores_ns"), "min"), 1500);
    json_decref(trace);
    json_decref(d);
}
END_TEST

START_TEST(what_has_one_end_has_no_arrow_and_is_counted)
{
    struct trace_counts n;
    json_t *d, *trace;

    moves_sent("0x1", "[0,0,10,1,0],[0,1,20,1,0],[0,2,30,1,0],[0,3,40,1,0],[0,3,41,1,0]",
               "[1,0,10,1,0]");
    moves_sent("0x2", "", "[0,0,15,1,1],[0,2,29,1,1],[0,3,50,1,1],[2,0,60,1,0],[2,1,61,1,0]");
    d = moves_made();
    trace = traced(d, &n);
    ck_assert_uint_eq(n.messages, 1);
    ck_assert_int_eq(trouble(d, "n"), 1);
    ck_assert_int_eq(trouble(d, "sent_only"), 1);
    ck_assert_int_eq(trouble(d, "taken_only"), 3);
    ck_assert_int_eq(trouble(d, "backwards"), 1);
    ck_assert_int_eq(trouble(d, "twice"), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(d, "remarks")), 4);
    json_decref(trace);
    json_decref(d);
}
END_TEST

START_TEST(a_message_taken_in_the_moment_it_is_sent_has_an_arrow)
{
    json_t *d;

    moves_sent("0x1", "[0,0,10,0,0]", "");
    moves_sent("0x2", "", "[0,0,10,0,1]");
    d = moves_made();
    ck_assert_int_eq(trouble(d, "n"), 1);
    json_decref(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_trace");
    TCase *t = tcase_create("skerry_trace");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, moves_begin, moves_end);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_huge_run_has_an_arrow_for_each_move);
    tcase_add_test(t, moves_at_the_same_time_have_lanes_of_their_own);
    tcase_add_test(t, a_partition_runs_on_core_after_core);
    tcase_add_test(t, an_arrow_has_the_times_and_places_of_both_records);
    tcase_add_test(t, what_has_one_end_has_no_arrow_and_is_counted);
    tcase_add_test(t, a_message_taken_in_the_moment_it_is_sent_has_an_arrow);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
