/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/boot.h"
#include "tools/skerry/child.h"
#include "tools/skerry/want.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINGER_SECONDS 5.0  /* between `end` or `panic` and the end of QEMU */
#define GRACE_SECONDS  2.0  /* between asking QEMU to end and making it     */
#define SAID_KEPT      600u /* bytes of QEMU's last words                   */

static volatile sig_atomic_t told_to_stop;

static void on_signal(int number)
{
    told_to_stop = number;
}

struct boot {
    struct child child;
    struct stream stream;
    struct runlog *l;
    struct watch *w;
    struct boot_outcome *o;
    struct buf err_line;
    int log_fd;
    double began, limit, heard; /* host seconds; limit 0: none */
    bool stopping;
    double stopping_since;
};

double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

uint64_t log_sum(uint64_t sum, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
    return sum;
}

static void console_line(void *ctx, const struct stream_line *line)
{
    struct boot *b = ctx;
    enum record_type type = runlog_line(b->l, line);
    bool blank = line->n == strspn(line->bytes, " \t");

    if (!line->record && !blank)
        want_copy(b->o->last_text, sizeof b->o->last_text, line->bytes);
    watch_line(b->w, b->l, line, type, seconds_now());
    if ((type == RECORD_end || type == RECORD_panic) && !b->stopping)
        b->limit = seconds_now() + LINGER_SECONDS;
}

/* Ask once, then insist: the first call sends SIGTERM, one after the grace sends SIGKILL. */
static void stop(struct boot *b, enum boot_stop why)
{
    double now = seconds_now();

    if (!b->stopping) {
        b->o->stop = why;
        b->stopping = true;
        b->stopping_since = now;
        child_signal(&b->child, SIGTERM);
    } else if (now > b->stopping_since + GRACE_SECONDS) {
        child_signal(&b->child, SIGKILL);
    }
}

static void stop_if_due(struct boot *b)
{
    if (b->stopping)
        stop(b, b->o->stop);
    else if (told_to_stop)
        stop(b, STOP_SIGNAL);
    else if (b->limit > 0 && seconds_now() > b->limit)
        stop(b, b->l->end.has || b->l->panic.has ? STOP_LINGERED : STOP_TIMEOUT);
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t put = write(fd, bytes, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        n -= (size_t)put;
    }
    return true;
}

/* False at the end of the stream. */
static bool console_bytes(struct boot *b)
{
    char part[16384];
    ssize_t got = read(b->child.out, part, sizeof part);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    if (got == 0)
        return false;
    b->heard = seconds_now();
    if (b->o->stop != STOP_LOG && !write_all(b->log_fd, part, (size_t)got)) {
        b->o->log_errno = errno;
        stop(b, STOP_LOG);
        b->o->stop = STOP_LOG;
    }
    b->o->log_bytes += got;
    b->o->log_sum = log_sum(b->o->log_sum, part, (size_t)got);
    stream_feed(&b->stream, part, (size_t)got, console_line, b);
    return true;
}

static void err_line(struct boot *b)
{
    struct buf t = {0};

    buf_visible(&t, b->err_line.s, b->err_line.n);
    watch_say(b->w, "qemu: %s", t.s ? t.s : "");
    buf_put(&b->o->said, "%s\n", t.s ? t.s : "");
    if (b->o->said.n > SAID_KEPT) {
        size_t drop = b->o->said.n - SAID_KEPT;

        memmove(b->o->said.s, b->o->said.s + drop, SAID_KEPT + 1);
        b->o->said.n = SAID_KEPT;
    }
    buf_free(&t);
    buf_clear(&b->err_line);
}

static bool qemu_words(struct boot *b)
{
    char part[4096];
    ssize_t got = read(b->child.err, part, sizeof part);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    for (ssize_t i = 0; i < got; i++)
        if (part[i] == '\n' || b->err_line.n > 4000)
            err_line(b);
        else
            buf_bytes(&b->err_line, &part[i], 1);
    if (got == 0 && b->err_line.n)
        err_line(b);
    return got > 0;
}

static void follow(struct boot *b)
{
    struct pollfd p[2] = {{.fd = b->child.out, .events = POLLIN},
                          {.fd = b->child.err, .events = POLLIN}};

    /* A grandchild may hold the pipes open: once QEMU is gone, only what is there already counts. */
    while (p[0].fd >= 0 || p[1].fd >= 0) {
        bool gone = child_poll(&b->child);
        int n = poll(p, 2, gone ? 0 : 100);

        if (n > 0 && p[0].revents && !console_bytes(b))
            p[0].fd = -1;
        if (n > 0 && p[1].revents && !qemu_words(b))
            p[1].fd = -1;
        if (gone && n == 0)
            break;
        stop_if_due(b);
    }
    while (!child_poll(&b->child)) { /* it closed its output before it ended */
        poll(NULL, 0, 10);
        stop_if_due(b);
    }
}

bool boot_qemu(char *const *argv, int log_fd, int64_t timeout, struct runlog *l, struct watch *w,
               struct boot_outcome *o)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    struct boot b = {.l = l, .w = w, .o = o, .log_fd = log_fd};
    struct sigaction act = {.sa_handler = on_signal}, old[ARRAY_LEN(stops)];
    bool started;

    *o = (struct boot_outcome){.log_sum = LOG_SUM_START};
    told_to_stop = 0;
    /* Before QEMU is there: a Ctrl-C in between must not leave it behind. */
    for (size_t i = 0; i < ARRAY_LEN(stops); i++)
        sigaction(stops[i], &act, &old[i]);
    b.began = b.heard = seconds_now();
    b.limit = timeout ? b.began + (double)timeout : 0;
    started = child_start(&b.child, argv);
    if (started) {
        follow(&b);
        stream_finish(&b.stream, console_line, &b);
        o->qemu_exit = child_exit(&b.child);
        o->seconds = seconds_now() - b.began;
        o->silent = seconds_now() - b.heard;
        child_close(&b.child);
        buf_free(&b.err_line);
    }
    for (size_t i = 0; i < ARRAY_LEN(stops); i++)
        sigaction(stops[i], &old[i], NULL);
    return started;
}

void boot_outcome_free(struct boot_outcome *o)
{
    buf_free(&o->said);
}
