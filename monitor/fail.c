/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/fail.h"
#include "monitor/mon.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char point[40];          /* empty: none for this core */
static unsigned long times = 1;
static bool hang;

/* CORE:POINT[:hang|:N], up to a blank. */
void fail_start(void)
{
    const char *at = strstr(mon.boot->bootargs, "skerry.fail=");
    char *end;
    size_t n;

    if (at == NULL || strtoul(at + strlen("skerry.fail="), &end, 10) != mon.core || *end != ':')
        return;
    n = strcspn(end + 1, ": ");
    if (n >= sizeof point)
        return;
    memcpy(point, end + 1, n);
    end += 1 + n;
    hang = strncmp(end, ":hang", 5) == 0;
    if (*end == ':' && !hang)
        times = strtoul(end + 1, NULL, 10);
}

void fail_point(char prefix, const char *name)
{
    const char *mine = point;

    if (*mine == '\0' || (prefix != 0 && *mine++ != prefix) || strcmp(mine, name) != 0 || --times > 0)
        return;
    if (!hang)
        __builtin_trap(); /* the CPU driver stops its core when its monitor fails */
    for (;;)
        ;
}
