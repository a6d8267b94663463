/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is(const char *name, const char *value)
{
    const char *v = getenv(name);

    return v && strcmp(v, value) == 0;
}

static int width_of(int fd)
{
    struct winsize w;
    const char *columns = getenv("COLUMNS");

    if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20)
        return w.ws_col;
    if (columns && atoi(columns) >= 20 && atoi(columns) < 10000)
        return atoi(columns);
    return 100;
}

bool term_setup(struct term *t, const char *when)
{
    const char *no = getenv("NO_COLOR");
    bool always = strcmp(when, "always") == 0, never = strcmp(when, "never") == 0;
    bool may = !(no && *no) && !is("TERM", "dumb");

    if (!always && !never && strcmp(when, "auto") != 0)
        return false;
    t->err_tty = isatty(STDERR_FILENO) && !is("TERM", "dumb");
    t->out_colour = always || (!never && may && isatty(STDOUT_FILENO));
    t->err_colour = always || (!never && may && isatty(STDERR_FILENO));
    t->out_full = is("COLORTERM", "truecolor") || is("COLORTERM", "24bit");
    t->width = width_of(STDOUT_FILENO);
    return true;
}
