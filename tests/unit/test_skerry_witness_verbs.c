/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness verify and its like: what is printed, and how it ends. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/witness_case.h"

/* ---- verify ---- */

START_TEST(verify_says_what_it_accepted_and_whose_key_it_was)
{
    struct said s = skerry_said("witness verify logs");

    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.out, "accepted: 480 records of 4 cores in 12 segments"));
    ck_assert_ptr_nonnull(strstr(s.out, "does not say who wrote it"));
    s = skerry_said("witness verify --key logs/device.pub logs");
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.out, "by the key you gave"));
}
END_TEST

START_TEST(verify_as_json)
{
    struct said s = skerry_said("witness verify --json logs");
    json_t *doc = json_loads(s.out, 0, NULL), *place;

    ck_assert_int_eq(s.status, 0);
    ck_assert(json_is_true(json_object_get(doc, "accepted")));
    ck_assert_int_eq(json_integer_value(json_object_get(doc, "records")), ALL);
    ck_assert_uint_eq(json_array_size(json_object_get(doc, "cores")), CORES);
    ck_assert_str_eq(json_string_value(json_object_get(doc, "key")), "same directory");
    json_decref(doc);

    w.sample.r[2][1][17].payload ^= 1u << 9;
    case_file("logs/core-02-000001.log", w.sample.r[2][1], EACH * 64);
    s = skerry_said("witness verify --json logs");
    ck_assert_int_eq(s.status, 6);
    doc = json_loads(s.out, 0, NULL);
    place = json_object_get(doc, "place");
    ck_assert(json_is_false(json_object_get(doc, "accepted")));
    ck_assert_str_eq(json_string_value(json_object_get(doc, "code")), "SK6003");
    ck_assert_str_eq(json_string_value(json_object_get(place, "file")), "core-02-000001.log");
    ck_assert_int_eq(json_integer_value(json_object_get(place, "core")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(place, "sequence")), EACH + 17);
    ck_assert_int_eq(json_integer_value(json_object_get(place, "offset")), 17 * 64);
    ck_assert_str_eq(json_string_value(json_object_get(place, "field")), "payload");
    json_decref(doc);
}
END_TEST

START_TEST(verify_names_the_record_in_words)
{
    struct said s;

    w.sample.r[1][0][5].target ^= 0x100;
    case_file("logs/core-01-000000.log", w.sample.r[1][0], EACH * 64);
    s = skerry_said("witness verify logs");
    ck_assert_int_eq(s.status, 6);
    ck_assert_ptr_nonnull(strstr(s.err, "error[SK6003]: core 1: record 5 is not what was written"));
    ck_assert_ptr_nonnull(strstr(
        s.err, "core-01-000000.log, byte 320: record 5 of the segment, sequence 5, field target"));
    ck_assert_ptr_nonnull(strstr(s.err, "bit 0 of byte 25"));
    ck_assert_ptr_nonnull(strstr(s.err, "skerry witness show logs --core 1 --from 4 --count 4"));
    ck_assert_str_eq(s.out, "");
}
END_TEST

START_TEST(verify_with_another_key)
{
    struct said s;

    ck_assert_int_eq(skerry_said("keys generate other").status, 0);
    s = skerry_said("witness verify --key other.pub logs");
    ck_assert_int_eq(s.status, 6);
    ck_assert_ptr_nonnull(strstr(s.err, "another key"));
    ck_assert_int_eq(skerry_said("witness verify --key nobody.pub logs").status, 3);
    ck_assert_int_eq(skerry_said("witness verify --key other.sec logs").status, 2);
    case_file("logs/device.pub", "x", 1);
    ck_assert_int_eq(skerry_said("witness verify logs").status, 6);
}
END_TEST

START_TEST(verify_without_a_checkpoint)
{
    struct said s;

    remove("logs/checkpoint");
    remove("logs/checkpoint.sig");
    s = skerry_said("witness verify logs");
    ck_assert_int_eq(s.status, 6);
    ck_assert_ptr_nonnull(strstr(s.err, "SK6010"));
    ck_assert_int_eq(skerry_said("witness verify --open logs").status, 0);
}
END_TEST

START_TEST(verify_from_a_seal)
{
    char hex[65];
    struct buf line = {0};
    struct said s;

    logtext_hex(hex, w.sample.seal[0][1], 32);
    buf_put(&line, "witness verify --from core-00-000001:%s logs", hex);
    s = skerry_said(line.s);
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.out, "accepted: 440 records"));
    buf_clear(&line);
    buf_put(&line, "witness verify --from core-01-000001:%s logs", hex);
    ck_assert_int_eq(skerry_said(line.s).status, 6);
    buf_clear(&line);
    buf_put(&line, "witness verify --from core-00-000001:%s --from core-00-000001:%s logs", hex,
            hex);
    ck_assert_int_eq(skerry_said(line.s).status, 2);
    buf_clear(&line);
    buf_put(&line, "witness verify --from core-00-000001:%.63s logs", hex);
    ck_assert_int_eq(skerry_said(line.s).status, 2);
    ck_assert_int_eq(skerry_said("witness verify --from x logs").status, 2);
    buf_free(&line);
}
END_TEST

START_TEST(wrong_words_are_refused)
{
    static const struct {
        const char *words;
        int status;
    } wrong[] = {
        {"witness", 2},
        {"witness verfy logs", 2},
        {"witness verify", 2},
        {"witness verify logs logs", 2},
        {"witness verify --nonsense logs", 2},
        {"witness verify nowhere", 3},
        {"witness verify .", 2},
        {"witness show --core 9 logs", 2},
        {"witness show --core x logs", 2},
        {"witness show --from -1 logs", 2},
        {"witness query --kind NOTHING logs", 2},
        {"witness query --kind 0x100 logs", 2},
        {"witness query --since soon logs", 2},
        {"witness query --target 0xyz logs", 2},
        {"witness query --actor 4294967296 logs", 2},
        {"witness export logs", 2},
        {"witness export . empty", 2},
        {"witness export logs logs", 2},
        {"witness --help", 0},
        {"help witness", 0},
        {"witness show --help", 0},
        {"witness query --help", 0},
        {"witness anchors --help", 0},
        {"witness export --help", 0},
        {"witness attest --help", 0},
        {"witness attest", 2},
    };

    ck_assert_int_eq(skerry_said(wrong[_i].words).status, wrong[_i].status);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_witness_verbs");
    TCase *t = tcase_create("verbs");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, witness_folder_setup, witness_folder_teardown);
    tcase_add_test(t, verify_says_what_it_accepted_and_whose_key_it_was);
    tcase_add_test(t, verify_as_json);
    tcase_add_test(t, verify_names_the_record_in_words);
    tcase_add_test(t, verify_with_another_key);
    tcase_add_test(t, verify_without_a_checkpoint);
    tcase_add_test(t, verify_from_a_seal);
    tcase_add_loop_test(t, wrong_words_are_refused, 0, 26);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
