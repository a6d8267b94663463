/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* witness/store_open - an empty store, and what is found in one. Recovery writes nothing. */
#include "witness/store_priv.h"
#include <string.h>

/* ---- an empty one ---- */

static bool sensible(const struct wstore_super *g)
{
    return g->extent_sectors >= WSTORE_EXTENT_MIN && g->extent_sectors <= WSTORE_EXTENT_MAX &&
           g->extents > 0 && g->sectors >= WSTORE_EXTENTS_AT && g->sectors <= 0xffffffffu &&
           g->extents <= (g->sectors - WSTORE_EXTENTS_AT) / g->extent_sectors;
}

/* The first copy of the first sector that is whole; how many are and say the same. */
static unsigned find_super(const struct wstore_disk *disk, witness_block_fn *block,
                           struct wstore_sector *x)
{
    struct wstore_sector copy;
    unsigned whole = 0;

    for (unsigned i = 0; i < 2; i++) {
        if (disk->sectors <= WSTORE_SUPER_AT + i ||
            disk->read(disk->w, WSTORE_SUPER_AT + i, &copy, 1) != ST_OK ||
            !sector_whole(&copy, WSTORE_SUPER_AT + i, block) || copy.t.type != SECTOR_SUPER ||
            !sensible(&copy.super))
            continue;
        if (whole == 0)
            *x = copy;
        whole += copy.t.id == x->t.id && memcmp(&copy.super, &x->super, sizeof copy.super) == 0;
    }
    return whole;
}

static status_t write_zeros(const struct wstore_disk *disk, uint64_t from, uint64_t to,
                            uint64_t step)
{
    static const struct wstore_sector zeros;
    status_t st = ST_OK;

    for (uint64_t at = from; at < to && st == ST_OK; at += step)
        st = disk->write(disk->w, at, &zeros, 1);
    return st;
}

/* While this is cut there is no store: its first sector is the first to go and the last to come. */
static status_t make_empty(const struct wstore_disk *disk, const struct wstore_super *g, bool wipe)
{
    uint64_t end = WSTORE_EXTENTS_AT + (uint64_t)g->extents * g->extent_sectors;
    status_t st;

    if ((st = write_zeros(disk, WSTORE_SUPER_AT, WSTORE_SUPER_AT + 2, 1)) != ST_OK ||
        (st = disk->flush(disk->w)) != ST_OK ||
        (st = write_zeros(disk, WSTORE_SUPER_AT + 2, WSTORE_EXTENTS_AT, 1)) != ST_OK ||
        (st = write_zeros(disk, WSTORE_EXTENTS_AT, end, wipe ? 1 : g->extent_sectors)) != ST_OK)
        return st;
    return disk->flush(disk->w);
}

status_t wstore_format(const struct wstore_disk *disk, witness_block_fn *block, uint32_t id,
                       uint32_t extent_sectors, bool wipe)
{
    struct wstore_super g = {.extent_sectors = extent_sectors == 0 ? WSTORE_EXTENT : extent_sectors,
                             .sectors = disk->sectors};
    struct wstore_sector x;
    status_t st;

    if (g.sectors > WSTORE_EXTENTS_AT &&
        (g.sectors - WSTORE_EXTENTS_AT) / g.extent_sectors <= 0xffffffffu)
        g.extents = (uint32_t)((g.sectors - WSTORE_EXTENTS_AT) / g.extent_sectors);
    if (!sensible(&g))
        return ST_INVALID;
    if (find_super(disk, block, &x) > 0 && x.t.id == id)
        return ST_EXISTS;
    if ((st = make_empty(disk, &g, wipe)) != ST_OK)
        return st;
    for (unsigned i = 0; i < 2; i++) {
        memset(&x, 0, sizeof x);
        x.super = g;
        x.t.type = SECTOR_SUPER;
        sector_finish(&x, WSTORE_SUPER_AT + i, id, block);
        if ((st = disk->write(disk->w, WSTORE_SUPER_AT + i, &x, 1)) != ST_OK)
            return st;
    }
    return disk->flush(disk->w);
}

/* ---- what is there ---- */

/* Of those that there were when it was formatted: what the first sector says is believed no further than the disk goes. */
static uint32_t extents_there(const struct wstore_disk *disk, const struct wstore_super *g)
{
    uint64_t most = disk->sectors < WSTORE_EXTENTS_AT
                        ? 0
                        : (disk->sectors - WSTORE_EXTENTS_AT) / g->extent_sectors;

    return g->extents < most ? g->extents : (uint32_t)most;
}

size_t wstore_memory(const struct wstore_disk *disk, witness_block_fn *block)
{
    struct wstore_sector x;

    if (find_super(disk, block, &x) > 0)
        return (size_t)extents_there(disk, &x.super) * sizeof(struct wstore_extent);
    return (size_t)(disk->sectors / WSTORE_EXTENT) * sizeof(struct wstore_extent);
}

static void seen(struct wstore *s, uint32_t boot, uint64_t serial)
{
    if (boot > s->found.boot)
        s->found.boot = boot;
    if (serial >> 32 > s->epoch)
        s->epoch = (uint32_t)(serial >> 32);
}

