/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry run, with a script in the place of QEMU: each way a run can end has its
 * exit status and its sentence, and the log is there whatever happened.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/boot.h"
#include "tools/skerry/error.h"
#include "tools/skerry/sidecar.h"

#define HEAD                                                                                       \
    "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'QEMU emulator version 7.2.0 (stand-in)'; exit; }\n"
#define BOOT                                                                                       \
    "printf '\\036{\"type\":\"boot\",\"core\":0,\"t_ns\":1000000,\"format\":1,\"version\":\"v\",\"board\":\"b\","   \
    "\"cores\":2,\"el\":1,\"gic\":3,\"counter_hz\":62500000,\"emulated\":true}\\n'\n"
#define RECORD(json) "printf '\\036" json "\\n'\n"
#define END(status) RECORD("{\"type\":\"end\",\"core\":0,\"t_ns\":9,\"status\":" #status ",\"why\":\"done\"}")
#define RUN "run --qemu ./qemu --image i --bundle b --log o/c.log"

static struct said said;

static void setup(void)
{
    case_enter();
    case_file("i", "x", 1);
    case_file("b", "x", 1);
    ck_assert_int_eq(symlink("/dev/full", "full.log"), 0);
}

static void teardown(void)
{
    case_leave();
}

static const struct {
    const char *script, *words;
    int status;
    const char *says[3];
} ends[] = {
    {HEAD BOOT END(0), RUN, 0, {"ended with status 0", "c.log", ""}},
    {HEAD BOOT END(3), RUN, 1, {"SK5001", "status 3: done", ""}},
    {HEAD BOOT END(0) "exit 7\n", RUN, 1, {"SK5004", "QEMU ended with 7", ""}},
    {HEAD BOOT RECORD("{\"type\":\"test\",\"name\":\"t\",\"n\":2,\"ok\":false,\"what\":\"w\"}") END(0), RUN, 1,
     {"SK5002", "1 of 1 tests", "t 2 - w"}},
    {HEAD BOOT RECORD("{\"type\":\"error\",\"core\":1,\"what\":\"x\",\"status\":\"ST_GONE\",\"why\":\"y\"}") END(2),
     RUN, 1, {"SK5001", "core 1: x (ST_GONE) y", ""}},
    {HEAD "echo only text\nexit 0\n", RUN, 4, {"SK4003", "text \"only text\", no record", ""}},
    {HEAD BOOT "echo going; echo oops >&2; exit 1\n", RUN, 4, {"SK4003", "record boot at +0.001 s", "oops"}},
    {HEAD "echo 'unable to find CPU model' >&2; exit 1\n", RUN, 4, {"SK4001", "status 1", "unable to find CPU"}},
    {HEAD "exit 1\n", RUN, 4, {"SK4001", "QEMU said nothing", "--print"}},
    {HEAD "kill -SEGV $$\n", RUN, 4, {"SK4001", "status 139", ""}},
    {HEAD BOOT "exec sleep 60\n", RUN " --timeout 1", 4, {"SK4002", "within 1 s", "record boot"}},
    {HEAD "exec sleep 60\n", RUN " --timeout 1", 4, {"SK4002", "nothing: the console stayed silent", "--timeout 4"}},
    {HEAD BOOT "trap '' TERM; while :; do sleep 0.2; done\n", RUN " --timeout 1", 4, {"SK4002", "", ""}},
    {HEAD BOOT RECORD("{\"type\":\"panic\",\"core\":1,\"reason\":\"data abort\",\"pc\":\"0x40\",\"esr\":\"0x9\","
                      "\"far\":\"0x18\",\"task\":\"idle\",\"trace\":[\"f+4\",\"g+8\"]}") "exit 1\n",
     RUN, 5, {"SK5003", "core 1 panicked: data abort", "f+4\n        g+8"}},
    {HEAD RECORD("{\"type\":\"boot\",\"format\":9}") "exit 0\n", RUN, 7, {"SK7001", "format 9", "make"}},
    {HEAD BOOT "kill -INT $PPID; exec sleep 60\n", RUN, 130, {"SK5005", "stopped after", "skerry report"}},
    {HEAD BOOT "kill -TERM $PPID; exec sleep 60\n", RUN, 130, {"SK5005", "", ""}},
    {HEAD BOOT END(0), "run --qemu ./qemu --image none --bundle b", 3, {"SK3002", "boot image none", "make"}},
    {HEAD BOOT END(0), "run --qemu ./qemu --image i --bundle none", 3, {"SK3002", "bundle none", "make"}},
    {HEAD BOOT END(0), "run --qemu ./qemu --image i --bundle b --log i/c.log", 3, {"SK3004", "i/c.log", "--log"}},
    {HEAD BOOT END(0), "run --qemu ./qemu --image i --bundle b --log full.log", 3, {"SK3004", "No space left", ""}},
    {"not a program", RUN, 3, {"SK3001", "", ""}},
    {"#!/bin/sh\nexit 1\n", RUN, 3, {"SK3001", "--version", "apt install"}},
    {"#!/nowhere/sh\n", RUN, 3, {"SK3001", "", ""}},
};

