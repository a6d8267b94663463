/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/error.h"

#include <stdlib.h>

static const struct {
    int number, status;
    const char *text;
} known[] = {
#define COMPLAINT(name, number, status, text) {number, status, text},
#include "tools/skerry/error.def"
#undef COMPLAINT
};

bool refuse(struct complaint *c, enum complaint_code code, const char *what, ...)
{
    va_list ap;

    *c = (struct complaint){.code = code};
    va_start(ap, what);
    vsnprintf(c->what, sizeof c->what, what, ap);
    va_end(ap);
    return false;
}

int complaint_exit(enum complaint_code code)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == (int)code)
            return known[i].status;
    return EXIT_OK;
}

const char *complaint_help(int number)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == number)
            return known[i].text;
    return NULL;
}

void complaint_list(FILE *to)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        fprintf(to, "  SK%d  exit %-3d  %s\n", known[i].number, known[i].status, known[i].text);
}

/* Later lines of a field (QEMU's own words may have several) are indented under the first. */
static void field(struct buf *t, const char *name, const char *value)
{
    if (!*value)
        return;
    buf_put(t, "  %s ", name);
    for (; *value; value++) {
        buf_bytes(t, value, 1);
        if (*value == '\n' && value[1])
            buf_add(t, "        ");
    }
    if (t->s[t->n - 1] != '\n')
        buf_add(t, "\n");
}

void complaint_text(struct buf *t, const struct complaint *c, bool mild, bool colour)
{
    const char *on = !colour ? "" : mild ? "\x1b[1;33m" : "\x1b[1;31m";
    const char *off = colour ? "\x1b[0m" : "";

    buf_put(t, "%s%s[SK%04d]%s: %s\n", on, mild ? "warning" : "error", (int)c->code, off, c->what);
    field(t, "at:  ", c->at);
    field(t, "have:", c->have);
    field(t, "why: ", c->why);
    field(t, "try: ", c->hint);
}

json_t *json_words(const char *s)
{
    json_t *words = json_string(s);
    char *copy;

    if (words)
        return words;
    copy = buf_copy(s);
    for (size_t i = 0; copy[i]; i++)
        if ((unsigned char)copy[i] >= 0x80)
            copy[i] = '?';
    words = must(json_string(copy));
    free(copy);
    return words;
}

void json_print(json_t *document)
{
    json_dumpf(document, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(document);
}

static void put(json_t *o, const char *key, const char *value)
{
    if (*value)
        json_object_set_new(o, key, json_words(value));
}

json_t *complaint_json(const struct complaint *c, bool mild)
{
    json_t *o = must(json_object()), *hints = must(json_array());
    char code[16];

    SAY(code, "SK%04d", (int)c->code);
    json_object_set_new(o, "schema", json_string("skerry.error/1"));
    put(o, "code", code);
    put(o, "severity", mild ? "warning" : "error");
    put(o, "message", c->what);
    put(o, "at", c->at);
    put(o, "have", c->have);
    put(o, "why", c->why);
    if (*c->hint)
        json_array_append_new(hints, json_words(c->hint));
    json_object_set_new(o, "try", hints);
    put(o, "docs", complaint_help((int)c->code));
    return o;
}
