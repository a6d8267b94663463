/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry report: what it says about partitions that moved was in records; what is broken is left out, what is missing is told. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bits.h"
#include "tests/support/moves_case.h"
#include "tests/support/skerry_case.h"

START_TEST(a_run_without_moves_has_no_page)
{
    struct buf t = {0};
    json_t *d = moves_made();

    ck_assert(!migration_any(&moves_log));
    ck_assert_int_eq(moves_number(d, "done"), 0);
    migration_page(&t, d, "");
    ck_assert_ptr_nonnull(strstr(t.s, "</html>"));
    buf_free(&t);
    json_decref(d);
}
END_TEST

START_TEST(moves_are_in_order_and_counted_by_how_they_ended)
{
    json_t *d;

    moves_move(3000, "0x2", 1, 2, "success", 300);
    moves_move(1000, "0x1", 0, 1, "success", 100);
    moves_move(2000, "0x1", 1, 3, "the deadline passed first", 900);
    d = moves_made();
    ck_assert_int_eq(moves_number(d, "done"), 2);
    ck_assert_int_eq(moves_number(d, "not_done"), 1);
    ck_assert_int_eq(moves_number(json_object_get(d, "refused"), "the deadline passed first"), 1);
    ck_assert_int_eq(moves_number(json_array_get(json_object_get(d, "moves"), 0), "t_ns"), 1000);
    ck_assert_int_eq(moves_number(json_object_get(d, "blackout_ns"), "p50"), 100);
    ck_assert_int_eq(moves_number(json_object_get(d, "blackout_ns"), "max"), 300);
    json_decref(d);
}
END_TEST

START_TEST(a_broken_record_costs_itself)
{
    static const char *const broken[] = {
        "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":1}\n",
        "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":1,\"part\":\"<b>\",\"from\":0,\"to\":1,"
        "\"status\":\"success\",\"blackout_ns\":1,\"all_ns\":1}\n",
        "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":1,\"part\":\"0x1\",\"from\":0,\"to\":9999,"
        "\"status\":\"success\",\"blackout_ns\":1,\"all_ns\":1}\n",
        "\x1e{\"type\":\"cut\",\"core\":0,\"t_ns\":1,\"epoch\":1,\"weight\":1,\"nodes\":[[1]],"
        "\"edges\":[]}\n",
        "\x1e{\"type\":\"cut\",\"core\":0,\"t_ns\":1,\"epoch\":1,\"weight\":1,\"nodes\":[[0,1,2,0,"
        "\"x\"]],\"edges\":[]}\n",
        "\x1e{\"type\":\"coherence\",\"core\":0,\"t_ns\":1,\"messages\":-1,\"cross\":0}\n",
        "\x1e{\"type\":\"stress\",\"core\":0,\"t_ns\":1,\"seed\":1}\n",
        "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":9,\"part\":\"0x1g\",\"from\":0,\"to\":1,"
        "\"status\":\"success\",\"blackout_ns\":1,\"all_ns\":1}\n",
        "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":9,\"part\":\"0x11112222333344445\","
        "\"from\":0,\"to\":1,"
        "\"status\":\"success\",\"blackout_ns\":1,\"all_ns\":1}\n",
        "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":9,\"part\":\"0x1\",\"from\":0,\"to\":1,"
        "\"status\":\"success\",\"blackout_ns\":3,\"all_ns\":2}\n",
        "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":9,\"part\":\"0x1\",\"from\":0,\"to\":1,"
        "\"status\":\"success\",\"blackout_ns\":3,\"all_ns\":10}\n",
        "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":9,\"part\":\"0x1\",\"every\":0,\"dropped\":"
        "0,\"sent\":[],\"received\":[]}\n",
        "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":9,\"part\":\"1\",\"every\":1,\"dropped\":0,"
        "\"sent\":[],\"received\":[]}\n",
        "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":9,\"part\":\"0x1\",\"every\":1,\"dropped\":"
        "0,\"sent\":[[1,2,3,4]],\"received\":[]}\n",
        "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":9,\"part\":\"0x1\",\"every\":1,\"dropped\":"
        "0,\"sent\":[],\"received\":[[1,2,-3,4,0]]}\n",
        "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":9,\"part\":\"0x1\",\"every\":1,\"dropped\":"
        "0,\"sent\":[],\"received\":[[1,2,3,4,4096]]}\n",
        "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":9,\"part\":\"0x1\",\"every\":1,\"dropped\":"
        "0,\"sent\":[]}\n",
        "\x1e{\"type\":\"placement\",\"core\":0,\"t_ns\":9,\"workload\":\"pairs\",\"start\":"
        "\"drawn\"}\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(broken); i++)
        moves_take(broken[i]);
    moves_move(5, "0x7", 0, 1, "success", 1);
    ck_assert_uint_eq(moves_log.nbroken, ARRAY_LEN(broken));
    ck_assert_uint_eq(json_array_size(moves_log.moves), 1);
}
END_TEST

