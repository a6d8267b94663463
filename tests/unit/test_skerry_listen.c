/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry monitor: what is kept is what came, the host's records stand between its lines, a cable
 * pulled out loses nothing but what was on it, and the log that is kept makes the same report.
 */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/support/skerry_case.h"
#include "tools/skerry/listen.h"

static struct buf kept;

static bool keep(void *ctx, const char *bytes, size_t n)
{
    (void)ctx;
    buf_bytes(&kept, bytes, n);
    return true;
}

/* The kept log without the host's lines: what the board sent. */
static char *without_host(const char *log, size_t n, size_t *left)
{
    char *out = must(malloc(n + 1));

    *left = 0;
    for (size_t at = 0; at < n;) {
        const char *nl = memchr(log + at, '\n', n - at);
        size_t line = nl ? (size_t)(nl + 1 - (log + at)) : n - at;

        if (line < 15 || memcmp(log + at, "\x1e{\"type\":\"host\"", 15) != 0) {
            memcpy(out + *left, log + at, line);
            *left += line;
        }
        at += line;
    }
    return out;
}

static void setup(void)
{
    case_enter();
    buf_free(&kept);
    kept = (struct buf){0};
}

static void teardown(void)
{
    buf_free(&kept);
    case_leave();
}

/* Every size of piece, a second and a bit between pieces: a time is due at each of them. */
START_TEST(what_is_kept_is_what_came_in_whatever_pieces)
{
    static const size_t steps[] = {1, 2, 7, 64, 1000, 4096, 100000};
    struct sample s = sample_of(3);
    struct listen l = {.keep = keep};
    size_t n, left, step = steps[_i];
    char *log = sample_text(&s, &n), *back;
    int64_t t = 1700000000000;

    listen_start(&l, t, "\"tool\":\"x\"");
    for (size_t at = 0; at < n; at += step, t += 1100)
        listen_bytes(&l, t, log + at, n - at < step ? n - at : step);
    listen_end(&l, t);
    back = without_host(kept.s, kept.n, &left);
    ck_assert_uint_eq(left, n);
    ck_assert_int_eq(memcmp(back, log, n), 0);
    ck_assert_uint_eq(l.runlog.nbroken, 0);
    ck_assert_uint_eq(l.runlog.unknown, 0);
    ck_assert_uint_eq(l.runlog.npairs, 6);
    ck_assert(l.runlog.end.has);
    ck_assert_int_eq(l.bytes, (int64_t)n);
    if (step < 100)
        ck_assert_uint_gt(count_of(kept.s, "\"what\":\"time\""), 10);
    ck_assert_uint_eq(
        count_of(kept.s, "\"at\":\"2023-11-14T22:13:20.000Z\",\"ms\":0,\"tool\":\"x\"}"), 1);
    listen_free(&l);
    free(back);
    free(log);
}
END_TEST

START_TEST(a_time_is_told_once_a_second_at_most)
{
    struct listen l = {.keep = keep};

    listen_start(&l, 5000, "");
    for (int i = 0; i < 40; i++)
        listen_bytes(&l, 5000 + i * 100, "line\n", 5);
    ck_assert_uint_eq(count_of(kept.s, "\"what\":\"time\""), 3);
    listen_end(&l, 10000);
    listen_free(&l);
}
END_TEST

START_TEST(a_cable_pulled_out_in_a_record_breaks_that_one_only)
{
    static const char one[] = "\x1e{\"type\":\"test\",\"core\":0,\"t_ns\":1,\"name\":\"a\",\"n\":1,"
                              "\"ok\":true,\"what\":\"w\"}\n";
    struct listen l = {.keep = keep};

    listen_start(&l, 0, "");
    listen_bytes(&l, 1, one, sizeof one - 1);
    listen_bytes(&l, 2, one, 30);
    listen_lost(&l, 3);
    listen_back(&l, 9);
    listen_bytes(&l, 10, one, sizeof one - 1);
    listen_end(&l, 11);
    ck_assert_uint_eq(l.runlog.nbroken, 1);
    ck_assert_uint_eq(l.runlog.records, 2 + 1 + 4); /* whole, broken, the host's */
    ck_assert_uint_eq(l.lost, 1);
    ck_assert_ptr_nonnull(strstr(kept.s, "\n\x1e{\"type\":\"host\",\"what\":\"lost\""));
    listen_free(&l);
}
END_TEST

