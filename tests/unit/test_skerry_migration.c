/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry report: what it says about partitions that moved was in records; broken ones are left out, and text is no markup. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bits.h"
#include "tools/skerry/migration.h"

static struct runlog l;
static struct messages m;

static void setup(void)
{
    runlog_start(&l);
}

static void teardown(void)
{
    runlog_free(&l);
    messages_free(&m);
}

static void line(void *ctx, const struct stream_line *s)
{
    (void)runlog_line(ctx, s);
}

static void take(const char *text)
{
    struct stream s = {0};

    stream_feed(&s, text, strlen(text), line, &l);
    stream_finish(&s, line, &l);
}

static void move(int t, const char *part, int from, int to, const char *status, int blackout)
{
    struct buf b = {0};

    buf_put(&b,
            "\x1e{\"type\":\"migration\",\"core\":%d,\"t_ns\":%d,\"part\":\"%s\",\"from\":%d,\"to\":%d,"
            "\"status\":\"%s\",\"blackout_ns\":%d,\"all_ns\":%d}\n",
            from, t, part, from, to, status, blackout, blackout);
    take(b.s);
    buf_free(&b);
}

/* migration.json of what was taken so far, and its messages. */
static json_t *made(void)
{
    messages_free(&m);
    messages_pair(l.moves, &m);
    return migration_json(&l, &m);
}

static int64_t at(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

START_TEST(a_run_without_moves_has_no_page)
{
    struct buf t = {0};
    json_t *d = made();

    ck_assert(!migration_any(&l));
    ck_assert_int_eq(at(d, "done"), 0);
    migration_page(&t, d, "");
    ck_assert_ptr_nonnull(strstr(t.s, "</html>"));
    buf_free(&t);
    json_decref(d);
}
END_TEST

START_TEST(moves_are_in_order_and_counted_by_how_they_ended)
{
    json_t *d;

    move(3000, "0x2", 1, 2, "success", 300);
    move(1000, "0x1", 0, 1, "success", 100);
    move(2000, "0x1", 1, 3, "the deadline passed first", 900);
    d = made();
    ck_assert_int_eq(at(d, "done"), 2);
    ck_assert_int_eq(at(d, "not_done"), 1);
    ck_assert_int_eq(at(json_object_get(d, "refused"), "the deadline passed first"), 1);
    ck_assert_int_eq(at(json_array_get(json_object_get(d, "moves"), 0), "t_ns"), 1000);
    ck_assert_int_eq(at(json_object_get(d, "blackout_ns"), "p50"), 100);
    ck_assert_int_eq(at(json_object_get(d, "blackout_ns"), "max"), 300);
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
        "\x1e{\"type\":\"cut\",\"core\":0,\"t_ns\":1,\"epoch\":1,\"weight\":1,\"nodes\":[[1]],\"edges\":[]}\n",
        "\x1e{\"type\":\"cut\",\"core\":0,\"t_ns\":1,\"epoch\":1,\"weight\":1,\"nodes\":[[0,1,2,0,\"x\"]],\"edges\":[]}\n",
        "\x1e{\"type\":\"coherence\",\"core\":0,\"t_ns\":1,\"messages\":-1,\"cross\":0}\n",
        "\x1e{\"type\":\"stress\",\"core\":0,\"t_ns\":1,\"seed\":1}\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(broken); i++)
        take(broken[i]);
    move(5, "0x7", 0, 1, "success", 1);
    ck_assert_uint_eq(l.nbroken, ARRAY_LEN(broken));
    ck_assert_uint_eq(json_array_size(l.moves), 1);
}
END_TEST

START_TEST(text_of_a_record_is_no_markup)
{
    struct buf t = {0};
    json_t *d;

    move(1, "0x1", 0, 1, "</script><script>alert(1)", 1);
    d = made();
    migration_page(&t, d, "");
    ck_assert_ptr_null(strstr(t.s, "</script><script>alert"));
    ck_assert_ptr_nonnull(strstr(t.s, "\\u003c/script>"));
    buf_free(&t);
    json_decref(d);
}
END_TEST

START_TEST(a_huge_run_has_an_arrow_for_each_move)
{
    size_t starts = 0, ends = 0, i;
    json_t *d, *trace, *e;

    for (int n = 0; n < 10000; n++)
        move(1000 * n + 999, "0x10003", n % 8, (n + 1) % 8, "success", 500);
    d = made();
    trace = migration_trace(d, &m);
    json_array_foreach (json_object_get(trace, "traceEvents"), i, e) {
        starts += strcmp(json_string_value(json_object_get(e, "ph")), "s") == 0;
        ends += strcmp(json_string_value(json_object_get(e, "ph")), "f") == 0;
    }
    ck_assert_uint_eq(starts, 10000);
    ck_assert_uint_eq(ends, 10000);
    json_decref(trace);
    json_decref(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_migration");
    TCase *t = tcase_create("migration");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_run_without_moves_has_no_page);
    tcase_add_test(t, moves_are_in_order_and_counted_by_how_they_ended);
    tcase_add_test(t, a_broken_record_costs_itself);
    tcase_add_test(t, text_of_a_record_is_no_markup);
    tcase_add_test(t, a_huge_run_has_an_arrow_for_each_move);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