START_TEST(who_leaves_a_core_it_had_not_come_to_is_told)
{
    const json_t *r;
    json_t *d;

    moves_move(1000, "0x1", 0, 1, "success", 1);
    moves_move(2000, "0x1", 2, 3, "success", 1);
    moves_move(2000, "0x2", 2, 3, "success", 1);
    moves_move(2500, "0x1", 0, 1, "the deadline passed first", 1);
    moves_move(3000, "0x1", 3, 0, "success", 1);
    d = moves_made();
    r = json_array_get(json_object_get(d, "remarks"), 0);
    ck_assert_int_eq(moves_number(d, "gaps"), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(d, "remarks")), 1);
    ck_assert_ptr_nonnull(strstr(json_string_value(r), "1 times a partition left a core"));
    json_decref(d);
}
END_TEST

START_TEST(moves_the_run_counts_and_the_log_has_not_are_told)
{
    struct buf b = {0};
    json_t *d;

    moves_move(1000, "0x1", 0, 1, "success", 1);
    moves_take("\x1e{\"type\":\"stress\",\"core\":0,\"t_ns\":9,\"seed\":1,\"parts\":2,\"moves\":3,"
               "\"refused\":0,\"messages\":5,\"lost\":0,"
               "\"doubled\":0,\"reordered\":0,\"bad\":0,\"wrong\":0,\"wrong_core\":0}\n");
    d = moves_made();
    migration_say(&b, d, &(struct term){.width = 80});
    ck_assert_ptr_nonnull(
        strstr(b.s, "warn    2 of the 3 moves that the run counts have no record"));
    ck_assert_ptr_nonnull(strstr(b.s, "5 messages of 2 partitions: 0 lost"));
    buf_free(&b);
    json_decref(d);
}
END_TEST

START_TEST(messages_the_run_counts_and_nobody_noted_are_told)
{
    const char *form =
        "\x1e{\"type\":\"stress\",\"core\":0,\"t_ns\":9,\"seed\":1,\"parts\":2,\"moves\":0,"
        "\"refused\":0,\"messages\":%d,\"lost\":0,\"doubled\":0,\"reordered\":0,\"bad\":0,"
        "\"wrong\":0,\"wrong_core\":0}\n";

    moves_sent("0x1", "[0,0,5,1,0],[0,1,6,1,0]", "");
    moves_sent("0x2", "", "[0,0,7,1,0],[0,1,8,1,0]");
    for (int counted = 2; counted < 4; counted++) {
        struct buf b = {0};
        json_t *d;

        buf_put(&b, form, counted);
        moves_take(b.s);
        d = moves_made();
        ck_assert_int_eq(json_is_true(json_object_get(d, "complete")), counted == 2);
        ck_assert_uint_eq(json_array_size(json_object_get(d, "remarks")), (size_t)counted - 2);
        json_decref(d);
        buf_free(&b);
    }
}
END_TEST

