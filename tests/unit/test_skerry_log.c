/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry: bytes to lines, lines to records, records to facts - and what spoils each of them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/figures.h"

#define RS "\x1e"
#define BOOT                                                                                       \
    RS "{\"type\":\"boot\",\"core\":0,\"t_ns\":1,\"format\":1,\"version\":\"v\",\"board\":\"b\","      \
       "\"cores\":4,\"el\":1,\"gic\":3,\"counter_hz\":62500000,\"emulated\":true}\n"
#define S(a, b, c, d, e)                                                                           \
    "{\"n\":9,\"min\":" #a ",\"p50\":" #b ",\"p90\":" #c ",\"p99\":" #d ",\"max\":" #e "}"
#define PAIR(from, to, stats)                                                                      \
    RS "{\"type\":\"latency\",\"core\":0,\"t_ns\":2,\"from\":" #from ",\"to\":" #to                      \
       ",\"rtt_ns\":" stats "}\n"
#define GOOD S(1, 2, 3, 4, 5)

static struct runlog l;

static void feed(const char *text)
{
    runlog_of(&l, text, strlen(text), strlen(text) + 1);
}

static void teardown(void)
{
    runlog_free(&l);
}

struct cut {
    char kinds[64];
    size_t n, longest, bytes;
};

static void note(void *ctx, const struct stream_line *line)
{
    struct cut *c = ctx;

    ck_assert_uint_lt(c->n, sizeof c->kinds - 1);
    c->kinds[c->n++] = !line->whole     ? (line->record ? 'r' : 't')
                       : line->record   ? 'R'
                       : line->overlong ? 'O'
                                        : 'T';
    c->longest = line->n > c->longest ? line->n : c->longest;
    c->bytes += line->n;
}

/* R T whole records and lines, r t the same cut off, O overlong. */
static const struct {
    const char *in, *kinds;
    size_t bytes; /* in all lines, without marks and line ends */
} cuts[] = {
    {"", "", 0},
    {"a\n", "T", 1},
    {"a\r\nb", "Tt", 2},
    {"\n\n", "TT", 0},
    {RS "{}\n", "R", 2},
    {"a" RS "{}\n", "tR", 3},
    {RS "a" RS "b\n", "rR", 2},
    {RS "a", "r", 1},
    {RS RS "\n", "rR", 0},
    {"a\n" RS "b\nc\n", "TRT", 3},
};

START_TEST(a_console_is_cut_into_text_and_records_wherever_the_mark_stands)
{
    for (size_t step = 1; step < 4; step++) {
        struct stream s = {0};
        struct cut c = {0};
        const char *in = cuts[_i].in;

        for (size_t at = 0; at < strlen(in); at += step)
            stream_feed(&s, in + at, strlen(in) - at < step ? strlen(in) - at : step, note, &c);
        stream_finish(&s, note, &c);
        ck_assert_str_eq(c.kinds, cuts[_i].kinds);
        ck_assert_uint_eq(c.bytes, cuts[_i].bytes);
    }
}
END_TEST

START_TEST(a_line_of_a_mebibyte_is_cut_and_the_next_is_whole)
{
    struct stream s = {0};
    struct cut c = {0};
    char block[4096];

    memset(block, 'x', sizeof block);
    for (int i = 0; i < 256; i++)
        stream_feed(&s, block, sizeof block, note, &c);
    stream_feed(&s, "\nb\n", 3, note, &c);
    stream_finish(&s, note, &c);
    ck_assert_str_eq(c.kinds, "OT");
    ck_assert_uint_eq(c.longest, STREAM_LINE_MAX);
}
END_TEST

START_TEST(bytes_arriving_one_by_one_give_the_same_facts)
{
    struct sample s = sample_of(4);
    struct runlog whole;
    size_t n;
    char *text = sample_text(&s, &n);

    runlog_of(&whole, text, n, n);
    runlog_of(&l, text, n, 1);
    ck_assert_uint_eq(whole.npairs, 12);
    ck_assert_uint_eq(l.npairs, 12);
    ck_assert_uint_eq(l.lines, whole.lines);
    ck_assert_int_eq(runlog_pair(&l, 3, 1)->rtt.p99, runlog_pair(&whole, 3, 1)->rtt.p99);
    ck_assert(l.end.has);
    runlog_free(&whole);
    free(text);
}
END_TEST

