/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/want - take typed fields out of a record.
 *
 * The first thing that is wrong is kept as a sentence and everything after it is
 * harmless, so a decoder reads all its fields in a row and asks once at the end.
 */
#pragma once
#include <jansson.h>
#include <stdint.h>

#include "tools/skerry/runlog.h"

struct want {
    json_t *o;
    unsigned long line;
    char why[160]; /* empty: all well */
};

#define WANT_NS_MAX (INT64_MAX / 4)

void want_fail(struct want *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
int64_t want_int(struct want *w, const char *key, int64_t low, int64_t high);
int64_t want_int_or(struct want *w, const char *key, int64_t low, int64_t high, int64_t missing);
bool want_bool(struct want *w, const char *key);
void want_text(struct want *w, const char *key, char *to, size_t room);
void want_text_or(struct want *w, const char *key, char *to, size_t room);
/* Cut to `room` between characters, control characters replaced by '?'. */
void want_copy(char *to, size_t room, const char *from);
/* A statistics object S; its order (min <= p50 <= ... <= max) is checked. The caller owns s->hist. */
void want_stats(struct want *w, const char *key, struct stats *s);
void want_stats_or(struct want *w, const char *key, struct stats *s);

#define WANT_TEXT(w, key, field)    want_text(w, key, field, sizeof(field))
#define WANT_TEXT_OR(w, key, field) want_text_or(w, key, field, sizeof(field))
