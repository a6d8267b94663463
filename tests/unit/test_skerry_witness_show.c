/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness show, query, anchors, export: every record, every field, and what other programs read. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/witness_case.h"
#include "tools/skerry/child.h"

/* ---- show and query ---- */

START_TEST(show_is_a_row_for_each_record)
{
    struct said s = skerry_said("witness show --quiet logs");

    ck_assert_uint_eq(count_of(s.out, "\n"), ALL);
    s = skerry_said("witness show --core 2 --from 50 --count 3 logs");
    ck_assert_uint_eq(count_of(s.out, "\n"), 4);
    ck_assert_uint_eq(count_of(s.out, "   2         50 "), 1);
    ck_assert_uint_eq(count_of(s.out, "   2         52 "), 1);
    s = skerry_said("witness show --core 1 --from 80 --count 1 logs");
    ck_assert_ptr_nonnull(strstr(s.out, "segment opened"));
}
END_TEST

START_TEST(show_as_json_has_every_field)
{
    struct said s = skerry_said("witness show --json --core 3 --from 77 --count 1 logs");
    const struct witness_record *r = &w.sample.r[3][1][37];
    json_t *o = json_loads(s.out, 0, NULL);
    char hex[33];

    ck_assert_ptr_nonnull(o);
    ck_assert_int_eq(json_integer_value(json_object_get(o, "sequence")), 77);
    ck_assert_int_eq(json_integer_value(json_object_get(o, "core")), 3);
    ck_assert_int_eq(json_integer_value(json_object_get(o, "timestamp_ns")), (int)r->timestamp_ns);
    ck_assert_int_eq(json_integer_value(json_object_get(o, "kind")), r->kind);
    ck_assert_str_eq(json_string_value(json_object_get(o, "name")), witness_kind_name(r->kind));
    ck_assert_int_eq(json_integer_value(json_object_get(o, "flags")), r->flags);
    ck_assert_int_eq(json_integer_value(json_object_get(o, "actor")), r->actor);
    ck_assert_int_eq(json_integer_value(json_object_get(o, "proof_tier")), r->proof_tier);
    ck_assert(strtoull(json_string_value(json_object_get(o, "target")), NULL, 16) == r->target);
    ck_assert(strtoull(json_string_value(json_object_get(o, "payload")), NULL, 16) == r->payload);
    ck_assert(strtoull(json_string_value(json_object_get(o, "capability_hash")), NULL, 16) ==
              r->capability_hash);
    logtext_hex(hex, r->link, 16);
    ck_assert_str_eq(json_string_value(json_object_get(o, "link")), hex);
    json_decref(o);
}
END_TEST

/* How many records fit, counted over the sample itself. */
static unsigned fitting(bool (*fits)(const struct witness_record *r))
{
    unsigned n = 0;

    for (unsigned c = 0; c < CORES; c++)
        for (unsigned g = 0; g < SEGMENTS; g++)
            for (unsigned i = 0; i < EACH; i++)
                n += fits(&w.sample.r[c][g][i]);
    return n;
}

static bool is_revoke(const struct witness_record *r)
{
    return r->kind == 0x11;
}
static bool is_actor_3(const struct witness_record *r)
{
    return r->actor == 3 && r->core == 1;
}
static bool is_between(const struct witness_record *r)
{
    return r->timestamp_ns >= 1500 && r->timestamp_ns <= 1702;
}
static bool is_target(const struct witness_record *r)
{
    return r->target == 0x40000000 + 4096 * 20;
}

START_TEST(query_finds_what_fits)
{
    static const struct {
        const char *words;
        bool (*fits)(const struct witness_record *r);
    } cases[] = {
        {"--kind CAPABILITY_REVOKE", is_revoke},
        {"--kind capability_revoke", is_revoke},
        {"--kind 0x11", is_revoke},
        {"--actor 3 --core 1", is_actor_3},
        {"--since 1500 --until 1702", is_between},
        {"--target 0x40014000", is_target},
    };
    unsigned n = fitting(cases[_i].fits);
    struct buf line = {0};
    struct said s;

    ck_assert_uint_gt(n, 2);
    buf_put(&line, "witness query logs --count %s", cases[_i].words);
    s = skerry_said(line.s);
    ck_assert_int_eq(s.status, 0);
    ck_assert_uint_eq(strtoul(s.out, NULL, 10), n);
    buf_clear(&line);
    buf_put(&line, "witness query logs --json %s", cases[_i].words);
    ck_assert_uint_eq(count_of(skerry_said(line.s).out, "\n"), n);
    buf_free(&line);
}
END_TEST

START_TEST(query_goes_by_time_over_all_cores)
{
    struct said s = skerry_said("witness query --json logs");
    long long before = 0;
    char *save = NULL;
    unsigned n = 0, changes = 0;
    long long core = -1;

    for (char *line = strtok_r(s.out, "\n", &save); line; line = strtok_r(NULL, "\n", &save), n++) {
        json_t *o = json_loads(line, 0, NULL);
        long long now = json_integer_value(json_object_get(o, "timestamp_ns"));

        ck_assert(now >= before);
        before = now;
        changes += json_integer_value(json_object_get(o, "core")) != core;
        core = json_integer_value(json_object_get(o, "core"));
        json_decref(o);
    }
    ck_assert_uint_eq(n, ALL);
    ck_assert_uint_eq(changes, ALL); /* the sample's times go round the cores */
}
END_TEST

