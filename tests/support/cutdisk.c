/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/cutdisk.h"
#include <stdlib.h>
#include <string.h>
#include "lib/base/check.h"

static status_t cutdisk_read(void *w, uint64_t sector, void *to, unsigned n)
{
    struct cutdisk *d = w;

    CHECK(n > 0 && sector < d->sectors && n <= d->sectors - sector);
    memcpy(to, d->now + sector * WSTORE_SECTOR, (size_t)n * WSTORE_SECTOR);
    return ST_OK;
}

static void remember(struct cutdisk *d, uint64_t sector, const uint8_t *bytes)
{
    if (!d->tracing)
        return;
    if (d->ops == d->room) {
        d->room = d->room == 0 ? 256 : 2 * d->room;
        d->op = realloc(d->op, d->room * sizeof *d->op);
        CHECK(d->op != NULL);
    }
    d->op[d->ops].sector = sector;
    if (bytes != NULL)
        memcpy(d->op[d->ops].bytes, bytes, WSTORE_SECTOR);
    d->ops++;
}

static status_t cutdisk_write(void *w, uint64_t sector, const void *from, unsigned n)
{
    struct cutdisk *d = w;
    bool fails = d->writes_left == 0;

    CHECK(n > 0 && sector < d->sectors && n <= d->sectors - sector);
    if (d->writes_left != ~0ull)
        d->writes_left = fails ? ~0ull : d->writes_left - 1;
    for (unsigned i = 0; i < n && (!fails || d->fail_but_write); i++) {
        const uint8_t *bytes = (const uint8_t *)from + (size_t)i * WSTORE_SECTOR;

        remember(d, sector + i, bytes);
        memcpy(d->now + (sector + i) * WSTORE_SECTOR, bytes, WSTORE_SECTOR);
    }
    return fails ? ST_GONE : ST_OK;
}

static status_t cutdisk_flush(void *w)
{
    remember(w, CUTDISK_FLUSH, NULL);
    return ST_OK;
}

void cutdisk_make(struct cutdisk *d, uint64_t sectors)
{
    *d = (struct cutdisk){.sectors = sectors, .writes_left = ~0ull};
    d->now = calloc(sectors, WSTORE_SECTOR);
    d->at_start = calloc(sectors, WSTORE_SECTOR);
    CHECK(d->now != NULL && d->at_start != NULL);
}

void cutdisk_free(struct cutdisk *d)
{
    free(d->now);
    free(d->at_start);
    free(d->op);
    *d = (struct cutdisk){0};
}

struct wstore_disk cutdisk_disk(struct cutdisk *d)
{
    return (struct wstore_disk){.read = cutdisk_read,
                                .write = cutdisk_write,
                                .flush = cutdisk_flush,
                                .w = d,
                                .sectors = d->sectors};
}

void cutdisk_trace(struct cutdisk *d)
{
    memcpy(d->at_start, d->now, d->sectors * WSTORE_SECTOR);
    d->ops = 0;
    d->tracing = true;
}

size_t cutdisk_bytes(const struct cutdisk *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->ops; i++)
        n += d->op[i].sector != CUTDISK_FLUSH;
    return n * WSTORE_SECTOR;
}

size_t cutdisk_op_at(const struct cutdisk *d, size_t bytes)
{
    size_t left = bytes / WSTORE_SECTOR, i;

    for (i = 0; i < d->ops; i++)
        if (left == 0 && (bytes % WSTORE_SECTOR == 0 || d->op[i].sector != CUTDISK_FLUSH))
            break;
        else
            left -= d->op[i].sector != CUTDISK_FLUSH;
    return i;
}

uint64_t cutdisk_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15ull;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

