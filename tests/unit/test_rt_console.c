/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/console: what a client sends again when the console driver died, for every place it may have died at. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/rt/console.h"
#include "tests/support/args.h"
#include "urpc/chan.h"

static char memory[CHANNEL_BYTES] __attribute__((aligned(64)));
static struct urpc_chan client, driver;
static console_ends ends;
static char sent[16384], again[CONSOLE_UNREAD_MAX];
static size_t sent_bytes, end_of[256]; /* of message i, in `sent` */
static unsigned messages;

static void setup(void)
{
    memset(memory, 0, sizeof memory);
    ck_assert_int_eq(urpc_chan_attach(&client, memory, sizeof memory, 0, 0, 0), ST_OK);
    ck_assert_int_eq(urpc_chan_attach(&driver, memory, sizeof memory, 1, 0, 0), ST_OK);
    ends = 0;
    sent_bytes = 0;
    messages = 0;
}

/* As lib/rt/print.c sends. False: the ring is full. */
static bool send(const char *text, size_t bytes)
{
    while (bytes > 0) {
        size_t n = console_piece(text, bytes);
        uint32_t position = urpc_sent(&client.tx);

        if (urpc_send(&client.tx, CON_TEXT, (uint8_t)n, text, n) != ST_OK)
            return false;
        ends = console_note(ends, position, text[n - 1] == '\n');
        memcpy(sent + sent_bytes, text, n);
        sent_bytes += n;
        end_of[messages++] = sent_bytes;
        text += n;
        bytes -= n;
    }
    return true;
}

static void take(unsigned n)
{
    struct urpc_msg m;

    for (unsigned i = 0; i < n; i++) {
        ck_assert_int_eq(urpc_recv(&driver.rx, &m), ST_OK);
        urpc_ack(&driver.rx);
    }
}

/* What must come again, from the text alone: whole lines of which the driver had nothing. */
static const char *expected(unsigned taken, size_t *n)
{
    size_t from = taken == 0 ? 0 : end_of[taken - 1];

    while (from > 0 && from < sent_bytes && sent[from - 1] != '\n')
        from++;
    if (from > 0 && sent[from - 1] != '\n')
        from = sent_bytes; /* the line goes on behind what was sent: all of it is of that line */
    *n = sent_bytes - from;
    return sent + from;
}

static void check_after(unsigned taken)
{
    size_t want, n = console_unread(&client.tx, ends, again, sizeof again);
    const char *text = expected(taken, &want);

    ck_assert_uint_eq(n, want);
    ck_assert_mem_eq(again, text, n);
}

START_TEST(a_piece_ends_where_a_line_does)
{
    char x[200];

    memset(x, 'x', sizeof x);
    ck_assert_uint_eq(console_piece("ab\ncd", 5), 3);
    ck_assert_uint_eq(console_piece("ab", 2), 2);
    ck_assert_uint_eq(console_piece(x, sizeof x), 56);
    x[55] = '\n';
    ck_assert_uint_eq(console_piece(x, sizeof x), 56);
    x[55] = 'x';
    x[56] = '\n';
    ck_assert_uint_eq(console_piece(x, sizeof x), 56);
    ck_assert_uint_eq(console_piece("\n", 1), 1);
}
END_TEST

/* _i: after how many messages the driver dies. Lines of one, two and three messages. */
START_TEST(whole_lines_come_again_and_no_fragment)
{
    static const char lines[] =
        "short\n"
        "a line that does not fit into one message because it is longer than fifty-six bytes\n"
        "x\n"
        "and another that is even longer, so that there is a message in the middle of it that neither begins it "
        "nor ends it, at last\n"
        "not complete";

    ck_assert(send(lines, sizeof lines - 1));
    ck_assert_uint_gt(messages, (unsigned)_i);
    take((unsigned)_i);
    check_after((unsigned)_i);
}
END_TEST

START_TEST(a_full_ring_comes_again_whole)
{
    while (send("0123456789012345678901234567890123456789012345678901234\n", 56))
        ;
    ck_assert_uint_eq(messages, 32);
    check_after(0);
}
END_TEST

START_TEST(random_lines_and_deaths_over_many_laps)
{
    for (int i = 0; i < 200; i++) {
        char line[130];
        size_t n = 1 + (size_t)rand() % 129;

        memset(line, 'a' + rand() % 26, n);
        line[n - 1] = rand() % 3 ? '\n' : 'z';
        if (messages + 3 > sizeof end_of / sizeof end_of[0])
            break;
        while (urpc_sent(&client.tx) - urpc_taken(&driver.rx) > 28)
            take(1 + (unsigned)rand() % 28);
        ck_assert(send(line, n));
        check_after(urpc_taken(&driver.rx));
    }
}
END_TEST

START_TEST(an_ack_no_driver_can_have_written_gives_nothing)
{
    struct urpc_line *line = urpc_ring_line(memory + CHANNEL_BYTES / 2);

    ck_assert(send("text\n", 5));
    atomic_store(&line->ack, 7);
    ck_assert_uint_eq(console_unread(&client.tx, ends, again, sizeof again), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lib/rt/console");
    TCase *t = tcase_create("console");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_piece_ends_where_a_line_does);
    tcase_add_loop_test(t, whole_lines_come_again_and_no_fragment, 0, 8);
    tcase_add_test(t, a_full_ring_comes_again_whole);
    tcase_add_loop_test(t, random_lines_and_deaths_over_many_laps, 0, 50);
    tcase_add_test(t, an_ack_no_driver_can_have_written_gives_nothing);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
