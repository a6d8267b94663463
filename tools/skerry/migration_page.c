/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * migration.html: what migration_drawn() took from the log, and migration.js that draws it, in one file. Text of the log reaches the
 * page only as textContent and inside JSON whose '<' is escaped, so that no record can become markup.
 */
#include "tools/skerry/migration.h"
#include "tools/skerry/migration_priv.h"
#include "tools/skerry/page.h"

#include <stdlib.h>

/* The file as it is: the assembler takes it from the root of the tree, where the compiler is started. */
#define EMBED(name, file)                                                                          \
    extern const char name[];                                                                      \
    __asm__(".section .rodata\n.global " #name "\n" #name ":\n.incbin \"" file                     \
            "\"\n.byte 0\n.previous\n")
EMBED(migration_style, "tools/skerry/migration.css");
EMBED(migration_body, "tools/skerry/migration.html");
EMBED(migration_script, "tools/skerry/migration.js");

/* As JSON may stand in a script element: no '<' of a record ends it. */
static void put_json(struct buf *t, const json_t *doc)
{
    char *s = must(json_dumps(doc, JSON_COMPACT));

    for (const char *c = s; *c; c++)
        if (*c == '<')
            buf_add(t, "\\u003c");
        else
            buf_bytes(t, c, 1);
    free(s);
}

void migration_page(struct buf *t, json_t *doc, const char *where)
{
    json_t *drawn = migration_drawn(doc);

    json_object_set_new(drawn, "where", json_string(where));
    buf_add(t, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
               "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Skerry: partitions "
               "that moved</title>\n<style>");
    page_style(t);
    buf_add(t, migration_style);
    buf_add(t, "</style></head>\n<body>\n");
    buf_add(t, migration_body);
    buf_add(t, "<script type=\"application/json\" id=\"doc\">");
    put_json(t, drawn);
    buf_add(t, "</script>\n<script>\n");
    buf_add(t, migration_script);
    buf_add(t, "</script>\n</body></html>\n");
    json_decref(drawn);
}
