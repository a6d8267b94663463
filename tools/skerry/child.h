/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/child - one program we start, and its two output streams.
 *
 * It gets /dev/null as input, a process group of its own (so Ctrl-C reaches us
 * first and we end it), and dies with us.
 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    int out, err; /* read ends; -1 once closed */
    bool ended;
    int status; /* as from waitpid, valid once ended */
};

/* False with errno set if it cannot be started, also when the program does not exist. */
bool child_start(struct child *c, char *const *argv);
bool child_poll(struct child *c); /* true once it has ended; never waits */
void child_signal(struct child *c, int number);
/* The shell's way to say it: the exit status, or 128 + signal. */
int child_exit(const struct child *c);
void child_close(struct child *c);

/* Run to the end, at most `seconds`, and keep the first `room` - 1 bytes of stdout. False if that failed. */
bool child_capture(char *const *argv, unsigned seconds, char *out, size_t room);
