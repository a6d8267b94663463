/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "drivers/pl011/lines.h"
#include "lib/base/check.h"
#include <string.h>

void lines_init(struct lines *l)
{
    list_init(&l->waiting);
    l->out = NULL;
}

void lines_join(struct line_client *c, char *text)
{
    *c = (struct line_client){ .text = text };
    list_init(&c->link);
}

bool lines_held(const struct lines *l, const struct line_client *c)
{
    return c->ready > 0 || l->out == c;
}

static void make_ready(struct lines *l, struct line_client *c)
{
    if (c->ready == 0)
        list_append(&l->waiting, &c->link);
    c->ready = c->bytes;
}

/* A line and its end are at most LINE_MAX; it begins behind what is ready. */
static void add(struct lines *l, struct line_client *c, char byte)
{
    if (byte == '\n') {
        c->skipping = false;
        c->text[c->bytes++] = byte;
        make_ready(l, c);
    } else if (c->skipping || c->bytes - c->ready == LINE_MAX - 1) {
        c->skipping = true;
        c->cut++;
    } else {
        c->text[c->bytes++] = byte;
    }
}

void lines_put(struct lines *l, struct line_client *c, const char *text, size_t bytes)
{
    CHECK(!lines_held(l, c) && !c->leaving && bytes <= LINE_PIECE);
    for (size_t i = 0; i < bytes; i++)
        add(l, c, text[i]);
}

bool lines_leave(struct lines *l, struct line_client *c)
{
    c->leaving = true;
    if (!lines_held(l, c) && c->bytes > 0)
        add(l, c, '\n');
    return !lines_held(l, c);
}

bool lines_next(struct lines *l, const char **text, size_t *bytes)
{
    struct list *first = list_first(&l->waiting);

    if (l->out != NULL || first == NULL)
        return false;
    list_remove(first);
    l->out = CONTAINER_OF(first, struct line_client, link);
    *text = l->out->text;
    *bytes = l->out->ready;
    return true;
}

struct line_client *lines_done(struct lines *l)
{
    struct line_client *c = l->out;

    CHECK(c != NULL);
    l->out = NULL;
    c->bytes -= c->ready;
    memmove(c->text, c->text + c->ready, c->bytes);
    c->ready = 0;
    if (c->leaving && c->bytes > 0)
        add(l, c, '\n');
    return c;
}
