/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/machine - which machine to boot, and the QEMU line for it.
 *
 * Pure: text in, argument vector out. All values are checked before anything is
 * started, each with one sentence that names what is allowed.
 */
#pragma once
#include "tools/skerry/error.h"

/* As typed; NULL or 0: not given. */
struct machine_ask {
    char *cores, *gic, *el, *mem, *cpu, *seed, *append, *board, *dtb;
    char *image, *bundle, *qmp, *plugin, *disk;
    int deterministic, single, gdb;
};

#define BOARD_RASPI4B "raspi4b"
#define DTB_RASPI4B   "build/pi-dtbs/bcm2711-rpi-4-b.dtb"

struct machine {
    int64_t cores, gic, el, mem_bytes, seed;
    bool seeded, deterministic, single, gdb;
    const char *cpu, *append, *image, *bundle, *qmp, *plugin;
    const char *board;  /* NULL: QEMU's virt; else BOARD_RASPI4B, which is as it is */
    const char *dtb;    /* NULL: QEMU makes the device tree                          */
    char disk[4096];    /* file of the disk; empty: none */
    int64_t disk_bytes; /* of a new one                  */
};

#define DISK_BYTES_DEFAULT (64 * (int64_t)MIB)

bool machine_check(const struct machine_ask *ask, struct machine *m, struct complaint *bad);

struct line {
    char **argv; /* NULL-terminated */
    size_t n;
};

/* `data` is QEMU's own data folder (-L) or NULL; `raw` comes last, so it wins where QEMU lets it. */
void machine_line(const struct machine *m, const char *qemu, const char *data,
                  const char *const *raw, size_t nraw, struct line *line);
void line_add(struct line *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
void line_free(struct line *l);
/* As a shell would need it typed, for bug reports. */
void line_shell(const struct line *l, struct buf *t);
/* "qemu-virt, 8 x cortex-a76, EL1, GICv3, 512 MiB" */
void machine_words(const struct machine *m, struct buf *t);