void cutdisk_quick_block(uint32_t h[8], const void *block)
{
    uint64_t w[8], x[4];

    memcpy(w, block, sizeof w);
    memcpy(x, h, sizeof x);
    for (unsigned i = 0; i < 16; i++) {
        x[i % 4] = (x[i % 4] ^ w[i % 8] ^ x[(i + 1) % 4] >> 29) * 0x9e3779b97f4a7c15ull;
        x[(i + 1) % 4] ^= x[i % 4] >> 32 ^ x[i % 4];
    }
    memcpy(h, x, sizeof x);
}

static void put(struct cutdisk *to, const struct cutdisk_op *op, size_t from, size_t end)
{
    memcpy(to->now + op->sector * WSTORE_SECTOR + from, op->bytes + from, end - from);
}

void cutdisk_cut(const struct cutdisk *d, size_t bytes, enum cutdisk_model model, uint64_t seed,
                 struct cutdisk *left)
{
    size_t under_way = cutdisk_op_at(d, bytes), flushed = 0;
    bool reorder = model == CUTDISK_REORDERED || model == CUTDISK_BOTH;

    CHECK(left->sectors == d->sectors);
    memcpy(left->now, d->at_start, d->sectors * WSTORE_SECTOR);
    for (size_t i = 0; i < under_way; i++)
        if (d->op[i].sector == CUTDISK_FLUSH)
            flushed = i;
    for (size_t i = 0; i <= under_way && i < d->ops; i++) {
        bool loose = reorder && i >= flushed;
        size_t at = (size_t)(cutdisk_random(&seed) % (WSTORE_SECTOR + 1));

        if (d->op[i].sector == CUTDISK_FLUSH || (i == under_way && !loose && model != CUTDISK_TORN))
            continue;
        if (i == under_way && model == CUTDISK_TORN)
            put(left, &d->op[i], 0, bytes % WSTORE_SECTOR);
        else if (!loose)
            put(left, &d->op[i], 0, WSTORE_SECTOR);
        else if (cutdisk_random(&seed) % 2 == 0)
            continue;
        else if (model == CUTDISK_REORDERED || cutdisk_random(&seed) % 2 == 0)
            put(left, &d->op[i], 0, WSTORE_SECTOR);
        else if (cutdisk_random(&seed) % 2 == 0)
            put(left, &d->op[i], 0, at);
        else
            put(left, &d->op[i], at, WSTORE_SECTOR);
    }
}

/* ---- logs ---- */

void cutlog_start(struct cutlog *l, uint16_t core, unsigned each, uint64_t salt,
                  witness_block_fn *block)
{
    *l = (struct cutlog){.core = core, .each = each, .salt = salt, .block = block};
}

void cutlog_grow(struct cutlog *l, unsigned n)
{
    if (n > l->room) {
        l->room = n + n / 2;
        l->record = realloc(l->record, l->room * sizeof *l->record);
        CHECK(l->record != NULL);
    }
    while (l->n < n) {
        struct witness_record *r = &l->record[l->n];

        *r = (struct witness_record){.sequence = l->n,
                                     .timestamp_ns = 1000 + 7ull * l->n,
                                     .core = l->core,
                                     .kind = WITNESS_CAPABILITY_GRANT,
                                     .actor = l->n * 5,
                                     .target = l->salt + l->n,
                                     .payload = ~l->salt - l->n};
        if (l->in_segment == 0) {
            r->kind = WITNESS_SEGMENT_OPEN;
            r->capability_hash = l->segment;
            r->flags = 1;
            chain_put_seal(r, l->seal);
            chain_start(l->h);
        } else {
            chain_link(l->h, r->link);
        }
        if (l->in_segment + 1 == l->each) {
            r->kind = WITNESS_SEGMENT_SEAL;
            r->capability_hash = l->segment;
            r->payload = l->each;
        }
        l->block(l->h, r);
        l->n++;
        if (++l->in_segment < l->each)
            continue;
        chain_seal(l->h, l->each, l->block, l->seal);
        l->in_segment = 0;
        l->segment++;
    }
}

void cutlog_free(struct cutlog *l)
{
    free(l->record);
    *l = (struct cutlog){0};
}
