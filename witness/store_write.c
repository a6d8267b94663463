/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/store_write - what is added to the store, and in which order it becomes durable.
 *
 *     mark of a boot -> flush ->  everything of that boot
 *     all before     -> flush ->  header of an extent -> flush ->  its records, its closing sector
 *     all before     -> flush ->  a checkpoint -> flush
 *
 * So a header says that all before it is there, and where records are there is their header. Within
 * an extent there is no order: a sector behind one that is missing is of no use, and no harm.
 *
 * A sector that the disk did not take is not tried again in its place: what comes next begins
 * another part of the segment.
 */
#include "witness/store_priv.h"
#include <string.h>

/* ---- a boot begins ---- */

static status_t write_mark(struct wstore *s)
{
    status_t st;

    memset(s->out, 0, sizeof *s->out);
    s->out[0].t = (struct wstore_trailer){
        .serial = (uint64_t)s->epoch << 32, .boot = s->boot, .type = SECTOR_MARK};
    if ((st = sector_write(s, WSTORE_MARK_AT + s->epoch % 2, 1)) != ST_OK)
        return st;
    return sector_flush(s);
}

static status_t start(struct wstore *s, uint32_t boot, enum wstore_policy policy)
{
    status_t st;

    s->boot = boot;
    s->policy = policy;
    s->epoch++;
    s->writing = (st = write_mark(s)) == ST_OK;
    s->epoch -= !s->writing; /* tried again in the same place: the other mark is the good one */
    return st;
}

static void start_cores(struct wstore *s)
{
    for (unsigned i = 0; i < WSTORE_CORES; i++) {
        s->core[i] = (struct wstore_core){.extent = WSTORE_NONE, .head = WSTORE_NONE};
        verify_start(&s->core[i].v, (uint16_t)i, s->block);
    }
}

static bool can_write(const struct wstore *s)
{
    return !s->writing && s->found.missing == 0 && s->found.boot != 0xffffffffu &&
           s->epoch != 0xffffffffu;
}

status_t wstore_begin_boot(struct wstore *s, enum wstore_policy policy, uint32_t *boot)
{
    status_t st;

    if (!can_write(s))
        return ST_STATE;
    start_cores(s);
    if ((st = start(s, s->found.boot + 1, policy)) != ST_OK)
        return st;
    *boot = s->boot;
    return ST_OK;
}

/* The newest segment of a core: all of it is read again, for the state of its chain. */
static status_t resume_core(struct wstore *s, const struct wstore_segment *newest)
{
    struct wstore_core *c = &s->core[newest->core];
    struct witness_record record;
    struct wstore_reader r;

    if (!newest->follows || newest->end >= WSTORE_CHAIN)
        return ST_STATE;
    if (wstore_read_start(&r, s, newest->boot, newest->core, newest->segment) != ST_OK)
        return ST_STATE;
    while (wstore_read(&r, &record) == ST_OK)
        ;
    if (r.limit != ~0ull || r.end >= WSTORE_CHAIN) /* broken before its last part */
        return ST_STATE;
    *c = (struct wstore_core){.v = r.v,
                              .extent = WSTORE_NONE,
                              .part = (uint16_t)(r.part + 1),
                              .any = true,
                              .head = segment_head(s, r.boot, r.core, r.segment),
                              .opened = r.first};
    return ST_OK;
}

status_t wstore_resume(struct wstore *s, enum wstore_policy policy, uint32_t *boot)
{
    struct wstore_segment at, newest;
    struct wstore_segment *last = NULL;
    status_t st;

    if (!can_write(s) || s->found.boot == 0)
        return ST_STATE;
    start_cores(s);
    while (wstore_segment_after(s, last, &at) == ST_OK) {
        if (at.boot == s->found.boot && at.core >= WSTORE_CORES)
            return ST_STATE;
        if (last != NULL && last->boot == s->found.boot && last->core != at.core &&
            (st = resume_core(s, last)) != ST_OK)
            return st;
        newest = at;
        last = &newest;
    }
    if (last != NULL && last->boot == s->found.boot && (st = resume_core(s, last)) != ST_OK)
        return st;
    if ((st = start(s, s->found.boot, policy)) != ST_OK)
        return st;
    *boot = s->boot;
    return ST_OK;
}

