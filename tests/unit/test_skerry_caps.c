/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry caps: the forest of a real log, and what contradicts itself. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/forest.h"

#define RS "\x1e"
#define OWNER                                                                                      \
    RS "{\"type\":\"cap\",\"core\":0,\"t_ns\":1,\"dump\":1,\"id\":\"0.5\",\"kind\":\"frame\","         \
       "\"base\":\"0x1000\",\"bytes\":4096,\"rights\":\"rwg\",\"depth\":0,\"program\":\"a\"}\n"
#define PROXY                                                                                      \
    RS "{\"type\":\"cap\",\"core\":0,\"t_ns\":1,\"dump\":1,\"id\":\"0.7\",\"parent\":\"0.5\",\"kind\":"  \
       "\"frame\",\"base\":\"0x1000\",\"bytes\":4096,\"rights\":\"rg\",\"depth\":1,\"flags\":\"proxy\","   \
       "\"node\":\"0.100000000\",\"holder\":1}\n"
#define IMPORT(rights, node)                                                                       \
    RS "{\"type\":\"cap\",\"core\":1,\"t_ns\":1,\"dump\":1,\"id\":\"1.3\",\"kind\":\"frame\",\"base\":"    \
       "\"0x1000\",\"bytes\":4096,\"rights\":\"" rights "\",\"depth\":1,\"flags\":\"import foreign\","   \
       "\"node\":\"" node "\",\"owner\":0}\n"
#define DONE(core, whole)                                                                          \
    RS "{\"type\":\"cap_dump\",\"core\":" core ",\"t_ns\":2,\"dump\":1,\"count\":1,\"whole\":" whole "}\n"

static struct said caps_of(const char *log, const char *words)
{
    char line[128];

    case_file("log", log, strlen(log));
    snprintf(line, sizeof line, "caps log --ascii %s", words);
    return skerry_said(line);
}

START_TEST(the_holders_import_hangs_below_the_owners_proxy)
{
    struct said s = caps_of(OWNER PROXY IMPORT("rg", "0.100000000") DONE("0", "true") DONE("1", "true"), "");
    const char *owner = strstr(s.out, "core 0 a  frame 0x1000"), *proxy = strstr(s.out, "`- a copy for core 1"),
               *import = strstr(s.out, "   `- core 1 holds it");

    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(owner);
    ck_assert_ptr_nonnull(proxy);
    ck_assert_ptr_nonnull(import);
    ck_assert(owner < proxy && proxy < import);
}
END_TEST

/* What is wrong, and the words that say so. */
static const struct {
    const char *log, *says;
} wrong[] = {
    {OWNER IMPORT("rg", "0.100000000") DONE("0", "true"), "core 0 does not know of it"},
    {OWNER PROXY DONE("0", "true"), "has no import of it"},
    {OWNER PROXY IMPORT("rwg", "0.100000000") DONE("0", "true"), "rights rwg grew from rg"},
    {OWNER PROXY IMPORT("rg", "0.100000000") DONE("0", "false") DONE("1", "true"), "not whole"},
    {OWNER PROXY IMPORT("rg", "0.100000000") DONE("0", "true"), "not whole"},
    {OWNER PROXY IMPORT("rg", "0.100000000") RS "{\"type\":\"cap\",\"core\":0,\"t_ns\":1,\"dump\":1}\n",
     "line 4: "},
    {OWNER PROXY IMPORT("rg", "0.100000000") RS
     "{\"type\":\"cap\",\"core\":2,\"t_ns\":1,\"dump\":1,\"id\":\"0.9\",\"kind\":\"ram\",\"base\":\"0x0\",\"bytes\":1,"
     "\"rights\":\"\",\"depth\":9}\n",
     "is not of core 2"},
};

START_TEST(what_contradicts_itself_is_said)
{
    struct said s = caps_of(wrong[_i].log, "");

    ck_assert_msg(strstr(s.err, wrong[_i].says) != NULL, "%s lacks \"%s\"", s.err, wrong[_i].says);
    ck_assert_int_eq(s.status, 1);
}
END_TEST

START_TEST(a_real_log_is_whole_and_each_dump_is_found)
{
    char path[512];
    struct said s;

    snprintf(path, sizeof path, "caps %s/tests/fixtures/console/caps.log --ascii --dump 1", case_home());
    s = skerry_said(path);
    ck_assert_int_eq(s.status, 0);
    ck_assert_uint_eq(count_of(s.out, "a copy for core"), 7);
    ck_assert_uint_eq(count_of(s.out, "holds it"), 7);
    snprintf(path, sizeof path, "caps %s/tests/fixtures/console/caps.log --ascii", case_home());
    s = skerry_said(path); /* the last: all was revoked */
    ck_assert_int_eq(s.status, 0);
    ck_assert_uint_eq(count_of(s.out, "a copy for core"), 0);
    ck_assert_ptr_nonnull(strstr(s.out, "The log has dumps 1, 2"));
    snprintf(path, sizeof path, "caps %s/tests/fixtures/console/caps.log --dump 3", case_home());
    s = skerry_said(path);
    ck_assert_int_eq(s.status, 2);
    ck_assert_ptr_nonnull(strstr(s.err, "no dump 3"));
    ck_assert_ptr_nonnull(strstr(s.err, "dumps 1, 2"));
}
END_TEST