START_TEST(the_terminal_has_aborts_by_reason_and_step_the_most_first)
{
    struct buf b = {0};
    const char *often, *once;
    json_t *d;

    moves_take("\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":500,\"part\":\"0x5\",\"from\":0,"
               "\"to\":1,\"status\":\"no memory\","
               "\"step\":\"VERIFYING\",\"blackout_ns\":0,\"all_ns\":0}\n");
    for (int i = 0; i < 3; i++)
        moves_move(1000 + i, "0x1", 0, 1, "the deadline passed first", 900);
    for (int i = 1; i <= 100; i++)
        moves_move(100000 * i, "0x9", i % 2, (i + 1) % 2, "success", 100 * i);
    d = moves_made();
    migration_say(&b, d, &(struct term){.width = 80});
    often = strstr(b.s, "     3  the deadline passed first");
    once = strstr(b.s, "     1  no memory, VERIFYING");
    ck_assert_msg(often && once && often < once, "%s", b.s);
    ck_assert_ptr_nonnull(strstr(b.s, "100 done, 4 not done"));
    ck_assert_ptr_nonnull(
        strstr(b.s, "p50 5.00 \xc2\xb5s, p99 9.90 \xc2\xb5s, max 10.0 \xc2\xb5s"));
    buf_free(&b);
    json_decref(d);
}
END_TEST

