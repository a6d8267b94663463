/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/number - the numbers of one matrix in one unit, short enough for its cells. */
#pragma once
#include "tools/skerry/figures.h"

struct number_form {
    double per;
    const char *unit; /* "ns", "us", "Mmsg/s" */
};

/* The unit in which the median has one to four digits before the point. */
struct number_form number_form_for(enum unit unit, double median);
void number_short(char *to, size_t room, double v, const struct number_form *f);
