/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry monitor - listen to a board: show what it says, keep it, report as it goes.
 *
 * Goes on through reboots of the board and through the cable being pulled out, until Ctrl-C, the
 * end of standard input, or with --until-end the board's `end` record.
 */
#include "lib/base/types.h"
#include "tools/skerry/boot.h"
#include "tools/skerry/listen.h"
#include "tools/skerry/report.h"
#include "tools/skerry/serial.h"
#include "tools/skerry/verbs.h"
#include "tools/skerry/version.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REPORT_MS 2000 /* while pairs are being measured */
#define RETRY_MS  200

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = number;
}

struct monitor {
    struct common common;
    char *baud_text, *log, *out, *timeout_text;
    int until_end, no_report;

    const char *device;
    int64_t baud, timeout_s;
    struct serial serial; /* fd -1: the line is not there */
    bool is_stdin, ended;
    int log_fd;
    struct listen listen;
    struct watch watch;
    struct term term;
    size_t reported_pairs;
    bool reported_end;
    int64_t reported_ms;
    bool timed_out;
};

static const char examples[] =
    "  skerry monitor /dev/ttyACM0                   a Raspberry Pi 5 on its debug cable\n"
    "  skerry monitor /dev/ttyUSB0 --until-end --log pi5.log\n"
    "                                                one run, then stop; pi5.log is all there is "
    "to "
    "send\n"
    "  skerry report pi5.log                         the report of that, anywhere\n"
    "  socat - tcp:192.168.1.9:2000 | skerry monitor -\n";

static const char more[] =
    "The log is what the board sent, byte for byte, and between its lines the host's time\n"
    "(docs/spec/console.md). Without --log it is out/board-<time>.log, and the report of each "
    "boot\n"
    "is in the folder of that name, renewed while pairs are measured.\n\n"
    "EXIT STATUS\n"
    "  0 stopped by Ctrl-C or the input's end    3 the device cannot be used\n"
    "  1 the board ended with an error           4 --timeout passed without its `end`\n"
    "  2 wrong usage                             5 a CPU driver panicked\n";

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- what comes in --------------------------------------------------------------------------------- */