static void find_marks(struct wstore *s)
{
    const struct wstore_sector *x;

    for (unsigned i = 0; i < 2; i++) {
        enum sector_state state = sector_look(s, WSTORE_MARK_AT + i, &x);

        if (state == SECTOR_OURS && x->t.type == SECTOR_MARK)
            seen(s, x->t.boot, x->t.serial);
        else if (state != SECTOR_BEFORE)
            s->found.marks++;
    }
}

static void find_checkpoints(struct wstore *s)
{
    struct wstore_note note;
    bool broken;

    for (unsigned i = 0; i < 2; i++)
        if (slot_read(s, i, &note, &s->slot_serial[i], NULL, &broken))
            seen(s, note.boot, s->slot_serial[i]);
        else
            s->slot_serial[i] = 0;
}

static bool is_header(const struct wstore_sector *x)
{
    return x->t.type == SECTOR_HEADER && x->t.serial != 0 && x->header.part <= 0xffffu;
}

/*
 * A header is durable before the first record behind it: records without one mean that it was taken
 * away.
 */
static bool has_records(struct wstore *s, uint32_t extent)
{
    const struct wstore_sector *x;

    return sector_look(s, extent_at(s, extent) + 1, &x) == SECTOR_OURS && x->t.type == SECTOR_DATA;
}

static void find_extent(struct wstore *s, uint32_t i)
{
    struct wstore_extent *e = &s->extent[i];
    const struct wstore_sector *x;
    enum sector_state state;

    state = sector_look(s, extent_at(s, i), &x);
    if (state == SECTOR_OURS && is_header(x)) {
        *e = (struct wstore_extent){.serial = x->t.serial,
                                    .first = x->t.first,
                                    .boot = x->t.boot,
                                    .segment = x->t.segment,
                                    .core = x->t.core,
                                    .part = (uint16_t)x->header.part,
                                    .end = WSTORE_HEADLESS};
        seen(s, e->boot, e->serial);
    } else if (state != SECTOR_BEFORE || has_records(s, i)) {
        s->found.headers++;
        e->broken = true;
    }
}

/*
 * Is it what its predecessor says? Those before it are known already. The oldest that is kept has
 * nobody to ask.
 */
static bool does_follow(const struct wstore_reader *r, const struct wstore_segment *last)
{
    if (r->end == WSTORE_HEADLESS)
        return false;
    if (last == NULL || last->boot != r->boot || last->core != r->core)
        return true;
    return last->segment + 1 == r->segment && last->end <= WSTORE_CLOSING &&
           last->first + last->records == r->first &&
           memcmp(last->seal, r->before, sizeof r->before) == 0;
}

static void find_segment(struct wstore *s, const struct wstore_segment *at,
                         const struct wstore_segment *last)
{
    uint32_t head = segment_head(s, at->boot, at->core, at->segment);
    struct wstore_extent *e = &s->extent[head];
    struct witness_record record;
    struct wstore_reader r;

    if (wstore_read_start(&r, s, at->boot, at->core, at->segment) != ST_OK)
        return;
    while (wstore_read(&r, &record) == ST_OK)
        e->records++;
    e->end = (uint8_t)r.end;
    e->why = (uint8_t)r.why;
    e->stop = r.stop;
    e->follows = does_follow(&r, last);
    if (r.end <= WSTORE_CLOSING)
        memcpy(e->seal, r.v.seal, sizeof e->seal);
}

/*
 * What is headless at the beginning of a log is the rest of what went for something newer; further
 * on it is a gap.
 */
static void find_segments(struct wstore *s)
{
    struct wstore_segment at, last, *before = NULL, *from = NULL, copy;

    while (wstore_segment_after(s, from, &at) == ST_OK) {
        find_segment(s, &at, before);
        if (wstore_segment_find(s, at.boot, at.core, at.segment, &copy) != ST_OK)
            return;
        from = &copy;
        if (before == NULL || before->boot != copy.boot || before->core != copy.core)
            before = NULL;
        if (before == NULL && copy.end == WSTORE_HEADLESS)
            continue;
        last = copy;
        before = &last;
    }
}

status_t wstore_open(struct wstore *s, const struct wstore_disk *disk, witness_block_fn *block,
                     void *memory, size_t bytes)
{
    struct wstore_sector super;
    unsigned whole = find_super(disk, block, &super);
    uint32_t there = whole == 0 ? 0 : extents_there(disk, &super.super);

    if (whole == 0)
        return ST_FORMAT;
    if (there > bytes / sizeof(struct wstore_extent))
        return ST_NOMEM;
    memset(s, 0, sizeof *s);
    s->disk = *disk;
    s->block = block;
    s->id = super.t.id;
    s->geometry = super.super;
    s->geometry.extents = there;
    s->extent = memory;
    s->found.supers = whole;
    s->found.missing = super.super.extents - there;
    memset(s->extent, 0, there * sizeof(struct wstore_extent));
    find_marks(s);
    find_checkpoints(s);
    for (uint32_t i = 0; i < s->geometry.extents; i++)
        find_extent(s, i);
    find_segments(s);
    return ST_OK;
}
