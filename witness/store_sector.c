/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/store_priv.h"
#include <string.h>

/*
 * SHA-256 of the 488 bytes before the sum: seven blocks, and one with 40 bytes, the padding and the
 * length.
 */
static void sum(witness_block_fn *block, const struct wstore_sector *x, uint8_t to[WSTORE_SUM])
{
    const uint64_t bits = __builtin_bswap64((WSTORE_SECTOR - WSTORE_SUM) * 8);
    uint8_t last[WITNESS_BYTES] = {0};
    uint32_t h[8];

    chain_start(h);
    for (unsigned i = 0; i < WSTORE_RECORDS; i++)
        block(h, &x->record[i]);
    memcpy(last, &x->t, offsetof(struct wstore_trailer, sum));
    last[offsetof(struct wstore_trailer, sum)] = 0x80;
    memcpy(last + sizeof last - sizeof bits, &bits, sizeof bits);
    block(h, last);
    for (unsigned i = 0; i < WSTORE_SUM / 4; i++) {
        uint32_t word = __builtin_bswap32(h[i]);

        memcpy(to + 4 * i, &word, sizeof word);
    }
}

void sector_finish(struct wstore_sector *x, uint64_t sector, uint32_t id, witness_block_fn *block)
{
    x->t.magic = WSTORE_MAGIC;
    x->t.id = id;
    x->t.sector = (uint32_t)sector;
    sum(block, x, x->t.sum);
}

bool sector_whole(const struct wstore_sector *x, uint64_t sector, witness_block_fn *block)
{
    uint8_t expected[WSTORE_SUM];

    if (x->t.magic != WSTORE_MAGIC || x->t.sector != sector)
        return false;
    sum(block, x, expected);
    return memcmp(expected, x->t.sum, sizeof expected) == 0;
}

static bool zero(const struct wstore_sector *x)
{
    for (unsigned i = 0; i < WSTORE_BODY; i++)
        if (x->body[i] != 0)
            return false;
    return memcmp(x->body, &x->t, sizeof x->t) == 0;
}

/* Read ahead; one alone if the disk refuses that, so that a bad sector hides no others. */
static const struct wstore_sector *get(struct wstore *s, uint64_t sector)
{
    uint64_t left = sector < s->disk.sectors ? s->disk.sectors - sector : 0;
    unsigned n = left < WSTORE_AHEAD ? (unsigned)left : WSTORE_AHEAD;

    if (sector - s->ahead_at < s->ahead_n)
        return &s->ahead[sector - s->ahead_at];
    s->ahead_n = 0;
    if (n == 0)
        return NULL;
    if (s->disk.read(s->disk.w, sector, s->ahead, n) != ST_OK) {
        n = 1;
        if (s->disk.read(s->disk.w, sector, s->ahead, n) != ST_OK) {
            s->found.unread++;
            return NULL;
        }
    }
    s->ahead_at = sector;
    s->ahead_n = n;
    return s->ahead;
}

enum sector_state sector_look(struct wstore *s, uint64_t sector, const struct wstore_sector **x)
{
    *x = get(s, sector);
    if (*x == NULL)
        return SECTOR_BROKEN;
    if (!sector_whole(*x, sector, s->block))
        return zero(*x) ? SECTOR_BEFORE : SECTOR_BROKEN;
    return (*x)->t.id == s->id ? SECTOR_OURS : SECTOR_BEFORE;
}

status_t sector_write(struct wstore *s, uint64_t sector, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        sector_finish(&s->out[i], sector + i, s->id, s->block);
    s->ahead_n = 0;
    s->dirty = true;
    return s->disk.write(s->disk.w, sector, s->out, n);
}

status_t sector_flush(struct wstore *s)
{
    status_t st = s->dirty ? s->disk.flush(s->disk.w) : ST_OK;

    if (st != ST_OK)
        return st;
    s->dirty = false;
    for (unsigned i = 0; i < WSTORE_CORES; i++)
        s->core[i].durable = s->core[i].v.next;
    return ST_OK;
}
