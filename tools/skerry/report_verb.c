/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry report - a console log, from wherever it comes, turned into a report.
 *
 * A file is read to its end. A serial line, standard input, or a file with
 * --follow is read until the `end` record, and what came in over a line that
 * forgets is kept in <out>/capture.log.
 */
#include "tools/skerry/boot.h"
#include "tools/skerry/report.h"
#include "tools/skerry/serial.h"
#include "tools/skerry/sidecar.h"
#include "tools/skerry/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = number;
}

struct reading {
    struct common common;
    char *out, *baud_text;
    int csv, follow;

    const char *log; /* as given; "-" is standard input */
    int64_t baud;
    bool live;     /* read until `end`, not until the end of the file */
    char *kept;    /* where the bytes of a line that forgets end up, or NULL */
    char *keeping; /* the same while they come in                            */
    int keep_fd;
    struct runlog runlog;
    struct stream stream;
    struct watch watch;
    int64_t bytes;
    uint64_t sum;
    bool ended;
};

static const char examples[] =
    "  skerry report out/console.log         table, and latency.html .json .csv .svg beside the "
    "log\n"
    "  skerry report                         the same, of the last skerry run\n"
    "  skerry report out/stress/console.log  moves: migration.html .json, .trace.json for ui.perfetto.dev\n"
    "  skerry report /dev/ttyUSB0            listen to a board until its `end` record\n"
    "  skerry report capture.log --csv > m.csv\n"
    "  tio /dev/ttyUSB0 | skerry report -\n";

static const char more[] =
    "WHAT IT MAKES\n"
    "  latency.html .json .csv .svg          of every log\n"
    "  migration.html .json .trace.json      of a log with records of moves, messages or cuts; then\n"
    "                                        --json has their figures as \"migration\"\n"
    "  A line that is broken is left out and named. Moves or messages that lack a record are counted\n"
    "  and told; nothing is filled in.\n\n"
    "EXIT STATUS\n"
    "  0 complete                            2 no console record in the input\n"
    "  1 cut off, a pair, a move or a        3 the input cannot be read\n"
    "    message missing, or the machine     5 a CPU driver panicked\n"
    "    ended with an error\n"
    "                                        7 another version of the record format\n";

static void line(void *ctx, const struct stream_line *s)
{
    struct reading *r = ctx;
    enum record_type type = runlog_line(&r->runlog, s);

    if (r->live)
        watch_line(&r->watch, &r->runlog, s, type, seconds_now());
    if (type == RECORD_end)
        r->ended = true;
}

static bool keep(struct reading *r, const char *bytes, size_t n, struct complaint *bad)
{
    while (r->keep_fd >= 0 && n) {
        ssize_t put = write(r->keep_fd, bytes, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", r->kept,
                          strerror(errno));
        bytes += put;
        n -= (size_t)put;
    }
    return true;
}

static bool read_all(struct reading *r, int fd, struct complaint *bad)
{
    bool regular, ok = true;
    struct stat st;
    char part[16384];

    regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    while (ok && !interrupted && !(r->live && r->ended)) {
        ssize_t got = read(fd, part, sizeof part);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(bad, ERR_NO_FILE, "%.200s cannot be read: %s", r->log, strerror(errno));
        if (got == 0 && !(regular && r->live))
            break;
        if (got == 0) { /* --follow: the writer is not done yet */
            poll(NULL, 0, 100);
            continue;
        }
        ok = keep(r, part, (size_t)got, bad);
        r->bytes += got;
        r->sum = log_sum(r->sum, part, (size_t)got);
        stream_feed(&r->stream, part, (size_t)got, line, r);
    }
    stream_finish(&r->stream, line, r);
    return ok;
}

/*
 * Bytes from a line or a pipe are gone once read: keep them before anything else. Under
 * another name until they are all there, because the pipe may read the last capture.
 */
