/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_pair(const int *fds)
{
    close(fds[0]);
    close(fds[1]);
}

/* In the child: nothing but system calls until exec; a failure goes up the `tell` pipe. */
static _Noreturn void become(char *const *argv, int out, int err, int tell)
{
    int nothing = open("/dev/null", O_RDONLY), why;
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execvp(argv[0], argv);
    why = errno;
    if (write(tell, &why, sizeof why) < 0)
        _exit(126);
    _exit(127);
}

bool child_start(struct child *c, char *const *argv)
{
    int out[2], err[2], tell[2], why = 0;
    ssize_t got;

    *c = (struct child){.pid = -1, .out = -1, .err = -1};
    if (pipe2(out, O_CLOEXEC) < 0)
        return false;
    if (pipe2(err, O_CLOEXEC) < 0)
        goto undo_out;
    if (pipe2(tell, O_CLOEXEC) < 0)
        goto undo_err;
    c->pid = fork();
    if (c->pid < 0)
        goto undo_tell;
    if (c->pid == 0)
        become(argv, out[1], err[1], tell[1]);

    close(out[1]);
    close(err[1]);
    close(tell[1]);
    c->out = out[0];
    c->err = err[0];
    /* exec closes the pipe without a word; a failed one sends its errno. */
    while ((got = read(tell[0], &why, sizeof why)) < 0 && errno == EINTR)
        ;
    if (got == (ssize_t)sizeof why) {
        close(tell[0]);
        waitpid(c->pid, &c->status, 0);
        child_close(c);
        errno = why;
        return false;
    }
    close(tell[0]);
    return true;

undo_tell:
    close_pair(tell);
undo_err:
    close_pair(err);
undo_out:
    close_pair(out);
    return false;
}

bool child_poll(struct child *c)
{
    if (!c->ended && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
        c->ended = true;
    return c->ended;
}

void child_signal(struct child *c, int number)
{
    if (!child_poll(c))
        kill(c->pid, number);
}

int child_exit(const struct child *c)
{
    return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : 128 + WTERMSIG(c->status);
}

void child_close(struct child *c)
{
    if (c->out >= 0)
        close(c->out);
    if (c->err >= 0)
        close(c->err);
    c->out = c->err = -1;
}

bool child_capture(char *const *argv, unsigned seconds, char *out, size_t room)
{
    struct child c;
    size_t n = 0;
    char rest[256];

    if (!child_start(&c, argv))
        return false;
    while (seconds) {
        struct pollfd p = {.fd = c.out, .events = POLLIN};
        ssize_t got;

        if (poll(&p, 1, 1000) == 0) {
            seconds--;
            continue;
        }
        got = n + 1 < room ? read(c.out, out + n, room - 1 - n) : read(c.out, rest, sizeof rest);
        if (got <= 0)
            break;
        if (n + 1 < room)
            n += (size_t)got;
    }
    out[n] = 0;
    if (!seconds)
        child_signal(&c, SIGKILL);
    if (!c.ended)
        waitpid(c.pid, &c.status, 0);
    child_close(&c);
    return seconds && child_exit(&c) == 0;
}