START_TEST(query_suggests_a_kind)
{
    struct said s = skerry_said("witness query --kind capability_revok logs");

    ck_assert_int_eq(s.status, 2);
    ck_assert_ptr_nonnull(strstr(s.err, "did you mean --kind CAPABILITY_REVOKE"));
}
END_TEST

/* ---- anchors ---- */

START_TEST(anchors_say_who_vouches_and_what_nobody_does)
{
    struct said s = skerry_said("witness anchors logs");
    json_t *doc, *row;

    ck_assert_int_eq(s.status, 0);
    ck_assert_uint_eq(count_of(s.out, "nobody"), 2);
    ck_assert_ptr_nonnull(strstr(s.out, "nobody vouches for 1 of 12 segments"));
    s = skerry_said("witness anchors --json logs");
    doc = json_loads(s.out, 0, NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(doc, "segments")), 12);
    row = json_array_get(json_object_get(doc, "segments"), 3); /* core 1, segment 0 */
    ck_assert_int_eq(json_integer_value(json_object_get(row, "core")), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(row, "vouched_by")), 3);
    row = json_array_get(json_object_get(doc, "segments"), 11);
    ck_assert_uint_eq(json_array_size(json_object_get(row, "vouched_by")), 0);
    json_decref(doc);
    remove("logs/core-01-000002.log");
    ck_assert_int_eq(skerry_said("witness anchors logs").status, 6);
}
END_TEST

/* ---- export ---- */

static bool has(const char *program)
{
    char path[128];

    SAY(path, "/usr/bin/%s", program);
    if (access(path, X_OK) == 0)
        return true;
    fprintf(stderr, "skipped: %s is not installed here\n", program);
    return false;
}

static char *run(const char *a, const char *b, const char *c)
{
    static char out[1 << 20];
    char *argv[] = {buf_copy("sh"), buf_copy("-c"), NULL, NULL};
    struct buf line = {0};

    buf_put(&line, "%s%s%s", a, b, c);
    argv[2] = line.s;
    ck_assert(child_capture(argv, 20, out, sizeof out));
    free(argv[0]);
    free(argv[1]);
    buf_free(&line);
    return out;
}

START_TEST(an_export_is_the_same_log)
{
    ck_assert_int_eq(skerry_said("witness export logs copy").status, 0);
    ck_assert_str_eq(run("diff -r logs copy", " 2>&1", ""), "");
    ck_assert_int_eq(skerry_said("witness verify copy").status, 0);
    ck_assert_uint_eq(count_of(run("cd copy && sha256sum -c *.seal 2>&1", "", ""), ": OK"), 12);
    ck_assert_int_eq(skerry_said("witness export logs copy").status, 2);
}
END_TEST

START_TEST(babeltrace2_reads_the_raw_segments)
{
    const struct witness_record *r = &w.sample.r[2][1][21];
    struct buf want = {0};
    uint64_t link[2];
    char *out;

    if (!has("babeltrace2"))
        return;
    memcpy(link, r->link, sizeof link);
    ck_assert_int_eq(skerry_said("witness export --ctf logs trace").status, 0);
    ck_assert_str_eq(
        run("cat logs/*.log | sha256sum > a; cat trace/*.log | sha256sum > b; diff a b", "", ""),
        "");
    out = run("babeltrace2 --clock-cycles --no-delta trace", " 2>babeltrace.err", "");
    ck_assert_uint_eq(count_of(out, " witness: { kind = "), ALL);
    ck_assert_uint_eq(count_of(out, "\"CAPABILITY_REVOKE\" : container = 17"), fitting(is_revoke));
    buf_put(&want,
            "[%020llu] witness: { kind = ( \"%s\" : container = %u ), proof_tier = %u, flags = %u, "
            "actor = %u, target = 0x%llX, "
            "capability_hash = 0x%X, core = 2, reserved = 0, payload = 0x%llX, link_0_7 = 0x%llX, "
            "link_8_15 = 0x%llX }\n",
            (unsigned long long)r->timestamp_ns, witness_kind_name(r->kind), r->kind, r->proof_tier,
            r->flags, r->actor, (unsigned long long)r->target, r->capability_hash,
            (unsigned long long)r->payload, (unsigned long long)__builtin_bswap64(link[0]),
            (unsigned long long)__builtin_bswap64(link[1]));
    ck_assert_msg(strstr(out, want.s) != NULL, "no %s", want.s);
    buf_free(&want);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_witness_show");
    TCase *t = tcase_create("verbs");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, witness_folder_setup, witness_folder_teardown);
    tcase_add_test(t, show_is_a_row_for_each_record);
    tcase_add_test(t, show_as_json_has_every_field);
    tcase_add_loop_test(t, query_finds_what_fits, 0, 6);
    tcase_add_test(t, query_goes_by_time_over_all_cores);
    tcase_add_test(t, query_suggests_a_kind);
    tcase_add_test(t, anchors_say_who_vouches_and_what_nobody_does);
    tcase_add_test(t, an_export_is_the_same_log);
    tcase_add_test(t, babeltrace2_reads_the_raw_segments);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
