/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry report: every number in the files was in a record, and what was not there is not made up. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/error.h"
#include "tools/skerry/figures.h"

static struct said said;

static void setup(void)
{
    case_enter();
}

static void teardown(void)
{
    case_leave();
}

static json_t *json_in(const char *name)
{
    json_t *o = json_load_file(name, 0, NULL);

    ck_assert_msg(o != NULL, "%s is not JSON", name);
    return o;
}

/* The report of a sample, in this folder; its exit status. */
static int report_of(const struct sample *s)
{
    case_sample("a.log", s);
    said = skerry_said("report a.log");
    return said.status;
}

static int64_t number(const json_t *o, const char *key)
{
    ck_assert_msg(json_is_integer(json_object_get(o, key)), "no number %s", key);
    return json_integer_value(json_object_get(o, key));
}

static const char *word(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static const unsigned core_counts[] = {1, 2, 4, 8, 16, 18, 32, 64};

START_TEST(any_number_of_cores_gives_every_ordered_pair)
{
    unsigned n = core_counts[_i];
    struct sample s = sample_of(n);
    json_t *o, *seen = json_object();
    const json_t *pairs;

    ck_assert_int_eq(report_of(&s), 0);
    o = json_in("latency.json");
    pairs = json_object_get(o, "pairs");
    ck_assert_str_eq(word(o, "schema"), "skerry.latency/1");
    ck_assert_str_eq(word(o, "provenance"), "sample");
    ck_assert_int_eq(number(o, "cores"), n);
    ck_assert_uint_eq(json_array_size(pairs), (size_t)n * (n - 1));
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *p = json_array_get(pairs, i);
        char key[32];

        SAY(key, "%d>%d", (int)number(p, "from"), (int)number(p, "to"));
        ck_assert_int_ne(number(p, "from"), number(p, "to"));
        json_object_set_new(seen, key, json_true());
    }
    ck_assert_uint_eq(json_object_size(seen), (size_t)n * (n - 1));
    json_decref(seen);
    json_decref(o);
}
END_TEST

/* Is everything in `part` also in `whole`, with the same value? */
static bool contains(const json_t *whole, json_t *part)
{
    const char *key;
    json_t *v;

    json_object_foreach(part, key, v)
    {
        const json_t *w = json_object_get(whole, key);

        if (!w || (json_is_object(v) ? !contains(w, v) : !json_equal(w, v)))
            return false;
    }
    return true;
}

START_TEST(every_figure_of_every_latency_record_is_in_the_json)
{
    struct sample s = sample_of(4);
    char *text, *save = NULL;
    json_t *o;
    size_t found = 0;

    s.shape = SAMPLE_BUSY;
    ck_assert_int_eq(report_of(&s), 0);
    o = json_in("latency.json");
    text = case_read("a.log");
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_t *r = *line == 0x1e ? json_loads(line + 1, 0, NULL) : NULL;

        if (strcmp(word(r, "type"), "latency") == 0) {
            const json_t *pairs = json_object_get(o, "pairs");

            json_object_del(r, "type");
            json_object_del(r, "core");
            json_object_del(r, "t_ns");
            for (size_t i = 0; i < json_array_size(pairs); i++)
                found += contains(json_array_get(pairs, i), r);
        }
        json_decref(r);
    }
    ck_assert_uint_eq(found, 12);
    free(text);
    json_decref(o);
}
END_TEST

START_TEST(the_json_has_all_that_the_issue_promises)
{
    static const char *const keys[] = {"schema", "cores", "provenance", "tool", "version", "board", "cpu",
                                       "gic", "el", "counter_hz", "start", "ram_bytes", "measurement",
                                       "log", "end", "probe", "tiers", "remarks", "phases", "core_list",
                                       "locals", "pairs", "complete", "all_joined_ns"};
    struct sample s = sample_of(8);
    json_t *o;

    report_of(&s);
    o = json_in("latency.json");
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        ck_assert_msg(json_object_get(o, keys[i]) != NULL, "no %s", keys[i]);
    ck_assert(json_is_true(json_object_get(o, "complete")));
    ck_assert_uint_eq(json_array_size(json_object_get(o, "phases")), 7);
    ck_assert_uint_eq(json_array_size(json_object_get(o, "core_list")), 8);
    ck_assert_uint_eq(json_array_size(json_object_get(o, "locals")), 40);
    ck_assert_int_eq(number(json_object_get(json_object_get(o, "probe"), "control_ns"), "n"), 1000);
    json_decref(o);
}
END_TEST

