/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/fail.h"
#include "monitor/fence.h"
#include "monitor/mon.h"
#include <stdlib.h>
#include <string.h>

#define ARGUMENT "skerry.fail="

static char point[40]; /* empty: none for this core */
static unsigned long times = 1;
static enum { BREAK, HANG, STOP } how;

/* CORE:POINT[:hang|:stop][:N], up to a blank. */
static bool read_argument(const char *at)
{
    char *end;
    size_t n;

    if (strtoul(at, &end, 10) != mon.core || end == at || *end != ':')
        return false;
    n = strcspn(end + 1, ": ");
    if (n == 0 || n >= sizeof point)
        return false;
    memcpy(point, end + 1, n);
    end += 1 + n;
    how = strncmp(end, ":hang", 5) == 0 ? HANG : strncmp(end, ":stop", 5) == 0 ? STOP : BREAK;
    if (how != BREAK)
        end += strlen(":hang");
    if (*end == ':')
        times = strtoul(end + 1, NULL, 10);
    return true;
}

void fail_start(void)
{
    const char *at = mon.boot->bootargs;

    while ((at = strstr(at, ARGUMENT)) != NULL)
        if (read_argument(at += strlen(ARGUMENT)))
            return;
}

static void fail(void)
{
    if (how == BREAK)
        __builtin_trap(); /* the CPU driver stops its core when its monitor fails */
    if (how == STOP)
        fence_self();
    for (;;)
        ; /* HANG: it lives and answers nobody */
}

void fail_point(char prefix, const char *name)
{
    const char *mine = point;

    if (*mine == '\0' || (prefix != 0 && *mine++ != prefix) || strcmp(mine, name) != 0 ||
        --times > 0)
        return;
    fail();
}
