/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/keeper/disk_store.h"
#include "lib/rt/clock.h"
#include "lib/rt/disk.h"
#include "lib/rt/record.h"
#include "witness/portable.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (64u * 1024u)
#define DISK_WAIT_NS (5 * NS_PER_S)

static struct disk disk;

static status_t read_sectors(void *w, uint64_t sector, void *to, unsigned n)
{
    status_t st = disk_read(&disk, sector, n, 0);

    (void)w;
    if (st == ST_OK)
        memcpy(to, disk.buffer, n * DISK_SECTOR_BYTES);
    return st;
}

static status_t write_sectors(void *w, uint64_t sector, const void *from, unsigned n)
{
    (void)w;
    memcpy(disk.buffer, from, n * DISK_SECTOR_BYTES);
    return disk_write(&disk, sector, n, 0);
}

/* ST_GONE: a driver died with writes in doubt; the store takes that as it takes every failure of the disk. */
static status_t flush(void *w)
{
    (void)w;
    return disk_flush(&disk);
}

/* Another one each time: the counter at this moment, which nobody repeats to the tick. */
static uint32_t fresh_id(void)
{
    uint64_t t = rt_ticks() * 0x9e3779b97f4a7c15ull;

    return (uint32_t)(t >> 32) | 1u;
}

/* A first sector that a cut tore while it was written: the geometry, or the beginning of it, and zeros. */
static bool is_torn_super(const struct wstore_sector *s)
{
    for (size_t i = sizeof s->super; i < sizeof s->body; i++)
        if (s->body[i] != 0)
            return false;
    return (s->super.extent_sectors & 0xff) == (WSTORE_EXTENT & 0xff);
}

/* Nothing, or a store that was begun: the sectors before the first extent are zero, or ours. */
static status_t check_blank(const struct wstore_disk *d)
{
    static struct wstore_sector s;
    static const struct wstore_sector zero;
    status_t st;

    for (uint64_t i = 0; i < WSTORE_EXTENTS_AT && i < d->sectors; i++) {
        if ((st = d->read(d->w, i, &s, 1)) != ST_OK)
            return st;
        if (s.t.magic == WSTORE_MAGIC || memcmp(&s, &zero, sizeof s) == 0)
            continue;
        if (i >= WSTORE_MARK_AT || !is_torn_super(&s))
            return ST_EXISTS;
    }
    return ST_OK;
}

static status_t make(const struct wstore_disk *d)
{
    status_t st = check_blank(d);

    if (st != ST_OK)
        return st;
    st = wstore_format(d, portable_block, fresh_id(), 0, false);

    return st == ST_EXISTS ? wstore_format(d, portable_block, fresh_id() + 2, 0, false) : st;
}

static status_t open_or_make(struct wstore *s, const struct wstore_disk *d)
{
    size_t bytes = wstore_memory(d, portable_block);
    void *memory = malloc(bytes);
    status_t st;

    if (memory == NULL)
        return ST_NOMEM;
    st = wstore_open(s, d, portable_block, memory, bytes);
    if (st != ST_FORMAT)
        return st;
    if ((st = make(d)) != ST_OK)
        return st;
    return wstore_open(s, d, portable_block, memory, bytes);
}

status_t disk_store_open(struct wstore *s, bool again, uint32_t *boot)
{
    struct wstore_disk d = { .read = read_sectors, .write = write_sectors, .flush = flush };
    status_t st = disk_open(&disk, "disk", BUFFER_BYTES, rt_now_ns() + DISK_WAIT_NS);

    if (st != ST_OK)
        return st == ST_TIMEOUT ? ST_NOT_FOUND : st;
    d.sectors = disk.sectors;
    if ((st = open_or_make(s, &d)) != ST_OK)
        return st;
    return again ? wstore_resume(s, WSTORE_WRAP, boot) : wstore_begin_boot(s, WSTORE_WRAP, boot);
}

/* As they are named: brcm,bcm2712-sdhci, brcm,bcm2835-sdhci. */
void disk_store_tell_none(const struct bootinfo *b)
{
    char why[120];

    for (uint32_t i = 0; i < b->ndevices && i < DEVICES_MAX; i++)
        if (strstr(b->device[i].compatible, "sdhci")) {
            snprintf(why, sizeof why, "no driver for the SD host (%.35s): no witness log is stored", b->device[i].compatible);
            rec_error("witness store", ST_UNSUPPORTED, why);
            return;
        }
}