START_TEST(each_end_has_its_status_and_its_sentence)
{
    time_t began = time(NULL);

    case_script("qemu", ends[_i].script);
    said = skerry_said(ends[_i].words);
    ck_assert_msg(said.status == ends[_i].status, "status %d: %s", said.status, said.err);
    for (size_t k = 0; k < 3; k++)
        ck_assert_msg(strstr(said.err, ends[_i].says[k]) != NULL, "\"%s\" is not in: %s",
                      ends[_i].says[k], said.err);
    ck_assert_uint_eq(count_of(said.err, "error["), ends[_i].status != 0);
    ck_assert_int_lt(time(NULL) - began, 12);
}
END_TEST

START_TEST(quiet_means_nothing_but_the_error)
{
    case_script("qemu", HEAD BOOT "echo text\n" END(0));
    said = skerry_said(RUN " -q");
    ck_assert_str_eq(said.err, "");
    ck_assert_str_eq(said.out, "");
    case_script("qemu", HEAD BOOT "echo text\n" END(1));
    said = skerry_said(RUN " -q");
    ck_assert_ptr_eq(strstr(said.err, "error["), said.err);
}
END_TEST

START_TEST(the_log_has_every_byte_the_machine_sent)
{
    char *bytes = malloc(300000), *log;
    uint32_t dice = 1;
    size_t n;

    for (size_t i = 0; i < 300000; i++)
        bytes[i] = (char)((dice = dice * 1664525 + 1013904223) >> 24);
    case_file("bytes", bytes, 300000);
    case_script("qemu", HEAD "cat bytes\n");
    said = skerry_said(RUN " -q");
    ck_assert_int_eq(said.status, 4);
    log = file_read("o/c.log", &n);
    ck_assert_uint_eq(n, 300000);
    ck_assert_mem_eq(log, bytes, n);
    free(log);
    free(bytes);
}
END_TEST

START_TEST(escape_sequences_of_the_machine_do_not_reach_the_terminal)
{
    case_script("qemu", HEAD BOOT "printf 'a\\033[2Jb\\302\\233c\\n'\n" END(0));
    said = skerry_said(RUN);
    ck_assert_ptr_null(strchr(said.err, 0x1b));
    ck_assert_ptr_null(strstr(said.err, "\xc2\x9b"));
    ck_assert_ptr_nonnull(strstr(said.err, "a\\x1b[2Jb"));
}
END_TEST

START_TEST(progress_off_a_terminal_is_a_line_per_tenth)
{
    struct sample s = sample_of(8);

    case_sample("log", &s);
    case_script("qemu", HEAD "cat log\n");
    said = skerry_said(RUN);
    ck_assert_int_eq(said.status, 0);
    ck_assert_uint_ge(count_of(said.err, "pairs measured"), 10);
    ck_assert_uint_le(count_of(said.err, "pairs measured"), 11);
    ck_assert_ptr_nonnull(strstr(said.err, "7 boot phases done"));
    ck_assert_ptr_nonnull(strstr(said.err, "8 of 8 cores joined"));
    ck_assert_ptr_null(strchr(said.err, '\r'));
    ck_assert_ptr_nonnull(strstr(said.out, "One way, median"));
    ck_assert_ptr_nonnull(strstr(said.out, "saved   o/latency.html"));
}
END_TEST

START_TEST(json_is_one_document_with_the_complaint_inside)
{
    json_t *o;

    case_script("qemu", HEAD BOOT "echo text\n" END(4));
    said = skerry_said(RUN " --json");
    o = json_loads(said.out, 0, NULL);
    ck_assert_msg(o != NULL, "%s", said.out);
    ck_assert_str_eq(json_string_value(json_object_get(o, "schema")), "skerry.run/1");
    ck_assert_int_eq(json_integer_value(json_object_get(o, "status")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(o, "end"), "status")), 4);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(o, "error"), "code")), "SK5001");
    json_decref(o);
}
END_TEST

