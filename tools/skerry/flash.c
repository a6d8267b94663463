/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/flash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

/* Exactly n bytes at `at`. False with errno; EIO if the file ends before. */
static bool read_at(int fd, uint64_t at, char *to, size_t n)
{
    while (n) {
        ssize_t got = pread(fd, to, n, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO;
        if (got <= 0)
            return false;
        to += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

static bool write_at(int fd, uint64_t at, const char *from, size_t n)
{
    while (n) {
        ssize_t put = pwrite(fd, from, n, (off_t)at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        from += put;
        at += (uint64_t)put;
        n -= (size_t)put;
    }
    return true;
}

static size_t piece(const struct flash *f, uint64_t at)
{
    return f->bytes - at < PIECE ? (size_t)(f->bytes - at) : PIECE;
}

static bool stopped(struct complaint *bad)
{
    *bad = (struct complaint){.code = FINE};
    return false;
}

static bool image_failed(struct complaint *bad)
{
    return refuse(bad, ERR_NO_FILE, "the image cannot be read: %s", strerror(errno));
}

bool flash_write(const struct flash *f, struct complaint *bad)
{
    char *bytes = must(malloc(PIECE));
    bool ok = true;

    for (uint64_t at = 0; ok && at < f->bytes;) {
        size_t n = piece(f, at);

        if (!read_at(f->image, at, bytes, n))
            ok = image_failed(bad);
        else if (!write_at(f->device, at, bytes, n))
            ok = refuse(bad, ERR_NO_WRITE, "writing stopped at byte %" PRIu64 " of %" PRIu64 ": %s",
                        at, f->bytes, strerror(errno));
        else if (!f->tell(f->ctx, at += n, f->bytes))
            ok = stopped(bad);
    }
    free(bytes);
    if (ok && fsync(f->device) != 0 && errno != EINVAL)
        ok = refuse(bad, ERR_NO_WRITE, "the device did not take all of it: %s", strerror(errno));
    return ok;
}

/* What the host has kept of the device would be compared with itself. */
static void forget(int device)
{
    ioctl(device, BLKFLSBUF, 0);
    posix_fadvise(device, 0, 0, POSIX_FADV_DONTNEED);
}

static size_t first_difference(const char *a, const char *b, size_t n)
{
    size_t i = 0;

    while (i < n && a[i] == b[i])
        i++;
    return i;
}

bool flash_verify(const struct flash *f, struct complaint *bad)
{
    char *want = must(malloc(PIECE)), *have = must(malloc(PIECE));
    bool ok = true;

    forget(f->device);
    for (uint64_t at = 0; ok && at < f->bytes;) {
        size_t n = piece(f, at), same;

        if (!read_at(f->image, at, want, n)) {
            ok = image_failed(bad);
        } else if (!read_at(f->device, at, have, n)) {
            ok = refuse(bad, ERR_FLASH_VERIFY,
                        "what was written cannot be read back from byte %" PRIu64 " on: %s", at,
                        strerror(errno));
        } else if ((same = first_difference(want, have, n)) < n) {
            ok = refuse(bad, ERR_FLASH_VERIFY,
                        "byte %" PRIu64 " reads back as 0x%02x, written was 0x%02x", at + same,
                        (unsigned char)have[same], (unsigned char)want[same]);
            SAY(bad->why, "a worn or counterfeit card, or a bad reader");
            SAY(bad->hint, "another card");
        } else if (!f->tell(f->ctx, at += n, f->bytes)) {
            ok = stopped(bad);
        }
    }
    free(want);
    free(have);
    return ok;
}
