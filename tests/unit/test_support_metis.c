/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The reader of METIS files that the tests of coherence/ believe in. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/support/metis.h"
#include "tests/support/scratch.h"

static struct host_graph g;

static const char *read_text(const char *text)
{
    char path[SCRATCH_BYTES];
    int fd = mkstemp(scratch(path, "test_metis"));
    const char *bad;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    bad = metis_read(path, &g);
    unlink(path);
    return bad;
}

/* A path 1 - 2 - 3 with weights 7 and 9, or 1 and 1. */
static void expect_path(const char *text, uint64_t w12, uint64_t w23)
{
    const char *bad = read_text(text);

    ck_assert_msg(bad == NULL, "%s: %s", text, bad);
    ck_assert_ptr_null(view_sound(&g.view));
    ck_assert_uint_eq(g.view.nodes, 3);
    ck_assert_uint_eq(g.view.first[3], 4);
    ck_assert_uint_eq(g.view.peer[1], 0);
    ck_assert_uint_eq(g.view.peer[2], 2);
    ck_assert_uint_eq(g.view.weight[1], w12);
    ck_assert_uint_eq(g.view.weight[2], w23);
    host_graph_free(&g);
}

START_TEST(fmt_says_which_numbers_there_are)
{
    expect_path("3 2\n2\n1 3\n2\n", 1, 1);
    expect_path("3 2 1\n2 7\n1 7 3 9\n2 9\n", 7, 9);
    expect_path("3 2 001\n2 7\n1 7 3 9\n2 9\n", 7, 9);
    expect_path("3 2 10\n50 2\n50 1 3\n50 2\n", 1, 1);
    expect_path("3 2 11\n50 2 7\n50 1 7 3 9\n50 2 9\n", 7, 9);
    expect_path("3 2 11 2\n50 60 2 7\n50 60 1 7 3 9\n50 60 2 9\n", 7, 9);
    expect_path("3 2 111 2\n4 50 60 2 7\n4 50 60 3 9 1 7\n4 50 60 2 9\n", 7, 9);
    expect_path("% a remark\n3 2 1\n2 7\n% another\n1 7 3 9\n2 9\n", 7, 9);
}
END_TEST

START_TEST(a_node_without_edges_is_an_empty_line)
{
    ck_assert_ptr_null(read_text("3 1 1\n\n3 5\n2 5\n"));
    ck_assert_uint_eq(g.view.first[1], 0);
    ck_assert_uint_eq(g.view.first[3], 2);
    host_graph_free(&g);
}
END_TEST

START_TEST(what_is_not_such_a_file_is_refused)
{
    static const char *const wrong[] = {
        "",
        "3\n2\n1 3\n2\n",
        "3 2\n2\n1 3\n",    /* a row too few */
        "3 3\n2\n1 3\n2\n", /* an edge too few */
        "3 1\n2\n1 3\n2\n", /* an edge too many */
        "3 2\n4\n1 3\n2\n", /* no such node */
        "3 2\n0\n1 3\n2\n",
        "3 2 1\n2 7\n1 7 3\n2 9\n", /* no weight */
        "99999999 1\n2\n1\n",
    };

    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++)
        ck_assert_msg(read_text(wrong[i]) != NULL, "taken: %s", wrong[i]);
    ck_assert_ptr_nonnull(metis_read("/nonexistent/file", &g));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("support");
    TCase *t = tcase_create("metis");
    SRunner *r;
    int failed;

    tcase_add_test(t, fmt_says_which_numbers_there_are);
    tcase_add_test(t, a_node_without_edges_is_an_empty_line);
    tcase_add_test(t, what_is_not_such_a_file_is_refused);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