START_TEST(blackouts_are_in_quarter_octaves)
{
    static const int ns[] = {3, 4, 5, 7, 8, 9, 10, 1023, 1024, 1279, 1280, 2047};
    static const int64_t want[][2] = {{3, 1},  {4, 1},   {5, 1},    {7, 1},    {8, 2},
                                      {10, 1}, {896, 1}, {1024, 2}, {1280, 1}, {1792, 1}};
    const json_t *hist;
    json_t *d;

    for (size_t i = 0; i < ARRAY_LEN(ns); i++)
        moves_move(5000 + (int)i, i % 2 ? "0x1" : "0x2", 0, 1, "success", ns[i]);
    d = moves_made();
    hist = json_object_get(json_object_get(d, "blackout_ns"), "hist");
    ck_assert_uint_eq(json_array_size(hist), ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        for (size_t k = 0; k < 2; k++)
            ck_assert_int_eq(json_integer_value(json_array_get(json_array_get(hist, i), k)),
                             want[i][k]);
    json_decref(d);
}
END_TEST

/* ---- the program ---- */

#define BOOT                                                                                       \
    "\x1e{\"type\":\"boot\",\"core\":0,\"t_ns\":1,\"format\":1,\"version\":\"x\",\"board\":"       \
    "\"virt\",\"cores\":4,\"el\":1,\"gic\":3,"                                                     \
    "\"counter_hz\":1000,\"emulated\":true}\n"
#define MOVED(t, from, to)                                                                         \
    "\x1e{\"type\":\"migration\",\"core\":0,\"t_ns\":" #t ",\"part\":\"0x1\",\"from\":" #from      \
    ",\"to\":" #to ",\"status\":\"success\",\"blackout_ns\":2,\"all_ns\":3}\n"
#define SENT(sent, received)                                                                       \
    "\x1e{\"type\":\"messages\",\"core\":0,\"t_ns\":30,\"part\":\"0x1\",\"every\":1,"              \
    "\"dropped\":0,\"sent\":[" sent "],\"received\":[" received "]}\n"
#define END "\x1e{\"type\":\"end\",\"core\":0,\"t_ns\":900,\"status\":0,\"why\":\"done\"}\n"

static const struct log_row {
    const char *log;
    int status;
    const char *out, *err; /* words that must be there */
} log_rows[] = {
    {BOOT MOVED(10, 0, 1) MOVED(20, 1, 2) END, 0, "2 done, 0 not done", ""},
    {BOOT MOVED(10, 0, 1), 1, "1 done", "cut off: it has no `end` record"},
    {BOOT MOVED(10, 0, 1), 1, "1 done", "have: 1 moves that were done"},
    {BOOT MOVED(10, 0, 1) "\x1e{\"type\":\"migration\",\"core\":0,\"t_n", 1,
     "line 3 is a broken record", "let the run end by itself"},
    {MOVED(10, 0, 1) END, 1, "1 done", "it has no `boot` record"},
    {BOOT MOVED(10, 0, 1) MOVED(30, 3, 2) END, 1,
     "records of moves are missing, or this is two logs in one", "of one run alone"},
    {BOOT MOVED(10, 0, 1) SENT("[0,0,5,1,0]", "") END, 1,
     "1 messages that were sent have no record", "SK6013"},
    {BOOT MOVED(10, 0, 1) SENT("[0,0,5,1,0]", "[0,0,4,1,0]") END, 1, "came before they were sent",
     "SK6013"},
    {BOOT MOVED(10, 0, 1) SENT("[0,0,5,1,0]", "[0,0,5,1,0]") END, 0,
     "1 messages, each with both its ends", ""},
    {BOOT MOVED(10, 0, 1) MOVED(20, 1, 9) END, 0, "\"to\"", ""},
    {BOOT MOVED(10, 0, 1) END BOOT MOVED(10, 2, 3) END, 0, "1 done", ""},
    {"\x1e{\"type\":\"migration\"}\n", 2, "", "no console record"},
    {"no record at all\n", 2, "", "capture raw"},
};

START_TEST(a_log_that_is_not_whole_is_told_with_what_to_do)
{
    const struct log_row *row = &log_rows[_i];
    struct said s;

    case_enter();
    case_file("a.log", row->log, strlen(row->log));
    s = skerry_said("report a.log");
    ck_assert_msg(s.status == row->status, "status %d: %s%s", s.status, s.out, s.err);
    ck_assert_msg(strstr(s.out, row->out) != NULL, "%s", s.out);
    ck_assert_msg(strstr(s.err, row->err) != NULL, "%s", s.err);
    case_leave();
}
END_TEST

START_TEST(json_and_help_have_the_moves)
{
    static const char log[] = BOOT MOVED(10, 0, 1) MOVED(20, 1, 2) END;
    const json_t *moves;
    struct said s;
    json_t *o;

    case_enter();
    case_file("a.log", log, sizeof log - 1);
    s = skerry_said("report --json a.log");
    o = json_loads(s.out, 0, NULL);
    moves = json_object_get(o, "migration");
    ck_assert_int_eq(s.status, 0);
    ck_assert_int_eq(moves_number(moves, "done"), 2);
    ck_assert_ptr_null(json_object_get(moves, "moves"));
    ck_assert(json_is_true(json_object_get(o, "complete")));
    json_decref(o);
    o = json_load_file("migration.json", 0, NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(o, "moves")), 2);
    json_decref(o);
    s = skerry_said("report --help");
    ck_assert_ptr_nonnull(strstr(s.out, "migration.html"));
    case_leave();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_migration");
    TCase *t = tcase_create("skerry_migration");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, moves_begin, moves_end);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_run_without_moves_has_no_page);
    tcase_add_test(t, moves_are_in_order_and_counted_by_how_they_ended);
    tcase_add_test(t, a_broken_record_costs_itself);
    tcase_add_test(t, who_leaves_a_core_it_had_not_come_to_is_told);
    tcase_add_test(t, moves_the_run_counts_and_the_log_has_not_are_told);
    tcase_add_test(t, messages_the_run_counts_and_nobody_noted_are_told);
    tcase_add_test(t, the_terminal_has_aborts_by_reason_and_step_the_most_first);
    tcase_add_test(t, blackouts_are_in_quarter_octaves);
    tcase_add_loop_test(t, a_log_that_is_not_whole_is_told_with_what_to_do, 0, ARRAY_LEN(log_rows));
    tcase_add_test(t, json_and_help_have_the_moves);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
