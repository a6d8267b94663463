/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* drivers/pl011/lines: L1 to L5 with several clients and random pieces. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "drivers/pl011/lines.h"
#include "tests/support/args.h"

#define CLIENTS 3u

static struct lines lines;
static struct line_client client[CLIENTS];
static char memory[CLIENTS][LINE_BUFFER];
static char out[400000];
static size_t nout;

static void setup(void)
{
    lines_init(&lines);
    for (unsigned i = 0; i < CLIENTS; i++)
        lines_join(&client[i], memory[i]);
    nout = 0;
}

static void put(unsigned i, const char *text)
{
    for (size_t n = strlen(text), k; n > 0; text += k, n -= k) {
        k = n < LINE_PIECE ? n : LINE_PIECE;
        lines_put(&lines, &client[i], text, k);
    }
}

/* Everything that waits goes out. */
static void let_out(void)
{
    const char *text;
    size_t bytes;

    while (lines_next(&lines, &text, &bytes)) {
        memcpy(out + nout, text, bytes);
        nout += bytes;
        lines_done(&lines);
    }
    out[nout] = '\0';
}

START_TEST(pieces_of_two_clients_become_whole_lines)
{
    put(0, "first ");
    put(1, "second ");
    put(0, "of A\n");
    put(1, "of B\n");
    let_out();
    ck_assert_str_eq(out, "first of A\nsecond of B\n");
}
END_TEST

START_TEST(a_client_is_held_until_its_line_is_out)
{
    const char *text;
    size_t bytes;

    put(0, "half");
    ck_assert(!lines_held(&lines, &client[0]));
    put(0, "\n");
    ck_assert(lines_held(&lines, &client[0]));
    ck_assert(!lines_held(&lines, &client[1]));
    ck_assert(lines_next(&lines, &text, &bytes));
    ck_assert(lines_held(&lines, &client[0]));
    put(1, "waits\n");
    ck_assert(!lines_next(&lines, &text, &bytes)); /* one at a time */
    ck_assert_ptr_eq(lines_done(&lines), &client[0]);
    ck_assert(!lines_held(&lines, &client[0]));
}
END_TEST

START_TEST(what_follows_a_line_end_in_one_message_is_kept)
{
    put(0, "one\ntwo\nthr");
    let_out();
    ck_assert_str_eq(out, "one\ntwo\n");
    put(0, "ee\n");
    let_out();
    ck_assert_str_eq(out, "one\ntwo\nthree\n");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut_ended_and_counted)
{
    char piece[57] = "";

    memset(piece, 'x', 56);
    for (unsigned i = 0; i < LINE_MAX / 56 + 3; i++)
        put(0, piece);
    ck_assert(!lines_held(&lines, &client[0]));
    put(0, "tail\nnext\n");
    let_out();
    ck_assert_uint_eq(client[0].cut, (LINE_MAX / 56 + 3) * 56 + 4 - (LINE_MAX - 1));
    ck_assert_int_eq(out[LINE_MAX - 1], '\n');
    ck_assert_str_eq(out + LINE_MAX, "next\n");
}
END_TEST

START_TEST(who_leaves_has_its_last_line_ended)
{
    put(0, "unfinished");
    ck_assert(!lines_leave(&lines, &client[0]));
    ck_assert(lines_leave(&lines, &client[1])); /* it had nothing */
    let_out();
    ck_assert_str_eq(out, "unfinished\n");
}
END_TEST

START_TEST(who_leaves_while_its_line_goes_out_leaves_nothing_behind)
{
    const char *text;
    size_t bytes;

    put(0, "whole\nrest");
    ck_assert(lines_next(&lines, &text, &bytes));
    ck_assert(!lines_leave(&lines, &client[0]));
    memcpy(out, text, nout = bytes);
    ck_assert_ptr_eq(lines_done(&lines), &client[0]);
    ck_assert(lines_held(&lines, &client[0])); /* the rest still goes */
    let_out();
    ck_assert_str_eq(out, "whole\nrest\n");
    ck_assert(!lines_held(&lines, &client[0]));
}
END_TEST

/* Each client numbers its lines; all must come whole, in each client's order. */
START_TEST(random_pieces_come_out_as_whole_lines_in_order)
{
    char text[CLIENTS][8192];
    size_t length[CLIENTS], given[CLIENTS] = { 0 }, seen[CLIENTS] = { 0 };
    unsigned left = CLIENTS;
    const char *at;

    for (unsigned i = 0; i < CLIENTS; i++) {
        length[i] = 0;
        for (int k = 0; k < 40; k++) {
            length[i] += (size_t)sprintf(text[i] + length[i], "%u:%d:", i, k);
            for (int pad = rand() % 120; pad > 0; pad--)
                text[i][length[i]++] = (char)('a' + i);
            text[i][length[i]++] = '\n';
        }
    }
    while (left > 0) {
        unsigned i = (unsigned)rand() % CLIENTS;
        size_t n = 1 + (size_t)rand() % 56;

        if (rand() % 4 == 0)
            let_out();
        if (lines_held(&lines, &client[i]) || given[i] == length[i])
            continue;
        if (n > length[i] - given[i])
            n = length[i] - given[i];
        lines_put(&lines, &client[i], text[i] + given[i], n);
        given[i] += n;
        left -= given[i] == length[i];
    }
    let_out();
    let_out();
    for (at = out; at < out + nout;) {
        const char *end = strchr(at, '\n') + 1;
        unsigned i = (unsigned)(*at - '0');

        ck_assert_uint_lt(i, CLIENTS);
        ck_assert_mem_eq(at, text[i] + seen[i], (size_t)(end - at));
        seen[i] += (size_t)(end - at);
        at = end;
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        ck_assert_uint_eq(seen[i], length[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("drivers/pl011/lines");
    TCase *t = tcase_create("lines");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, pieces_of_two_clients_become_whole_lines);
    tcase_add_test(t, a_client_is_held_until_its_line_is_out);
    tcase_add_test(t, what_follows_a_line_end_in_one_message_is_kept);
    tcase_add_test(t, a_line_that_is_too_long_is_cut_ended_and_counted);
    tcase_add_test(t, who_leaves_has_its_last_line_ended);
    tcase_add_test(t, who_leaves_while_its_line_goes_out_leaves_nothing_behind);
    tcase_add_loop_test(t, random_pieces_come_out_as_whole_lines_in_order, 0, 50);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
