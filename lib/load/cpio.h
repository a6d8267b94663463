/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/load/cpio - read a cpio archive ("newc", as `cpio -H newc` writes it) where it lies.
 *
 * The archive is input: every length in it is checked against what is left before it
 * is used, nothing outside [base, base + bytes) is read, and an archive that breaks
 * the format is answered with ST_FORMAT and a sentence that says where and how.
 *
 *     header 110 bytes | name, NUL | pad to 4 | data | pad to 4 | header ... "TRAILER!!!"
 *
 * A leading "./" of a name is left out. If a name occurs twice the first one counts.
 * What follows the trailer is not looked at. Pure; no memory of its own.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/text.h"
#include "lib/base/types.h"

struct cpio {
    const uint8_t *base;
    uint64_t bytes, at; /* at: offset of the next header */
};

struct cpio_file {
    const char *name; /* in the archive, terminated       */
    const uint8_t *data;
    uint64_t bytes;
    uint32_t mode; /* as stat prints it: type and rights */
};

void cpio_start(struct cpio *c, const void *base, uint64_t bytes);

/* The next file. ST_NOT_FOUND after the last; ST_FORMAT, with why, where the archive is broken. */
MUST_CHECK status_t cpio_next(struct cpio *c, struct cpio_file *file, struct text *why);

/* The first regular file of this name. ST_NOT_FOUND if there is none; ST_FORMAT as above. */
MUST_CHECK status_t cpio_find(const void *base, uint64_t bytes, const char *name,
                              struct cpio_file *file, struct text *why);

/* Is the whole archive well formed? Then no later call on it answers ST_FORMAT. */
MUST_CHECK status_t cpio_check(const void *base, uint64_t bytes, struct text *why);