START_TEST(json_on_stdout_is_the_same_document_as_in_the_file)
{
    struct sample s = sample_of(2);
    char *file;

    case_sample("a.log", &s);
    said = skerry_said("report a.log --json");
    file = case_read("latency.json");
    ck_assert_str_eq(said.out, file);
    free(file);
}
END_TEST

START_TEST(the_csv_is_a_lower_triangle_of_one_way_medians)
{
    struct sample s = sample_of(8);
    char *csv, *save = NULL;
    struct runlog l;
    size_t n, row = 0;
    char *log = sample_text(&s, &n);

    report_of(&s);
    runlog_of(&l, log, n, n);
    csv = case_read("latency.csv");
    for (char *line = strtok_r(csv, "\n", &save); line; line = strtok_r(NULL, "\n", &save), row++)
        for (size_t col = 0; col < 8; col++) {
            char *cell = strsep(&line, ",");

            ck_assert_ptr_nonnull(cell);
            if (col >= row)
                ck_assert_str_eq(cell, "");
            else
                ck_assert_int_eq(atoll(cell), runlog_pair(&l, row, col)->oneway.p50);
        }
    ck_assert_uint_eq(row, 8);
    free(csv);
    free(log);
    runlog_free(&l);
}
END_TEST

START_TEST(the_csv_of_the_recorded_sample_stays_as_it_is)
{
    char *log, *want, *made;
    size_t n;

    teardown(); /* the fixtures are in the tree */
    log = must(file_read("tests/fixtures/console/sample-8.log", &n));
    want = must(file_read("tests/fixtures/console/sample-8.csv", &(size_t){0}));
    setup();
    case_file("a.log", log, n);
    said = skerry_said("report a.log --csv -q");
    ck_assert_int_eq(said.status, 0);
    ck_assert_str_eq(said.out, want);
    made = case_read("latency.csv");
    ck_assert_str_eq(made, want);
    free(log);
    free(want);
    free(made);
}
END_TEST

START_TEST(a_missing_pair_is_shown_as_missing_and_named)
{
    struct sample s = sample_of(4);
    char *page, *panel, *csv;
    json_t *o;

    s.skip_from = 3, s.skip_to = 1;
    ck_assert_int_eq(report_of(&s), 1);
    ck_assert_ptr_nonnull(strstr(said.err, "error[SK6002]: 1 of 12 pairs have no record"));
    ck_assert_ptr_nonnull(strstr(said.out, "1 of 12 pairs have no record and are shown as missing: 3>1"));
    o = json_in("latency.json");
    ck_assert_uint_eq(json_array_size(json_object_get(o, "pairs")), 11);
    ck_assert(json_is_false(json_object_get(o, "complete")));
    json_decref(o);
    page = case_read("latency.html");
    ck_assert_ptr_nonnull(strstr(page, "NOT COMPLETE"));
    panel = strstr(page, "class=\"panel p-oneway_p50");
    *strstr(panel, "</details>") = 0;
    ck_assert_uint_eq(count_of(panel, "core 3 to core 1: not measured"), 1);
    ck_assert_uint_eq(count_of(panel, "<text class=\"x\""), 1);
    ck_assert_uint_eq(count_of(panel, "<td>missing</td>"), 1);
    csv = case_read("latency.csv");
    ck_assert_ptr_nonnull(strstr(csv, ",,"));
    free(page);
    free(csv);
}
END_TEST

START_TEST(a_cut_log_gives_what_it_has_and_says_so)
{
    struct sample s = sample_of(4);
    char *page;
    json_t *o;

    s.cut = true;
    ck_assert_int_eq(report_of(&s), 1);
    ck_assert_ptr_nonnull(strstr(said.err, "error[SK6001]: the log is cut off: it has no `end` record"));
    ck_assert_ptr_nonnull(strstr(said.err, "4 of 12 pairs"));
    o = json_in("latency.json");
    ck_assert_uint_eq(json_array_size(json_object_get(o, "pairs")), 4);
    ck_assert(json_is_true(json_object_get(json_object_get(o, "log"), "truncated")));
    ck_assert_int_eq(number(json_object_get(o, "log"), "broken"), 1);
    json_decref(o);
    page = case_read("latency.html");
    ck_assert_ptr_nonnull(strstr(page, "cut off"));
    free(page);
}
END_TEST