static bool keep(void *ctx, const char *bytes, size_t n)
{
    struct monitor *m = ctx;

    while (n) {
        ssize_t put = write(m->log_fd, bytes, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        n -= (size_t)put;
    }
    return true;
}

static void show(void *ctx, const struct stream_line *line, enum record_type type, int64_t now)
{
    struct monitor *m = ctx;
    struct buf t = {0};
    char at[48];

    if (line->record) {
        watch_line(&m->watch, &m->listen.runlog, line, type, seconds_now());
        m->ended = m->ended || type == RECORD_end || type == RECORD_panic;
        return;
    }
    if (line->n == 0)
        return;
    listen_stamp(now, at, sizeof at);
    buf_visible(&t, line->bytes, line->n);
    watch_say(&m->watch, "[%.12s] %s", at + strlen("2026-11-21T"), t.s);
    buf_free(&t);
}

/* --- reports --------------------------------------------------------------------------------------- */

static void report(struct monitor *m, bool last)
{
    const struct runlog *l = &m->listen.runlog;
    struct report_ask ask = {.log = m->log, .silent = !last || m->common.json || m->common.quiet};
    struct buf folder = {0};
    struct complaint bad;
    bool whole;

    if (m->no_report || l->other_format || l->npairs + l->nlocals == 0)
        return;
    if (l->npairs == m->reported_pairs && (!last || m->reported_end))
        return;
    if (!last && m->listen.now_ms - m->reported_ms < REPORT_MS)
        return;
    m->reported_end = last;
    m->reported_pairs = l->npairs;
    m->reported_ms = m->listen.now_ms;
    if (m->out)
        buf_add(&folder, m->out);
    else
        buf_put(&folder, "%.*s", (int)(strlen(m->log) - strlen(".log")), m->log);
    if (l->boots > 1)
        buf_put(&folder, "/boot-%u", (unsigned)l->boots);
    ask.out = folder.s;
    if (!report_make(&m->common, l, &ask, &whole, &bad))
        warn(&m->common, &bad);
    else if (last)
        watch_say(&m->watch, "skerry: report in %s", folder.s);
    buf_free(&folder);
}

/* --- the line -------------------------------------------------------------------------------------- */

static void lose(struct monitor *m)
{
    serial_close(&m->serial);
    m->serial.fd = -1;
    listen_lost(&m->listen, now_ms());
    watch_say(&m->watch, "skerry: %s is gone; waiting until it is back (Ctrl-C ends)", m->device);
}

static void look_for_it(struct monitor *m)
{
    struct complaint bad;

    poll(NULL, 0, RETRY_MS);
    if (access(m->device, R_OK) != 0 || !serial_open(&m->serial, m->device, m->baud, &bad)) {
        m->serial.fd = -1;
        return;
    }
    listen_back(&m->listen, now_ms());
    watch_say(&m->watch, "skerry: %s is back", m->device);
}

/* One piece of input. False: there will be no more. */
static bool step(struct monitor *m)
{
    struct pollfd p = {.fd = m->serial.fd, .events = POLLIN};
    char part[4096];
    ssize_t got;

    if (m->serial.fd < 0) {
        look_for_it(m);
        return true;
    }
    if (poll(&p, 1, RETRY_MS) <= 0)
        return true;
    got = read(m->serial.fd, part, sizeof part);
    if (got > 0)
        listen_bytes(&m->listen, now_ms(), part, (size_t)got);
    else if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    else if (m->is_stdin)
        return false;
    else
        lose(m);
    return true;
}

static void listen_on(struct monitor *m)
{
    int64_t until = m->timeout_s ? now_ms() + m->timeout_s * 1000 : INT64_MAX;

    while (!interrupted && !m->listen.failed && step(m)) {
        report(m, m->ended);
        if (m->ended && m->until_end)
            return;
        m->ended = false;
        m->timed_out = now_ms() >= until;
        if (m->timed_out)
            return;
    }
}

/* --- beginning and end ----------------------------------------------------------------------------- */

static bool open_line(struct monitor *m, struct complaint *bad)
{
    struct stat st;

    m->is_stdin = strcmp(m->device, "-") == 0;
    if (m->is_stdin) {
        m->serial.fd = STDIN_FILENO;
        return true;
    }
    if (stat(m->device, &st) == 0 && S_ISREG(st.st_mode)) {
        refuse(bad, ERR_SERIAL, "%.200s is a file, not a serial device", m->device);
        SAY(bad->hint, "skerry report %.200s", m->device);
        return false;
    }
    return serial_open(&m->serial, m->device, m->baud, bad);
}

static bool open_log(struct monitor *m, struct complaint *bad)
{
    struct buf t = {0};
    char at[48];

    if (!m->log) {
        listen_stamp(now_ms(), at, sizeof at);
        for (char *c = at; *c; c++)
            *c = *c == ':' || *c == '.' ? '-' : *c;
        buf_put(&t, "out/board-%s.log", at);
        m->log = t.s;
    }
    if (file_make_parents(m->log))
        m->log_fd = open(m->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (m->log_fd >= 0)
        return true;
    refuse(bad, ERR_NO_WRITE, "the log %.300s cannot be written: %s", m->log, strerror(errno));
    SAY(bad->hint, "--log in another place");
    return false;
}

static bool check_values(struct monitor *m, struct complaint *bad)
{
    size_t n = m->log ? strlen(m->log) : 0;

    if (m->baud_text && !number_from(m->baud_text, 1, 10000000, &m->baud))
        return refuse(bad, ERR_VALUE, "--baud %s: the value must be a number such as 115200",
                      m->baud_text);
    if (m->timeout_text && !number_from(m->timeout_text, 1, 1000000, &m->timeout_s))
        return refuse(bad, ERR_VALUE, "--timeout %s: the value must be 1 to 1000000 seconds",
                      m->timeout_text);
    if (m->log && !m->out && (n < 5 || strcmp(m->log + n - 4, ".log") != 0))
        m->no_report = 1; /* no folder to name after it */
    return true;
}

static void start(struct monitor *m)
{
    struct buf words = {0};
    json_t *device = json_words(m->device);
    char *quoted = must(json_dumps(device, JSON_ENCODE_ANY));

    buf_put(&words, "\"tool\":\"skerry " SKERRY_VERSION "\",\"device\":%s,\"baud\":%" PRId64,
            quoted, m->baud);
    m->term = m->common.term;
    m->term.err_tty = isatty(STDOUT_FILENO) != 0;
    watch_start(&m->watch, &m->term, m->common.json ? stderr : stdout, m->common.quiet);
    watch_say(&m->watch, "skerry: listening to %s at %" PRId64 " baud; the log is %s; Ctrl-C ends",
              m->device, m->baud, m->log);
    listen_start(&m->listen, now_ms(), words.s);
    json_decref(device);
    free(quoted);
    buf_free(&words);
}

static bool judge(const struct monitor *m, struct complaint *bad)
{
    const struct runlog *l = &m->listen.runlog;

    if (m->listen.failed) {
        refuse(bad, ERR_NO_WRITE, "the log %.300s cannot be written", m->log);
        return false;
    }
    if (l->panic.has)
        return refuse(bad, ERR_PANIC, "the board panicked; the log has its registers and trace");
    if (l->end.has && l->end.status != 0)
        return refuse(bad, ERR_STATUS, "the board ended with status %" PRId64 ": %s", l->end.status,
                      l->end.why);
    if (m->timed_out && m->until_end) {
        refuse(bad, ERR_TIMEOUT, "no `end` record in %" PRId64 " s", m->timeout_s);
        SAY(bad->have, "%" PRId64 " bytes, %lu records; last seen: %s", m->listen.bytes, l->records,
            *l->last_seen ? l->last_seen : "nothing");
        SAY(bad->hint,
            "docs/raspberry-pi-5.md says what is to be seen, and what it means if it is not");
        return false;
    }
    return true;
}

static int finish(struct monitor *m)
{
    const struct runlog *l = &m->listen.runlog;
    struct complaint bad = {0};
    bool fine;

    listen_end(&m->listen, now_ms());
    report(m, true);
    watch_say(&m->watch, "skerry: %" PRId64 " bytes in %s   (skerry report %s)", m->listen.bytes,
              m->log, m->log);
    watch_stop(&m->watch);
    fine = judge(m, &bad);
    if (m->common.json)
        json_print(must(json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:i, s:b}", "schema",
                                  "skerry.monitor/1", "log", json_words(m->log), "bytes",
                                  (json_int_t)m->listen.bytes, "records", (json_int_t)l->records,
                                  "broken", (json_int_t)l->nbroken, "boots", (json_int_t)l->boots,
                                  "lost", (int)m->listen.lost, "ended", l->end.has)));
    if (fine)
        return EXIT_OK;
    m->common.json = 0; /* the document is out */
    return complain(&m->common, &bad);
}