/* --- the whole program, on a terminal pair that stands for the serial line ------------------------- */

static int plug_in(void)
{
    int board = posix_openpt(O_RDWR | O_NOCTTY);

    ck_assert(board >= 0 && grantpt(board) == 0 && unlockpt(board) == 0);
    unlink("tty.new");
    ck_assert_int_eq(symlink(ptsname(board), "tty.new"), 0);
    ck_assert_int_eq(rename("tty.new", "tty"), 0);
    return board;
}

static void send(int board, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t put = write(board, bytes + at, n - at < 200 ? n - at : 200);

        if (put <= 0)
            _exit(1);
        at += (size_t)put;
        usleep(1000);
    }
    usleep(300000); /* read before the terminal goes */
}

static double pairs_of(const char *file)
{
    char *text = must(case_read(file));
    json_t *o = json_loads(text, 0, NULL);
    double n;

    ck_assert_ptr_nonnull(o);
    n = (double)json_array_size(json_object_get(o, "pairs"));
    json_decref(o);
    free(text);
    return n;
}

/* _i: pulled out so many times. */
START_TEST(a_run_is_listened_to_until_its_end_record)
{
    struct sample s = sample_of(4);
    int board = plug_in();
    char words[200], *log, *text;
    struct said said;
    size_t n;
    pid_t pid;

    log = sample_text(&s, &n);
    pid = fork();
    if (pid == 0) {
        usleep(500000);
        for (int i = 0; i < _i; i++) {
            send(board, log, n / 5 * 2 - 3);
            unlink("tty");
            close(board);
            usleep(500000);
            board = plug_in();
            usleep(700000);
        }
        send(board, log, n);
        sleep(30);
        _exit(0);
    }
    SAY(words, "monitor tty --until-end --timeout 40 --log x.log --json");
    close(_i ? board : -1); /* or the terminal stays while the parent has it */
    said = skerry_said(words);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert_msg(said.status == 0, "%s", said.err);
    ck_assert_ptr_nonnull(strstr(said.out, "\"ended\": true"));
    text = must(case_read("x.log"));
    ck_assert_uint_eq(count_of(text, "\"what\":\"lost\""), (size_t)_i);
    ck_assert_uint_eq(count_of(text, "\"what\":\"back\""), (size_t)_i);
    free(text);
    free(log);
    /* The report made live, and the one made of the log that was kept. */
    text = must(case_read(_i ? "x/boot-2/latency.html" : "x/latency.html"));
    free(text);
    said = skerry_said("report x.log --out again -q");
    ck_assert_msg(said.status == 0 || _i, "%s", said.err);
    ck_assert(pairs_of("again/latency.json") == 12);
    ck_assert(pairs_of(_i ? "x/boot-2/latency.json" : "x/latency.json") == 12);
    close(_i ? -1 : board);
}
END_TEST

static struct said monitor_of(const char *name, const char *words)
{
    char all[200];
    int in = open(name, O_RDONLY), kept_in = dup(0);
    struct said s;

    ck_assert_int_ge(in, 0);
    dup2(in, 0);
    SAY(all, "monitor - --log m.log %s", words);
    s = skerry_said(all);
    dup2(kept_in, 0);
    close(in);
    close(kept_in);
    return s;
}

START_TEST(standard_input_is_read_to_its_end)
{
    struct sample sample = sample_of(2);
    struct said s;
    char *out;

    case_sample("in.log", &sample);
    s = monitor_of("in.log", "");
    ck_assert_msg(s.status == 0, "%s", s.err);
    ck_assert_ptr_nonnull(strstr(s.out, "report in m"));
    free(must(case_read("m/latency.csv")));
    s = monitor_of("in.log", "--no-report --report none -q");
    ck_assert_str_eq(s.out, "");
    ck_assert_ptr_null(out = case_read("none/latency.csv"));
    free(out);
}
END_TEST