START_TEST(a_later_report_knows_the_machine_from_the_sidecar)
{
    struct sample s = sample_of(2);
    json_t *o;

    case_sample("log", &s);
    case_script("qemu", HEAD "cat log\n");
    ck_assert_int_eq(skerry_said(RUN " -q --deterministic --cores 2").status, 0);
    ck_assert_int_eq(skerry_said("report o/c.log").status, 0);
    o = json_load_file("o/latency.json", 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(o, "emulator"), "qemu")), "7.2.0");
    ck_assert(json_is_true(json_object_get(json_object_get(o, "emulator"), "icount")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(o, "command")), "--deterministic"));
    json_decref(o);
}
END_TEST

START_TEST(a_sidecar_of_other_bytes_is_not_believed)
{
    struct sample s = sample_of(2);
    char *log;
    json_t *o;

    case_sample("log", &s);
    case_script("qemu", HEAD "cat log\n");
    ck_assert_int_eq(skerry_said(RUN " -q").status, 0);
    log = case_read("o/c.log"); /* as long as before, one letter of its text changed */
    strstr(log, "sample: done")[8] = 'g';
    case_file("o/c.log", log, strlen(log));
    free(log);
    said = skerry_said("report o/c.log");
    ck_assert_int_eq(said.status, 0);
    ck_assert_ptr_nonnull(strstr(said.out, "belongs to another run"));
    o = json_load_file("o/latency.json", 0, NULL);
    ck_assert_ptr_null(json_object_get(o, "emulator"));
    json_decref(o);
}
END_TEST

START_TEST(the_machine_gets_nothing_of_our_input)
{
    int before = dup(STDIN_FILENO);
    char *log;

    case_file("in", "ours\n", 5);
    ck_assert_ptr_nonnull(freopen("in", "r", stdin));
    case_script("qemu", HEAD "read line && echo got $line\n" BOOT END(0));
    said = skerry_said(RUN " -q");
    dup2(before, STDIN_FILENO);
    close(before);
    ck_assert_int_eq(said.status, 0);
    log = case_read("o/c.log");
    ck_assert_ptr_null(strstr(log, "got"));
    free(log);
}
END_TEST

START_TEST(the_child_does_not_outlive_us)
{
    char *child;
    int status;
    pid_t pid;

    case_script("qemu", HEAD "echo $$ > pid; exec sleep 50\n");
    pid = fork();
    if (pid == 0) {
        skerry_said(RUN " -q");
        _exit(0);
    }
    for (int i = 0; i < 200 && ((child = case_read("pid")) == NULL || !*child); i++)
        usleep(50000);
    ck_assert_ptr_nonnull(child);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    for (int i = 0; i < 100 && kill(atoi(child), 0) == 0; i++) {
        char stat[64], *text;

        SAY(stat, "/proc/%d/stat", atoi(child)); /* a zombie nobody collects is dead, too */
        text = case_read(stat);
        ck_assert_int_lt(i, 99);
        if (text && strstr(text, ") Z"))
            i = 100;
        free(text);
        usleep(50000);
    }
    free(child);
}
END_TEST

/* A QEMU that does not list the board is not started; one that does is. */
START_TEST(a_board_that_this_qemu_lacks_is_said_before_anything_runs)
{
    struct said s;

    case_file("t.dtb", "x", 1);
    case_script("qemu", "#!/bin/sh\ncase $* in *--version) echo QEMU emulator version 7.2.22;; '-M help') echo virt;; *) echo ran > ran;; esac\n");
    s = skerry_said(RUN " --board raspi4b --dtb t.dtb --no-report");
    ck_assert_int_eq(s.status, 3);
    ck_assert_ptr_nonnull(strstr(s.err, "error[SK3007]: QEMU 7.2.22 has no board raspi4b"));
    ck_assert_ptr_nonnull(strstr(s.err, "make qemu10"));
    ck_assert(case_read("ran") == NULL);
    case_script("qemu", "#!/bin/sh\ncase $* in *--version) echo QEMU emulator version 10.0.2;; '-M help') printf 'x\\nraspi4b  Raspberry Pi 4B\\n';; *) echo ran > ran;; esac\n");
    s = skerry_said(RUN " --board raspi4b --dtb t.dtb --no-report");
    ck_assert_msg(s.status == 4, "%s", s.err);
    free(must(case_read("ran")));
    s = skerry_said(RUN " --board raspi4b --dtb none.dtb --no-report");
    ck_assert_int_eq(s.status, 3);
    ck_assert_ptr_nonnull(strstr(s.err, "make pi-dtbs"));
}
END_TEST