START_TEST(every_field_of_a_latency_record_is_kept_as_it_was)
{
    const struct pair *p;

    feed(BOOT RS "{\"type\":\"latency\",\"core\":2,\"t_ns\":7,\"from\":2,\"to\":1,\"rounds\":11,"
         "\"rtt_ns\":{\"n\":10,\"min\":1,\"p50\":20,\"p90\":30,\"p99\":40,\"max\":5000,\"outliers\":3,"
         "\"hist\":[[16,6],[19,4]]},\"oneway_ns\":" S(6, 7, 8, 9, 10) ",\"wake_ns\":"
         S(11, 12, 13, 14, 15) ",\"msgs_per_s\":16,\"bytes_per_s\":17}\n");
    p = runlog_pair(&l, 2, 1);
    ck_assert(p->has && p->rtt.has && p->oneway.has && p->wake.has);
    ck_assert_int_eq(p->rounds, 11);
    ck_assert_int_eq(p->rtt.n, 10);
    ck_assert_int_eq(p->rtt.min, 1);
    ck_assert_int_eq(p->rtt.p50, 20);
    ck_assert_int_eq(p->rtt.p90, 30);
    ck_assert_int_eq(p->rtt.p99, 40);
    ck_assert_int_eq(p->rtt.max, 5000);
    ck_assert_int_eq(p->rtt.outliers, 3);
    ck_assert_uint_eq(p->rtt.nhist, 2);
    ck_assert_int_eq(p->rtt.hist[1].low_ns, 19);
    ck_assert_int_eq(p->rtt.hist[1].count, 4);
    ck_assert_int_eq(p->oneway.p99, 9);
    ck_assert_int_eq(p->wake.max, 15);
    ck_assert_int_eq(p->msgs_per_s, 16);
    ck_assert_int_eq(p->bytes_per_s, 17);
    ck_assert_uint_eq(l.npairs, 1);
    ck_assert(!runlog_pair(&l, 1, 2)->has);
}
END_TEST

/* One record each that breaks the page of the format, and a word of the reason. */
static const struct {
    const char *in, *why;
} spoiled[] = {
    {RS "not json\n", "not JSON"},
    {RS "[1]\n", "not a JSON object"},
    {RS "{}\n", "no \"type\""},
    {RS "{\"type\":7}\n", "no \"type\""},
    {RS "{\"type\":\"latency\",\"from\":0\n", "not JSON"},
    {RS "{\"type\":\"boot\"}", "cut off"},
    {RS "{\"type\":\"boot\"}\n", "\"format\" is missing"},
    {PAIR(0, 9, GOOD), "\"to\" is 9"},
    {PAIR(-1, 1, GOOD), "\"from\" is -1"},
    {PAIR(1, 1, GOOD), "against itself"},
    {PAIR(0, 1, S(1, 5, 3, 4, 5)), "ascending"},
    {PAIR(0, 1, S(-1, 2, 3, 4, 5)), "\"min\" is -1"},
    {PAIR(0, 1, S(1, 2, 3, 4, 5.5)), "\"max\" is not an integer"},
    {PAIR(0, 1, S(1, 2, 3, 4, 99999999999999999999)), "not JSON"},
    {PAIR(0, 1, "7"), "not an object"},
    {PAIR(0, 1, "{\"n\":1}"), "\"min\" is missing"},
    {PAIR(0, 1, "{\"n\":1,\"min\":1,\"p50\":1,\"p90\":1,\"p99\":1,\"max\":1,\"hist\":[[5,1],[5,1]]}"), "bucket 1"},
    {PAIR(0, 1, "{\"n\":1,\"min\":1,\"p50\":1,\"p90\":1,\"p99\":1,\"max\":1,\"hist\":[[5,0]]}"), "bucket 0"},
    {PAIR(0, 1, "{\"n\":1,\"min\":1,\"p50\":1,\"p90\":1,\"p99\":1,\"max\":1,\"hist\":{}}"), "not a list"},
    {RS "{\"type\":\"core\",\"index\":4,\"state\":\"up\"}\n", "\"index\" is 4"},
    {RS "{\"type\":\"local\",\"core\":4,\"what\":\"x\",\"ns\":" GOOD "}\n", "\"core\" is 4"},
    {RS "{\"type\":\"core\",\"index\":1,\"state\":\"fine\"}\n", "\"state\""},
    {RS "{\"type\":\"phase\",\"name\":\"x\",\"n\":1}\n", "\"at_ns\" is missing"},
    {RS "{\"type\":\"progress\",\"done\":2,\"total\":1}\n", "more than"},
    {RS "{\"type\":\"end\"}\n", "\"status\" is missing"},
    {RS "{\"type\":\"test\",\"ok\":1}\n", "not true or false"},
    {RS "{\"type\":\"local\",\"core\":1,\"what\":\"x\"}\n", "\"ns\" is missing"},
    {RS "{\"type\":\"bench\",\"name\":\"x\",\"value\":\"7\"}\n", "not a number"},
    {RS "{\"type\":\"fact\",\"fact\":7}\n", "not text"},
    {RS "{\"type\":\"boot\",\"format\":1,\"version\":\"v\",\"board\":\"b\",\"cores\":65,\"el\":1,\"gic\":3,"
        "\"counter_hz\":1,\"emulated\":true}\n", "\"cores\" is 65"},
};

