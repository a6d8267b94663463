/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/watchdog_plan - what watchdog.h calls pure. */
#include "monitor/watchdog.h"
#include <stdlib.h>
#include <string.h>

#define ARGUMENT "skerry.watchdog="
#define NS_PER_MS 1000000ull

/* The argument itself, not the end of another one's name. */
static const char *find(const char *bootargs)
{
    for (const char *at = bootargs; (at = strstr(at, ARGUMENT)) != NULL; at++)
        if (at == bootargs || at[-1] == ' ')
            return at + strlen(ARGUMENT);
    return NULL;
}

status_t watchdog_read(struct watchdog *w, const char *bootargs)
{
    const char *at = find(bootargs);
    size_t digits;

    *w = (struct watchdog){ 0 };
    if (at == NULL)
        return ST_OK;
    digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 6 || (at[digits] != ' ' && at[digits] != '\0') || strtoull(at, NULL, 10) < WATCHDOG_MS_MIN)
        return ST_FORMAT;
    w->ms = strtoull(at, NULL, 10);
    return ST_OK;
}

bool watchdog_due(struct watchdog *w, uint64_t now_ns, uint64_t *next_ns)
{
    bool due = w->ms != 0 && now_ns >= w->next_ns;

    if (due)
        w->next_ns = now_ns + w->ms * NS_PER_MS / 4;
    *next_ns = w->ms != 0 ? w->next_ns : UINT64_MAX;
    return due;
}
