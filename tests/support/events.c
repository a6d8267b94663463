/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/events.h"
#include <stdlib.h>
#include <string.h>

static struct event_key *at(const struct events *q, size_t i)
{
    return (struct event_key *)(void *)(q->heap + i * q->bytes);
}

static bool before(const struct event_key *a, const struct event_key *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct events *q, size_t i, const void *event)
{
    memcpy(at(q, i), event, q->bytes);
}

void events_push(struct events *q, void *event)
{
    struct event_key *e = event;
    size_t i = q->n++;

    if (q->n > q->max) {
        q->max = q->max * 2 + 1024;
        q->heap = realloc(q->heap, q->max * q->bytes);
    }
    e->order = q->order++;
    for (; i > 0 && before(e, at(q, (i - 1) / 2)); i = (i - 1) / 2)
        put(q, i, at(q, (i - 1) / 2));
    put(q, i, e);
}

/* Where the last goes when the first has gone. */
static size_t sink(struct events *q, const struct event_key *last)
{
    size_t i = 0;

    for (;;) {
        size_t kid = 2 * i + 1;

        if (kid >= q->n)
            return i;
        if (kid + 1 < q->n && before(at(q, kid + 1), at(q, kid)))
            kid++;
        if (!before(at(q, kid), last))
            return i;
        put(q, i, at(q, kid));
        i = kid;
    }
}

void events_pop(struct events *q, void *event)
{
    size_t i;

    memcpy(event, at(q, 0), q->bytes);
    q->n--;
    i = sink(q, at(q, q->n));
    if (i != q->n)
        put(q, i, at(q, q->n));
}

uint64_t events_next(const struct events *q)
{
    return q->n > 0 ? at(q, 0)->at : UINT64_MAX;
}

void events_free(struct events *q)
{
    free(q->heap);
    *q = (struct events){.bytes = q->bytes};
}
