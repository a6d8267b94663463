/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/buf - growing strings, numbers for people, whole files.
 *
 * Running out of host memory ends the program with a sentence: nothing here
 * returns NULL for it, so callers do not repeat that check.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *s; /* always ends in NUL once something was added; NULL before */
    size_t n, room;
};

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

void buf_bytes(struct buf *t, const void *bytes, size_t n);
void buf_add(struct buf *t, const char *s);
void buf_put(struct buf *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vput(struct buf *t, const char *fmt, va_list ap);
void buf_clear(struct buf *t); /* keeps the room */
void buf_free(struct buf *t);

/* Does byte i of a C string belong to a control character, one that UTF-8 writes in two bytes included? */
bool buf_is_control(const char *s, size_t i);
/* `s` for a terminal: control bytes, of which a console log may hold any, become \xNN. */
void buf_visible(struct buf *t, const char *s, size_t n);
/* `s` for HTML and SVG: the five markup characters escaped, characters XML forbids replaced. */
void buf_markup(struct buf *t, const char *s);

/* 1234567 as "1,234,567". */
void buf_count(struct buf *t, int64_t n);
/* A time as "214 ns", "3.41 µs", "12.0 ms", "4.20 s": three digits that matter. */
void buf_time(struct buf *t, int64_t ns);
/* The same for the marks of an axis, which are round: "5 ms", not "5.00 ms". */
void buf_tick(struct buf *t, int64_t ns);
/* A size as "512 MiB". */
void buf_size(struct buf *t, int64_t bytes);

/* snprintf into an array, always ended, silently cut. */
void say(char *field, size_t room, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define SAY(field, ...) say(field, sizeof(field), __VA_ARGS__)

void *must(void *p); /* p, or the end of the program if it is NULL */
char *buf_copy(const char *s);

/* The whole of `path`, or NULL with errno set. The caller frees. */
char *file_read(const char *path, size_t *n);
/* Write beside `path` and rename over it, making its folders: a reader never sees half a file. */
bool file_write(const char *path, const void *bytes, size_t n);
/* The folders above `path`, as mkdir -p. */
bool file_make_parents(const char *path);