START_TEST(one_core_is_shown_with_all_that_is_above_it)
{
    char line[512];
    struct said s;

    snprintf(line, sizeof line, "caps %s/tests/fixtures/console/caps.log --ascii --dump 1 --core 3", case_home());
    s = skerry_said(line);
    ck_assert_uint_eq(count_of(s.out, "core 3 holds it"), 2);
    ck_assert_uint_eq(count_of(s.out, "core 1 holds it"), 0);
    ck_assert_ptr_nonnull(strstr(s.out, "core 0 monitor  ram"));
    snprintf(line, sizeof line, "caps %s/tests/fixtures/console/caps.log --json --dump 1 --core 0", case_home());
    s = skerry_said(line);
    ck_assert_uint_eq(count_of(s.out, "\"import\""), 7);
    ck_assert_uint_eq(count_of(s.out, "\"share\""), 0); /* programs of other cores have none of core 0's */
}
END_TEST

START_TEST(a_broken_record_loses_no_other)
{
    struct said s = caps_of(OWNER PROXY IMPORT("rg", "0.100000000") DONE("0", "true") DONE("1", "true")
                            RS "{\"type\":\"cap\",\"core\":0,\"t_ns\":1}\n", "");

    ck_assert_int_eq(s.status, 1);
    ck_assert_ptr_nonnull(strstr(s.err, "line 6: "));
    ck_assert_ptr_nonnull(strstr(s.out, "core 1 holds it"));
}
END_TEST

START_TEST(a_pipe_is_written_and_not_replaced)
{
    struct stat now;

    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_ge(open("pipe", O_RDWR | O_NONBLOCK | O_CLOEXEC), 0);
    ck_assert_int_eq(caps_of(OWNER DONE("0", "true"), "--svg pipe").status, 0);
    ck_assert_int_eq(lstat("pipe", &now), 0);
    ck_assert(S_ISFIFO(now.st_mode));
}
END_TEST

START_TEST(json_and_picture_hold_the_same)
{
    struct said s = caps_of(OWNER PROXY IMPORT("rg", "0.100000000") DONE("0", "true") DONE("1", "true"), "--json --svg p.svg");
    json_t *doc = json_loads(s.out, 0, NULL);
    char *svg = case_read("p.svg");

    ck_assert_int_eq(s.status, 0);
    ck_assert_uint_eq(json_array_size(json_object_get(doc, "caps")), 3);
    ck_assert_ptr_nonnull(svg);
    ck_assert_uint_eq(count_of(svg, "<text"), 4);
    json_decref(doc);
    free(svg);
}
END_TEST

START_TEST(wrong_words_are_refused)
{
    ck_assert_int_eq(caps_of(OWNER, "--core 64").status, 2);
    ck_assert_int_eq(caps_of(OWNER, "--dump x").status, 2);
    ck_assert_int_eq(caps_of(OWNER, "more").status, 2);
    ck_assert_int_eq(skerry_said("caps nothing.log").status, 3);
}
END_TEST

START_TEST(a_circle_of_parents_ends)
{
    static const char circle[] =
        RS "{\"type\":\"cap\",\"core\":0,\"t_ns\":1,\"dump\":1,\"id\":\"0.5\",\"parent\":\"0.7\",\"kind\":\"frame\","
           "\"base\":\"0x1000\",\"bytes\":4096,\"rights\":\"r\",\"depth\":0}\n" PROXY DONE("0", "true");
    struct said s = caps_of(circle, "--all");

    ck_assert_int_eq(s.status, 1);
}
END_TEST

START_TEST(forty_thousand_are_joined)
{
    struct buf log = {0};
    struct said s;

    for (unsigned i = 1; i <= 20000; i++) {
        buf_put(&log, RS "{\"type\":\"cap\",\"core\":0,\"t_ns\":1,\"dump\":1,\"id\":\"0.%u\",\"kind\":\"frame\",\"base\":\"0x%x000\","
                         "\"bytes\":4096,\"rights\":\"r\",\"depth\":0,\"flags\":\"proxy\",\"node\":\"0.1%08x\",\"holder\":1}\n", i, i, i);
        buf_put(&log, RS "{\"type\":\"cap\",\"core\":1,\"t_ns\":1,\"dump\":1,\"id\":\"1.%u\",\"kind\":\"frame\",\"base\":\"0x%x000\","
                         "\"bytes\":4096,\"rights\":\"r\",\"depth\":0,\"flags\":\"import\",\"node\":\"0.1%08x\",\"owner\":0}\n", i, i, i);
    }
    buf_add(&log, DONE("0", "true") DONE("1", "true"));
    s = caps_of(log.s, "");
    ck_assert_int_eq(s.status, 0);
    ck_assert_uint_eq(count_of(s.out, "holds it"), 20000);
    buf_free(&log);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_caps");
    TCase *c = tcase_create("caps");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(c, 60); /* forty thousand take five seconds of a core that others may use too */
    tcase_add_checked_fixture(c, case_enter, case_leave);
    tcase_add_test(c, the_holders_import_hangs_below_the_owners_proxy);
    tcase_add_loop_test(c, what_contradicts_itself_is_said, 0, (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(c, a_real_log_is_whole_and_each_dump_is_found);
    tcase_add_test(c, one_core_is_shown_with_all_that_is_above_it);
    tcase_add_test(c, a_broken_record_loses_no_other);
    tcase_add_test(c, a_pipe_is_written_and_not_replaced);
    tcase_add_test(c, json_and_picture_hold_the_same);
    tcase_add_test(c, wrong_words_are_refused);
    tcase_add_test(c, a_circle_of_parents_ends);
    tcase_add_test(c, forty_thousand_are_joined);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