/* Sparse, of the size asked for; one that is there is left as it is. */
START_TEST(a_disk_that_is_not_there_is_made)
{
    struct stat st;
    char *had;

    case_script("qemu", HEAD BOOT "echo \"$@\" > args\n" END(0));
    ck_assert_int_eq(skerry_said(RUN " -q --disk new/d.img:8M --print").status, 0);
    ck_assert_int_ne(stat("new/d.img", &st), 0); /* --print makes nothing */
    ck_assert_int_eq(skerry_said(RUN " -q --disk new/d.img:8M").status, 0);
    ck_assert_int_eq(stat("new/d.img", &st), 0);
    ck_assert_int_eq(st.st_size, 8 * 1024 * 1024);
    ck_assert_int_lt(st.st_blocks, 64);
    ck_assert_ptr_nonnull(strstr(had = case_read("args"), "file=new/d.img"));
    free(had);
    case_file("old.img", "kept", 4);
    ck_assert_int_eq(skerry_said(RUN " -q --disk old.img:8M").status, 0);
    ck_assert_str_eq(had = case_read("old.img"), "kept");
    free(had);
    said = skerry_said(RUN " --disk i/d.img");
    ck_assert_int_eq(said.status, 3);
    ck_assert_ptr_nonnull(strstr(said.err, "SK3004"));
    ck_assert_ptr_nonnull(strstr(said.err, "i/d.img"));
}
END_TEST

/* A terminal pair stands for the serial line; the board writes while we listen. */
START_TEST(a_serial_line_is_read_until_the_end_record)
{
    int board = posix_openpt(O_RDWR | O_NOCTTY);
    struct sample s = sample_of(2);
    char words[200], *kept, *log;
    size_t n;
    pid_t pid;

    ck_assert(board >= 0 && grantpt(board) == 0 && unlockpt(board) == 0);
    log = sample_text(&s, &n);
    SAY(words, "report %s --out o -q --baud 115200", ptsname(board));
    pid = fork();
    if (pid == 0) {
        sleep(1);
        for (size_t at = 0; at < n;) {
            ssize_t put = write(board, log + at, n - at < 200 ? n - at : 200);

            if (put < 0)
                _exit(1);
            at += (size_t)put;
            usleep(2000);
        }
        sleep(30);
        _exit(0);
    }
    said = skerry_said(words);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert_msg(said.status == 0, "%s", said.err);
    kept = case_read("o/capture.log");
    ck_assert_msg(strncmp(kept, log, n - 2) == 0, "the capture differs");
    free(kept);
    free(log);
    close(board);
}
END_TEST

START_TEST(doctor_names_what_is_missing_and_how_to_get_it)
{
    char *path = buf_copy(getenv("PATH"));

    setenv("PATH", "/nowhere", 1);
    said = skerry_said("doctor");
    setenv("PATH", path, 1);
    ck_assert_int_eq(said.status, 3);
    ck_assert_ptr_nonnull(strstr(said.out, "FAIL  QEMU for AArch64"));
    ck_assert_ptr_nonnull(strstr(said.out, "sudo apt install qemu-system-arm"));
    ck_assert_ptr_nonnull(strstr(said.out, "sudo apt install gcc-aarch64-linux-gnu"));
    ck_assert_ptr_nonnull(strstr(said.out, "Not ready."));
    setenv("PATH", "/nowhere", 1);
    said = skerry_said("run --image i --bundle b");
    setenv("PATH", path, 1);
    ck_assert_int_eq(said.status, 3);
    ck_assert_ptr_nonnull(strstr(said.err, "error[SK3001]: qemu-system-aarch64 not found"));
    ck_assert_ptr_nonnull(strstr(said.err, "sudo apt install qemu-system-arm"));
    free(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry/run");
    TCase *t = tcase_create("run");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, each_end_has_its_status_and_its_sentence, 0, ARRAY_LEN(ends));
    tcase_add_test(t, quiet_means_nothing_but_the_error);
    tcase_add_test(t, the_log_has_every_byte_the_machine_sent);
    tcase_add_test(t, escape_sequences_of_the_machine_do_not_reach_the_terminal);
    tcase_add_test(t, progress_off_a_terminal_is_a_line_per_tenth);
    tcase_add_test(t, json_is_one_document_with_the_complaint_inside);
    tcase_add_test(t, a_later_report_knows_the_machine_from_the_sidecar);
    tcase_add_test(t, a_sidecar_of_other_bytes_is_not_believed);
    tcase_add_test(t, the_machine_gets_nothing_of_our_input);
    tcase_add_test(t, the_child_does_not_outlive_us);
    tcase_add_test(t, a_board_that_this_qemu_lacks_is_said_before_anything_runs);
    tcase_add_test(t, a_disk_that_is_not_there_is_made);
    tcase_add_test(t, a_serial_line_is_read_until_the_end_record);
    tcase_add_test(t, doctor_names_what_is_missing_and_how_to_get_it);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