/* ---- records ---- */

/* How many of these share a sector: a segment ends its sector. */
static unsigned group(const struct witness_record *r, unsigned n)
{
    unsigned i = 0;

    while (i < n && i < WSTORE_RECORDS && (i == 0 || r[i - 1].kind != WITNESS_SEGMENT_SEAL))
        i++;
    return i;
}

static bool needs_extent(const struct wstore *s, bool has, uint32_t at,
                         const struct witness_record *first)
{
    return !has || at > s->geometry.extent_sectors - 2 || first->kind == WITNESS_SEGMENT_OPEN;
}

/* Do they all follow, and is there room for them? *after: the chain behind them. */
static status_t check_append(struct wstore *s, const struct wstore_core *c,
                             const struct witness_record *r, unsigned n, struct verify *after)
{
    bool has = c->extent != WSTORE_NONE;
    uint32_t at = c->at, extents = 0;

    *after = c->v;
    for (unsigned i = 0; i < n; i++) {
        enum verify_why why = verify_record(after, &r[i]);

        if (why == VERIFY_OK)
            continue;
        s->refused.why = why;
        s->refused.at = i;
        return ST_FORMAT;
    }
    for (unsigned i = 0; i < n; i += group(r + i, n - i), at++) {
        if (!needs_extent(s, has, at, &r[i]))
            continue;
        has = true;
        extents++;
        at = 1;
    }
    return room_for(s, extents) ? ST_OK : ST_NOMEM;
}

/* The next extent of a core: of the segment that `first` opens, or another part of the open one. */
static status_t extend(struct wstore *s, struct wstore_core *c, const struct witness_record *first)
{
    bool opens = first->kind == WITNESS_SEGMENT_OPEN;
    uint32_t segment = opens ? first->capability_hash : c->v.segment;
    uint16_t part = opens ? 0 : c->part;
    struct wstore_sector *x = s->out;
    uint32_t extent;
    status_t st;

    if (part == 0xffffu)
        return ST_STATE;
    if ((st = sector_flush(s)) != ST_OK)
        return st;
    if ((extent = room_take(s)) == WSTORE_NONE)
        return ST_NOMEM;
    memset(x, 0, sizeof *x);
    x->header.opened = opens ? first->sequence : c->opened;
    x->header.part = part;
    if (opens)
        chain_get_seal(first, x->header.before);
    x->t = (struct wstore_trailer){.serial = serial_next(s),
                                   .first = first->sequence,
                                   .boot = s->boot,
                                   .segment = segment,
                                   .core = c->v.core,
                                   .type = SECTOR_HEADER};
    if ((st = sector_write(s, extent_at(s, extent), 1)) != ST_OK || (st = sector_flush(s)) != ST_OK)
        return st;
    s->extent[extent] = (struct wstore_extent){.serial = x->t.serial,
                                               .first = first->sequence,
                                               .boot = s->boot,
                                               .segment = segment,
                                               .core = c->v.core,
                                               .part = part,
                                               .end = opens ? WSTORE_OPEN : WSTORE_HEADLESS,
                                               .follows = opens};
    c->extent = extent;
    c->at = 1;
    c->part = (uint16_t)(part + 1);
    c->any = true;
    if (opens) {
        c->head = extent;
        c->opened = first->sequence;
    }
    return ST_OK;
}

/*
 * As many as one call of the disk takes; returns how many records, and their sectors in *sectors.
 */
static unsigned gather(struct wstore *s, const struct wstore_core *c,
                       const struct witness_record *r, unsigned n, unsigned *sectors)
{
    const struct wstore_extent *e = &s->extent[c->extent];
    unsigned i = 0, k = 0;

    do {
        unsigned g = group(r + i, n - i);
        struct wstore_sector *x = &s->out[k++];

        memset(x, 0, sizeof *x);
        memcpy(x->record, r + i, g * sizeof *r);
        x->t = (struct wstore_trailer){.serial = e->serial,
                                       .first = r[i].sequence,
                                       .boot = s->boot,
                                       .segment = e->segment,
                                       .core = c->v.core,
                                       .count = (uint8_t)g,
                                       .type = SECTOR_DATA};
        i += g;
    } while (i < n && k < WSTORE_AHEAD && !needs_extent(s, true, c->at + k, &r[i]));
    *sectors = k;
    return i;
}

