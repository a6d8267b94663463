/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logread.h"

#include <stdlib.h>

/* To the next segment that holds a record. */
static bool load(struct logread *l, struct logread_core *c, const struct logdir_segment *s,
                 struct complaint *bad)
{
    c->at = 0;
    for (; s && s->core == c->core; s = logdir_next(l->d, s)) {
        if (!s->has[PART_LOG])
            continue;
        if (!logdir_read_part(l->d, s, PART_LOG, &c->bytes, bad))
            return false;
        if (c->bytes.n >= WITNESS_BYTES) {
            c->segment = s;
            return true;
        }
    }
    c->segment = NULL;
    return true;
}

bool logread_start(struct logread *l, const struct logdir *d, int core, bool by_time,
                   struct complaint *bad)
{
    const struct logdir_segment *s = NULL;
    unsigned before = 0;

    *l = (struct logread){.d = d, .last = SIZE_MAX, .by_time = by_time};
    l->core = must(calloc(d->n + 1, sizeof *l->core));
    while ((s = logdir_next(d, s)) != NULL) {
        bool first = l->ncores == 0 || s->core != before;

        if (!first || (core >= 0 && s->core != (unsigned)core))
            continue;
        before = s->core;
        l->core[l->ncores].core = s->core;
        if (!load(l, &l->core[l->ncores++], s, bad))
            return false;
    }
    return true;
}

static const struct witness_record *record(const struct logread_core *c)
{
    return (const struct witness_record *)(const void *)(c->bytes.s + c->at);
}

/* Earliest first, and of equal times the lower core; or simply the first core that has any. */
static size_t choose(const struct logread *l)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < l->ncores; i++)
        if (l->core[i].segment &&
            (best == SIZE_MAX || (l->by_time && record(&l->core[i])->timestamp_ns <
                                                    record(&l->core[best])->timestamp_ns)))
            best = i;
    return best;
}

const struct witness_record *logread_next(struct logread *l, struct complaint *bad)
{
    struct logread_core *c = l->last == SIZE_MAX ? NULL : &l->core[l->last];

    bad->code = FINE;
    if (c) {
        c->at += WITNESS_BYTES;
        if (c->bytes.n - c->at < WITNESS_BYTES && !load(l, c, logdir_next(l->d, c->segment), bad))
            return NULL;
    }
    l->last = choose(l);
    return l->last == SIZE_MAX ? NULL : record(&l->core[l->last]);
}

void logread_free(struct logread *l)
{
    for (size_t i = 0; i < l->ncores; i++)
        buf_free(&l->core[i].bytes);
    free(l->core);
    *l = (struct logread){0};
}