START_TEST(a_broken_record_is_named_and_changes_nothing)
{
    struct buf t = {0};

    buf_put(&t, "%stext\n%s", BOOT, PAIR(2, 3, GOOD));
    buf_put(&t, "%s", spoiled[_i].in);
    feed(t.s);
    ck_assert_uint_eq(l.nbroken, 1);
    ck_assert_uint_eq(l.broken[0].line, 4);
    ck_assert_msg(strstr(l.broken[0].why, spoiled[_i].why) != NULL, "\"%s\" has no \"%s\"",
                  l.broken[0].why, spoiled[_i].why);
    ck_assert_uint_eq(l.npairs, 1);
    ck_assert_int_eq(runlog_pair(&l, 2, 3)->rtt.p50, 2);
    ck_assert_uint_eq(l.nphases + l.nlocals + l.nerrors + l.tests.ok + l.tests.failed, 0);
    ck_assert_int_eq(l.boot.cores, 4);
    ck_assert(!l.end.has);
    buf_free(&t);
}
END_TEST

START_TEST(nul_bytes_and_noise_are_lines_like_others)
{
    static const char noise[] = BOOT "\0\0\xff\xfe\n" RS "\0\n" RS "{\"type\":\"\xff\"}\n" RS
                                     "{\"type\":\"end\",\"status\":0,\"why\":\"a\\u0000b\"}\n";

    runlog_of(&l, noise, sizeof noise - 1, 7);
    ck_assert(l.boot.has);
    ck_assert_uint_eq(l.lines, 5);
    ck_assert_uint_eq(l.nbroken, 3);
    ck_assert(!l.end.has);
}
END_TEST

START_TEST(an_overlong_record_is_broken_and_not_read_in_part)
{
    struct buf t = {0};

    buf_put(&t, "%s" RS "{\"type\":\"end\",\"status\":0}%70000s\n" RS
                 "{\"type\":\"end\",\"status\":7,\"why\":\"\"}\n", BOOT, "");
    feed(t.s);
    ck_assert_uint_eq(l.nbroken, 1);
    ck_assert_int_eq(l.end.status, 7);
    buf_free(&t);
}
END_TEST

START_TEST(unknown_types_and_fields_are_skipped)
{
    feed(BOOT RS "{\"type\":\"tomorrow\",\"x\":[]}\n" RS
         "{\"type\":\"end\",\"core\":0,\"t_ns\":5,\"status\":0,\"why\":\"w\",\"more\":{}}\n");
    ck_assert_uint_eq(l.unknown, 1);
    ck_assert_uint_eq(l.nbroken, 0);
    ck_assert(l.end.has);
}
END_TEST

START_TEST(another_format_is_noticed_before_its_fields)
{
    feed(RS "{\"type\":\"boot\",\"format\":2,\"everything\":\"else\"}\n");
    ck_assert_int_eq(l.other_format, 2);
    ck_assert(!l.boot.has);
    ck_assert_uint_eq(l.nbroken, 0);
}
END_TEST

START_TEST(the_last_of_several_boots_counts)
{
    feed("a\n" RS "bad\n" BOOT PAIR(0, 1, GOOD) RS "{\"type\":\"end\",\"status\":0}\n" BOOT
         PAIR(2, 1, S(5, 6, 7, 8, 9)));
    ck_assert_uint_eq(l.boots, 2);
    ck_assert_uint_eq(l.npairs, 1);
    ck_assert(!runlog_pair(&l, 0, 1)->has);
    ck_assert_int_eq(runlog_pair(&l, 2, 1)->rtt.min, 5);
    ck_assert(!l.end.has);
    ck_assert_uint_eq(l.nbroken, 1);
    ck_assert_uint_eq(l.lines, 7);
}
END_TEST

START_TEST(records_before_the_first_boot_are_of_another_run)
{
    feed(PAIR(60, 61, GOOD) BOOT PAIR(0, 1, GOOD));
    ck_assert_uint_eq(l.boots, 2);
    ck_assert_uint_eq(l.npairs, 1);
    ck_assert(!runlog_pair(&l, 60, 61)->has);
}
END_TEST

