/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/skerry_case - the host program in a folder of its own, its words caught. */
#pragma once
#include "tests/support/console_sample.h"
#include "tools/skerry/runlog.h"

/* A fresh folder to be in, and back out of it with everything in it gone. */
void case_enter(void);
void case_leave(void);
const char *case_home(void); /* where the test was started */

struct said {
    int status;
    char *out, *err; /* freed by the next call */
};

/* Run `skerry WORD...`, words separated by single spaces. */
struct said skerry_said(const char *words);

void case_file(const char *name, const void *bytes, size_t n);
void case_script(const char *name, const char *text); /* executable */
char *case_read(const char *name);                    /* NULL: not there; the caller frees */
void case_sample(const char *name, const struct sample *s);

/* A sample of usual kind, to be changed. */
struct sample sample_of(unsigned cores);

/* Feed a whole log; `step` bytes at a time. */
void runlog_of(struct runlog *l, const char *bytes, size_t n, size_t step);
char *sample_text(const struct sample *s, size_t *n);

/* How often `needle` stands in `hay`. */
size_t count_of(const char *hay, const char *needle);
