/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/fail.h"
#include "lib/rt/record.h"
#include "monitor/fail_often.h"
#include "monitor/fence.h"
#include "monitor/mon.h"
#include <stdlib.h>
#include <string.h>

#define ARGUMENT "skerry.fail="
#define ABORT    "skerry.abort="

static char point[40]; /* empty: none for this core */
static unsigned long times = 1;
static enum { BREAK, HANG, STOP } how;

#define ABORTS 8u
static struct abort {
    char step[24];
    unsigned long times;
    enum mover_fault fault;
} aborts[ABORTS];
static unsigned naborts;

/* CORE:STEP[:fault][:N], up to a comma or a blank; what follows it. */
static const char *read_abort(const char *at)
{
    static const struct {
        const char *word;
        enum mover_fault fault;
    } faults[] = {{":cancel", MOVER_CANCEL},
                  {":refuse", MOVER_REFUSE},
                  {":timeout", MOVER_TIMEOUT},
                  {":mismatch", MOVER_MISMATCH},
                  {":lost", MOVER_LOST}};
    struct abort a = {.times = 1, .fault = MOVER_CANCEL};
    char *end;
    bool mine = strtoul(at, &end, 10) == mon.core && end != at && *end == ':';
    const char *next = at + strcspn(at, ", ");
    size_t n = *end == ':' ? strcspn(end + 1, ":, ") : 0;

    if (!mine || n == 0 || n >= sizeof a.step)
        return next;
    memcpy(a.step, end + 1, n);
    end += 1 + n;
    for (unsigned i = 0; i < ARRAY_LEN(faults); i++)
        if (strncmp(end, faults[i].word, strlen(faults[i].word)) == 0) {
            a.fault = faults[i].fault;
            end += strlen(faults[i].word);
        }
    if (*end == ':')
        a.times = strtoul(end + 1, NULL, 10);
    if (naborts < ABORTS)
        aborts[naborts++] = a;
    return next;
}

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

    fail_often_start();
    if ((at = strstr(at, ABORT)) != NULL)
        do
            at = read_abort(at + (*at == ',' ? 1 : strlen(ABORT)));
        while (*at == ',');
    at = mon.boot->bootargs;
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

static enum mover_fault due(const char *name)
{
    for (unsigned i = 0; i < naborts; i++) {
        struct abort *a = &aborts[i];

        if (a->times == 0 || strcmp(a->step, name) != 0 || --a->times > 0)
            continue;
        return a->fault;
    }
    return fail_often(name);
}

enum mover_fault fail_abort(const char *name)
{
    enum mover_fault fault = due(name);

    if (fault == MOVER_NO_FAULT)
        return fault;
    rec_begin("injected");
    rec_u64("core", mon.core);
    rec_str("step", name);
    rec_u64("fault", fault);
    rec_end();
    return fault;
}