START_TEST(a_log_cut_anywhere_never_reports_more_than_it_has)
{
    struct sample s = sample_of(3);
    size_t n;
    char *log = sample_text(&s, &n);

    for (size_t cut = 0; cut < n; cut += 97) {
        int status;

        case_file("a.log", log, cut);
        status = skerry_said("report a.log").status;
        ck_assert_msg(status == 1 || status == 2, "%zu bytes: status %d", cut, status);
    }
    free(log);
}
END_TEST

START_TEST(another_version_is_refused_and_the_log_left_alone)
{
    static const char log[] = "\x1e{\"type\":\"boot\",\"format\":2}\n";
    char *kept;

    case_file("a.log", log, sizeof log - 1);
    said = skerry_said("report a.log");
    ck_assert_int_eq(said.status, 7);
    ck_assert_ptr_nonnull(strstr(said.err, "error[SK7001]: the log is of record format 2, this program reads format 1"));
    kept = case_read("a.log");
    ck_assert_str_eq(kept, log);
    ck_assert_ptr_null(case_read("latency.json"));
    free(kept);
}
END_TEST

static const struct {
    const char *text, *words;
    int status;
    const char *says;
} inputs[] = {
    {"", "report a.log", 2, "error[SK2006]: there is no console record in a.log"},
    {"hello\nworld\n", "report a.log", 2, "0 that start as a record"},
    {"\x1e{broken\n", "report a.log", 2, "line 1: not JSON"},
    {"\x1e{\"type\":\"new\"}\n", "report a.log", 2, "1 that start as a record"},
    {"x", "report b.log", 3, "error[SK3003]: b.log cannot be opened"},
    {"x", "report", 3, "out/console.log cannot be opened"},
    {"x", "report .", 3, "cannot be read"},
    {"x", "report a.log --json", 2, "\"SK2006\""},
};

START_TEST(input_that_is_no_log_gets_one_sentence)
{
    case_file("a.log", inputs[_i].text, strlen(inputs[_i].text));
    said = skerry_said(inputs[_i].words);
    ck_assert_int_eq(said.status, inputs[_i].status);
    ck_assert_msg(strstr(said.err, inputs[_i].says) || strstr(said.out, inputs[_i].says),
                  "\"%s\" is not in: %s%s", inputs[_i].says, said.err, said.out);
    ck_assert_uint_eq(count_of(said.err, "error["), 1);
    ck_assert_ptr_null(case_read("latency.json"));
}
END_TEST

START_TEST(files_that_cannot_be_written_are_an_error)
{
    struct sample s = sample_of(2);

    case_sample("a.log", &s);
    case_file("taken", "x", 1);
    said = skerry_said("report a.log --out taken/here");
    ck_assert_int_eq(said.status, 3);
    ck_assert_ptr_nonnull(strstr(said.err, "error[SK3004]"));
}
END_TEST

START_TEST(standard_input_is_read_to_the_end_record_and_kept)
{
    struct sample s = sample_of(2);
    char *kept, *log;
    int before = dup(STDIN_FILENO);

    case_sample("a.log", &s);
    ck_assert_ptr_nonnull(freopen("a.log", "r", stdin));
    said = skerry_said("report - --out o -q");
    ck_assert_int_eq(said.status, 0);
    kept = case_read("o/capture.log");
    log = case_read("a.log");
    ck_assert_str_eq(kept, log);
    dup2(before, STDIN_FILENO);
    close(before);
    free(kept);
    free(log);
}
END_TEST

START_TEST(tiers_and_order_follow_the_clusters)
{
    struct sample s = sample_of(8);
    struct tier tier[2];
    struct cores c;
    struct runlog l;
    size_t n;
    char *log = sample_text(&s, &n);

    runlog_of(&l, log, n, n);
    ck_assert_uint_eq(tiers_of(&l, tier), 2);
    ck_assert_uint_eq(tier[0].pairs, 24);
    ck_assert_uint_eq(tier[1].pairs, 32);
    ck_assert_double_lt(tier[0].p50, tier[1].p50);
    for (size_t i = 0; i < 8; i++)
        l.core[i].cluster = i % 2;
    cores_order(&l, &c);
    ck_assert_uint_eq(c.nclusters, 2);
    for (size_t i = 0; i < 8; i++)
        ck_assert_uint_eq(c.order[i], i < 4 ? i * 2 : i * 2 - 7);
    ck_assert(cores_gap(&c, 4));
    ck_assert(!cores_gap(&c, 0) && !cores_gap(&c, 5));
    runlog_free(&l);
    free(log);
}
END_TEST

