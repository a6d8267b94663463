/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/number - the numbers of one matrix in one unit, short enough for its cells. */
#pragma once
#include "tools/skerry/figures.h"

struct number_form {
    double per;
    const char *unit; /* "ns", "µs", "million messages/s" */
    enum unit kind;
};

/* The unit in which the median has one to four digits before the point. */
struct number_form number_form_for(enum unit unit, double median);
/* At most six characters; a value far above its matrix brings its own unit ("9.1ms", "2G"). */
void number_short(char *to, size_t room, double v, const struct number_form *f);
/* A time in ns without its unit up to four digits, else short with its unit: "390", "8.6µs", "12ms". */
void number_brief(char *to, size_t room, double ns);
