/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/host - facts about this computer, and where QEMU is. */
#pragma once
#include "tools/skerry/error.h"

struct host {
    long cores;       /* this process may use */
    char cpu[128];    /* model name, or empty */
    char system[160]; /* "Linux 6.1.0 x86_64" */
    double load1;     /* -1: not known        */
};

void host_look(struct host *h);
json_t *host_json(const struct host *h);

struct qemu {
    char *path;
    char *data; /* for -L, or NULL where QEMU finds it itself */
    char version[64];
};

/* `asked` (--qemu), else SKERRY_QEMU, else the PATH. Complains with the line that installs it. */
bool qemu_find(struct qemu *q, const char *asked, struct complaint *bad);
/* The same without asking the program for its version (for --print). */
bool qemu_locate(struct qemu *q, const char *asked, struct complaint *bad);
/*
 * `q` has the board `board`, or it was not asked for by name and becomes the one that `make qemu10` unpacked,
 * which has it. ERR_NO_BOARD if neither.
 */
bool qemu_for_board(struct qemu *q, bool asked, const char *board, struct complaint *bad);
void qemu_free(struct qemu *q);
/* "7.2.22" out of the first line of `--version`; the whole line if it has no number. */
void version_from(const char *said, char *to, size_t room);
/* The full path of a program on the PATH; NULL if there is none. The caller frees. */
char *program_find(const char *name);