#define PAIR_HOW(from, to, how, n)                                                                 \
    "\x1e{\"type\":\"latency\",\"from\":" #from ",\"to\":" #to ",\"rtt_ns\":{\"n\":100,\"min\":100,\"p50\":200,"   \
    "\"p90\":300,\"p99\":400,\"max\":500},\"oneway_ns\":{\"n\":" #n ",\"min\":1,\"p50\":2,\"p90\":3,\"p99\":4,"   \
    "\"max\":5},\"oneway_how\":\"" how "\",\"wake_awake\":3}\n"
#define TWO_CORES                                                                                  \
    "\x1e{\"type\":\"boot\",\"core\":0,\"t_ns\":1,\"format\":1,\"version\":\"v\",\"board\":\"b\",\"cores\":2,"  \
    "\"el\":1,\"gic\":3,\"counter_hz\":1,\"emulated\":true}\n"
#define ENDED "\x1e{\"type\":\"end\",\"status\":0}\n"

START_TEST(one_way_times_found_in_different_ways_do_not_lead)
{
    static const char one[] = TWO_CORES PAIR_HOW(0, 1, "timestamp", 100) PAIR_HOW(1, 0, "timestamp", 9) ENDED;
    static const char two[] = TWO_CORES PAIR_HOW(0, 1, "timestamp", 100) PAIR_HOW(1, 0, "half", 100) ENDED;
    json_t *o;

    case_file("a.log", one, sizeof one - 1);
    said = skerry_said("report a.log");
    ck_assert_ptr_nonnull(strstr(said.out, "One way, median"));
    ck_assert_ptr_nonnull(strstr(said.out, "fewest: 1>0 with 9"));
    ck_assert_ptr_nonnull(strstr(said.out, "6 wake-ups found the other core awake"));
    o = json_in("latency.json");
    ck_assert_str_eq(word(json_array_get(json_object_get(o, "pairs"), 0), "oneway_how"), "timestamp");
    json_decref(o);
    case_file("a.log", two, sizeof two - 1);
    said = skerry_said("report a.log");
    ck_assert_ptr_nonnull(strstr(said.out, "Round trip, median"));
    ck_assert_ptr_nonnull(strstr(said.out, "cannot be compared"));
}
END_TEST

START_TEST(a_dead_core_is_told_and_its_pairs_are_not_missing)
{
    struct sample s = sample_of(4);

    s.dead = 2;
    ck_assert_int_eq(report_of(&s), 0);
    ck_assert_ptr_nonnull(strstr(said.out, "core 2 is dead: no answer within 100 ms"));
    ck_assert_ptr_null(strstr(said.out, "have no record"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry/report");
    TCase *t = tcase_create("report");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, any_number_of_cores_gives_every_ordered_pair, 0, ARRAY_LEN(core_counts));
    tcase_add_test(t, every_figure_of_every_latency_record_is_in_the_json);
    tcase_add_test(t, the_json_has_all_that_the_issue_promises);
    tcase_add_test(t, json_on_stdout_is_the_same_document_as_in_the_file);
    tcase_add_test(t, the_csv_is_a_lower_triangle_of_one_way_medians);
    tcase_add_test(t, the_csv_of_the_recorded_sample_stays_as_it_is);
    tcase_add_test(t, a_missing_pair_is_shown_as_missing_and_named);
    tcase_add_test(t, a_cut_log_gives_what_it_has_and_says_so);
    tcase_add_test(t, a_log_cut_anywhere_never_reports_more_than_it_has);
    tcase_add_test(t, another_version_is_refused_and_the_log_left_alone);
    tcase_add_loop_test(t, input_that_is_no_log_gets_one_sentence, 0, ARRAY_LEN(inputs));
    tcase_add_test(t, files_that_cannot_be_written_are_an_error);
    tcase_add_test(t, standard_input_is_read_to_the_end_record_and_kept);
    tcase_add_test(t, tiers_and_order_follow_the_clusters);
    tcase_add_test(t, one_way_times_found_in_different_ways_do_not_lead);
    tcase_add_test(t, a_dead_core_is_told_and_its_pairs_are_not_missing);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