static bool start_keeping(struct reading *r, struct complaint *bad)
{
    struct buf path = {0}, part = {0};

    buf_put(&path, "%s/capture.log", r->out ? r->out : "out");
    buf_put(&part, "%s.part", path.s);
    r->kept = path.s;
    r->keeping = part.s;
    if (file_make_parents(r->keeping))
        r->keep_fd = open(r->keeping, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (r->keep_fd >= 0)
        return true;
    refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", r->keeping, strerror(errno));
    SAY(bad->hint, "--out in another folder");
    return false;
}

static bool stop_keeping(struct reading *r, struct complaint *bad)
{
    bool ok = r->keep_fd < 0 || (close(r->keep_fd) == 0 && rename(r->keeping, r->kept) == 0);

    r->keep_fd = -1;
    return ok ||
           refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", r->kept, strerror(errno));
}

static bool read_log(struct reading *r, struct complaint *bad)
{
    struct serial serial = {.fd = -1};
    bool tty, ok;
    int fd;

    if (strcmp(r->log, "-") == 0) {
        r->live = true;
        return start_keeping(r, bad) && read_all(r, STDIN_FILENO, bad);
    }
    fd = open(r->log, O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        refuse(bad, ERR_NO_FILE, "%.200s cannot be opened: %s", r->log, strerror(errno));
        SAY(bad->hint,
            "skerry run writes out/console.log; or name a log, a serial device, or - for "
            "standard input");
        return false;
    }
    tty = isatty(fd);
    r->live = tty || r->follow;
    if (!tty) {
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        ok = read_all(r, fd, bad);
        close(fd);
        return ok;
    }
    close(fd);
    if (!start_keeping(r, bad) || !serial_open(&serial, r->log, r->baud, bad))
        return false;
    watch_say(&r->watch,
              "skerry: listening to %s at %" PRId64
              " baud until the `end` record; Ctrl-C ends early",
              r->log, r->baud);
    ok = read_all(r, serial.fd, bad);
    serial_close(&serial);
    return ok;
}

static bool check_records(const struct reading *r, struct complaint *bad)
{
    const struct runlog *l = &r->runlog;

    if (l->other_format) {
        refuse(bad, ERR_FORMAT,
               "the log is of record format %" PRId64 ", this program reads format %d",
               l->other_format, RECORD_FORMAT);
        SAY(bad->at, "%.250s", r->log);
        SAY(bad->hint,
            "use the skerry program of the tree that built the image; the log is untouched");
        return false;
    }
    if (l->records > l->nbroken + l->unknown)
        return true;
    refuse(bad, ERR_NO_RECORDS, "there is no console record in %.200s", r->log);
    SAY(bad->have, "%" PRId64 " bytes, %lu lines, %lu that start as a record, %zu of those broken",
        r->bytes, l->lines, l->records, l->nbroken);
    if (l->nbroken)
        SAY(bad->why, "line %lu: %s", l->broken[0].line, l->broken[0].why);
    else
        SAY(bad->why, "records start with the byte 0x1e; some terminal programs drop control bytes "
                      "from a capture");
    SAY(bad->hint, "capture raw: skerry run, or skerry report /dev/ttyUSB0");
    return false;
}

static int report(void *asked, const struct parsed *p)
{
    struct reading *r = asked;
    struct report_ask ask = {.out = r->out, .json = r->common.json, .csv = r->csv};
    struct complaint bad = {0};
    json_t *sidecar = NULL;
    bool whole, ok;

    if (r->baud_text && !number_from(r->baud_text, 1, 10000000, &r->baud)) {
        refuse(&bad, ERR_VALUE, "--baud %s: the value must be a number such as 115200",
               r->baud_text);
        return complain(&r->common, &bad);
    }
    r->log = p->nargs ? p->args[0] : "out/console.log";
    watch_start(&r->watch, &r->common.term, stderr, r->common.quiet);
    ok = read_log(r, &bad) && stop_keeping(r, &bad);
    watch_stop(&r->watch);
    if (!ok || !check_records(r, &bad))
        return complain(&r->common, &bad);

    ask.log = r->kept ? r->kept : r->log;
    sidecar = sidecar_read(ask.log, r->bytes, r->sum, &ask.stale);
    ask.stale = ask.stale && !r->kept;
    ask.sidecar = sidecar;
    ok = report_make(&r->common, &r->runlog, &ask, &whole, &bad);
    json_decref(sidecar);
    if (ok && whole)
        return interrupted ? EXIT_INTERRUPTED : EXIT_OK;
    r->common.json = 0; /* the document is out; this is talk */
    complain(&r->common, &bad);
    return ok && interrupted ? EXIT_INTERRUPTED : complaint_exit(bad.code);
}

static struct poptOption *table(struct reading *r)
{
    static struct poptOption rows[8];

    rows[0] = (struct poptOption){"out",   0, POPT_ARG_STRING,
                                  &r->out, 0, "folder for the report; default: that of the log",
                                  "DIR"};
    rows[1] =
        (struct poptOption){"csv",   0, POPT_ARG_NONE,
                            &r->csv, 0, "print the CSV (shape of core-to-core-latency) on stdout",
                            NULL};
    rows[2] = (struct poptOption){
        "baud", 0, POPT_ARG_STRING, &r->baud_text, 0, "speed of a serial device; default 115200",
        "N"};
    rows[3] =
        (struct poptOption){"follow",   'f', POPT_ARG_NONE,
                            &r->follow, 0,   "a file that still grows: read until its `end` record",
                            NULL};
    rows[4] = (struct poptOption)OPTIONS_COMMON(&r->common);
    rows[5] = (struct poptOption)OPTION_END;
    return rows;
}

static int report_main(int argc, const char **argv)
{
    struct reading r = {.baud = 115200, .keep_fd = -1, .sum = LOG_SUM_START};
    struct sigaction act = {.sa_handler = on_interrupt}, old;
    int status;

    interrupted = 0;
    sigaction(SIGINT, &act, &old);
    runlog_start(&r.runlog);
    status = options_run(&verb_report, &r.common, table(&r), argc, argv, report, &r);
    sigaction(SIGINT, &old, NULL);
    runlog_free(&r.runlog);
    if (r.keep_fd >= 0)
        close(r.keep_fd);
    free(r.kept);
    free(r.keeping);
    return status;
}

const struct verb verb_report = {"report",
                                 "turn a console log into a report",
                                 "[options] [LOG | - | /dev/ttyX]",
                                 examples,
                                 more,
                                 report_main,
                                 0,
                                 1,
                                 "at most one log"};
