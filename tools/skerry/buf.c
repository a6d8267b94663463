/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void *must(void *p)
{
    if (!p) {
        fputs("skerry: this host has no memory left\n", stderr);
        abort();
    }
    return p;
}

char *buf_copy(const char *s)
{
    return must(strdup(s));
}

static void reserve(struct buf *t, size_t more)
{
    size_t want = t->n + more + 1;

    if (want <= t->room)
        return;
    t->room = want < 2 * t->room ? 2 * t->room : want + 64;
    t->s = must(realloc(t->s, t->room));
}

void buf_bytes(struct buf *t, const void *bytes, size_t n)
{
    reserve(t, n);
    if (n)
        memcpy(t->s + t->n, bytes, n);
    t->n += n;
    t->s[t->n] = 0;
}

void buf_add(struct buf *t, const char *s)
{
    buf_bytes(t, s, strlen(s));
}

void buf_vput(struct buf *t, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        return;
    reserve(t, (size_t)n);
    vsnprintf(t->s + t->n, (size_t)n + 1, fmt, ap);
    t->n += (size_t)n;
}

void buf_put(struct buf *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vput(t, fmt, ap);
    va_end(ap);
}

void buf_clear(struct buf *t)
{
    t->n = 0;
    if (t->s)
        t->s[0] = 0;
}

void buf_free(struct buf *t)
{
    free(t->s);
    *t = (struct buf){0};
}

bool buf_is_control(const char *s, size_t i)
{
    const unsigned char *b = (const unsigned char *)s;

    return b[i] < 0x20 || b[i] == 0x7f || (b[i] == 0xc2 && b[i + 1] >= 0x80 && b[i + 1] < 0xa0) ||
           (i && b[i - 1] == 0xc2 && b[i] >= 0x80 && b[i] < 0xa0);
}

void buf_visible(struct buf *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (buf_is_control(s, i) && s[i] != '\t')
            buf_put(t, "\\x%02x", (unsigned char)s[i]);
        else
            buf_bytes(t, &s[i], 1);
}

void buf_markup(struct buf *t, const char *s)
{
    for (; *s; s++) {
        switch (*s) {
        case '&':
            buf_add(t, "&amp;");
            break;
        case '<':
            buf_add(t, "&lt;");
            break;
        case '>':
            buf_add(t, "&gt;");
            break;
        case '"':
            buf_add(t, "&quot;");
            break;
        case '\'':
            buf_add(t, "&#39;");
            break;
        default:
            if ((unsigned char)*s < 0x20 && *s != '\t' && *s != '\n')
                buf_add(t, "\xef\xbf\xbd");
            else
                buf_bytes(t, s, 1);
        }
    }
}

void buf_count(struct buf *t, int64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%" PRId64, n);
    int lead = digits[0] == '-';

    for (int i = 0; i < len; i++) {
        if (i > lead && (len - i) % 3 == 0)
            buf_add(t, ",");
        buf_bytes(t, &digits[i], 1);
    }
}

void buf_time(struct buf *t, int64_t ns)
{
    static const struct {
        double per;
        const char *unit;
    } step[] = {{1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
    double v = (double)ns;
    size_t i = 0;

    if (ns < 1000) {
        buf_put(t, "%" PRId64 " ns", ns);
        return;
    }
    /* 999.5 would print as 1000: it is the next unit's. */
    while (i < 2 && v / step[i].per >= 999.5)
        i++;
    v /= step[i].per;
    buf_put(t, "%.*f %s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, step[i].unit);
}

void buf_tick(struct buf *t, int64_t ns)
{
    struct buf full = {0};
    char *point, *unit;

    buf_time(&full, ns);
    point = strchr(full.s, '.');
    unit = strchr(full.s, ' ');
    if (point && unit && point < unit) {
        char *end = unit;

        while (end[-1] == '0')
            end--;
        end -= end[-1] == '.';
        buf_bytes(t, full.s, (size_t)(end - full.s));
        buf_add(t, unit);
    } else {
        buf_add(t, full.s);
    }
    buf_free(&full);
}

void buf_size(struct buf *t, int64_t bytes)
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    double v = (double)bytes;

    while (i + 1 < sizeof unit / sizeof unit[0] && v >= 1024) {
        v /= 1024;
        i++;
    }
    buf_put(t, "%.*f %s", v < 100 && v != (double)(int64_t)v ? 1 : 0, v, unit[i]);
}

void say(char *field, size_t room, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(field, room, fmt, ap);
    va_end(ap);
}

char *file_read(const char *path, size_t *n)
{
    struct buf t = {0};
    char part[16384];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return NULL;
    while ((got = read(fd, part, sizeof part)) > 0)
        buf_bytes(&t, part, (size_t)got);
    close(fd);
    if (got < 0) {
        buf_free(&t);
        return NULL;
    }
    buf_bytes(&t, "", 0);
    *n = t.n;
    return t.s;
}

bool file_make_parents(const char *path)
{
    char *p = buf_copy(path);
    bool ok = true;

    for (char *slash = strchr(p + 1, '/'); slash && ok; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        ok = mkdir(p, 0777) == 0 || errno == EEXIST;
        *slash = '/';
    }
    free(p);
    return ok;
}

bool file_write(const char *path, const void *bytes, size_t n)
{
    struct buf beside = {0};
    struct stat now;
    FILE *f = NULL;
    bool ok, other = lstat(path, &now) == 0 &&
                     !S_ISREG(now.st_mode); /* a device, a pipe: nothing to replace */

    buf_put(&beside, other ? "%s" : "%s.part", path);
    ok = file_make_parents(path) && (f = fopen(beside.s, "we")) != NULL;
    if (ok) {
        ok = fwrite(bytes, 1, n, f) == n;
        ok = fclose(f) == 0 && ok;
        ok = ok && (other || rename(beside.s, path) == 0);
        if (!ok && !other) {
            int why = errno;

            unlink(beside.s);
            errno = why;
        }
    }
    buf_free(&beside);
    return ok;
}
