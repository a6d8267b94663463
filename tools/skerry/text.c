/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/text.h"

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

char *text_copy(const char *s)
{
    return must(strdup(s));
}

static void reserve(struct text *t, size_t more)
{
    size_t want = t->n + more + 1;

    if (want <= t->room)
        return;
    t->room = want < 2 * t->room ? 2 * t->room : want + 64;
    t->s = must(realloc(t->s, t->room));
}

void text_bytes(struct text *t, const void *bytes, size_t n)
{
    reserve(t, n);
    if (n)
        memcpy(t->s + t->n, bytes, n);
    t->n += n;
    t->s[t->n] = 0;
}

void text_add(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}

void text_vput(struct text *t, const char *fmt, va_list ap)
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

void text_put(struct text *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    text_vput(t, fmt, ap);
    va_end(ap);
}

void text_clear(struct text *t)
{
    t->n = 0;
    if (t->s)
        t->s[0] = 0;
}

void text_free(struct text *t)
{
    free(t->s);
    *t = (struct text){0};
}

bool text_is_control(const char *s, size_t i)
{
    const unsigned char *b = (const unsigned char *)s;

    return b[i] < 0x20 || b[i] == 0x7f || (b[i] == 0xc2 && b[i + 1] >= 0x80 && b[i + 1] < 0xa0) ||
           (i && b[i - 1] == 0xc2 && b[i] >= 0x80 && b[i] < 0xa0);
}

void text_visible(struct text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_is_control(s, i) && s[i] != '\t')
            text_put(t, "\\x%02x", (unsigned char)s[i]);
        else
            text_bytes(t, &s[i], 1);
}

void text_markup(struct text *t, const char *s)
{
    for (; *s; s++) {
        switch (*s) {
        case '&':
            text_add(t, "&amp;");
            break;
        case '<':
            text_add(t, "&lt;");
            break;
        case '>':
            text_add(t, "&gt;");
            break;
        case '"':
            text_add(t, "&quot;");
            break;
        case '\'':
            text_add(t, "&#39;");
            break;
        default:
            if ((unsigned char)*s < 0x20 && *s != '\t' && *s != '\n')
                text_add(t, "\xef\xbf\xbd");
            else
                text_bytes(t, s, 1);
        }
    }
}

void text_count(struct text *t, int64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%" PRId64, n);
    int lead = digits[0] == '-';

    for (int i = 0; i < len; i++) {
        if (i > lead && (len - i) % 3 == 0)
            text_add(t, ",");
        text_bytes(t, &digits[i], 1);
    }
}

void text_time(struct text *t, int64_t ns)
{
    static const struct {
        double per;
        const char *unit;
    } step[] = {{1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
    double v = (double)ns;
    size_t i = 0;

    if (ns < 1000) {
        text_put(t, "%" PRId64 " ns", ns);
        return;
    }
    /* 999.5 would print as 1000: it is the next unit's. */
    while (i < 2 && v / step[i].per >= 999.5)
        i++;
    v /= step[i].per;
    text_put(t, "%.*f %s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, step[i].unit);
}

void text_tick(struct text *t, int64_t ns)
{
    struct text full = {0};
    char *point, *unit;

    text_time(&full, ns);
    point = strchr(full.s, '.');
    unit = strchr(full.s, ' ');
    if (point && unit && point < unit) {
        char *end = unit;

        while (end[-1] == '0')
            end--;
        end -= end[-1] == '.';
        text_bytes(t, full.s, (size_t)(end - full.s));
        text_add(t, unit);
    } else {
        text_add(t, full.s);
    }
    text_free(&full);
}

void text_size(struct text *t, int64_t bytes)
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    double v = (double)bytes;

    while (i + 1 < sizeof unit / sizeof unit[0] && v >= 1024) {
        v /= 1024;
        i++;
    }
    text_put(t, "%.*f %s", v < 100 && v != (double)(int64_t)v ? 1 : 0, v, unit[i]);
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
    struct text t = {0};
    char part[16384];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return NULL;
    while ((got = read(fd, part, sizeof part)) > 0)
        text_bytes(&t, part, (size_t)got);
    close(fd);
    if (got < 0) {
        text_free(&t);
        return NULL;
    }
    text_bytes(&t, "", 0);
    *n = t.n;
    return t.s;
}

bool file_make_parents(const char *path)
{
    char *p = text_copy(path);
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
    struct text beside = {0};
    FILE *f = NULL;
    bool ok;

    text_put(&beside, "%s.part", path);
    ok = file_make_parents(path) && (f = fopen(beside.s, "we")) != NULL;
    if (ok) {
        ok = fwrite(bytes, 1, n, f) == n;
        ok = fclose(f) == 0 && ok;
        ok = ok && rename(beside.s, path) == 0;
        if (!ok) {
            int why = errno;

            unlink(beside.s);
            errno = why;
        }
    }
    text_free(&beside);
    return ok;
}
