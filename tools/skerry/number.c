/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/number.h"

#include <math.h>

static const struct {
    double per;
    const char *unit;
} forms[][4] = {
    [UNIT_NS] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}},
    [UNIT_RATE] = {{1, "messages/s"},
                   {1e3, "thousand messages/s"},
                   {1e6, "million messages/s"},
                   {1e6, "million messages/s"}},
    [UNIT_BYTES] = {{1, "B/s"}, {1e3, "kB/s"}, {1e6, "MB/s"}, {1e9, "GB/s"}},
    [UNIT_PERCENT] = {{1, "%"}, {1, "%"}, {1, "%"}, {1, "%"}},
};

struct number_form number_form_for(enum unit unit, double median)
{
    double limit = unit == UNIT_NS ? 10000 : 1000; /* people compare 1234 ns with 987 ns */
    size_t i = 0;

    while (i < 3 && median / forms[unit][i].per >= limit)
        i++;
    return (struct number_form){forms[unit][i].per, forms[unit][i].unit, unit};
}

static void far_above(char *to, size_t room, double v, enum unit kind)
{
    static const char *const time[] = {"ns", "µs", "ms", "s"}, *const other[] = {"", "k", "M", "G"};
    size_t i = 0;

    while (i < 3 && fabs(v) >= 999.5) {
        v /= 1000;
        i++;
    }
    say(to, room, "%.*f%s", fabs(v) < 9.95 ? 1 : 0, v, kind == UNIT_NS ? time[i] : other[i]);
}

void number_short(char *to, size_t room, double v, const struct number_form *f)
{
    double a = fabs(v / f->per);

    if (a >= 99999.5)
        far_above(to, room, v, f->kind);
    else if (a == floor(a) || a >= 99.95)
        say(to, room, "%.0f", v / f->per);
    else
        say(to, room, "%.*f", a >= 9.995 ? 1 : 2, v / f->per);
}

void number_brief(char *to, size_t room, double ns)
{
    if (ns < 9999.5)
        say(to, room, "%.0f", ns);
    else
        far_above(to, room, ns, UNIT_NS);
}