static int monitor(void *asked, const struct parsed *p)
{
    struct monitor *m = asked;
    struct complaint bad = {0};
    int status;

    m->device = p->args[0];
    if (!check_values(m, &bad) || !open_line(m, &bad))
        return complain(&m->common, &bad);
    if (!open_log(m, &bad)) {
        status = complain(&m->common, &bad);
    } else {
        m->listen.keep = keep;
        m->listen.show = show;
        m->listen.ctx = m;
        start(m);
        listen_on(m);
        status = finish(m);
        listen_free(&m->listen);
        close(m->log_fd);
    }
    if (!m->is_stdin && m->serial.fd >= 0)
        serial_close(&m->serial);
    return status;
}

static int monitor_main(int argc, const char **argv)
{
    struct monitor m = {.baud = 115200, .serial = {.fd = -1}, .log_fd = -1};
    struct poptOption table[] = {
        {"log", 0, POPT_ARG_STRING, &m.log, 0, "keep what comes in here", "FILE"},
        {"report", 0, POPT_ARG_STRING, &m.out, 0, "folder for the reports; default: the log's name",
         "DIR"},
        {"no-report", 0, POPT_ARG_NONE, &m.no_report, 0, "leave the reports out", NULL},
        {"baud", 0, POPT_ARG_STRING, &m.baud_text, 0, "speed; default 115200", "N"},
        {"until-end", 0, POPT_ARG_NONE, &m.until_end, 0,
         "stop at the board's `end` record or panic", NULL},
        {"timeout", 0, POPT_ARG_STRING, &m.timeout_text, 0, "stop after so many seconds", "S"},
        OPTIONS_COMMON(&m.common),
        OPTION_END};
    struct sigaction act = {.sa_handler = on_interrupt}, old_int, old_term;
    int status;

    interrupted = 0;
    sigaction(SIGINT, &act, &old_int);
    sigaction(SIGTERM, &act, &old_term);
    status = options_run(&verb_monitor, &m.common, table, argc, argv, monitor, &m);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    return status;
}

const struct verb verb_monitor = {"monitor",
                                  "listen to a board, keep what it says, report as it goes",
                                  "[options] DEVICE | -",
                                  examples,
                                  more,
                                  monitor_main,
                                  1,
                                  1,
                                  "one serial device, or - for standard input"};