#define R "\x1e"
#define BOOTED                                                                                     \
    R "{\"type\":\"boot\",\"core\":0,\"t_ns\":1,\"format\":1,\"version\":\"v\",\"board\":\"b\","   \
      "\"cores\":2,\"el\":2,"                                                                      \
      "\"gic\":2,\"counter_hz\":54000000,\"emulated\":false}\n"

static const struct {
    const char *text, *words;
    int status;
    const char *says;
} ends[] = {
    {BOOTED R "{\"type\":\"end\",\"core\":0,\"t_ns\":2,\"status\":3,\"why\":\"no\"}\n", "", 1,
     "SK5001"},
    {BOOTED R "{\"type\":\"panic\",\"core\":0,\"t_ns\":2,\"reason\":\"r\",\"pc\":\"0x0\",\"esr\":"
              "\"0x0\",\"far\":\"0x0\",\"trace\":[]}\n",
     "", 5, "SK5003"},
    {"hello \x1b[2J\n", "", 0, ""},
    {"", "--timeout 0", 2, "SK2003"},
    {"", "--baud x", 2, "SK2003"},
};

START_TEST(each_end_has_its_status)
{
    struct said s;

    case_file("in", ends[_i].text, strlen(ends[_i].text));
    s = monitor_of("in", ends[_i].words);
    ck_assert_msg(s.status == ends[_i].status, "%d %s", s.status, s.err);
    ck_assert_msg(strstr(s.err, ends[_i].says) != NULL, "%s", s.err);
    ck_assert_ptr_null(strchr(s.out, 0x1b)); /* what the board sends does not steer our terminal */
}
END_TEST

START_TEST(text_has_the_time_before_it)
{
    struct said s;
    const char *at;

    case_file("in", "booted\n", 7);
    s = monitor_of("in", "");
    at = strstr(s.out, "] booted");
    ck_assert_ptr_nonnull(at);
    ck_assert_int_eq(at[-13], '[');
    ck_assert_int_eq(at[-10], ':');
    ck_assert_int_eq(at[-4], '.');
}
END_TEST

START_TEST(what_is_no_line_is_refused)
{
    struct said s;

    case_file("in", "x", 1);
    s = skerry_said("monitor in");
    ck_assert_int_eq(s.status, 3);
    ck_assert_ptr_nonnull(strstr(s.err, "skerry report in"));
    ck_assert_int_eq(skerry_said("monitor none").status, 3);
    ck_assert_int_eq(skerry_said("monitor").status, 2);
    ck_assert_int_eq(skerry_said("monitor /dev/null --timeout 1 --log y.log").status, 3);
}
END_TEST

START_TEST(silence_ends_at_the_time_given_and_says_so)
{
    int board = plug_in();
    struct said s = skerry_said("monitor tty --until-end --timeout 1 --log y.log");

    ck_assert_int_eq(s.status, 4);
    ck_assert_ptr_nonnull(strstr(s.err, "no `end` record in 1 s"));
    ck_assert_ptr_nonnull(strstr(s.err, "raspberry-pi-5.md"));
    close(board);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_listen");
    TCase *c = tcase_create("listen");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, what_is_kept_is_what_came_in_whatever_pieces, 0, 7);
    tcase_add_test(c, a_time_is_told_once_a_second_at_most);
    tcase_add_test(c, a_cable_pulled_out_in_a_record_breaks_that_one_only);
    tcase_add_loop_test(c, a_run_is_listened_to_until_its_end_record, 0, 2);
    tcase_add_test(c, standard_input_is_read_to_its_end);
    tcase_add_loop_test(c, each_end_has_its_status, 0, (int)(sizeof ends / sizeof ends[0]));
    tcase_add_test(c, text_has_the_time_before_it);
    tcase_add_test(c, what_is_no_line_is_refused);
    tcase_add_test(c, silence_ends_at_the_time_given_and_says_so);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
