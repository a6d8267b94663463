/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/store_read - the records of a segment, and what is known of segments.
 *
 * The parts of a segment are read one after the other. The header of the next part says with which
 * record it begins; what stands behind that place in the part before it was never acknowledged and
 * is not looked at.
 */
#include "witness/store_priv.h"
#include <string.h>

#define NO_LIMIT (~0ull)

/* ---- records ---- */

static bool stop(struct wstore_reader *r, enum wstore_end end, enum verify_why why)
{
    r->done = true;
    r->end = end;
    r->why = why;
    r->stop = extent_at(r->s, r->extent) + r->at;
    return false;
}

static const struct wstore_sector *header(struct wstore *s, uint32_t extent)
{
    const struct wstore_sector *x;

    if (sector_look(s, extent_at(s, extent), &x) != SECTOR_OURS || x->t.type != SECTOR_HEADER ||
        x->t.serial != s->extent[extent].serial)
        return NULL;
    return x;
}

static void enter(struct wstore_reader *r, uint32_t extent, uint16_t part)
{
    uint32_t next = extent_find(r->s, r->boot, r->core, r->segment, part + 1u);

    r->extent = extent;
    r->serial = r->s->extent[extent].serial;
    r->part = part;
    r->at = 1;
    r->limit = next == WSTORE_NONE ? NO_LIMIT : r->s->extent[next].first;
}

/* Of this use of the extent? Else it is from before. */
static enum sector_state look(struct wstore_reader *r, uint32_t at, const struct wstore_sector **x)
{
    enum sector_state state = sector_look(r->s, extent_at(r->s, r->extent) + at, x);

    return state == SECTOR_OURS && (*x)->t.serial != r->s->extent[r->extent].serial ? SECTOR_BEFORE
                                                                                    : state;
}

/* Behind the SegmentSeal. */
static bool closing(struct wstore_reader *r)
{
    const struct wstore_sector *x;
    enum sector_state state = look(r, r->at, &x);

    if (state == SECTOR_BEFORE)
        return stop(r, WSTORE_SEALED, VERIFY_OK);
    if (state == SECTOR_BROKEN || x->t.type != SECTOR_CLOSE || x->close.records != r->v.records ||
        x->close.signature_bytes > WSTORE_SIGNATURE ||
        memcmp(x->close.seal, r->v.seal, sizeof r->v.seal) != 0)
        return stop(r, WSTORE_CLOSING, VERIFY_OK);
    return stop(r, WSTORE_SIGNED, VERIFY_OK);
}

/* Nothing was written at r->at. Is there anything behind it? */
static bool nothing(struct wstore_reader *r)
{
    const struct wstore_sector *x;
    enum wstore_end end = r->limit == NO_LIMIT ? WSTORE_OPEN : WSTORE_HOLE;

    for (uint32_t at = r->at + 1; at < r->s->geometry.extent_sectors && end == WSTORE_OPEN; at++) {
        enum sector_state state = look(r, at, &x);

        end = state == SECTOR_OURS     ? WSTORE_HOLE
              : state == SECTOR_BROKEN ? WSTORE_TORN
                                       : WSTORE_OPEN;
    }
    return stop(r, end, VERIFY_OK);
}

/* The records of one sector that follow; the first that does not ends the log. */
static bool take(struct wstore_reader *r, const struct wstore_sector *x)
{
    enum verify_why why = VERIFY_OK;

    if (x->t.type != SECTOR_DATA || x->t.boot != r->boot || x->t.core != r->core ||
        x->t.segment != r->segment || x->t.count == 0 || x->t.count > WSTORE_RECORDS)
        return stop(r, WSTORE_HOLE, VERIFY_OK);
    if (x->t.first != r->v.next)
        return stop(r, WSTORE_CHAIN, VERIFY_SEQUENCE);
    for (r->i = r->n = 0; r->n < x->t.count && why == VERIFY_OK; r->n += why == VERIFY_OK) {
        why = r->n > 0 && !r->v.open ? VERIFY_CLOSE : verify_record(&r->v, &x->record[r->n]);
        r->record[r->n] = x->record[r->n];
    }
    if (why != VERIFY_OK)
        (void)stop(r, WSTORE_CHAIN, why);
    r->at++;
    return r->n > 0;
}

/* On to the part that begins here, if there is one. False: there is no more to read. */
static bool next_part(struct wstore_reader *r)
{
    while (!r->done && r->v.next == r->limit && (r->v.open || r->v.records == 0)) {
        uint32_t extent = extent_find(r->s, r->boot, r->core, r->segment, r->part + 1u);

        if (extent == WSTORE_NONE)
            return stop(r, WSTORE_HEADLESS, VERIFY_OK);
        enter(r, extent, (uint16_t)(r->part + 1));
        if (header(r->s, r->extent) == NULL)
            return stop(r, WSTORE_TORN, VERIFY_OK);
    }
    return !r->done;
}

static bool fill(struct wstore_reader *r)
{
    const struct wstore_sector *x;
    enum sector_state state;

    if (!next_part(r))
        return false;
    if (r->s->extent[r->extent].serial != r->serial) /* given to another segment meanwhile */
        return stop(r, WSTORE_HEADLESS, VERIFY_OK);
    if (r->v.records > 0 && !r->v.open)
        return closing(r);
    if (r->at > r->s->geometry.extent_sectors - 2)
        return stop(r, r->limit == NO_LIMIT ? WSTORE_OPEN : WSTORE_HOLE, VERIFY_OK);
    state = look(r, r->at, &x);
    if (state == SECTOR_BEFORE)
        return nothing(r);
    if (state == SECTOR_BROKEN)
        return stop(r, WSTORE_TORN, VERIFY_OK);
    return take(r, x);
}