/* They are stored: nothing here can fail. */
static void stored(struct wstore *s, struct wstore_core *c, unsigned sectors)
{
    struct wstore_extent *e = &s->extent[c->head];

    c->at += sectors;
    e->records = c->v.records;
    e->stop = extent_at(s, c->extent) + c->at;
    if (!c->v.open) {
        e->end = WSTORE_SEALED;
        memcpy(e->seal, c->v.seal, sizeof e->seal);
    }
}

static status_t append_some(struct wstore *s, struct wstore_core *c, const struct witness_record *r,
                            unsigned n, unsigned *done, const struct verify *after)
{
    unsigned sectors, count;
    status_t st;

    if (needs_extent(s, c->extent != WSTORE_NONE, c->at, r) && (st = extend(s, c, r)) != ST_OK)
        return st;
    count = gather(s, c, r, n, &sectors);
    if ((st = sector_write(s, extent_at(s, c->extent) + c->at, sectors)) != ST_OK) {
        c->extent = WSTORE_NONE;
        return st;
    }
    if (count == n)
        c->v = *after;
    else
        for (unsigned i = 0; i < count; i++)
            (void)!verify_record(&c->v, &r[i]); /* as in check_append */
    stored(s, c, sectors);
    *done = count;
    return ST_OK;
}

status_t wstore_append(struct wstore *s, uint16_t core, const struct witness_record *records,
                       unsigned n)
{
    struct wstore_core *c = &s->core[core % WSTORE_CORES];
    struct verify after;
    status_t st;

    if (!s->writing)
        return ST_STATE;
    if (core >= WSTORE_CORES)
        return ST_INVALID;
    if ((st = check_append(s, c, records, n, &after)) != ST_OK)
        return st;
    for (unsigned i = 0, done; i < n; i += done)
        if ((st = append_some(s, c, records + i, n - i, &done, &after)) != ST_OK)
            return st;
    return ST_OK;
}

uint64_t wstore_next(const struct wstore *s, uint16_t core)
{
    return core < WSTORE_CORES ? s->core[core].v.next : 0;
}

uint64_t wstore_durable(const struct wstore *s, uint16_t core)
{
    return core < WSTORE_CORES ? s->core[core].durable : 0;
}

status_t wstore_sync(struct wstore *s)
{
    return s->writing ? sector_flush(s) : ST_STATE;
}

/* ---- the signature of a segment ---- */

status_t wstore_seal(struct wstore *s, uint16_t core, uint32_t segment, const void *signature,
                     unsigned bytes)
{
    uint32_t head = s->writing ? segment_head(s, s->boot, core, segment) : WSTORE_NONE;
    struct wstore_sector *x = s->out;
    struct wstore_extent *e;
    status_t st;

    if (!s->writing)
        return ST_STATE;
    if (bytes > WSTORE_SIGNATURE)
        return ST_INVALID;
    if (head == WSTORE_NONE)
        return ST_NOT_FOUND;
    e = &s->extent[head];
    if (e->end != WSTORE_SEALED && e->end != WSTORE_CLOSING)
        return ST_STATE;
    memset(x, 0, sizeof *x);
    memcpy(x->close.seal, e->seal, sizeof e->seal);
    x->close.records = e->records;
    x->close.signature_bytes = bytes;
    memcpy(x->close.signature, signature, bytes);
    x->t = (struct wstore_trailer){
        .serial = s->extent[(e->stop - WSTORE_EXTENTS_AT) / s->geometry.extent_sectors].serial,
        .first = e->first + e->records,
        .boot = s->boot,
        .segment = segment,
        .core = core,
        .type = SECTOR_CLOSE};
    if ((st = sector_write(s, e->stop, 1)) != ST_OK) {
        e->end = WSTORE_CLOSING;
        return st;
    }
    e->end = WSTORE_SIGNED;
    return ST_OK;
}
