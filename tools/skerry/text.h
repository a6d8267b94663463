/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/text - growing strings, numbers for people, whole files.
 *
 * Running out of host memory ends the program with a sentence: nothing here
 * returns NULL for it, so callers do not repeat that check.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *s; /* always ends in NUL once something was added; NULL before */
    size_t n, room;
};

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

void text_bytes(struct text *t, const void *bytes, size_t n);
void text_add(struct text *t, const char *s);
void text_put(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void text_vput(struct text *t, const char *fmt, va_list ap);
void text_clear(struct text *t); /* keeps the room */
void text_free(struct text *t);

/* Does byte i of a C string belong to a control character, one that UTF-8 writes in two bytes included? */
bool text_is_control(const char *s, size_t i);
/* `s` for a terminal: control bytes, of which a console log may hold any, become \xNN. */
void text_visible(struct text *t, const char *s, size_t n);
/* `s` for HTML and SVG: the five markup characters escaped, characters XML forbids replaced. */
void text_markup(struct text *t, const char *s);

/* 1234567 as "1,234,567". */
void text_count(struct text *t, int64_t n);
/* A time as "214 ns", "3.41 µs", "12.0 ms", "4.20 s": three digits that matter. */
void text_time(struct text *t, int64_t ns);
/* The same for the marks of an axis, which are round: "5 ms", not "5.00 ms". */
void text_tick(struct text *t, int64_t ns);
/* A size as "512 MiB". */
void text_size(struct text *t, int64_t bytes);

/* snprintf into an array, always ended, silently cut. */
void say(char *field, size_t room, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define SAY(field, ...) say(field, sizeof(field), __VA_ARGS__)

void *must(void *p); /* p, or the end of the program if it is NULL */
char *text_copy(const char *s);

/* The whole of `path`, or NULL with errno set. The caller frees. */
char *file_read(const char *path, size_t *n);
/* Write beside `path` and rename over it, making its folders: a reader never sees half a file. */
bool file_write(const char *path, const void *bytes, size_t n);
/* The folders above `path`, as mkdir -p. */
bool file_make_parents(const char *path);
