/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry witness attest: a report written here as docs/spec/witness.md says, signed with the key of the sample. Everything that a
 * liar with the key could write is refused, and everything that one without it could change.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/skerry_case.h"
#include "tests/support/witness_sample.h"

#define CORES    3u
#define SEGMENTS 3u
#define EACH     20u
#define MEASURED "0102030000000000000000000000000000000000000000000000000000000000"
#define ATTEST   "witness attest logs --measurement " MEASURED

static struct witness_sample sample;
static struct sample_files files;

struct line {
    unsigned core, segment, sequence, seal_of;
};
static struct line line[CORES + 1];
static size_t lines;
static const char *boot, *nonce, *measurement;

static void put_report(void)
{
    struct buf t = {0};
    char hex[65];

    buf_put(&t, "skerry attestation 1\nboot %s\nmeasurement %s\nnonce %s\nat 123\n", boot, measurement, nonce);
    for (size_t i = 0; i < lines; i++) {
        logtext_hex(hex, sample.seal[line[i].core % CORES][line[i].seal_of], 32);
        buf_put(&t, "core %u segment %u sequence %u seal %s\n", line[i].core, line[i].segment, line[i].sequence, hex);
    }
    files_put(&files, "attestation", t.s, t.n);
    sample_sign(&sample, &files, "attestation");
    buf_free(&t);
    files_to_disk(&files, "logs");
}

static void setup(void)
{
    case_enter();
    sample_make(&sample, CORES, SEGMENTS, EACH);
    files.n = 0;
    sample_files(&sample, &files);
    boot = "7";
    nonce = "0405000000000000";
    measurement = MEASURED;
    lines = CORES;
    for (unsigned c = 0; c <= CORES; c++)
        line[c] = (struct line){c, SEGMENTS - 1, SEGMENTS * EACH, SEGMENTS - 1};
    put_report();
}

static void teardown(void)
{
    sample_free(&sample);
    files_free(&files);
    case_leave();
}

static void refused(const char *words, const char *code, const char *why)
{
    struct said s = skerry_said(words);

    ck_assert_msg(s.status == 6, "%s: %d", why, s.status);
    ck_assert_msg(strstr(s.err, code) != NULL, "%s instead of %s", s.err, code);
    ck_assert_msg(strstr(s.err, why) != NULL, "%s instead of %s", s.err, why);
}

START_TEST(a_good_report_is_accepted_in_words_and_as_json)
{
    struct said s = skerry_said(ATTEST " --nonce 405000000000000");
    json_t *doc;

    ck_assert_msg(s.status == 0, "%s", s.err);
    ck_assert_ptr_nonnull(strstr(s.out, "accepted: boot 7, seals of 3 cores"));
    ck_assert_ptr_nonnull(strstr(s.out, "as asked"));
    s = skerry_said(ATTEST " --json --key logs/device.pub");
    ck_assert_int_eq(s.status, 0);
    doc = json_loads(s.out, 0, NULL);
    ck_assert(json_is_true(json_object_get(doc, "accepted")));
    ck_assert_str_eq(json_string_value(json_object_get(doc, "nonce")), nonce);
    ck_assert_str_eq(json_string_value(json_object_get(doc, "measurement")), MEASURED);
    ck_assert_uint_eq(json_array_size(json_object_get(doc, "cores")), CORES);
    json_decref(doc);
    line[1] = (struct line){1, 0, EACH, 0}; /* made earlier in the run */
    put_report();
    ck_assert_int_eq(skerry_said(ATTEST).status, 0);
    ck_assert_int_eq(skerry_said(ATTEST " --report logs/attestation").status, 0);
}
END_TEST