status_t wstore_read_start(struct wstore_reader *r, struct wstore *s, uint32_t boot, uint16_t core,
                           uint32_t segment)
{
    static const uint8_t none[WITNESS_SEAL_BYTES];
    uint32_t extent = segment_head(s, boot, core, segment);
    const struct wstore_sector *x;

    if (extent == WSTORE_NONE)
        return ST_NOT_FOUND;
    memset(r, 0, sizeof *r);
    r->s = s;
    r->boot = boot;
    r->core = core;
    r->segment = segment;
    enter(r, extent, 0);
    verify_start(&r->v, core, s->block);
    x = header(s, extent);
    if (s->extent[extent].part != 0 || x == NULL) {
        r->first = s->extent[extent].first;
        (void)stop(r, WSTORE_HEADLESS, VERIFY_OK);
        return ST_OK;
    }
    memcpy(r->before, x->header.before, sizeof r->before);
    r->first = x->t.first;
    verify_start_at(&r->v, core, segment, r->first, r->before, s->block);
    if (segment == 0 && (r->first != 0 || memcmp(r->before, none, sizeof none) != 0))
        (void)stop(r, WSTORE_CHAIN, VERIFY_PREVIOUS);
    return ST_OK;
}

status_t wstore_read(struct wstore_reader *r, struct witness_record *to)
{
    if (r->i == r->n && !fill(r))
        return ST_NOT_FOUND;
    *to = r->record[r->i++];
    return ST_OK;
}

/* ---- segments ---- */

uint32_t segment_head(const struct wstore *s, uint32_t boot, uint16_t core, uint32_t segment)
{
    uint32_t head = extent_find(s, boot, core, segment, 0);

    for (uint32_t i = 0; i < s->geometry.extents && head == WSTORE_NONE; i++) {
        const struct wstore_extent *e = &s->extent[i];

        if (e->serial != 0 && e->boot == boot && e->core == core && e->segment == segment)
            head = i;
    }
    return head;
}

status_t wstore_segment_find(const struct wstore *s, uint32_t boot, uint16_t core, uint32_t segment,
                             struct wstore_segment *to)
{
    uint32_t head = segment_head(s, boot, core, segment);
    const struct wstore_extent *e;

    if (head == WSTORE_NONE)
        return ST_NOT_FOUND;
    e = &s->extent[head];
    *to = (struct wstore_segment){.boot = boot,
                                  .core = core,
                                  .segment = segment,
                                  .follows = e->follows,
                                  .end = e->end,
                                  .why = e->why,
                                  .first = e->first,
                                  .records = e->records,
                                  .stop = e->stop};
    memcpy(to->seal, e->seal, sizeof to->seal);
    return ST_OK;
}

/* Is (a) behind (b) in the order of boot, core, number? */
static bool behind(const struct wstore_extent *a, uint32_t boot, uint16_t core, uint32_t segment)
{
    if (a->boot != boot)
        return a->boot > boot;
    return a->core != core ? a->core > core : a->segment > segment;
}

status_t wstore_segment_after(const struct wstore *s, const struct wstore_segment *last,
                              struct wstore_segment *to)
{
    const struct wstore_extent *next = NULL;

    for (uint32_t i = 0; i < s->geometry.extents; i++) {
        const struct wstore_extent *e = &s->extent[i];

        if (e->serial != 0 && (last == NULL || behind(e, last->boot, last->core, last->segment)) &&
            (next == NULL || behind(next, e->boot, e->core, e->segment)))
            next = e;
    }
    return next == NULL ? ST_NOT_FOUND
                        : wstore_segment_find(s, next->boot, next->core, next->segment, to);
}

status_t wstore_signature(struct wstore *s, uint32_t boot, uint16_t core, uint32_t segment,
                          uint8_t signature[WSTORE_SIGNATURE], unsigned *bytes)
{
    const struct wstore_sector *x;
    struct wstore_segment found;

    if (wstore_segment_find(s, boot, core, segment, &found) != ST_OK ||
        found.end != WSTORE_SIGNED || sector_look(s, found.stop, &x) != SECTOR_OURS ||
        x->t.type != SECTOR_CLOSE || x->close.signature_bytes > WSTORE_SIGNATURE)
        return ST_NOT_FOUND;
    memcpy(signature, x->close.signature, WSTORE_SIGNATURE);
    *bytes = x->close.signature_bytes;
    return ST_OK;
}

const char *wstore_words(enum wstore_end end)
{
    static const char *const words[WSTORE_ENDS] = {
        [WSTORE_SIGNED] = "sealed, with a signature",
        [WSTORE_SEALED] = "sealed, without a signature",
        [WSTORE_CLOSING] = "sealed, but its closing sector is torn or was changed",
        [WSTORE_OPEN] = "not sealed: nothing was written behind its last record",
        [WSTORE_TORN] = "not whole: a sector is not as it was written",
        [WSTORE_HOLE] = "not whole: sectors in the middle are missing",
        [WSTORE_CHAIN] = "not whole: a record does not follow",
        [WSTORE_HEADLESS] = "not readable: its first extent is gone",
    };

    return (unsigned)end < WSTORE_ENDS ? words[end] : "?";
}