START_TEST(a_pair_measured_twice_is_one_pair_with_the_later_numbers)
{
    feed(BOOT PAIR(0, 1, GOOD) PAIR(0, 1, S(5, 6, 7, 8, 9)));
    ck_assert_uint_eq(l.npairs, 1);
    ck_assert_uint_eq(l.twice, 1);
    ck_assert_int_eq(runlog_pair(&l, 0, 1)->rtt.p50, 6);
}
END_TEST

START_TEST(a_later_core_record_adds_to_the_earlier)
{
    feed(BOOT RS "{\"type\":\"core\",\"index\":1,\"state\":\"up\",\"at_ns\":5,\"mpidr\":\"0x1\",\"cluster\":2,"
                 "\"share\":\"0x4\",\"share_bytes\":4096}\n" RS
                 "{\"type\":\"core\",\"index\":1,\"state\":\"joined\",\"at_ns\":9}\n");
    ck_assert_int_eq(l.core[1].state, CORE_JOINED);
    ck_assert_int_eq(l.core[1].up_ns, 5);
    ck_assert_int_eq(l.core[1].joined_ns, 9);
    ck_assert_str_eq(l.core[1].mpidr, "0x1");
    ck_assert_int_eq(l.core[1].cluster, 2);
    ck_assert_int_eq(l.core[1].share_bytes, 4096);
}
END_TEST

START_TEST(pairs_with_a_dead_core_are_not_expected)
{
    feed(BOOT RS "{\"type\":\"core\",\"index\":3,\"state\":\"dead\",\"why\":\"silent\"}\n" PAIR(0, 1, GOOD));
    ck_assert_uint_eq(runlog_pairs_expected(&l), 6);
    ck_assert_uint_eq(runlog_pairs_missing(&l), 5);
}
END_TEST

START_TEST(without_a_boot_record_the_cores_are_those_that_are_named)
{
    feed(PAIR(5, 1, GOOD) PAIR(2, 6, GOOD));
    ck_assert_uint_eq(runlog_cores(&l), 7);
    ck_assert_str_eq(provenance(&l), "unknown");
}
END_TEST

START_TEST(text_is_cut_between_characters)
{
    struct buf t = {0};
    size_t n;

    buf_put(&t, "%s" RS "{\"type\":\"end\",\"status\":1,\"why\":\"", BOOT);
    for (int i = 0; i < 150; i++)
        buf_add(&t, "\xc3\xa4");
    buf_add(&t, "\"}\n");
    feed(t.s);
    n = strlen(l.end.why);
    ck_assert_uint_eq(n, 198); /* of 199 that would fit */
    ck_assert_int_eq((unsigned char)l.end.why[n - 1], 0xa4);
    buf_free(&t);
}
END_TEST

START_TEST(the_first_panic_is_the_cause)
{
    feed(BOOT RS "{\"type\":\"panic\",\"core\":2,\"reason\":\"first\",\"trace\":[\"a\",7,\"b\"]}\n" RS
                 "{\"type\":\"panic\",\"core\":3,\"reason\":\"echo\"}\n");
    ck_assert_int_eq(l.panic.core, 2);
    ck_assert_str_eq(l.panic.reason, "first");
    ck_assert_uint_eq(l.panic.ntrace, 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry/log");
    TCase *t = tcase_create("log");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_console_is_cut_into_text_and_records_wherever_the_mark_stands, 0,
                        ARRAY_LEN(cuts));
    tcase_add_test(t, a_line_of_a_mebibyte_is_cut_and_the_next_is_whole);
    tcase_add_test(t, bytes_arriving_one_by_one_give_the_same_facts);
    tcase_add_test(t, every_field_of_a_latency_record_is_kept_as_it_was);
    tcase_add_loop_test(t, a_broken_record_is_named_and_changes_nothing, 0, ARRAY_LEN(spoiled));
    tcase_add_test(t, nul_bytes_and_noise_are_lines_like_others);
    tcase_add_test(t, an_overlong_record_is_broken_and_not_read_in_part);
    tcase_add_test(t, unknown_types_and_fields_are_skipped);
    tcase_add_test(t, another_format_is_noticed_before_its_fields);
    tcase_add_test(t, the_last_of_several_boots_counts);
    tcase_add_test(t, records_before_the_first_boot_are_of_another_run);
    tcase_add_test(t, a_pair_measured_twice_is_one_pair_with_the_later_numbers);
    tcase_add_test(t, a_later_core_record_adds_to_the_earlier);
    tcase_add_test(t, pairs_with_a_dead_core_are_not_expected);
    tcase_add_test(t, without_a_boot_record_the_cores_are_those_that_are_named);
    tcase_add_test(t, text_is_cut_between_characters);
    tcase_add_test(t, the_first_panic_is_the_cause);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
