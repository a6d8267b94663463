/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/boot - run QEMU once, from its start to its end.
 *
 * The console goes to the log byte for byte, before anything looks at it. QEMU is
 * ended by the machine itself, or by us: a signal, the time limit, or a machine
 * that said `end` or `panic` and did not stop. What it all means is verdict.h.
 */
#pragma once
#include "tools/skerry/runlog.h"
#include "tools/skerry/watch.h"

enum boot_stop {
    STOP_ITSELF,   /* QEMU ended without our help          */
    STOP_SIGNAL,   /* Ctrl-C, or somebody ended us         */
    STOP_TIMEOUT,  /* the time limit                       */
    STOP_LINGERED, /* it went on after `end` or `panic`    */
    STOP_LOG,      /* the log could not be written         */
};

struct boot_outcome {
    enum boot_stop stop;
    int qemu_exit; /* as a shell shows it                            */
    int log_errno; /* why the log could not be written               */
    int64_t log_bytes;
    uint64_t log_sum;    /* FNV-1a of the log: recognises it, proves nothing */
    double seconds;      /* of the host, from start to end                  */
    double silent;       /* seconds since the last byte of the console      */
    struct buf said;     /* the last of QEMU's own words (its stderr)       */
    char last_text[160]; /* the last line of console text                   */
};

/*
 * Start `argv` and see it through. False with errno if it cannot be started.
 * `timeout` in seconds, 0 for none; `log_fd` is open for writing.
 */
bool boot_qemu(char *const *argv, int log_fd, int64_t timeout, struct runlog *l, struct watch *w,
               struct boot_outcome *o);
void boot_outcome_free(struct boot_outcome *o);

#define LOG_SUM_START 0xcbf29ce484222325ull
uint64_t log_sum(uint64_t sum, const char *bytes, size_t n);
/* Seconds on a clock that only goes forward. */
double seconds_now(void);
