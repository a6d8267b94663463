/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/load/cpio - see cpio.h. */
#include "lib/load/cpio.h"
#include <string.h>
#include "lib/base/bits.h"

enum { HEADER = 110, MAGIC = 6, DIGITS = 8 };

/* clang-format off */
/* Which eight digits of the header, in order after the magic. */
enum field { F_INO, F_MODE, F_UID, F_GID, F_NLINK, F_MTIME, F_FILESIZE, F_DEVMAJOR,
             F_DEVMINOR, F_RDEVMAJOR, F_RDEVMINOR, F_NAMESIZE, F_CHECK, FIELDS };
/* clang-format on */
_Static_assert(MAGIC + DIGITS * FIELDS == HEADER, "the header is thirteen fields");

#define MODE_TYPE    0170000u
#define MODE_REGULAR 0100000u

void cpio_start(struct cpio *c, const void *base, uint64_t bytes)
{
    *c = (struct cpio){.base = base, .bytes = bytes};
}

static bool hex_digit(uint8_t c, uint32_t *value)
{
    if (c >= '0' && c <= '9')
        *value = c - (uint32_t)'0';
    else if (c >= 'a' && c <= 'f')
        *value = c - (uint32_t)'a' + 10;
    else if (c >= 'A' && c <= 'F')
        *value = c - (uint32_t)'A' + 10;
    else
        return false;
    return true;
}

static bool number(const uint8_t *header, enum field f, uint32_t *value)
{
    const uint8_t *p = header + MAGIC + DIGITS * (unsigned)f;
    uint32_t digit;

    *value = 0;
    for (unsigned i = 0; i < DIGITS; i++) {
        if (!hex_digit(p[i], &digit))
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

static status_t broken(const struct cpio *c, struct text *why, const char *what)
{
    return refuse(why, ST_FORMAT, STR("the archive is broken at byte "), DEC(c->at), STR(": "),
                  STR(what));
}

status_t cpio_next(struct cpio *c, struct cpio_file *file, struct text *why)
{
    const uint8_t *h = c->base + c->at;
    uint64_t left = c->bytes - c->at, name_end, data_end;
    uint32_t mode, size, name_bytes;
    const char *name;

    if (left < HEADER)
        return broken(c, why, "it ends before its trailer");
    if (memcmp(h, "070701", MAGIC) != 0 && memcmp(h, "070702", MAGIC) != 0)
        return broken(c, why, "no file header (070701) where one must be");
    if (!number(h, F_MODE, &mode) || !number(h, F_FILESIZE, &size) ||
        !number(h, F_NAMESIZE, &name_bytes))
        return broken(c, why, "a number in the header is not hexadecimal");
    if (name_bytes == 0 || name_bytes > left - HEADER)
        return broken(c, why, "the name is longer than what is left, or empty");
    name = (const char *)h + HEADER;
    if (memchr(name, 0, name_bytes) != name + name_bytes - 1)
        return broken(c, why, "the name does not end where the header says");

    /* 32-bit lengths in 64-bit sums: none of these can wrap. */
    name_end = ALIGN_UP(c->at + HEADER + name_bytes, 4);
    data_end = name_end + size;
    if (!strcmp(name, "TRAILER!!!"))
        return ST_NOT_FOUND;
    if (name_end > c->bytes || data_end > c->bytes)
        return broken(c, why, "the file is longer than what is left");

    if (name[0] == '.' && name[1] == '/')
        name += 2;
    *file = (struct cpio_file){name, c->base + name_end, size, mode};
    data_end = ALIGN_UP(data_end, 4);
    c->at = data_end < c->bytes ? data_end : c->bytes;
    return ST_OK;
}

status_t cpio_find(const void *base, uint64_t bytes, const char *name, struct cpio_file *file,
                   struct text *why)
{
    struct cpio_file f;
    struct cpio c;
    status_t st;

    cpio_start(&c, base, bytes);
    while ((st = cpio_next(&c, &f, why)) == ST_OK)
        if ((f.mode & MODE_TYPE) == MODE_REGULAR && !strcmp(f.name, name)) {
            *file = f;
            return ST_OK;
        }
    if (st == ST_NOT_FOUND)
        return refuse(why, st, STR("the archive holds no file "), STR(name));
    return st;
}

status_t cpio_check(const void *base, uint64_t bytes, struct text *why)
{
    struct cpio_file f;
    struct cpio c;
    status_t st;

    cpio_start(&c, base, bytes);
    while ((st = cpio_next(&c, &f, why)) == ST_OK)
        ;
    return st == ST_NOT_FOUND ? ST_OK : st;
}
