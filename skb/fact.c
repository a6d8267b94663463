/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "skb/fact.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct words {
    const char *name, *a, *b, *unit, *v[FACT_VALUES];
};

static const struct words kinds[] = {
#define FACT(NAME, number, name, a, b, unit, v0, v1, v2, v3, v4)                                   \
    [number] = { name, a, b, unit, { v0, v1, v2, v3, v4 } },
#include "skb/fact.def"
#undef FACT
};

static const char *const locals[] = {
    [LOCAL_NULL_SYSCALL] = "null_syscall", [LOCAL_CALL_REPLY] = "call_reply",
    [LOCAL_TASK_SWITCH] = "task_switch",   [LOCAL_SIGNAL] = "signal",
    [LOCAL_MAP_PAGE] = "map_page",
};
_Static_assert(ARRAY_LEN(locals) == LOCAL_WHATS, "each has its word");

const char *local_word(unsigned what)
{
    return what < LOCAL_WHATS ? locals[what] : "?";
}

status_t local_number(const char *word, uint16_t *what)
{
    for (uint16_t i = 0; i < LOCAL_WHATS; i++) {
        if (strcmp(locals[i], word) == 0) {
            *what = i;
            return ST_OK;
        }
    }
    return ST_NOT_FOUND;
}

const char *fact_name(unsigned kind)
{
    return kind < ARRAY_LEN(kinds) ? kinds[kind].name : NULL;
}

/* What snprintf would have written may be more than there is room for. */
static size_t at_most(int n, size_t room)
{
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static bool is_address(const char *word)
{
    return strcmp(word, "base") == 0 || strcmp(word, "share") == 0 || strcmp(word, "mpidr") == 0 ||
           strcmp(word, "mask") == 0;
}

static size_t print_key(const struct fact *f, const struct words *w, char *out, size_t room)
{
    if (f->kind == FACT_LOCAL)
        return at_most(snprintf(out, room, "%s (core %u, %s):", w->name, f->a, local_word(f->b)),
                       room);
    if (w->b[0] == '\0')
        return at_most(snprintf(out, room, "%s (%s %u):", w->name, w->a, f->a), room);
    return at_most(snprintf(out, room, "%s (%s %u, %s %u):", w->name, w->a, f->a, w->b, f->b), room);
}

static size_t print_text(const struct fact *f, char *out, size_t room)
{
    char text[sizeof f->v + 1] = "";

    memcpy(text, f->v, sizeof f->v);
    return at_most(snprintf(out, room, " %s", text), room);
}

size_t fact_print(const struct fact *f, char *out, size_t bytes)
{
    const struct words *w;
    size_t n;

    if (bytes == 0)
        return 0;
    out[0] = '\0';
    if (fact_name(f->kind) == NULL)
        return at_most(snprintf(out, bytes, "no fact (kind %u)", f->kind), bytes);
    w = &kinds[f->kind];
    n = print_key(f, w, out, bytes);
    if (f->kind == FACT_DEVICE_NAME)
        return n + print_text(f, out + n, bytes - n);
    for (unsigned i = 0; i < FACT_VALUES && w->v[i][0] != '\0'; i++)
        n += at_most(snprintf(out + n, bytes - n, is_address(w->v[i]) ? " %s 0x%" PRIx64 : " %s %" PRIu64,
                              w->v[i], f->v[i]),
                     bytes - n);
    if (w->unit[0] != '\0')
        n += at_most(snprintf(out + n, bytes - n, " %s", w->unit), bytes - n);
    return n;
}
