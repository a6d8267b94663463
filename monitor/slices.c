/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/slices.h"
#include <string.h>

void slices_init(struct slices *s)
{
    memset(s, 0, sizeof *s);
    for (unsigned i = SLICES_MAX; i-- > 0;) {
        s->entry[i].next = s->unused;
        s->unused = (uint16_t)(i + 1);
    }
}

unsigned slice_class(uint64_t bytes)
{
    unsigned c = 0;

    while (c < SLICE_CLASSES && slice_bytes(c) < bytes)
        c++;
    return c;
}

status_t slices_take(struct slices *s, unsigned class, handle_t *ram)
{
    struct slice_entry *e;

    if (class >= SLICE_CLASSES)
        return ST_INVALID;
    if (s->free[class] == 0)
        return ST_NOT_FOUND;
    e = &s->entry[s->free[class] - 1];
    s->free[class] = e->next;
    e->out = 1;
    s->bytes_free -= slice_bytes(class);
    s->bytes_out += slice_bytes(class);
    *ram = e->ram;
    return ST_OK;
}

status_t slices_add(struct slices *s, unsigned class, handle_t ram)
{
    struct slice_entry *e;

    if (class >= SLICE_CLASSES || ram == 0)
        return ST_INVALID;
    if (s->unused == 0)
        return ST_TABLE_FULL;
    e = &s->entry[s->unused - 1];
    s->unused = e->next;
    *e = (struct slice_entry){ .ram = ram, .class = (uint8_t)class, .out = 1 };
    s->bytes_out += slice_bytes(class);
    return ST_OK;
}

status_t slices_give(struct slices *s, handle_t ram)
{
    for (unsigned i = 0; i < SLICES_MAX; i++) {
        struct slice_entry *e = &s->entry[i];

        if (e->ram != ram || !e->out)
            continue;
        e->out = 0;
        e->next = s->free[e->class];
        s->free[e->class] = (uint16_t)(i + 1);
        s->bytes_out -= slice_bytes(e->class);
        s->bytes_free += slice_bytes(e->class);
        return ST_OK;
    }
    return ST_INVALID_HANDLE;
}
