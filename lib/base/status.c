/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/base/status.h"

static const struct {
    const char *name, *text;
    enum failure_class class;
} words[] = {
#define STATUS(name, number, class, text) [number] = { "ST_" #name, text, class },
#include "lib/base/status.def"
#undef STATUS
};

_Static_assert(sizeof words / sizeof words[0] == ST_COUNT, "status numbers have no gap");

const char *status_name(status_t s)
{
    return (unsigned)s < ST_COUNT ? words[s].name : "unknown status";
}

const char *status_text(status_t s)
{
    return (unsigned)s < ST_COUNT ? words[s].text : "unknown status";
}

enum failure_class status_class(status_t s)
{
    return (unsigned)s < ST_COUNT ? words[s].class : F1;
}