START_TEST(what_was_asked_for_must_be_there)
{
    refused(ATTEST " --nonce 1", "SK6011", "another nonce");
    refused("witness attest logs --measurement 0000000000000000000000000000000000000000000000000000000000000000", "SK6011",
            "something else was booted");
    refused("witness attest logs", "SK6011", "nothing says whether this was booted"); /* the sample has no boot records */
    ck_assert_int_eq(skerry_said("witness attest logs --nonce x").status, 2);
    ck_assert_int_eq(skerry_said("witness attest logs --measurement 00").status, 2);
    ck_assert_int_eq(skerry_said(ATTEST " --report nobody").status, 3);
}
END_TEST

START_TEST(a_changed_report_is_refused_at_every_byte)
{
    struct buf *t = files_get(&files, "attestation");
    size_t step = 1 + t->n / 20;

    for (size_t i = 0; i < t->n; i += step) {
        t->s[i] ^= 1;
        files_to_disk(&files, "logs");
        t->s[i] ^= 1;
        refused(ATTEST, "SK6006", "attestation");
    }
    files_to_disk(&files, "logs");
    ck_assert_int_eq(skerry_said("keys generate other").status, 0);
    refused(ATTEST " --key other.pub", "SK6006", "another key");
    remove("logs/attestation.sig");
    refused(ATTEST, "SK6011", "no attestation report");
}
END_TEST

START_TEST(the_seals_must_be_those_of_the_logs)
{
    static const struct {
        struct line line;
        const char *why;
    } lie[] = {
        {{1, 2, 60, 1}, "another seal"},        {{1, 1, 60, 2}, "another seal"},     {{1, 3, 60, 2}, "not among the closed ones"},
        {{1, 2, 59, 2}, "ends elsewhere"},      {{1, 2, 61, 2}, "ends elsewhere"},   {{1, 0, 60, 0}, "ends elsewhere"},
    };

    for (size_t i = 0; i < sizeof lie / sizeof lie[0]; i++) {
        line[1] = lie[i].line;
        put_report();
        refused(ATTEST, "SK6011", lie[i].why);
    }
}
END_TEST

START_TEST(no_core_is_left_out_or_invented)
{
    lines = CORES - 1;
    put_report();
    refused(ATTEST, "SK6011", "core 2 has a log");
    lines = CORES + 1;
    put_report();
    refused(ATTEST, "SK6011", "not among the closed ones");
}
END_TEST

START_TEST(a_report_of_another_run_is_refused)
{
    boot = "8";
    put_report();
    refused(ATTEST, "SK6011", "another run");
}
END_TEST

/* Left by the run, it must be about these logs; nobody has to ask for it. */
START_TEST(verify_looks_at_the_report_beside_the_logs)
{
    struct buf *t = files_get(&files, "attestation");

    ck_assert_int_eq(skerry_said("witness verify logs").status, 0);
    t->s[t->n / 2] ^= 1;
    files_to_disk(&files, "logs");
    refused("witness verify logs", "SK6006", "the attestation report");
    t->s[t->n / 2] ^= 1;
    files_to_disk(&files, "logs");
    remove("logs/attestation.sig");
    refused("witness verify logs", "SK6011", "attestation.sig");
    files_to_disk(&files, "logs");
    remove("logs/attestation");
    refused("witness verify logs", "SK6011", "there is no attestation report");
    remove("logs/attestation.sig");
    ck_assert_int_eq(skerry_said("witness verify logs").status, 0); /* none was made, for all that can be told */
    line[1] = (struct line){1, 2, 60, 1};
    put_report();
    refused("witness verify logs", "SK6011", "another seal");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_attest");
    TCase *t = tcase_create("attest");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_good_report_is_accepted_in_words_and_as_json);
    tcase_add_test(t, what_was_asked_for_must_be_there);
    tcase_add_test(t, a_changed_report_is_refused_at_every_byte);
    tcase_add_test(t, the_seals_must_be_those_of_the_logs);
    tcase_add_test(t, no_core_is_left_out_or_invented);
    tcase_add_test(t, a_report_of_another_run_is_refused);
    tcase_add_test(t, verify_looks_at_the_report_beside_the_logs);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
