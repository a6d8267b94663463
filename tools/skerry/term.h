/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/term - what the two output streams can show.
 *
 * Results go to stdout, talk goes to stderr. Colour needs a terminal, no NO_COLOR
 * and a TERM that is not "dumb", unless --color says otherwise.
 */
#pragma once
#include <stdbool.h>
#include <stdio.h>

struct term {
    bool out_colour, err_colour; /* may escape sequences go there?            */
    bool out_full;               /* 24-bit colour, from COLORTERM              */
    bool err_tty;                /* a person watches: redraw a line in place   */
    int width;                   /* of the terminal, else 100                  */
};

/* `when` is "auto", "always" or "never"; false if it is none of them. */
bool term_setup(struct term *t, const char *when);
