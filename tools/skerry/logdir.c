/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logdir.h"
#include "tools/skerry/logconsole.h"
#include "tools/skerry/logimage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a directory as a source; ctx is its DIR ---- */

static bool directory_list(void *ctx, logdir_found *found, void *to)
{
    struct dirent *e;
    struct stat st;

    rewinddir(ctx);
    while (errno = 0, (e = readdir(ctx)) != NULL)
        if (fstatat(dirfd(ctx), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
            found(to, e->d_name, (uint64_t)st.st_size);
    return errno == 0;
}

static bool read_all(int fd, size_t want, struct buf *bytes)
{
    ssize_t got = 0;

    if (bytes->room < want + 1) {
        bytes->s = must(realloc(bytes->s, want + 1));
        bytes->room = want + 1;
    }
    for (bytes->n = 0; bytes->n < want; bytes->n += (size_t)got)
        if ((got = read(fd, bytes->s + bytes->n, want - bytes->n)) <= 0) {
            if (got == 0 || errno != EINTR)
                break;
            got = 0;
        }
    bytes->s[bytes->n] = 0;
    return got >= 0;
}

static bool directory_read(void *ctx, const char *name, struct buf *bytes)
{
    int fd = openat(dirfd(ctx), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), kept;
    struct stat st;
    bool ok;

    bytes->n = 0;
    if (fd < 0)
        return false;
    ok = fstat(fd, &st) == 0;
    if (ok && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > LOGDIR_FILE_MAX)) {
        errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
        ok = false;
    }
    ok = ok && read_all(fd, (size_t)st.st_size, bytes);
    kept = errno;
    close(fd);
    errno = kept;
    return ok;
}

static void directory_close(void *ctx)
{
    closedir(ctx);
}

/* ---- any source ---- */

static struct logdir_segment *enter(struct logdir *d, unsigned core, uint32_t number)
{
    for (size_t i = d->n; i-- > 0 && i + 3 >= d->n;) /* its other parts are often listed nearby */
        if (d->segment[i].core == core && d->segment[i].number == number)
            return &d->segment[i];
    if (d->n == d->room) {
        d->room = d->room ? 2 * d->room : 64;
        d->segment = must(realloc(d->segment, d->room * sizeof *d->segment));
    }
    d->segment[d->n] = (struct logdir_segment){.core = core, .number = number};
    return &d->segment[d->n++];
}

static void found(void *to, const char *name, uint64_t bytes)
{
    struct logdir *d = to;
    struct logdir_segment *s;
    enum logtext_part part;
    unsigned core;
    uint32_t number;

    if (logtext_name_read(name, &core, &number, &part)) {
        s = enter(d, core, number);
        s->has[part] = true;
        if (part == PART_LOG)
            s->bytes = bytes;
    }
    d->checkpoint |= strcmp(name, "checkpoint") == 0;
    d->checkpoint_sig |= strcmp(name, "checkpoint.sig") == 0;
    d->attestation |= strcmp(name, "attestation") == 0;
    d->attestation_sig |= strcmp(name, "attestation.sig") == 0;
    d->key |= strcmp(name, "device.pub") == 0;
}

static int by_place(const void *x, const void *y)
{
    const struct logdir_segment *a = x, *b = y;

    if (a->core != b->core)
        return a->core < b->core ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* The parts of a segment were found one by one, in any order. */
static void join(struct logdir *d)
{
    size_t n = 0;

    if (d->n)
        qsort(d->segment, d->n, sizeof *d->segment, by_place);
    for (size_t i = 0; i < d->n; i++)
        if (n && by_place(&d->segment[n - 1], &d->segment[i]) == 0) {
            for (unsigned p = 0; p < PARTS; p++)
                d->segment[n - 1].has[p] |= d->segment[i].has[p];
            d->segment[n - 1].bytes += d->segment[i].bytes;
        } else {
            d->segment[n++] = d->segment[i];
        }
    d->n = n;
}

bool logdir_open_source(struct logdir *d, const char *name, const struct logdir_source *source,
                        struct complaint *bad)
{
    *d = (struct logdir){.name = buf_copy(name), .source = *source};
    if (!source->list(source->ctx, found, d))
        return refuse(bad, ERR_NO_FILE, "%.300s cannot be read: %s", name, strerror(errno));
    join(d);
    return true;
}

bool logdir_open(struct logdir *d, const char *path, struct complaint *bad)
{
    struct logdir_source source = {NULL, directory_list, directory_read, directory_close};
    struct stat is;

    if (stat(path, &is) == 0 && S_ISREG(is.st_mode)) {
        *d = (struct logdir){0};
        if (logconsole_is(path))
            return logconsole_open(&source, path, bad) && logdir_open_source(d, path, &source, bad);
        return logimage_open(&source, path, bad) && logdir_open_source(d, path, &source, bad);
    }
    source.ctx = opendir(path);
    if (!source.ctx) {
        *d = (struct logdir){0};
        refuse(bad, ERR_NO_FILE, "%.300s cannot be opened as a directory of logs: %s", path,
               strerror(errno));
        SAY(bad->hint, "make run leaves one in out/witness");
        return false;
    }
    return logdir_open_source(d, path, &source, bad);
}

void logdir_close(struct logdir *d)
{
    if (d->source.close)
        d->source.close(d->source.ctx);
    free(d->segment);
    free(d->name);
    *d = (struct logdir){0};
}

bool logdir_read(const struct logdir *d, const char *name, struct buf *bytes, struct complaint *bad)
{
    if (d->source.read(d->source.ctx, name, bytes))
        return true;
    refuse(bad, ERR_NO_FILE, "%s of %.300s cannot be read: %s", name, d->name, strerror(errno));
    return false;
}

bool logdir_read_part(const struct logdir *d, const struct logdir_segment *s,
                      enum logtext_part part, struct buf *bytes, struct complaint *bad)
{
    char name[LOGTEXT_NAME];

    logtext_name(name, s->core, s->number, part);
    return logdir_read(d, name, bytes, bad);
}

const struct logdir_segment *logdir_core(const struct logdir *d, unsigned core)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->segment[i].core == core)
            return &d->segment[i];
    return NULL;
}

const struct logdir_segment *logdir_find(const struct logdir *d, unsigned core, uint32_t number)
{
    struct logdir_segment key = {.core = core, .number = number};

    return d->n ? bsearch(&key, d->segment, d->n, sizeof key, by_place) : NULL;
}

const struct logdir_segment *logdir_next(const struct logdir *d, const struct logdir_segment *s)
{
    size_t at = s ? (size_t)(s - d->segment) + 1 : 0;

    return at < d->n ? &d->segment[at] : NULL;
}
