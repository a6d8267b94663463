/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/error - one form for every complaint: what, at, have, why, try.
 *
 * Code that checks something fills a struct complaint and returns false; only the
 * verbs print. With --json the same complaint is an object (its "twin").
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/skerry/buf.h"

enum complaint_code {
    FINE = 0,
#define COMPLAINT(name, number, status, text) ERR_##name = number,
#include "tools/skerry/error.def"
#undef COMPLAINT
};

struct complaint {
    enum complaint_code code;
    char what[512]; /* one sentence: what is wrong                        */
    char at[256];   /* where: an option, a file and line, a core          */
    char have[768]; /* what was found                                     */
    char why[768];  /* what makes it wrong                                */
    char hint[512]; /* printed as "try:", what the reader can do about it */
};

enum { EXIT_OK = 0, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/* Start over with this code; the other fields become empty. Returns false, for `return refuse(...)`. */
bool refuse(struct complaint *c, enum complaint_code code, const char *what, ...) PRINTF_LIKE(3, 4);

int complaint_exit(enum complaint_code code);
/* The general explanation of a code, or NULL if the list has no such number. */
const char *complaint_help(int number);
void complaint_list(FILE *to);

/* "error[SK2003]: ..." and its lines; `warning[...]` if `mild`. */
void complaint_text(struct buf *t, const struct complaint *c, bool mild, bool colour);
/* A JSON text of any bytes: what is not UTF-8 becomes '?'. */
json_t *json_words(const char *s);
/* The one document on stdout; takes the reference. */
void json_print(json_t *document);
json_t *complaint_json(const struct complaint *c, bool mild);
